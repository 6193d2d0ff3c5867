"""Takes the steps to today's tables on a copy, and says what came of it; the hub runs meanwhile."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What an upgrade would do."""

    before: str | None
    """The step of the database; None: it has no tables."""
    after: str
    steps: tuple[str, ...]
    """The steps that would be taken, in order; none: there is nothing to do."""
    seconds: float
    """How long they took on the copy, without the copying."""
    copied_bytes: int
    oldest_release: str
    """The oldest step whose release could use the database afterwards."""
    breaks: tuple[str, ...]
    """Why the release that uses the database today could not go on, as sentences."""

    @property
    def previous_goes_on(self) -> bool:
        """Tell whether the release of today works with the database afterwards."""
        return not self.breaks
