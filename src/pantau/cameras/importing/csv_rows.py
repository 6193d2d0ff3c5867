"""Catalogues as tables: names in the first line, commas, semicolons, tabs or bars between cells."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from pantau.cameras.importing.aliases import plain_key
from pantau.cameras.importing.candidates import MOST_ROWS, Format, RawRow
from pantau.cameras.importing.records import CSV_MARK
from pantau.core.errors import Invalid

_DELIMITERS: Final = (",", ";", "\t", "|")
_KNOWN: Final = frozenset(
    [
        "name",
        "nama",
        "title",
        "judul",
        "url",
        "link",
        "streamurl",
        "source",
        "lat",
        "latitude",
        "cctvtitle",
        "cctvlink",
        "rtspurl",
        "externalstreamurl",
        "privatertspurl",
        "hlsurl",
        "address",
        "stream",
        "embedurl",
        "videourl",
        "label",
    ]
)
_MOST_CELL: Final = 100_000


def read(text: str) -> tuple[Format, Sequence[RawRow]]:
    """Return the rows; raises Invalid for what is no table, with the line where a quote is open."""
    lines = text.lstrip("\r\n")
    if lines[:4].lower() == "sep=":
        lines = lines.partition("\n")[2]
    header_line = lines.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().strip("\ufeff") for name in next(reader, [])]
        if not _KNOWN & {plain_key(name) for name in names}:
            raise Invalid(
                "import.unknown",
                "This is no catalogue that is known here: no JSON, no CSV with names in its first "
                "line, no M3U playlist, no configuration of MediaMTX or Frigate.",
                field="file",
            )
        rows = _rows(reader, names)
    except csv.Error as error:
        raise Invalid(
            "import.csv", f"This table is broken in line {reader.line_num}: {error}.", field="file"
        ) from error
    return (Format.OWN if names[0] == CSV_MARK else Format.CSV), rows


def _rows(reader: Iterable[Sequence[str]], names: Sequence[str]) -> Sequence[RawRow]:
    rows: list[RawRow] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        rows.append(_row(len(rows) + 1, cells, names))
        if len(rows) > MOST_ROWS:
            break
    return rows


def _row(number: int, cells: Sequence[str], names: Sequence[str]) -> RawRow:
    values = {name: cell for name, cell in zip(names, cells, strict=False) if name}
    if any(cell.strip() for cell in cells[len(names) :]):
        return RawRow(
            number, values, refused="This row has more cells than the first line has names."
        )
    if any(len(cell) > _MOST_CELL for cell in cells):
        return RawRow(number, {}, refused="A cell of this row is too long.")
    return RawRow(number, values)
