"""Single values of the reference made fit for here; SQLite lets any type stand in any column."""

import ipaddress
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.times import utc_time

_TRUE: Final = {"1", "true", "yes", "on"}
_Choice = TypeVar("_Choice", bound=str)


class SourceRow:
    """One row of a reference table; whatever is made to fit is noted in `report`."""

    def __init__(self, values: Mapping[str, Any], report: TableReport) -> None:
        self._values = values
        self._report = report

    @property
    def number(self) -> int:
        """The row's own number; 0 where it has none."""
        found = self._values.get("id")
        return found if isinstance(found, int) else 0

    def has(self, column: str) -> bool:
        """Tell whether it says anything of a column, be it that there is nothing."""
        return column in self._values

    def raw(self, column: str) -> object:
        """Return what stands there; None where there is no such column."""
        value: object = self._values.get(column)
        return value

    def text(self, column: str, *, most: int | None = None) -> str:
        """Return text without what no text may hold, at most `most` characters long."""
        value = self._values.get(column)
        if value is None or isinstance(value, bytes):
            return ""
        text = "".join(
            letter for letter in str(value) if letter in "\n\t" or _is_writable(letter)
        ).strip()
        if most is not None and len(text) > most:
            self._report.adjust(f"{column}: cut to {most} characters")
            text = text[:most].rstrip()
        return text

    def text_or_none(self, column: str, *, most: int | None = None) -> str | None:
        """Return the same, and None for no text."""
        return self.text(column, most=most) or None

    def flag(self, column: str, *, default: bool) -> bool:
        """Return whether a flag is set, however it is written."""
        value = self._values.get(column)
        return default if value is None else str(value).strip().lower() in _TRUE

    def whole(self, column: str, *, least: int, most: int, default: int) -> int:
        """Return a whole number within its bounds."""
        value = self._values.get(column)
        if value is None:
            return default
        try:
            number = int(str(value).strip())
        except ValueError:
            number = least - 1
        if least <= number <= most:
            return number
        self._report.adjust(f"{column}: not from {least} to {most}, set to {default}")
        return default

    def choice(self, column: str, allowed: Collection[_Choice], default: _Choice) -> _Choice:
        """Return one of `allowed`."""
        written = self.text(column).lower()
        for each in allowed:
            if written == each:
                return each
        if written:
            self._report.adjust(f"{column}: unknown value, set to {default}")
        return default

    def degrees(self) -> tuple[float, float] | tuple[None, None]:
        """Return latitude and longitude, or neither."""
        written = [self.text(name) for name in ("latitude", "longitude")]
        if not any(written):
            return None, None
        try:
            latitude, longitude = (float(each) for each in written)
        except ValueError:
            latitude, longitude = 0.0, 0.0
        # The reference stored 0 and 0 where it was told that there is no place.
        is_place = (latitude, longitude) != (0.0, 0.0)
        if is_place and abs(latitude) <= 90 and abs(longitude) <= 180:
            return latitude, longitude
        self._report.adjust("latitude and longitude: not a place, left empty")
        return None, None

    def link(self, column: str, *, most: int) -> str | None:
        """Return an address that may stand behind a link."""
        written = self.text_or_none(column, most=most)
        scheme = urlsplit(written).scheme if written and _is_url(written) else ""
        if written and ":" in written.split("/")[0] and scheme not in {"http", "https"}:
            self._report.adjust(f"{column}: not a web address, left empty")
            return None
        return written

    def address(self, column: str) -> str:
        """Return a visitor's address; the reference stored whatever a header claimed."""
        written = self.text(column)
        try:
            found = ipaddress.ip_address(written.partition("%")[0])
        except ValueError:
            if written:
                self._report.adjust(f"{column}: not an address, left empty")
            return ""
        mapped = getattr(found, "ipv4_mapped", None)
        return str(mapped or found)

    def moment(
        self, column: str, *, otherwise: datetime | None, zone: tzinfo = UTC
    ) -> datetime | None:
        """Return a moment in UTC; where it cannot be read, `otherwise`."""
        written = self._values.get(column)
        if written is None or written == "":
            return otherwise
        try:
            return utc_time(written, otherwise=zone)
        except ValueError:
            self._report.adjust(f"{column}: unreadable moment, replaced")
            return otherwise


def _is_writable(letter: str) -> bool:
    # Control characters, and surrogates, which stand for bytes that were no UTF-8.
    return not ("\x00" <= letter <= "\x1f" or "\x7f" <= letter <= "\x9f") and not (
        "\ud800" <= letter <= "\udfff"
    )


def _is_url(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True
