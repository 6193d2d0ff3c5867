"""What pages and the API ask of keeping footage, and what people decide about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Invalid
from pantau.db.database import Database
from pantau.db.paging import Page
from pantau.recordings import deleting_wishes, deletion_rows, keeping_rows
from pantau.recordings.holds import Holds
from pantau.recordings.keeping_values import (
    Alarm,
    AlarmKind,
    Asked,
    Deletion,
    Hold,
    Quota,
    Storage,
)
from pantau.recordings.models import FOREVER, Reason, Span
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planner import Planner
from pantau.recordings.planning import Plan, WhatIf
from pantau.recordings.quotas import Quotas
from pantau.recordings.storage_note import storage_from
from pantau.web.principal import Principal

_SILENT: Final = timedelta(minutes=5)


class Keeping:
    """Holds, quotas, deletions, disks and forecasts.  Loop only.

    Operators who are limited to areas see and change what concerns cameras of theirs.
    """

    def __init__(
        self,
        database: Database,
        *,
        own: OwnCameras,
        holds: Holds,
        quotas: Quotas,
        planner: Planner,
        trail: AuditTrail,
        clock: Clock,
        folders: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._database = database
        self._own = own
        self._holds = holds
        self._quotas = quotas
        self._planner = planner
        self._trail = trail
        self._clock = clock
        self._folders = folders

    async def follow(self) -> None:
        """Have figures ready for whoever asks; never returns."""
        await self._planner.follow()

    async def storage(self) -> Storage:
        """Return how it is with the disks, as the worker saw it last."""
        async with self._database.read() as reading:
            noted = await keeping_rows.note(reading, keeping_rows.STORAGE)
        storage = None if noted is None else storage_from(*noted)
        if storage is None:
            return Storage(disks=(), alarms=(), seen_at=None)
        return replace(storage, folders=self._folders())

    async def alarms(self) -> Sequence[Alarm]:
        """Return what somebody should look at, the most urgent first."""
        storage = await self.storage()
        async with self._database.read() as reading:
            archive = await keeping_rows.note(reading, keeping_rows.ARCHIVE)
        now = self._clock.now()
        alarms = list(storage.alarms)
        if storage.seen_at is not None and abs(now - storage.seen_at) > _SILENT:
            silent_s = abs(now - storage.seen_at).total_seconds()
            alarms.append(Alarm(AlarmKind.SILENT, amount=silent_s))
        if archive is not None and archive[0]:
            alarms.append(Alarm(AlarmKind.ARCHIVE, amount=(now - archive[1]).total_seconds()))
        return sorted(alarms, key=lambda each: not each.is_urgent)

    async def plan(self, *, by: Principal, what_if: WhatIf | None = None) -> Plan:
        """Return what is measured and what follows from it; raises Invalid naming the field."""
        return await self._planner.plan(await self.storage(), by=by, what_if=what_if)

    async def holds(
        self, *, by: Principal, camera_id: int | None = None, also_ended: bool = False
    ) -> Sequence[Hold]:
        """Return holds, the newest first; at most a thousand."""
        return await self._holds.listed(by=by, camera_id=camera_id, also_ended=also_ended)

    async def hold(
        self, camera_id: int, span: Span, *, reason: str, until_at: datetime | None, by: Asker
    ) -> Hold:
        """Hold footage; raises NotFound, Forbidden, Invalid naming the field, Conflict."""
        return await self._holds.add(camera_id, span, reason=reason, until_at=until_at, by=by)

    async def release(self, hold_id: int, *, by: Asker) -> Hold:
        """End a hold; raises NotFound, Forbidden, Conflict for one that has ended."""
        return await self._holds.release(hold_id, by=by)

    async def deletions(
        self,
        *,
        by: Principal,
        camera_id: int | None = None,
        reason: Reason | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Deletion]:
        """Return what was deleted, the newest first; `from_ms`, `to_ms` are about the footage.

        Raises Invalid naming the field.
        """
        cameras = self._own.seen_by(by)
        if camera_id is not None:
            is_seen = cameras is None or camera_id in cameras
            cameras = frozenset({camera_id} if is_seen else ())
        touching = None
        if from_ms is not None or to_ms is not None:
            touching = Span(
                FOREVER.from_ms if from_ms is None else from_ms,
                FOREVER.to_ms if to_ms is None else to_ms,
            )
            _check(touching)
        async with self._database.read() as reading:
            return await deletion_rows.page(
                reading,
                cameras=cameras,
                reason=reason,
                touching=touching,
                limit=limit,
                cursor=cursor,
            )

    async def delete(self, camera_id: int, span: Span, *, by: Asker) -> Asked:
        """Have footage that touches a span deleted; raises NotFound, Forbidden, Invalid.

        Raises Conflict where any of it is held: then nothing is deleted.  The worker deletes it
        within seconds; files go whole, and those that are being written stay.
        """
        _check(span)
        async with self._database.write() as writing:
            target = await self._own.target(writing, camera_id, by=by)
            asked = await deleting_wishes.ask(
                writing, camera_id, span, actor=by.actor.name, at=self._clock.now()
            )
            if asked.segments:
                await self._trail.record(
                    writing,
                    by.actor,
                    Action.DELETE_RECORDINGS,
                    target=target,
                    details={
                        "from_ms": span.from_ms,
                        "to_ms": span.to_ms,
                        "segments": asked.segments,
                        "bytes": asked.size_bytes,
                    },
                )
        return asked

    async def camera_quotas(self, *, by: Principal) -> Sequence[Quota]:
        """Return what each camera may keep and does."""
        return await self._quotas.of_cameras(by=by)

    async def area_quotas(self, *, by: Principal) -> Sequence[Quota]:
        """Return what each area may keep and does."""
        return await self._quotas.of_areas(by=by)

    async def set_camera_quota(
        self, camera_id: int, quota_bytes: int | None, *, by: Asker
    ) -> Quota:
        """Limit a camera, None: not any more; raises NotFound, Forbidden, Invalid."""
        return await self._quotas.set_camera(camera_id, quota_bytes, by=by)

    async def set_area_quota(self, area_id: int, quota_bytes: int | None, *, by: Asker) -> Quota:
        """Limit an area, None: not any more; for admins.  Raises NotFound, Forbidden, Invalid."""
        return await self._quotas.set_area(area_id, quota_bytes, by=by)


def _check(span: Span) -> None:
    if span.from_ms >= span.to_ms:
        raise Invalid("recordings.span", "The end must come after the beginning.", field="to")
