"""Holding footage: nothing deletes it, not even a full disk, until the hold ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.details import printable
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound
from pantau.db.database import Database, Reading
from pantau.recordings import hold_rows
from pantau.recordings.keeping_values import Hold
from pantau.recordings.models import FOREVER, Span
from pantau.recordings.own_cameras import OwnCameras
from pantau.web.principal import Principal

MOST_HOLDS: Final = 1_000
LONGEST_REASON: Final = 500


class Holds:
    """Loop only."""

    def __init__(
        self, database: Database, *, own: OwnCameras, trail: AuditTrail, clock: Clock
    ) -> None:
        self._database = database
        self._own = own
        self._trail = trail
        self._clock = clock

    async def listed(
        self, *, by: Principal, camera_id: int | None, also_ended: bool
    ) -> Sequence[Hold]:
        """Return holds, the newest first; at most a thousand."""
        cameras = self._own.seen_by(by)
        if camera_id is not None:
            is_seen = cameras is None or camera_id in cameras
            cameras = frozenset({camera_id} if is_seen else ())
        async with self._database.read() as reading:
            return await hold_rows.listed(
                reading, at=self._clock.now(), cameras=cameras, also_ended=also_ended
            )

    async def add(
        self, camera_id: int, span: Span, *, reason: str, until_at: datetime | None, by: Asker
    ) -> Hold:
        """Hold footage; raises NotFound, Forbidden, Invalid naming the field, Conflict."""
        now = self._clock.now()
        reason = _checked(span, reason, until_at, now)
        async with self._database.write() as writing:
            target = await self._own.target(writing, camera_id, by=by)
            if await hold_rows.count_active(writing, at=now) >= MOST_HOLDS:
                raise Conflict(
                    "recordings.holds_full",
                    f"There are {MOST_HOLDS} holds already. Release what is not needed any more.",
                )
            number = await hold_rows.add(
                writing,
                camera_id,
                span,
                reason=reason,
                until_at=until_at,
                by=by.actor.name,
                at=now,
            )
            hold = await _found(writing, number)
            await self._trail.record(
                writing, by.actor, Action.HOLD_RECORDINGS, target=target, after=_told(hold)
            )
        return hold

    async def release(self, hold_id: int, *, by: Asker) -> Hold:
        """End a hold; raises NotFound, Forbidden, Conflict for one that has ended."""
        now = self._clock.now()
        async with self._database.write() as writing:
            hold = await _found(writing, hold_id)
            seen = self._own.seen_by(by.principal)
            if seen is not None and hold.camera_id not in seen:
                raise Forbidden(
                    "recordings.other_area", "This camera is in an area of somebody else."
                )
            if not hold.is_active(now):
                raise Conflict("recordings.hold_ended", "This hold has ended already.")
            await hold_rows.release(writing, hold_id, by=by.actor.name, at=now)
            released = await _found(writing, hold_id)
            name = self._own.name_of(hold.camera_id)
            await self._trail.record(
                writing,
                by.actor,
                Action.RELEASE_HOLD,
                target=f"camera {hold.camera_id} ({name})",
                before=_told(hold),
            )
        return released


async def _found(reading: Reading, hold_id: int) -> Hold:
    hold = await hold_rows.one(reading, hold_id)
    if hold is None:
        raise NotFound("recordings.no_such_hold", "There is no such hold.")
    return hold


def _checked(span: Span, reason: str, until_at: datetime | None, now: datetime) -> str:
    """Return the reason as it is kept; raises Invalid."""
    if not FOREVER.from_ms <= span.from_ms < span.to_ms <= FOREVER.to_ms:
        raise Invalid("recordings.span", "The end must come after the beginning.", field="to")
    reason = printable(reason).strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            "recordings.hold_reason",
            f"Say why, in 1 to {LONGEST_REASON} characters.",
            field="reason",
        )
    if until_at is not None and until_at <= now:
        raise Invalid("recordings.hold_until", "That moment has passed.", field="until")
    return reason


def _told(hold: Hold) -> dict[str, object]:
    return {
        "hold": hold.id,
        "from_ms": hold.span.from_ms,
        "to_ms": hold.span.to_ms,
        "reason": hold.reason,
        "until": None if hold.until_at is None else hold.until_at.isoformat(),
    }
