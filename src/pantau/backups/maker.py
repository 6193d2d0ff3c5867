"""Makes backups when they are due or asked for, and brings them where they belong; one per hub.

Whether one is due is looked up hourly, and after every change, in what is on record: a process that
was started a minute ago knows as much as one that runs for a year (lesson A12).
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from pantau.audit.actors import SYSTEM
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.backups import repository
from pantau.backups.delivering import (
    ChatDestination,
    Destination,
    FolderDestination,
    Parcel,
    SendFile,
    delivered_everywhere,
)
from pantau.backups.making import Made, Tell
from pantau.backups.models import Delivered, Plan, Run
from pantau.backups.names import archive_name
from pantau.backups.protection import Lock
from pantau.backups.schedule import may_begin, next_due_at
from pantau.backups.service import Backups, check_protection
from pantau.core.clock import Clock
from pantau.core.errors import Problem, Unavailable
from pantau.core.jobs import timed_job
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Writing

log = structlog.get_logger()

MakeArchive: TypeAlias = Callable[[Path, Lock, Tell], Awaitable[Made]]
"""Writes a backup of now."""

_LOOK_EVERY_S: Final = 3600.0
_TELL_EVERY_S: Final = 2.0
_MOST_RUNS: Final = 200
_INTERRUPTED: Final = "Pantau was stopped while it was being made."


class BackupMaker:
    """One per installation: the worker runs it.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        backups: Backups,
        make: MakeArchive,
        sealer: Sealer,
        trail: AuditTrail,
        clock: Clock,
        send: SendFile | None = None,
    ) -> None:
        self._database = database
        self._backups = backups
        self._make = make
        self._sealer = sealer
        self._trail = trail
        self._clock = clock
        self._send = send
        self._changed = asyncio.Event()
        database.changes.on("backups", self._changed.set)

    async def run(self) -> None:
        """Look until cancelled."""
        await self._end_interrupted()
        while True:
            self._changed.clear()
            with timed_job("backups.making"):
                await self.look()
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Make the backup that was asked for, or that is due; nothing where there is none."""
        run = await self._next()
        if run is not None:
            await self._work(run)

    async def _next(self) -> Run | None:
        async with self._database.write() as work:
            waiting = await repository.open_runs(work)
            if not waiting and not await self._is_due(work):
                return None
            now = self._clock.now()
            number = (
                waiting[0].id
                if waiting
                else await repository.add_run(
                    work, kind="planned", state="waiting", asked_by="", at=now
                )
            )
            await repository.change_run(work, number, state="running", started_at=now)
            await repository.forget_runs(work, keep=_MOST_RUNS)
            return await repository.run_numbered(work, number)

    async def _is_due(self, work: Writing) -> bool:
        plan = await repository.stored_plan(work)
        success = await repository.last_run(work, "done")
        last = await repository.last_run(work, "done", "failed")
        since = await repository.first_plan_at(work)
        if since is None:
            return False
        due_at = next_due_at(plan, success.finished_at if success else None, since=since)
        failed_at = last.finished_at if last is not None and last.state == "failed" else None
        return may_begin(due_at, failed_at, self._clock.now())

    async def _work(self, run: Run) -> None:
        problem, made = "", None
        told: tuple[Delivered, ...] = ()
        plan = await self._backups.plan()
        try:
            check_protection(plan)
            lock, secret = await self._lock(plan)
            folder = self._backups.folder_of(plan)
            name = archive_name(self._clock.now(), lock.kind)
            made = await self._make(folder / name, lock, self._teller(run.id))
            destinations = self._destinations(plan, folder, secret)
            told = await self._delivered(made, destinations)
            problem = next((each.problem for each in told if each.problem), "")
            if not problem:
                await self._rotate(plan, destinations)
        except Problem as error:
            problem = error.sentence
        await self._end(run, plan, made, told, problem)

    async def _end(
        self,
        run: Run,
        plan: Plan,
        made: Made | None,
        told: tuple[Delivered, ...],
        problem: str,
    ) -> None:
        async with self._database.write() as work:
            values: dict[str, object] = {
                "state": "failed" if problem else "done",
                "finished_at": self._clock.now(),
                "problem": problem[:500],
                "protection": plan.protection,
                "deliveries": told,
            }
            if made is not None:
                values |= {
                    "file_name": made.file.name,
                    "folder": str(made.file.parent),
                    "size_bytes": made.size_bytes,
                    "sha256": made.sha256,
                    "rows_done": made.manifest.rows,
                    "rows_total": made.manifest.rows,
                }
            await repository.change_run(work, run.id, **values)
            if run.kind == "planned" and not problem:
                await self._trail.record(
                    work, SYSTEM, Action.CREATE_BACKUP, target=f"backup {run.id}"
                )
        if problem:
            log.warning("backup_failed", cause=problem)
        else:
            log.info("backup_made", deliveries=[f"{each.to} {each.place}" for each in told])

    async def _lock(self, plan: Plan) -> tuple[Lock, str]:
        async with self._database.read() as work:
            sealed = await repository.sealed_of_plan(work)
        passphrase, secret = repository.opened_secrets(self._sealer, sealed)
        if plan.protection == "recipients":
            return Lock(recipients=plan.recipients), secret
        return Lock(passphrase=passphrase if plan.protection == "passphrase" else ""), secret

    def _destinations(self, plan: Plan, folder: Path, secret: str) -> list[Destination]:
        found: list[Destination] = [FolderDestination(folder)]
        if plan.s3_enabled:
            # Only now: few have one, and its client is large.
            from pantau.backups.bucket import open_bucket  # noqa: PLC0415

            found.append(open_bucket(plan, secret))
        if plan.telegram_target is not None:
            found.append(ChatDestination(plan.telegram_target, self._send or _nobody))
        return found

    async def _delivered(
        self, made: Made, destinations: list[Destination]
    ) -> tuple[Delivered, ...]:
        manifest = made.manifest
        caption = f"{manifest.hub}, {manifest.created_at:%Y-%m-%d %H:%M} UTC\n{made.sha256}"
        return await delivered_everywhere(Parcel(made.file, made.sha256, caption), destinations)

    async def _rotate(self, plan: Plan, destinations: list[Destination]) -> None:
        for destination in destinations:
            try:
                gone = await destination.rotate(plan)
            except Problem as error:
                # The new one is there: old ones that stay are no reason to call it a failure.
                log.warning("backups_not_rotated", place=destination.place, cause=error.sentence)
            else:
                if gone:
                    log.info("backups_rotated", place=destination.place, deleted=gone)

    def _teller(self, number: int) -> Tell:
        told_mono = self._clock.mono_s()

        async def tell(done: int, total: int) -> None:
            nonlocal told_mono
            if self._clock.mono_s() - told_mono < _TELL_EVERY_S:
                return
            told_mono = self._clock.mono_s()
            async with self._database.write() as work:
                await repository.change_run(work, number, rows_done=done, rows_total=total)

        return tell

    async def _end_interrupted(self) -> None:
        async with self._database.write() as work:
            for run in await repository.open_runs(work):
                if run.state == "running":
                    await repository.change_run(
                        work,
                        run.id,
                        state="failed",
                        finished_at=self._clock.now(),
                        problem=_INTERRUPTED,
                    )


async def _nobody(_target: int, _file: Path, _caption: str) -> None:
    raise Unavailable("backup.no_chat", "There is nothing that sends to chats.")
