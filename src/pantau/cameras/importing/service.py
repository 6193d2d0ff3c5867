"""Imports of cameras: a preview of every row, written as one, and taken back as one."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from pantau.accounts.users.asker import Asker
from pantau.areas.repository import all_areas
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.importing import repository
from pantau.cameras.importing.applying_plan import Order, Undone, take_back, write_plan
from pantau.cameras.importing.deciding import Decided, Plan, Surroundings, decide
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.previewing import (
    base_name,
    decided_again,
    line_of,
    packed,
    plan_summary,
    target_of,
)
from pantau.cameras.importing.reading import read_catalogue
from pantau.cameras.importing.values import (
    WORKING,
    Decision,
    ImportView,
    Line,
    Phase,
    Progress,
    State,
)
from pantau.cameras.repository import stored_cameras
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Exhausted, NotFound
from pantau.core.networks import AddressPolicy
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Reading, Writing

KEPT_FOR: Final = timedelta(hours=2)
"""How long a preview waits for somebody to apply it."""
MOST_PREVIEWS: Final = 5
"""Of one person; the oldest makes room."""
MOST_PREVIEWS_IN_ALL: Final = 20
_MOST_PLANS: Final = 2
"""Kept in memory of one process: a plan of 10,000 rows takes some tens of megabytes."""
_MOST_LISTED: Final = 1_000
_SILENT: Final = timedelta(minutes=2)
Tell: TypeAlias = Callable[[Progress], None]


def untold(_: Progress) -> None:
    """Take the progress of something that nobody watches."""


@dataclass(frozen=True, slots=True)
class _Kept:
    key: tuple[object, ...]
    plan: Plan


class CameraImports:
    """Keeps previews sealed in the database, so that every web process knows them.  Loop only.

    Raises NotFound for an import that is not the asker's, Conflict for what is too late, and what
    `read_catalogue` and `decide` raise.
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
        self._plans: OrderedDict[int, _Kept] = OrderedDict()
        self._running: dict[int, Progress] = {}

    async def preview(
        self,
        data: bytes,
        *,
        file_name: str,
        options: Options,
        by: Asker,
        tell: Tell = untold,
    ) -> ImportView:
        """Read a catalogue, decide every row, and keep it as a preview for two hours."""
        tell(Progress(Phase.READING))
        found = await asyncio.to_thread(read_catalogue, data, file_name=file_name)
        tell(Progress(Phase.DECIDING, 0, len(found.candidates)))
        async with self._database.read() as reading:
            key = await self._key(reading, options, {}, by)
            around = await self._around(reading, by, {})
        plan = await asyncio.to_thread(decide, found, options, around)
        now = self._clock.now()
        total = len(plan.rows)
        view = ImportView(
            id=0,
            state=State.PREVIEW,
            file_name=base_name(file_name),
            format=found.format.value,
            options=options,
            by=by.actor.name,
            user_id=by.actor.user_id,
            progress=Progress(Phase.IDLE, 0, total),
            progress_at=now,
            summary=plan_summary(plan),
            checked=0,
            ready=0,
            created_at=now,
            expires_at=now + KEPT_FOR,
            applied_at=None,
            undone_at=None,
        )
        upload = await asyncio.to_thread(packed, data)
        async with self._database.write() as writing:
            await repository.drop_previews(writing, expired_at=now)
            await self._make_room(writing, by)
            number = await repository.put_import(writing, view, upload, sealer=self._sealer)
        self._keep(number, key, plan)
        tell(Progress(Phase.DECIDING, total, total))
        return replace(view, id=number)

    async def view(self, import_id: int, *, by: Asker) -> ImportView:
        """Return one import; how far it has got is as fresh as this process can tell."""
        async with self._database.read() as reading:
            view = await self._one(reading, import_id, by)
        running = self._running.get(import_id)
        if running is not None:
            return replace(view, progress=running)
        if view.progress.phase in WORKING and self._clock.now() - view.progress_at > _SILENT:
            # The process that worked on it is gone; nothing of what it began was written.
            return replace(view, progress=Progress(Phase.IDLE, 0, view.progress.total))
        return view

    async def views(self, *, by: Asker, limit: int = 50) -> Sequence[ImportView]:
        """Return the newest imports: everybody's for admins, their own for others."""
        async with self._database.read() as reading:
            views = await repository.import_views(reading, limit=_MOST_LISTED)
        now = self._clock.now()
        return [view for view in views if _may_see(view, by, now)][:limit]

    async def lines(
        self,
        import_id: int,
        *,
        by: Asker,
        decision: Decision | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> Sequence[Line]:
        """Return rows behind the row `after`, with addresses masked."""
        async with self._database.read() as reading:
            view = await self._one(reading, import_id, by)
            if view.state is not State.PREVIEW:
                return await repository.lines_of(
                    reading, import_id, decision=decision, after=after, limit=limit
                )
        plan, checks = await self._plan(view, by)
        names = {int(area.id): area.name for area in plan.areas}
        async with self._database.read() as reading:
            names |= {int(area.id): area.name for area in await all_areas(reading)}
        chosen = (
            row
            for row in plan.rows
            if row.candidate.row > after and (decision is None or row.decision is decision)
        )
        return [
            line_of(row, names, checks.get(row.candidate.row, ""))
            for row, _ in zip(chosen, range(limit), strict=False)
        ]

    async def choose(self, import_id: int, options: Options, *, by: Asker) -> ImportView:
        """Decide a preview anew with other choices."""
        async with self._database.read() as reading:
            view = self._open(await self._one(reading, import_id, by))
        plan, _ = await self._plan(replace(view, options=options), by)
        async with self._database.write() as writing:
            await repository.set_options(writing, import_id, options, plan_summary(plan))
        return replace(view, options=options, summary=plan_summary(plan))

    async def apply(self, import_id: int, *, by: Asker, tell: Tell = untold) -> ImportView:
        """Write what the preview says, all of it or nothing.  A second time is a Conflict."""

        def heard(progress: Progress) -> None:
            self._running[import_id] = progress
            tell(progress)

        async with self._database.read() as reading:
            view = self._open(await self._one(reading, import_id, by))
        if import_id in self._running:
            raise Conflict("import.running", "This import is being worked on.")
        try:
            heard(Progress(Phase.DECIDING, 0, view.progress.total))
            plan, _ = await self._plan(view, by)
            # Other processes see no more than this until everything is written.
            await self.put_progress(import_id, Progress(Phase.WRITING, 0, view.progress.total))
            await self._write(view, plan, by, heard)
        finally:
            self._running.pop(import_id, None)
        self._plans.pop(import_id, None)
        return await self.view(import_id, by=by)

    async def undo(self, import_id: int, *, by: Asker) -> Undone:
        """Delete what an import created and put back what it changed, all of it or nothing.

        What somebody changed since is left, and counted.
        """
        async with self._database.write() as writing:
            view = await self._one(writing, import_id, by)
            if view.state is not State.APPLIED or view.applied_at is None:
                raise Conflict(
                    "import.not_applied", "Only an import that was applied can be undone."
                )
            lines = await repository.written_lines(writing, import_id, sealer=self._sealer)
            order = self._order(import_id, by)
            undone = await take_back(writing, lines, order, applied_at=view.applied_at)
            await repository.set_undone(writing, import_id, at=order.at)
            writing.changed("cameras")
            await self._trail.record(
                writing,
                by.actor,
                Action.UNDO_CAMERA_IMPORT,
                target=target_of(view),
                details={
                    "deleted": undone.deleted,
                    "restored": undone.restored,
                    "kept": undone.kept,
                },
            )
        return undone

    async def discard(self, import_id: int, *, by: Asker) -> None:
        """Forget a preview."""
        async with self._database.write() as writing:
            self._open(await self._one(writing, import_id, by))
            await repository.drop_previews(writing, import_id=import_id)
        self._plans.pop(import_id, None)

    async def rows_to_check(self, import_id: int, *, by: Asker) -> Sequence[Decided]:
        """Return the rows of a preview whose addresses can be looked at."""
        async with self._database.read() as reading:
            view = self._open(await self._one(reading, import_id, by))
        plan, _ = await self._plan(view, by)
        return [row for row in plan.rows if row.wish is not None and row.source is not None]

    async def put_checks(
        self, import_id: int, checks: Mapping[int, str], progress: Progress
    ) -> None:
        """Keep what was found so far, for every process to read."""
        async with self._database.write() as writing:
            await repository.set_checks(writing, import_id, checks)
            await repository.set_progress(writing, import_id, progress, at=self._clock.now())

    async def put_progress(self, import_id: int, progress: Progress) -> None:
        """Keep how far an import has got, for every process to read."""
        async with self._database.write() as writing:
            await repository.set_progress(writing, import_id, progress, at=self._clock.now())

    def is_running(self, import_id: int) -> bool:
        """Tell whether this process writes that import at the moment."""
        return import_id in self._running

    async def refresh(self, import_id: int, *, by: Asker) -> None:
        """Decide a preview anew, where checks or cameras have changed."""
        view = await self.view(import_id, by=by)
        if view.state is State.PREVIEW:
            await self.choose(import_id, view.options, by=by)

    async def _write(self, view: ImportView, plan: Plan, by: Asker, heard: Tell) -> None:
        total = sum(row.after is not None for row in plan.rows)
        heard(Progress(Phase.WRITING, 0, total))
        order = self._order(view.id, by)
        async with self._database.write() as writing:
            fresh = self._open(await self._one(writing, view.id, by))
            known = self._plans.get(view.id)
            checks = await repository.checks_of(writing, view.id)
            if known is None or known.key != await self._key(writing, fresh.options, checks, by):
                # Somebody was faster with other cameras; what they have must not be made twice.
                plan = await self._decided(writing, fresh, by)
            await write_plan(
                writing,
                plan,
                order,
                lambda done, of: heard(Progress(Phase.WRITING, done, of)),
            )
            await repository.set_applied(writing, view.id, plan_summary(plan), at=order.at)
            writing.changed("cameras")
            await self._trail.record(
                writing,
                by.actor,
                Action.IMPORT_CAMERAS,
                target=target_of(view),
                details={
                    "format": view.format,
                    "profile": view.options.profile,
                    **plan_summary(plan),
                },
            )

    async def _plan(self, view: ImportView, by: Asker) -> tuple[Plan, Mapping[int, str]]:
        async with self._database.read() as reading:
            kept = self._plans.get(view.id)
            checks = await repository.checks_of(reading, view.id)
            key = await self._key(reading, view.options, checks, by)
            if kept is not None and kept.key == key:
                return kept.plan, checks
            plan = await self._decided(reading, view, by)
        self._keep(view.id, key, plan)
        return plan, checks

    async def _decided(self, reading: Reading, view: ImportView, by: Asker) -> Plan:
        upload = await repository.upload_of(reading, view.id, sealer=self._sealer)
        checks = await repository.checks_of(reading, view.id)
        if not upload:
            raise NotFound("import.unknown", "There is no such import.")
        around = await self._around(reading, by, checks)
        return await asyncio.to_thread(decided_again, upload, view, around)

    async def _around(self, reading: Reading, by: Asker, checks: Mapping[int, str]) -> Surroundings:
        return Surroundings(
            cameras=await stored_cameras(reading, self._sealer),
            areas=await all_areas(reading),
            policy=self._policy,
            now=self._clock.now(),
            may_change=by.principal.may_change_area,
            checks=checks,
        )

    async def _key(
        self, reading: Reading, options: Options, checks: Mapping[int, str], by: Asker
    ) -> tuple[object, ...]:
        counted = await repository.counters(reading)
        return (options, counted, tuple(sorted(checks.items())), by.principal.area_ids)

    def _keep(self, import_id: int, key: tuple[object, ...], plan: Plan) -> None:
        self._plans[import_id] = _Kept(key, plan)
        self._plans.move_to_end(import_id)
        while len(self._plans) > _MOST_PLANS:
            self._plans.popitem(last=False)

    async def _one(self, reading: Reading, import_id: int, by: Asker) -> ImportView:
        view = await repository.import_view(reading, import_id)
        if view is None or not _may_see(view, by, self._clock.now()):
            raise NotFound("import.unknown", "There is no such import.")
        return view

    @staticmethod
    def _open(view: ImportView) -> ImportView:
        if view.state is not State.PREVIEW:
            raise Conflict("import.applied", "This import was applied already.")
        return view

    def _order(self, import_id: int, by: Asker) -> Order:
        return Order(
            import_id=import_id,
            actor=by.actor.name,
            at=self._clock.now(),
            sealer=self._sealer,
            may_change=by.principal.may_change_area,
        )

    async def _make_room(self, writing: Writing, by: Asker) -> None:
        views = await repository.import_views(writing, limit=1_000, state=State.PREVIEW)
        own = [view for view in views if _is_of(view, by)]
        for view in own[MOST_PREVIEWS - 1 :]:
            await repository.drop_previews(writing, import_id=view.id)
        if len(views) - len(own) + min(len(own), MOST_PREVIEWS - 1) >= MOST_PREVIEWS_IN_ALL:
            raise Exhausted(
                "import.too_many_previews",
                "Too many imports wait to be applied. Apply or discard one, or wait two hours.",
            )


def _is_of(view: ImportView, by: Asker) -> bool:
    return view.user_id == by.actor.user_id and view.by == by.actor.name


def _may_see(view: ImportView, by: Asker, now: datetime) -> bool:
    if view.state is State.PREVIEW:
        # What somebody is about to import is theirs alone, also for admins.
        return _is_of(view, by) and (view.expires_at is None or view.expires_at > now)
    sees_all = by.principal.role == "admin" or by.actor.kind == "console"
    return sees_all or _is_of(view, by)
