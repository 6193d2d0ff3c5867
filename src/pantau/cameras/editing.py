"""Everything people do to cameras: one transaction each, with the lifecycle log and the trail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.adding import add_cameras, blank, new_stream_key
from pantau.cameras.alike import check_alike, given_in
from pantau.cameras.applying import applied
from pantau.cameras.changes import (
    KEEP,
    MOST_AT_ONCE,
    BulkOutcome,
    CameraChange,
    CutOffOrder,
    Refused,
)
from pantau.cameras.cutting_off import cutting_off, restored
from pantau.cameras.editing_rows import areas_there, delete_cameras, save_changes
from pantau.cameras.event_rows import events_page, record_events
from pantau.cameras.lifecycle import CameraEvent, Kind
from pantau.cameras.models import CameraSource
from pantau.cameras.permissions import adopted, check_area, in_settings, kept_by
from pantau.cameras.repository import stored_cameras
from pantau.cameras.sources import source_of
from pantau.cameras.stored import StoredCamera
from pantau.cameras.telling import changes_between, target, told
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound, Problem
from pantau.core.networks import AddressPolicy
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Reading, Writing
from pantau.db.paging import Page

_CUT_OFF_PATIENCE_S: Final = 30.0
"""A large import holds the writer for seconds; taking a camera from the public must not fail."""
_Pair: TypeAlias = tuple[StoredCamera, StoredCamera]
_Step: TypeAlias = Callable[[StoredCamera], StoredCamera]
"""Returns what becomes of a camera, or raises the problem that stands in the way."""


class CameraEditor:
    """Raises NotFound, Forbidden (another's area), Invalid with a `field`, and Conflict for what
    stands in the settings.  What it returns holds addresses with passwords: show `masking.masked`.
    """

    def __init__(
        self,
        database: Database,
        *,
        sealer: Sealer,
        trail: AuditTrail,
        clock: Clock,
        policy: AddressPolicy,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._trail = trail
        self._clock = clock
        self._policy = policy

    async def one(self, camera_id: int) -> StoredCamera:
        """Return a camera as the database has it."""
        async with self._database.read() as work:
            return await self._found(work, camera_id)

    async def create(self, new: CameraChange, *, by: Asker) -> StoredCamera:
        """Add a camera; `new` has a name and an address at least."""
        draft = applied(blank(self._clock.now()), new, policy=self._policy)
        async with self._database.write() as work:
            await self._check_new_area(work, draft.camera.area_id, by)
            (added,) = await add_cameras(work, [draft], sealer=self._sealer)
            await self._log(work, Kind.CREATED, [added], by, details={"after": told(added)})
            stored = await self._found(work, added.camera.id)
            await self._trail.record(
                work, by.actor, Action.CREATE_CAMERA, target=target(stored), after=told(stored)
            )
        return stored

    async def change(self, camera_id: int, change: CameraChange, *, by: Asker) -> StoredCamera:
        """Change what `change` gives; return how it is then."""
        async with self._database.write() as work:
            before = await self._mine(work, camera_id, by)
            after = self._changed(before, change)
            if after is before:
                return before
            if after.camera.area_id != before.camera.area_id:
                await self._check_new_area(work, after.camera.area_id, by)
            stored = await self._save(work, before, after, by)
            await self._trail.record(
                work,
                by.actor,
                Action.UPDATE_CAMERA,
                target=target(stored),
                before=told(before),
                after=told(stored),
            )
        return stored

    async def remove(self, camera_id: int, *, by: Asker) -> None:
        """Delete a camera."""
        async with self._database.write() as work:
            stored = await self._mine(work, camera_id, by)
            await self._remove(work, [stored], by)
            await self._trail.record(
                work, by.actor, Action.DELETE_CAMERA, target=target(stored), before=told(stored)
            )

    async def change_many(
        self, camera_ids: Sequence[int], change: CameraChange, *, by: Asker
    ) -> BulkOutcome:
        """Change all of them alike; those for which it cannot be are told and left."""
        check_alike(change)
        async with self._database.write() as work:
            if change.area_id is not KEEP:
                await self._check_new_area(work, change.area_id, by)
            pairs, outcome = await self._tried(
                work, camera_ids, lambda stored: self._changed(stored, change), by
            )
            await self._save_all(work, pairs, by)
            await self._record_many(
                work, Action.CHANGE_CAMERAS, outcome, by, details={"change": given_in(change)}
            )
        return outcome

    async def remove_many(self, camera_ids: Sequence[int], *, by: Asker) -> BulkOutcome:
        """Delete all of them."""
        async with self._database.write() as work:
            pairs, outcome = await self._tried(work, camera_ids, self._removed, by)
            await self._remove(work, [before for before, _ in pairs], by)
            await self._record_many(work, Action.DELETE_CAMERA, outcome, by)
        return outcome

    async def cut_off(self, camera_id: int, order: CutOffOrder, *, by: Asker) -> StoredCamera:
        """Take a camera from the public at once."""
        return await self._decide(
            camera_id,
            cutting_off(order, by.actor.name, now=self._clock.now()),
            Action.CUT_OFF_CAMERA,
            by,
        )

    async def cut_off_many(
        self, camera_ids: Sequence[int], order: CutOffOrder, *, by: Asker
    ) -> BulkOutcome:
        """Take all of them from the public at once."""
        cut = cutting_off(order, by.actor.name, now=self._clock.now())
        return await self._decide_many(camera_ids, cut, Action.CUT_OFF_CAMERA, by)

    async def restore(self, camera_id: int, *, by: Asker) -> StoredCamera:
        """End the cut-off of a camera."""
        return await self._decide(camera_id, restored, Action.RESTORE_CAMERA, by)

    async def restore_many(self, camera_ids: Sequence[int], *, by: Asker) -> BulkOutcome:
        """End the cut-off of all of them."""
        return await self._decide_many(camera_ids, restored, Action.RESTORE_CAMERA, by)

    async def rotate_key(self, camera_id: int, *, by: Asker) -> StoredCamera:
        """Give a camera another stream key: every address of its live stream is worthless."""
        async with self._database.write() as work:
            before = await self._mine(work, camera_id, by)
            if before.managed_by == "settings":
                raise in_settings()
            camera = replace(
                before.camera,
                stream_key=new_stream_key(),
                stream_revision=before.camera.stream_revision + 1,
            )
            after = adopted(replace(before, camera=camera, updated_at=self._clock.now()))
            await save_changes(work, [(before, after)], sealer=self._sealer)
            await self._log(work, Kind.KEY_ROTATED, [after], by)
            await self._trail.record(work, by.actor, Action.ROTATE_STREAM_KEY, target=target(after))
        return after

    async def candidate(
        self, change: CameraChange, *, by: Asker, camera_id: int | None = None
    ) -> CameraSource:
        """Return the source that a camera would have, for a look at it before it is saved."""
        if camera_id is None:
            return source_of(CameraSource(""), change, policy=self._policy)
        async with self._database.read() as work:
            stored = await self._mine(work, camera_id, by)
        return source_of(stored.camera.source, change, policy=self._policy)

    async def events(
        self, camera_id: int, *, limit: int, cursor: str | None = None
    ) -> Page[CameraEvent]:
        """Return what happened to a camera, the newest first; also of one that was deleted."""
        async with self._database.read() as work:
            return await events_page(work, camera_id, limit=limit, cursor=cursor)

    def _changed(self, before: StoredCamera, change: CameraChange) -> StoredCamera:
        """Return what a change makes of a camera; the very same where it makes nothing."""
        after = applied(before, change, policy=self._policy)
        if after == before:
            return before
        return replace(kept_by(before, after), updated_at=self._clock.now())

    def _removed(self, stored: StoredCamera) -> StoredCamera:
        if stored.managed_by == "settings":
            raise in_settings()
        return replace(adopted(stored), removed_at=self._clock.now())

    async def _decide(self, camera_id: int, step: _Step, action: Action, by: Asker) -> StoredCamera:
        async with self._database.write(within_s=_CUT_OFF_PATIENCE_S) as work:
            before = await self._mine(work, camera_id, by)
            after = step(before)
            if after == before:
                return before
            after = replace(after, updated_at=self._clock.now())
            await self._save_decided(work, [(before, after)], action, by)
            await self._trail.record(
                work,
                by.actor,
                action,
                target=target(after),
                before=told(before),
                after=told(after),
            )
        return after

    async def _decide_many(
        self, camera_ids: Sequence[int], step: _Step, action: Action, by: Asker
    ) -> BulkOutcome:
        async with self._database.write(within_s=_CUT_OFF_PATIENCE_S) as work:
            pairs, outcome = await self._tried(work, camera_ids, step, by)
            await self._save_decided(work, pairs, action, by)
            await self._record_many(work, action, outcome, by)
        return outcome

    async def _save_decided(
        self, work: Writing, pairs: Sequence[_Pair], action: Action, by: Asker
    ) -> None:
        await save_changes(work, pairs, sealer=self._sealer)
        kind = Kind.CUT_OFF if action is Action.CUT_OFF_CAMERA else Kind.RESTORED
        for _, after in pairs[:1]:
            cut = after.camera.decision.cut_off
            details = {} if cut is None else {"reason": cut.reason, "until": str(cut.until or "")}
            await self._log(work, kind, [stored for _, stored in pairs], by, details=details)

    async def _tried(
        self, work: Writing, camera_ids: Sequence[int], step: _Step, by: Asker
    ) -> tuple[list[_Pair], BulkOutcome]:
        """Take `step` with every camera; what stands in the way of one is told, and it stays."""
        numbers = dict.fromkeys(camera_ids)
        if not 1 <= len(numbers) <= MOST_AT_ONCE:
            raise Invalid("cameras.ids", f"Name 1 to {MOST_AT_ONCE} cameras.", field="ids")
        found = await stored_cameras(work, self._sealer, numbers=numbers)
        there = {int(each.camera.id): each for each in found if each.removed_at is None}
        pairs: list[_Pair] = []
        unchanged: list[int] = []
        refused: list[Refused] = []
        for number in numbers:
            try:
                before = _known(there.get(number))
                check_area(by.principal, before.camera.area_id)
                after = step(before)
            except Problem as problem:
                refused.append(
                    Refused(
                        camera_id=number,
                        code=problem.code,
                        sentence=problem.sentence,
                        field=problem.field,
                    )
                )
                continue
            if after == before:
                unchanged.append(number)
            else:
                pairs.append((before, replace(after, updated_at=self._clock.now())))
        outcome = BulkOutcome(
            changed=tuple(int(before.camera.id) for before, _ in pairs),
            unchanged=tuple(unchanged),
            refused=tuple(refused),
        )
        return pairs, outcome

    async def _record_many(
        self,
        work: Writing,
        action: Action,
        outcome: BulkOutcome,
        by: Asker,
        *,
        details: Mapping[str, object] | None = None,
    ) -> None:
        if outcome.changed:
            await self._trail.record(
                work,
                by.actor,
                action,
                target=f"{len(outcome.changed)} cameras",
                details={**(details or {}), "cameras": list(outcome.changed)},
            )

    async def _found(self, work: Reading, camera_id: int) -> StoredCamera:
        found = await stored_cameras(work, self._sealer, numbers=[camera_id])
        return _known(found[0] if found and found[0].removed_at is None else None)

    async def _mine(self, work: Reading, camera_id: int, by: Asker) -> StoredCamera:
        stored = await self._found(work, camera_id)
        check_area(by.principal, stored.camera.area_id)
        return stored

    async def _check_new_area(self, work: Reading, area_id: int | None, by: Asker) -> None:
        if area_id is not None and not await areas_there(work, [area_id]):
            raise Invalid("cameras.area_unknown", "There is no such area.", field="area_id")
        check_area(by.principal, area_id)

    async def _save(
        self, work: Writing, before: StoredCamera, after: StoredCamera, by: Asker
    ) -> StoredCamera:
        await self._save_all(work, [(before, after)], by)
        return await self._found(work, before.camera.id)

    async def _save_all(self, work: Writing, pairs: Sequence[_Pair], by: Asker) -> None:
        await save_changes(work, pairs, sealer=self._sealer)
        now, actor = self._clock.now(), by.actor.name
        await record_events(
            work,
            [
                event
                for before, after in pairs
                for event in changes_between(before, after, at=now, actor=actor)
            ],
        )

    async def _remove(self, work: Writing, cameras: Sequence[StoredCamera], by: Asker) -> None:
        """Delete rows; those that the demo would bring back stay, as removed."""
        pairs = [(stored, self._removed(stored)) for stored in cameras]
        await save_changes(
            work, [pair for pair in pairs if pair[0].configured_as], sealer=self._sealer
        )
        gone = [stored.camera.id for stored in cameras if not stored.configured_as]
        await delete_cameras(work, gone)
        await self._log(work, Kind.DELETED, cameras, by)

    async def _log(
        self,
        work: Writing,
        kind: Kind,
        cameras: Iterable[StoredCamera],
        by: Asker,
        *,
        details: Mapping[str, object] | None = None,
    ) -> None:
        now = self._clock.now()
        events = [
            CameraEvent(
                camera_id=stored.camera.id,
                at=now,
                kind=kind,
                actor=by.actor.name,
                details=details if details is not None else {"name": stored.camera.name},
            )
            for stored in cameras
        ]
        await record_events(work, events)


def _known(stored: StoredCamera | None) -> StoredCamera:
    if stored is None:
        raise NotFound("cameras.unknown", "There is no such camera.")
    return stored
