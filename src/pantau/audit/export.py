"""The trail as a table for spreadsheets, which must not take it for formulas."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Final

from pantau.audit.chain import Entry

_COLUMNS: Final = (
    "id",
    "at",
    "kind",
    "name",
    "actor",
    "user_id",
    "username",
    "address",
    "user_agent",
    "endpoint",
    "target",
    "details",
    "count",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINES: Final = 200


async def csv_of(entries: AsyncIterator[Entry], *, most: int) -> AsyncIterator[bytes]:
    """Yield the table in pieces: UTF-8 with the mark that spreadsheets need to see that.

    Where `entries` were cut off at `most`, the last line says so.
    """
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    text.write("\ufeff")
    rows.writerow(_COLUMNS)
    count = 0
    async for entry in entries:
        rows.writerow(_cells(entry))
        count += 1
        if count % _LINES == 0:
            yield _taken(text)
    if count >= most:
        rows.writerow([f"Only the newest {most} entries are here. Narrow the search for the rest."])
    yield _taken(text)


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet reckons with it: visitors choose some of these texts."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _cells(entry: Entry) -> list[str | int]:
    draft = entry.draft
    return [
        entry.id,
        draft.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        draft.kind,
        harmless(draft.name),
        harmless(draft.actor_kind),
        "" if draft.user_id is None else draft.user_id,
        harmless(draft.username),
        harmless(draft.address),
        harmless(draft.user_agent),
        harmless(draft.endpoint),
        harmless(draft.target),
        harmless(draft.details),
        draft.count,
    ]


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece
