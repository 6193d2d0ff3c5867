"""Pages of rows by key instead of by offset: stable while rows come and go, and cheap at any depth.

The order must be total, so its last key is unique (a row number).  A cursor is what the last row
of a page had in those keys; whoever forges one only asks for another page of the same list.
"""

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from pantau.core.errors import Invalid
from pantau.db.database import Reading

MOST_ROWS: Final = 200
_LONGEST_CURSOR: Final = 1_000
_LARGEST_NUMBER: Final = 2**63

Row = TypeVar("Row")
Value: TypeAlias = int | float | str | datetime


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the order; it must not be NULL."""

    column: InstrumentedAttribute[Any]
    kind: type[int] | type[float] | type[str] | type[datetime]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in order, and the cursor of the next page; None: this is the last one."""

    rows: tuple[Row, ...]
    next_cursor: str | None


class Keyset(Generic[Row]):
    """The order of one list; make one per list, at import.

    The last key must be unique, which nobody can check here.
    """

    def __init__(self, *keys: Key) -> None:
        self._keys: Final = keys

    async def page(
        self, work: Reading, query: Select[Row], *, limit: int, cursor: str | None = None
    ) -> Page[Row]:
        """Return at most `limit` rows of `query` after `cursor`.

        `query` has its conditions and no order.  Raises Invalid with the field `cursor` for one
        that is not of this list, and with the field `limit` outside 1 to 200.
        """
        if not 1 <= limit <= MOST_ROWS:
            raise Invalid("page.limit", f"Ask for 1 to {MOST_ROWS} rows.", field="limit")
        if cursor:
            query = query.where(self._after(self._read(cursor)))
        ordered = query.order_by(
            *(key.column.desc() if key.descending else key.column.asc() for key in self._keys)
        )
        found = (await work.session.scalars(ordered.limit(limit + 1))).all()
        rows = tuple(found[:limit])
        return Page(rows, self._write(rows[-1]) if len(found) > limit else None)

    def _after(self, values: Sequence[Value]) -> ColumnElement[bool]:
        # Spelled out instead of comparing tuples: directions may differ from key to key.
        after: ColumnElement[bool] = false()
        for number, (key, value) in enumerate(zip(self._keys, values, strict=True)):
            beyond = key.column < value if key.descending else key.column > value
            same = [
                before.column == known
                for before, known in zip(self._keys[:number], values[:number], strict=True)
            ]
            after = or_(after, and_(*same, beyond))
        return after

    def _write(self, row: Row) -> str:
        values = [_plain(getattr(row, key.column.key)) for key in self._keys]
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> list[Value]:
        try:
            return self._values(cursor)
        except (ValueError, RecursionError, OverflowError) as error:
            raise Invalid(
                "page.cursor",
                "This cursor belongs to no page of this list. Begin without one.",
                field="cursor",
            ) from error

    def _values(self, cursor: str) -> list[Value]:
        """Return what `_write` wrote; raises ValueError for anything else."""
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(plain, list) or len(plain) != len(self._keys):
            raise ValueError("not as many values as keys")
        return [_typed(value, key.kind) for value, key in zip(plain, self._keys, strict=True)]


def _plain(value: Value) -> int | float | str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _typed(value: object, kind: type[Value]) -> Value:
    if kind is datetime and isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a date without a zone")
        return at
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError("another type")  # noqa: TRY004 - any kind of rubbish is one answer
    if isinstance(value, int) and not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
        raise ValueError("not a number of a row")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a number at all")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("not a text that PostgreSQL knows")
    return value
