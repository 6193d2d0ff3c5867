"""The restore wizard: a file or a backup of this hub, what it would change, and the typed yes."""

from typing import Final

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from pantau.admin.backup_contents import contents
from pantau.admin.backups import BACKUPS, BackupServices, confirm_password
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_figures import Figures
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.backups.people import People
from pantau.backups.protection import Unlock
from pantau.core.errors import Conflict, Exhausted, Invalid, NotFound, Problem, Throttled
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber

RESTORE: Final = "/admin/backups/restore"
_READY: Final = "/admin/backups/restore/ready"
_FIELDS: Final = ("file", "passphrase", "identity", "password", "typed", "people")
_MOST_FIELDS: Final = 20


class RestorePages:
    """Declared before the pages of one backup: `restore` is no number."""

    def __init__(self, frame: Frame, services: BackupServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        base = "/backups/restore"
        add.get(base, access=admins(), **HIDDEN)(self.ask)
        add.post(base, access=admins(), **HIDDEN)(self.upload)
        add.get(f"{base}/ready", access=admins(), **HIDDEN)(self.ready)
        add.post(f"{base}/ready", access=admins(), **HIDDEN)(self.decide)
        add.post(f"{base}/discard", access=admins(), **HIDDEN)(self.discard)
        add.post("/backups/{run_id}/restore", access=admins(), **HIDDEN)(self.from_here)

    async def ask(self, request: Request) -> Response:
        """Ask for a file."""
        return self._form(request)

    async def upload(self, request: Request) -> Response:
        """Look at a file, and make it ready."""
        form = await request.form(max_files=1, max_fields=_MOST_FIELDS)
        try:
            typed = Typed(
                [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
            )
            file = _file_in(form)
            await self._services.desk.look_at_upload(
                file.file, await self._unlock(typed), name=file.filename or ""
            )
        except (Invalid, Conflict, Exhausted) as problem:
            return self._form(request, problem)
        finally:
            await form.close()
        return self._frame.go(request, _READY)

    async def from_here(self, run_id: RowNumber, request: Request) -> Response:
        """Look at a backup that lies on this machine, and make it ready."""
        typed = await read_typed(request)
        try:
            _, file = await self._services.backups.file_of(run_id)
            await self._services.desk.look(file, await self._unlock(typed))
        except (Invalid, Conflict, Exhausted, NotFound) as problem:
            return self._form(request, problem)
        return self._frame.go(request, _READY)

    async def ready(self, request: Request) -> Response:
        """Show what would change."""
        return await self._ready(request, Typed())

    async def decide(self, request: Request) -> Response:
        """Have it restored."""
        typed = await read_typed(request)
        people: People = "backup" if typed.text("people") == "backup" else "keep"
        try:
            _check_typed(typed, self._frame.wording(request))
            await confirm_password(self._services, self._frame, request, typed)
            await self._services.desk.decide(
                typed.text("token"), people, self._frame.asker(request).actor
            )
        except (Invalid, Conflict, Throttled) as problem:
            return await self._ready(request, typed, problem)
        return self._frame.draw(request, "backup_restarting.html", {}, Look(here=BACKUPS))

    async def discard(self, request: Request) -> Response:
        """Forget what lies ready."""
        await self._services.desk.discard()
        speak = self._frame.wording(request)
        return self._frame.go(request, BACKUPS, Said(speak("Nothing was restored.")))

    async def _unlock(self, typed: Typed) -> Unlock:
        passphrase = typed.secret("passphrase") or await self._services.backups.passphrase()
        return Unlock(passphrase=passphrase, identity=typed.secret("identity"))

    def _form(self, request: Request, problem: Problem | None = None) -> Response:
        speak = self._frame.wording(request)
        values = {"mistakes": speak.mistakes(problem, known=_FIELDS) if problem else {}}
        status = 200 if problem is None else problem.status
        return self._frame.draw(
            request, "backup_restore.html", values, Look(status=status, here=RESTORE)
        )

    async def _ready(
        self, request: Request, typed: Typed, problem: Problem | None = None
    ) -> Response:
        speak = self._frame.wording(request)
        try:
            preview = await self._services.desk.preview()
        except NotFound:
            return self._frame.go(request, RESTORE)
        values = {
            "preview": preview,
            "manifest": preview.prepared.manifest,
            "people": preview.people,
            "chosen": typed.text("people") or "keep",
            "word": _word(speak),
            "contents": contents(preview.rows_here, speak),
            "fig": Figures(speak),
            "mistakes": speak.mistakes(problem, known=_FIELDS) if problem else {},
        }
        status = 200 if problem is None else problem.status
        return self._frame.draw(
            request, "backup_ready.html", values, Look(status=status, here=_READY)
        )


def _file_in(form: FormData) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.size:
        raise Invalid("backup.empty", "Choose a backup.", field="file")
    return file


def _word(speak: Wording) -> str:
    return speak("RESTORE")


def _check_typed(typed: Typed, speak: Wording) -> None:
    # The English word too: it is what a manual, the console and whoever helps by telephone say.
    if typed.text("typed") not in {_word(speak), "RESTORE"}:
        raise Invalid("form.typed", "Type the word exactly as it stands.", field="typed")
