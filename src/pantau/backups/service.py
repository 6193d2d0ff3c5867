"""Backups as pages, commands and alerts use them: the plan, what was made, and asking for one."""

import asyncio
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pantau.audit.actors import Actor
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.backups import repository
from pantau.backups.delivering import Destination, FolderDestination
from pantau.backups.models import BackupState, Plan, Run
from pantau.backups.names import SUM_SUFFIX, moment_in
from pantau.backups.protection import checked_passphrase, checked_recipients
from pantau.backups.rows import PASSPHRASE_PURPOSE, S3_PURPOSE
from pantau.backups.schedule import is_overdue, next_due_at
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Reading

_MOST_RUNS: Final = 200
_SHOWN: Final = 50
_MOST_HOURS: Final = 24 * 31
_MOST_KEPT: Final = 400


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A plan as somebody typed it; empty secrets mean those that are stored."""

    plan: Plan
    passphrase: str = ""
    s3_secret: str = ""


class Backups:
    """The plan and the runs of one hub; `folder` holds backups unless the plan names another."""

    def __init__(
        self, database: Database, *, sealer: Sealer, trail: AuditTrail, clock: Clock, folder: Path
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._trail = trail
        self._clock = clock
        self._folder = folder

    async def state(self) -> BackupState:
        """Return whether there is a backup to rely on."""
        async with self._database.read() as work:
            return await self._state(work)

    async def plan(self) -> Plan:
        """Return the plan."""
        async with self._database.read() as work:
            return await repository.stored_plan(work)

    async def runs(self, *, limit: int = _SHOWN) -> list[Run]:
        """Return the newest runs first."""
        async with self._database.read() as work:
            return await repository.runs(work, limit=limit)

    async def run(self, number: int) -> Run:
        """Return one run; raises NotFound."""
        async with self._database.read() as work:
            found = await repository.run_numbered(work, number)
        if found is None:
            raise NotFound("backup.unknown", "There is no such backup.")
        return found

    async def file_of(self, number: int) -> tuple[Run, Path]:
        """Return a run and its file on this machine; raises NotFound when it is not here."""
        run = await self.run(number)
        path = Path(run.folder) / run.file_name
        # The name comes from a row: only what is called like a backup is one.
        is_here = moment_in(run.file_name) is not None and await asyncio.to_thread(path.is_file)
        if not is_here:
            raise NotFound("backup.no_file", "The file of this backup is not on this machine.")
        return run, path

    async def ask(self, actor: Actor) -> int:
        """Have a backup made by the worker as soon as it can; return the number of the run."""
        async with self._database.write() as work:
            if await repository.open_runs(work):
                raise Conflict("backup.running", "A backup is being made already.")
            plan = await repository.stored_plan(work)
            check_protection(plan)
            number = await repository.add_run(
                work,
                kind="asked",
                state="waiting",
                asked_by=actor.name[:100],
                at=self._clock.now(),
            )
            await self._trail.record(work, actor, Action.CREATE_BACKUP, target=f"backup {number}")
        return number

    async def note_made(self, actor: Actor, *, file: Path, size_bytes: int, sha256: str) -> None:
        """Remember a backup that somebody made at the console."""
        now = self._clock.now()
        async with self._database.write() as work:
            number = await repository.add_run(
                work, kind="console", state="done", asked_by=actor.name[:100], at=now
            )
            await repository.change_run(
                work,
                number,
                started_at=now,
                finished_at=now,
                file_name=file.name[:200],
                folder=str(file.parent)[:500],
                size_bytes=size_bytes,
                sha256=sha256,
            )
            await repository.forget_runs(work, keep=_MOST_RUNS)
            await self._trail.record(
                work, actor, Action.CREATE_BACKUP, target=f"backup {file.name}"[:200]
            )

    async def note_downloaded(self, actor: Actor, run: Run) -> None:
        """Have it in the trail who took a backup out of the house."""
        async with self._database.write() as work:
            await self._trail.record(
                work,
                actor,
                Action.CREATE_BACKUP,
                target=f"backup {run.file_name}",
                details={"downloaded": True},
            )

    async def delete(self, number: int, actor: Actor) -> None:
        """Delete the file of a backup on this machine."""
        run, path = await self.file_of(number)
        await asyncio.to_thread(_unlink_in_thread, path)
        async with self._database.write() as work:
            await repository.change_run(work, number, folder="")
            await self._trail.record(
                work, actor, Action.DELETE_BACKUP, target=f"backup {run.file_name}"
            )

    async def change_plan(self, change: PlanChange, actor: Actor) -> Plan:
        """Replace the plan; raises Invalid with the field that is wrong."""
        async with self._database.write() as work:
            before = await repository.stored_plan(work)
            sealed = await repository.sealed_of_plan(work)
            passphrase, key = self._sealed(change, sealed, before)
            plan = _checked(
                replace(change.plan, has_passphrase=bool(passphrase), has_s3_secret=bool(key))
            )
            await repository.put_plan(work, plan, (passphrase, key), self._clock.now())
            told = {"passphrase": bool(change.passphrase), "s3_secret": bool(change.s3_secret)}
            changed = {f"{name}_changed": True for name, is_new in told.items() if is_new}
            await self._trail.record(
                work,
                actor,
                Action.UPDATE_BACKUP_PLAN,
                target="backup plan",
                before=_shown(before),
                after={**_shown(plan), **changed},
            )
        return plan

    async def test(self, kind: str) -> None:
        """Write something small to the folder or the bucket of the plan; raises Problem."""
        async with self._database.read() as work:
            plan = await repository.stored_plan(work)
            _, secret = repository.opened_secrets(
                self._sealer, await repository.sealed_of_plan(work)
            )
        destination: Destination = FolderDestination(self.folder_of(plan))
        if kind == "s3":
            if not plan.s3_enabled:
                raise Invalid("backup.bucket", "Save a bucket first.", field="s3_bucket")
            # Only now: few have one, and its client is large.
            from pantau.backups.bucket import open_bucket  # noqa: PLC0415

            destination = open_bucket(plan, secret)
        await destination.test()

    async def passphrase(self) -> str:
        """Return the stored passphrase, for opening our own backups; empty where there is none."""
        async with self._database.read() as work:
            sealed = await repository.sealed_of_plan(work)
        return repository.opened_secrets(self._sealer, sealed)[0]

    def folder_of(self, plan: Plan) -> Path:
        """Return the folder that a plan puts backups in."""
        return Path(plan.directory) if plan.directory else self._folder

    async def _state(self, work: Reading) -> BackupState:
        plan = await repository.stored_plan(work)
        success = await repository.last_run(work, "done")
        failure = await repository.last_run(work, "failed")
        since = await repository.first_plan_at(work) or self._clock.now()
        if failure is not None and success is not None and failure.id < success.id:
            failure = None
        success_at = success.finished_at if success else None
        due_at = next_due_at(plan, success_at, since=since)
        running = next((run for run in await repository.open_runs(work)), None)
        return BackupState(
            enabled=plan.enabled,
            last_success_at=success_at,
            last_failure_at=failure.finished_at if failure else None,
            last_problem=failure.problem if failure else "",
            next_due_at=due_at,
            is_overdue=is_overdue(due_at, self._clock.now()),
            running=running,
        )

    def _sealed(
        self, change: PlanChange, sealed: tuple[str | None, str | None], before: Plan
    ) -> tuple[str | None, str | None]:
        passphrase, key = sealed
        plan = change.plan
        if change.passphrase:
            checked_passphrase(change.passphrase)
            passphrase = self._sealer.seal(change.passphrase, PASSPHRASE_PURPOSE)
        if change.s3_secret:
            key = self._sealer.seal(change.s3_secret, S3_PURPOSE)
        elif (plan.s3_endpoint, plan.s3_bucket) != (before.s3_endpoint, before.s3_bucket):
            # A key must not go to a place that whoever typed its address may have chosen.
            key = None
        return passphrase, key


def check_protection(plan: Plan) -> None:
    """Raise Conflict where nobody has said how backups are locked."""
    if plan.protection == "passphrase" and not plan.has_passphrase:
        raise Conflict(
            "backup.no_passphrase",
            "Choose a passphrase first, or how else backups are locked.",
            field="passphrase",
        )


def _checked(plan: Plan) -> Plan:
    bounds = (
        ("every_hours", plan.every_hours, 1, _MOST_HOURS),
        ("keep_daily", plan.keep_daily, 1, _MOST_KEPT),
        ("keep_weekly", plan.keep_weekly, 0, _MOST_KEPT),
        ("keep_monthly", plan.keep_monthly, 0, _MOST_KEPT),
    )
    for name, value, least, most in bounds:
        if not least <= value <= most:
            raise Invalid("backup.plan", f"Give a number from {least} to {most}.", field=name)
    if plan.protection == "passphrase" and not plan.has_passphrase:
        raise Invalid("backup.passphrase", "Choose a passphrase.", field="passphrase")
    recipients = plan.recipients
    if plan.protection == "recipients":
        recipients = checked_recipients(plan.recipients)
    _check_folder(plan.directory)
    if plan.s3_enabled:
        _check_bucket(plan)
    return replace(plan, recipients=recipients)


def _check_folder(directory: str) -> None:
    if not directory:
        return
    if not directory.isprintable() or not Path(directory).is_absolute() or ".." in directory:
        raise Invalid(
            "backup.folder", "Give the whole path of a folder, from /.", field="directory"
        )


def _check_bucket(plan: Plan) -> None:
    if not plan.s3_bucket or not plan.s3_bucket.isprintable() or "/" in plan.s3_bucket:
        raise Invalid("backup.bucket", "Give the name of the bucket.", field="s3_bucket")
    if plan.s3_endpoint:
        try:
            parts = urlsplit(plan.s3_endpoint)
            is_good = parts.scheme in {"http", "https"} and bool(parts.hostname)
            is_bare = parts.username is None and not parts.query
        except ValueError:
            is_good = is_bare = False
        if not is_good or not is_bare:
            raise Invalid(
                "backup.bucket", "The address begins with https:// or http://.", field="s3_endpoint"
            )
    if not plan.s3_access_key:
        raise Invalid("backup.bucket", "Give the name of the key.", field="s3_access_key")
    if not plan.has_s3_secret:
        raise Invalid("backup.bucket", "Give the secret of the key.", field="s3_secret")


def _shown(plan: Plan) -> dict[str, object]:
    return {**asdict(plan), "recipients": list(plan.recipients)}


def _unlink_in_thread(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + SUM_SUFFIX).unlink(missing_ok=True)
