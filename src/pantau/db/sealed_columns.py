"""Which columns hold sealed secrets, told where the column is declared; and what stands in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Column, MetaData, Table, func, select, update

from pantau.db.database import Reading, Writing

_INFO: Final = "sealed"
_PREFIX_LENGTH: Final = len("v1.01234567.")
RowKey: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column whose texts come from `Sealer.seal(text, purpose, row)`; NULL and "" are none."""

    table: Table
    column: Column[Any]
    purpose: str
    row: Column[Any] | None = None
    """The column whose value was given as `row`; None: the value is tied to its purpose alone."""

    def __str__(self) -> str:
        """Return what people call it."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def key(self) -> Column[Any]:
        """The column that numbers the rows."""
        (key,) = self.table.primary_key.columns
        return key


@dataclass(frozen=True, slots=True)
class SealedValue:
    """What stands in one row."""

    key: RowKey
    text: str
    row: RowKey


def sealed_as(purpose: str, *, row: str | None = None) -> dict[str, Any]:
    """Mark a column, so that a rotation of keys finds it; an unmarked one would lose its secrets.

    `source_sealed: Mapped[str] = mapped_column(Text, info=sealed_as("camera.source"))`
    """
    return {_INFO: (purpose, row)}


def sealed_columns(metadata: MetaData) -> Iterator[SealedColumn]:
    """Yield every column that was marked."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if _INFO in column.info:
                purpose, row = column.info[_INFO]
                yield SealedColumn(table, column, purpose, None if row is None else table.c[row])


async def prefixes_in(work: Reading, place: SealedColumn) -> dict[str, int]:
    """Return how many values begin with which version and key."""
    prefix = func.substr(place.column, 1, _PREFIX_LENGTH)
    query = select(prefix, func.count()).where(place.column != "").group_by(prefix)
    found = (await work.session.execute(query)).all()
    return {str(text): int(count) for text, count in found}


async def values_not_sealed_with(
    work: Reading, place: SealedColumn, key_id: str, *, after: RowKey | None, limit: int
) -> list[SealedValue]:
    """Return the next values, in the order of their rows, that another key has sealed."""
    row = place.key if place.row is None else place.row
    query = select(place.key, place.column, row).where(
        place.column != "",
        func.substr(place.column, 1, _PREFIX_LENGTH) != f"v1.{key_id}.",
    )
    if after is not None:
        query = query.where(place.key > after)
    found = (await work.session.execute(query.order_by(place.key).limit(limit))).all()
    return [
        SealedValue(key, text, "" if place.row is None else bound) for key, text, bound in found
    ]


async def replace_value(
    work: Writing, place: SealedColumn, value: SealedValue, sealed: str
) -> None:
    """Put `sealed` in the place of `value`, unless something else stands there by now."""
    statement = update(place.table).where(place.key == value.key, place.column == value.text)
    await work.session.execute(statement.values({place.column: sealed}))
