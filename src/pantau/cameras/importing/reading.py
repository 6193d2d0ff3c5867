"""Reads a catalogue of any known format: finds out which it is, and keeps to limits.

Broken rows are told row by row; a broken file is one error that says where.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from pantau.cameras.importing import csv_rows, json_rows, m3u_rows
from pantau.cameras.importing.aliases import candidate_of
from pantau.cameras.importing.candidates import MOST_BYTES, MOST_ROWS, Format, FoundRows, RawRow
from pantau.cameras.importing.records import own_candidate
from pantau.core.errors import Exhausted, Invalid

Reader: TypeAlias = Callable[[str], tuple[Format, Sequence[RawRow]]]


def _yaml(text: str) -> tuple[Format, Sequence[RawRow]]:
    # The reader of YAML is 1 MB that hardly a hub needs twice.
    from pantau.cameras.importing import yaml_rows  # noqa: PLC0415

    return yaml_rows.read(text)


READERS: Final[Mapping[str, Reader]] = {
    "json": json_rows.read,
    "csv": csv_rows.read,
    "m3u": m3u_rows.read,
    "yaml": _yaml,
}
"""How each way of writing is read; which format it is shows by what is in it."""
_ENDINGS: Final[Mapping[str, str]] = {
    "json": "json",
    "geojson": "json",
    "csv": "csv",
    "tsv": "csv",
    "m3u": "m3u",
    "m3u8": "m3u",
    "yml": "yaml",
    "yaml": "yaml",
}
_YAML: Final = re.compile(
    r"^(?:paths|cameras|go2rtc|pathDefaults|mqtt|ffmpeg)[ \t]*:", re.MULTILINE
)


class TooLarge(Exhausted):
    """The catalogue is larger than what is read at once."""

    status = 413


def read_catalogue(data: bytes, *, file_name: str = "") -> FoundRows:
    """Return every row of a catalogue.  Costs about a second for 10,000 rows; not for the loop.

    Raises Invalid, with the line where there is one, for what is no catalogue, and TooLarge.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(
            "import.too_large", f"A catalogue has at most {MOST_BYTES >> 20} MiB.", field="file"
        )
    text = _text(data)
    if not text.strip():
        raise Invalid("import.empty", "The file is empty.", field="file")
    try:
        format_, rows = READERS[_writing(text, file_name)](text)
    except RecursionError as error:
        raise Invalid("import.nested", "The file is nested too deep.", field="file") from error
    if not rows:
        raise Invalid("import.no_rows", "No camera was found in this file.", field="file")
    if len(rows) > MOST_ROWS:
        raise TooLarge(
            "import.too_many", f"A catalogue has at most {MOST_ROWS} rows.", field="file"
        )
    read = own_candidate if format_ is Format.OWN else candidate_of
    return FoundRows(format_, [read(row) for row in rows])


def _text(data: bytes) -> str:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\x00\x00\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    begin = data[:200]
    if begin and begin[1::2].count(0) > len(begin) // 4:
        return data.decode("utf-16-le", "replace")
    if begin and begin[::2].count(0) > len(begin) // 4:
        return data.decode("utf-16-be", "replace")
    if b"\x00" in begin:
        raise Invalid("import.not_text", "This is not a text file.", field="file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # What older spreadsheets write.
        return data.decode("cp1252", "replace")


def _writing(text: str, file_name: str) -> str:
    begin = text.lstrip()[:64]
    if begin.startswith(("[", "{")):
        return "json"
    if begin.startswith(("#EXTM3U", "#EXTINF")):
        return "m3u"
    if _YAML.search(text):
        return "yaml"
    ending = _ENDINGS.get(file_name.rpartition(".")[2].lower(), "")
    if ending in {"yaml", "m3u"}:
        return ending
    return "csv"
