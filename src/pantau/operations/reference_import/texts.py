"""Texts, looks, the map and the donation page of the reference as site values.

What nobody at the old hub ever changed came with the software: another town's name, another
person's telephone and donation page.  It is left behind.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any, Final

from pydantic import ValidationError

from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.times import utc_time
from pantau.operations.reference_import.values import SourceRow
from pantau.site.values import KEYS, MAP_CENTER, ZONE, checked

_FACTORY: Final = "nobody changed what the software came with"
_SET_HERE: Final = "a value was set here already"
_UNREAD: Final = "nothing here reads it"
_SECRET: Final = "a secret of notifications, which are not there yet"  # noqa: S105 - a reason
_UNUSABLE: Final = "its value cannot be used here"
_SAME: Final = "it is the same here"
_NEAR: Final = timedelta(minutes=2)
"""How far apart the steps of one installation are."""
_SETTINGS: Final[Mapping[str, str]] = {
    "map_default_center": MAP_CENTER,
    "landing_area_coverage": "landing.area_coverage",
    "landing_hero_badge": "landing.hero_badge",
    "landing_section_title": "landing.section_title",
}
_DONATION: Final[Mapping[str, str]] = {
    "saweria_link": "donation.link",
    "leaderboard_link": "donation.leaderboard_link",
    "enabled": "donation.enabled",
}
_FACTORY_CENTER: Final = (-7.1507, 111.8815)


@dataclass(slots=True)
class SiteBringing:
    """Collects values for keys that are not `set_here`."""

    set_here: Collection[str]
    installed_at: Collection[datetime]
    """When the old hub, or a part of it, was installed: what was written then is nobody's word."""
    values: dict[str, object] = field(default_factory=dict)

    def branding(self, rows: Iterable[Mapping[str, Any]], report: TableReport) -> None:
        """Take names, texts and looks that a user changed."""
        for values in rows:
            row = SourceRow(values, report)
            report.found += 1
            if row.raw("updated_by") is None:
                report.skip(_FACTORY)
            else:
                self._take(f"branding.{row.text('key')}", row.text("value"), report)

    def settings(self, rows: Iterable[Mapping[str, Any]], report: TableReport) -> None:
        """Take the map and the texts of the first page."""
        for values in rows:
            row = SourceRow(values, report)
            report.found += 1
            name = row.text("key")
            key = _SETTINGS.get(name)
            if key is None:
                report.skip(_SECRET if "telegram" in name else _UNREAD)
            elif self._is_factory(row):
                report.skip(_FACTORY)
            elif key == MAP_CENTER:
                self._map_center(row, report)
            else:
                self._take(key, plain_text(row.text("value")), report)

    def donation(self, rows: Iterable[Mapping[str, Any]], report: TableReport) -> None:
        """Take the donation page, all of it or nothing."""
        for values in rows:
            row = SourceRow(values, report)
            report.found += 1
            told = {key: row.raw(name) or "" for name, key in _DONATION.items()}
            told["donation.enabled"] = row.flag("enabled", default=False)
            if self._is_factory(row) or not self.installed_at:
                report.skip(_FACTORY)
            elif not told.keys().isdisjoint(self.set_here):
                report.already += 1
            else:
                self._take_all(told, report)

    def system(
        self, rows: Iterable[Mapping[str, Any]], report: TableReport, *, our_zone: str, zone: str
    ) -> None:
        """Take the time zone where it is another one than here."""
        for values in rows:
            row = SourceRow(values, report)
            report.found += 1
            if row.text("setting_key") == "timezone":
                if zone == our_zone:
                    report.skip(_SAME)
                else:
                    self._take(ZONE, zone, report)
            else:
                report.skip("it belongs to the old installation")

    def _map_center(self, row: SourceRow, report: TableReport) -> None:
        try:
            told = json.loads(row.text("value"))
        except ValueError:
            told = None
        if not isinstance(told, dict):
            report.skip(_UNUSABLE)
            return
        if (told.get("latitude"), told.get("longitude")) == _FACTORY_CENTER:
            report.skip(_FACTORY)
            return
        wanted = {
            name: told[name] for name in ("latitude", "longitude", "zoom", "name") if name in told
        }
        self._take(MAP_CENTER, wanted, report)

    def _take(self, key: str, value: object, report: TableReport) -> None:
        if key not in KEYS:
            report.skip(_UNREAD)
        elif key in self.set_here:
            report.already += 1
        else:
            self._take_all({key: value}, report)

    def _take_all(self, told: Mapping[str, object], report: TableReport) -> None:
        try:
            kept = {key: checked(key, value) for key, value in told.items()}
        except ValidationError:
            report.skip(_UNUSABLE)
            return
        report.brought += 1
        if kept != told and any(str(kept[key]) != str(told[key]).strip() for key in kept):
            report.adjust("value: written as here")
        self.values |= kept

    def _is_factory(self, row: SourceRow) -> bool:
        try:
            at = utc_time(row.raw("updated_at"))
        except ValueError:
            return False
        return any(abs(at - installed_at) <= _NEAR for installed_at in self.installed_at)


def installation_times(
    users: Iterable[Mapping[str, Any]],
    branding: Iterable[Mapping[str, Any]],
    system: Iterable[Mapping[str, Any]],
) -> set[datetime]:
    """Return when things were written that only an installation writes."""
    first_user = next(iter(users), {})
    written = [first_user.get("created_at")]
    written += [row.get("updated_at") for row in branding if row.get("updated_by") is None]
    written += [
        row.get("updated_at") for row in system if row.get("setting_key") == "installation_id"
    ]
    times = set()
    for each in written:
        try:
            times.add(utc_time(each))
        except ValueError:
            continue
    return times


class _Words(HTMLParser):
    _BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"})
    _UNSAID: Final = frozenset({"script", "style", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unsaid = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unsaid += tag in self._UNSAID
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unsaid -= tag in self._UNSAID and self._unsaid > 0
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unsaid:
            self.parts.append(" ".join(data.split("\n")))


def plain_text(markup: str) -> str:
    """Return the words of an HTML text, its lines kept, nothing of its markup."""
    words = _Words()
    words.feed(markup)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).split("\n"))
    return "\n".join(line for line in lines if line)
