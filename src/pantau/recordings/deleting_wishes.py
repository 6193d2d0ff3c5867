"""What others want deleted: written down for the worker, who does it within a second."""

from datetime import datetime
from typing import Final

from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid
from pantau.db.database import Database, Writing
from pantau.recordings import deletion_rows, hold_rows, keeping_repository
from pantau.recordings.keeping_values import Asked, Doomed, Extent, Footage
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.recordings.repository import Known
from pantau.recordings.retention import Keepers, is_held

MOST_AT_ONCE: Final = 5_000
_MOST_EMPTY_BYTES: Final = 2**20
"""What is larger than this held a picture, whatever anybody says."""


async def ask(writing: Writing, camera_id: int, span: Span, *, actor: str, at: datetime) -> Asked:
    """Have footage that touches a span deleted; raises Conflict where any of it is held.

    Raises Invalid, with the field, for a span with more files than can be asked for at once.
    """
    found = await keeping_repository.touching(writing, camera_id, span, limit=MOST_AT_ONCE + 1)
    if len(found) > MOST_AT_ONCE:
        raise Invalid(
            "recordings.too_much", "That is too much at once. Choose a shorter time.", field="to"
        )
    held = (await hold_rows.active(writing, at=at, cameras=[camera_id])).get(camera_id, [])
    if is_held(held, span) or any(is_held(held, each.span) for each in found):
        raise Conflict(
            "recordings.held",
            "Some of this footage is held. Release it first, or choose another time.",
        )
    closed = [each for each in found if each.state is not SegmentState.OPEN]
    await _write_down(writing, closed, Reason.OPERATOR, actor=actor, at=at)
    if closed:
        writing.changed("recordings")
    return Asked(
        segments=len(closed),
        size_bytes=sum(each.size_bytes for each in closed),
        span=_around(closed),
        open_segments=len(found) - len(closed),
    )


class EmptyFiles:
    """Has files deleted that never held a picture (lesson R06)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def remove(self, row: Known) -> None:
        """Have one deleted, unless it is held, being written, or larger than such files are."""
        at = self._clock.now()
        async with self._database.write() as writing:
            footage = (await keeping_repository.by_number(writing, [row.id])).get(row.id)
            keepers = Keepers(held=await hold_rows.active(writing, at=at, cameras=[row.camera_id]))
            if footage is None or footage.size_bytes > _MOST_EMPTY_BYTES or keepers.keep(footage):
                return
            await _write_down(writing, [footage], Reason.EMPTY, actor="", at=at)
            writing.changed("recordings")


async def _write_down(
    writing: Writing, footage: list[Footage], reason: Reason, *, actor: str, at: datetime
) -> None:
    """Note what is to go, but for what is noted already."""
    noted = await deletion_rows.noted(writing, [each.id for each in footage])
    going = [Doomed(each, Extent.ALL, reason) for each in footage if each.id not in noted]
    await deletion_rows.write_down(writing, going, actor=actor, at=at)


def _around(footage: list[Footage]) -> Span | None:
    if not footage:
        return None
    return Span(footage[0].start_ms, max(each.end_ms for each in footage))
