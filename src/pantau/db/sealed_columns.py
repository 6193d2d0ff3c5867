"""Which columns hold sealed secrets; told where the column is declared."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import MetaData

_INFO: Final = "sealed"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column whose texts come from `Sealer.seal(text, purpose, row)`; NULL and "" are none."""

    table: str
    column: str
    purpose: str
    row: str | None = None
    """The column whose value was given as `row`; None: the value is tied to its purpose alone."""


def sealed_as(purpose: str, *, row: str | None = None) -> dict[str, Any]:
    """Mark a column, so that a rotation of keys finds it.

    `source: Mapped[str] = mapped_column(Text, info=sealed_as("camera.source"))`
    """
    return {_INFO: (purpose, row)}


def sealed_columns(metadata: MetaData) -> Iterator[SealedColumn]:
    """Yield every column that was marked."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if _INFO in column.info:
                purpose, row = column.info[_INFO]
                yield SealedColumn(table.name, column.name, purpose, row)
