"""Backups: whether there is one to rely on, making one, fetching one, and the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from fastapi import Request, Response
from starlette.responses import FileResponse

from pantau.accounts.sessions.service import SignIns
from pantau.admin.backup_contents import contents
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_figures import Figures
from pantau.admin.typed import Typed, read_typed
from pantau.backups.desk import RestoreDesk
from pantau.backups.models import Plan, ProtectionKind
from pantau.backups.protection import Unlock
from pantau.backups.service import Backups, PlanChange
from pantau.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Throttled,
    Unavailable,
)
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber
from pantau.web.principal import principal_of

BACKUPS: Final = "/admin/backups"
_FIELDS: Final = (
    "every_hours",
    "keep_daily",
    "keep_weekly",
    "keep_monthly",
    "passphrase",
    "recipients",
    "directory",
    "s3_endpoint",
    "s3_bucket",
    "s3_access_key",
    "s3_secret",
)


class ChatTarget(Protocol):
    """A target of alerts that takes files."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


class ListChats(Protocol):
    """Returns the targets that take files."""

    async def __call__(self) -> Sequence[ChatTarget]:
        """Ask."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupServices:
    """What the pages work with."""

    backups: Backups
    desk: RestoreDesk
    sign_ins: SignIns
    chats: ListChats


class BackupPages:
    """The list, one backup, and the plan."""

    def __init__(self, frame: Frame, services: BackupServices) -> None:
        self._frame = frame
        self._backups = services.backups
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages; those of a restore stand before them."""
        base, one = "/backups", "/backups/{run_id}"
        add.get(base, access=admins(), **HIDDEN)(self.show)
        add.post(f"{base}/make", access=admins(), **HIDDEN)(self.make)
        add.post(f"{base}/plan", access=admins(), **HIDDEN)(self.change_plan)
        add.post(f"{base}/test", access=admins(), **HIDDEN)(self.test)
        add.get(one, access=admins(), **HIDDEN)(self.one)
        add.post(f"{one}/check", access=admins(), **HIDDEN)(self.check)
        add.post(f"{one}/download", access=admins(), **HIDDEN)(self.download)
        add.post(f"{one}/delete", access=admins(), **HIDDEN)(self.delete)

    async def show(self, request: Request) -> Response:
        """Show how backups stand, what was made, and the plan."""
        return await self._page(request, await self._backups.plan())

    async def make(self, request: Request) -> Response:
        """Have one made now."""
        speak = self._frame.wording(request)
        try:
            await self._backups.ask(self._frame.asker(request).actor)
        except Conflict as problem:
            said = Said(speak.sentence(problem.sentence), "warn")
        else:
            said = Said(speak("A backup is being made."))
        return self._frame.go(request, BACKUPS, said)

    async def change_plan(self, request: Request) -> Response:
        """Save the plan."""
        typed = await read_typed(request)
        change = _change(typed)
        try:
            await self._backups.change_plan(change, self._frame.asker(request).actor)
        except Invalid as problem:
            return await self._page(request, change.plan, problem=problem)
        speak = self._frame.wording(request)
        return self._frame.go(request, BACKUPS, Said(speak("The plan was saved.")))

    async def test(self, request: Request) -> Response:
        """Try whether a place of the plan takes something."""
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        try:
            await self._backups.test("s3" if typed.text("to") == "s3" else "directory")
        except (Invalid, Unavailable) as problem:
            said = Said(speak.sentence(problem.sentence), "warn")
        else:
            said = Said(speak("It can be written to."))
        return self._frame.go(request, BACKUPS, said)

    async def one(self, run_id: RowNumber, request: Request) -> Response:
        """Show one backup."""
        return await self._one(run_id, request)

    async def check(self, run_id: RowNumber, request: Request) -> Response:
        """Read a backup, and show what is in it."""
        typed = await read_typed(request)
        passphrase = typed.secret("passphrase") or await self._backups.passphrase()
        unlock = Unlock(passphrase=passphrase, identity=typed.secret("identity"))
        try:
            _, file = await self._backups.file_of(run_id)
            manifest, _ = await self._services.desk.inspect(file, unlock)
        except (Invalid, NotFound) as problem:
            return await self._one(run_id, request, problem=problem)
        speak = self._frame.wording(request)
        found = contents(((each.name, 0, each.rows) for each in manifest.tables), speak)
        values = {"manifest": manifest, "contents": found, "fig": Figures(speak)}
        return await self._one(run_id, request, values=values)

    async def download(self, run_id: RowNumber, request: Request) -> Response:
        """Hand a backup out, to somebody who has just proven who they are."""
        typed = await read_typed(request)
        try:
            await confirm_password(self._services, self._frame, request, typed)
            run, file = await self._backups.file_of(run_id)
        except (Invalid, NotFound, Throttled) as problem:
            return await self._one(run_id, request, problem=problem)
        await self._backups.note_downloaded(self._frame.asker(request).actor, run)
        return FileResponse(file, media_type="application/octet-stream", filename=run.file_name)

    async def delete(self, run_id: RowNumber, request: Request) -> Response:
        """Delete the file of a backup."""
        await self._backups.delete(run_id, self._frame.asker(request).actor)
        speak = self._frame.wording(request)
        return self._frame.go(request, BACKUPS, Said(speak("The backup was deleted.")))

    async def _page(
        self, request: Request, plan: Plan, *, problem: Problem | None = None
    ) -> Response:
        speak = self._frame.wording(request)
        stored = await self._backups.plan()
        plan = replace(
            plan, has_passphrase=stored.has_passphrase, has_s3_secret=stored.has_s3_secret
        )
        values = {
            "state": await self._backups.state(),
            "runs": await self._backups.runs(),
            "plan": plan,
            "stored": stored,
            "folder": str(self._backups.folder_of(stored)),
            "chats": await self._services.chats(),
            "last_restore": await self._services.desk.last_result(),
            "mistakes": speak.mistakes(problem, known=_FIELDS) if problem else {},
        }
        status = 200 if problem is None else problem.status
        return self._frame.draw(request, "backups.html", values, Look(status=status, here=BACKUPS))

    async def _one(
        self,
        run_id: int,
        request: Request,
        *,
        problem: Problem | None = None,
        values: Mapping[str, object] | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        run = await self._backups.run(run_id)
        try:
            await self._backups.file_of(run_id)
            is_here = True
        except NotFound:
            is_here = False
        known = ("password", "passphrase", "identity")
        told: dict[str, object] = {
            "run": run,
            "is_here": is_here,
            "manifest": None,
            "has_passphrase": bool((await self._backups.plan()).has_passphrase),
            "mistakes": speak.mistakes(problem, known=known) if problem else {},
            **(values or {}),
        }
        here = f"{BACKUPS}/{run_id}"
        status = 200 if problem is None else problem.status
        return self._frame.draw(request, "backup.html", told, Look(status=status, here=here))


def _change(typed: Typed) -> PlanChange:
    kind: ProtectionKind = "passphrase"
    if typed.text("protection") in {"none", "recipients"}:
        kind = "none" if typed.text("protection") == "none" else "recipients"
    chat = typed.text("telegram_target")
    plan = Plan(
        enabled=typed.is_checked("enabled"),
        every_hours=_number(typed, "every_hours"),
        keep_daily=_number(typed, "keep_daily"),
        keep_weekly=_number(typed, "keep_weekly"),
        keep_monthly=_number(typed, "keep_monthly"),
        protection=kind,
        recipients=tuple(typed.secret("recipients", most=4000).split()),
        directory=typed.text("directory", most=500),
        s3_enabled=typed.is_checked("s3_enabled"),
        s3_endpoint=typed.text("s3_endpoint", most=500),
        s3_bucket=typed.text("s3_bucket", most=100),
        s3_prefix=typed.text("s3_prefix", most=200).strip("/"),
        s3_region=typed.text("s3_region", most=50),
        s3_access_key=typed.text("s3_access_key"),
        telegram_target=int(chat)
        if chat.isascii() and chat.isdecimal() and len(chat) < 19
        else None,
    )
    return PlanChange(plan, typed.secret("passphrase"), typed.secret("s3_secret"))


def _number(typed: Typed, name: str) -> int:
    text = typed.text(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


async def confirm_password(
    services: BackupServices, frame: Frame, request: Request, typed: Typed
) -> None:
    """Have somebody prove who they are; raises Invalid and Throttled."""
    who = principal_of(request.scope)
    if who.user_id is None:
        raise Forbidden("access.role", "Your role does not allow this.")
    await services.sign_ins.confirm_password(
        who.user_id, typed.secret("password"), frame.client(request)
    )
