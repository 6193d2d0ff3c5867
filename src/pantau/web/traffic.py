"""How many answers were given, by class of address and status."""

from collections.abc import Mapping


class Traffic:
    """Counts in a table of at most some dozens of cells.  Loop only."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}

    def note(self, kind: str, status: int) -> None:
        """Count one answer; for every request, so it does nothing else."""
        cell = (kind, status)
        self._counts[cell] = self._counts.get(cell, 0) + 1

    def counts(self) -> Mapping[tuple[str, ...], int]:
        """Return the counts by class and status, both as text."""
        return {(kind, str(status)): count for (kind, status), count in self._counts.items()}
