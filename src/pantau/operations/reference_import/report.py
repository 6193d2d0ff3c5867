"""What an import brought, changed on the way, and left behind with its reason.  No secrets."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

_MOST_REMARKS: Final = 50


@dataclass(slots=True)
class TableReport:
    """One table of the reference; every row that was found is in exactly one count."""

    table: str
    found: int = 0
    brought: int = 0
    already: int = 0
    """Rows that an earlier run has seen to, or that somebody made here as well."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows that were left behind, by reason."""
    adjusted: Counter[str] = field(default_factory=Counter)
    """Values that were made fit on the way, by what was done; a row may have several."""
    remarks: list[str] = field(default_factory=list)
    """What an operator must know of single rows."""

    def skip(self, reason: str, *, rows: int = 1) -> None:
        """Count rows as left behind."""
        self.skipped[reason] += rows

    def adjust(self, what: str) -> None:
        """Count a value as made fit."""
        self.adjusted[what] += 1

    def remark(self, sentence: str) -> None:
        """Tell of a single row; beyond a screenful they are only counted."""
        if len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(sentence)
        elif len(self.remarks) == _MOST_REMARKS:
            self.remarks.append("… and more")

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "table": self.table,
            "found": self.found,
            "brought": self.brought,
            "already": self.already,
            "skipped": dict(self.skipped),
            "adjusted": dict(self.adjusted),
            "remarks": list(self.remarks),
        }


@dataclass(slots=True)
class Report:
    """A whole run."""

    is_dry: bool
    tables: list[TableReport] = field(default_factory=list)

    def table(self, name: str, *, found: int = 0) -> TableReport:
        """Begin the report of one table."""
        begun = TableReport(name, found=found)
        self.tables.append(begun)
        return begun

    @property
    def brought(self) -> int:
        """How many rows were brought, or would be."""
        return sum(table.brought for table in self.tables)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "dry_run": self.is_dry,
            "brought": self.brought,
            "tables": [table.as_json() for table in self.tables],
        }
