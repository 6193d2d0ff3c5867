"""The import wizard: a file or a paste, a preview of every row, a look at them, and the writing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, TypeAlias
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from starlette.datastructures import UploadFile

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.import_words import ImportWords, profile_titles
from pantau.admin.typed import Typed, checked, read_typed
from pantau.cameras.importing.candidates import MOST_BYTES
from pantau.cameras.importing.discovering import Device, Discovery, catalogue_of
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.service import CameraImports
from pantau.cameras.importing.values import WORKING, Decision, ImportView, Line, Phase, State
from pantau.cameras.importing.verifying import ENOUGH, Verification, ready_share
from pantau.cameras.importing.working import ImportWork
from pantau.core.errors import Conflict, Exhausted, Invalid, Problem, Unavailable
from pantau.core.names import natural_key
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber

IMPORT: Final = "/admin/cameras/import"
_PAGE: Final = 100
_MOST_FIELDS: Final = 40
_FIELDS: Final = ("file", "profile", "area", "pattern", "interface")
_CHOICES: Final = (
    "profile",
    "area_rule",
    "area",
    "same_source",
    "same_name",
    "status",
    "visibility",
)


class AreaName(Protocol):
    """An area as the wizard offers it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


ListAreas: TypeAlias = Callable[[], Awaitable[Sequence[AreaName]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportServices:
    """What the wizard works with."""

    imports: CameraImports
    verification: Verification
    work: ImportWork
    discovery: Discovery
    areas: ListAreas


class CameraImportPages:
    """Declared before the pages of one camera: `import` is no number."""

    def __init__(self, frame: Frame, services: ImportServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        base, one, access = "/cameras/import", "/cameras/import/{import_id}", operators()
        add.get(base, access=access, **HIDDEN)(self.ask)
        add.post(base, access=access, **HIDDEN)(self.upload)
        add.get(f"{base}/search", access=access, **HIDDEN)(self.ask_search)
        add.post(f"{base}/search", access=access, **HIDDEN)(self.search)
        add.get(one, access=access, **HIDDEN)(self.show)
        add.post(f"{one}/options", access=access, **HIDDEN)(self.choose)
        add.post(f"{one}/verify", access=access, **HIDDEN)(self.verify)
        add.post(f"{one}/apply", access=access, **HIDDEN)(self.apply)
        add.post(f"{one}/undo", access=access, **HIDDEN)(self.undo)
        add.post(f"{one}/discard", access=access, **HIDDEN)(self.discard)

    async def ask(self, request: Request) -> Response:
        """Ask for a catalogue, and list earlier imports."""
        return await self._begin(request, Typed())

    async def upload(self, request: Request) -> Response:
        """Read a catalogue and show what would become of it."""
        typed, data, name = await _uploaded(request)
        if not data:
            empty = Invalid("import.empty", "Choose a file, or paste its text.", field="file")
            return await self._begin(request, typed, problem=empty)
        try:
            view = await self._services.imports.preview(
                data, file_name=name, options=_options(typed), by=self._frame.asker(request)
            )
        except (Invalid, Exhausted) as problem:
            return await self._begin(request, typed, problem=problem)
        return self._frame.go(request, _path(view.id))

    async def ask_search(self, request: Request) -> Response:
        """Ask for what a search of the network needs."""
        return await self._search_page(request, Typed(), None)

    async def search(self, request: Request) -> Response:
        """Search the network; with an address pattern make a preview of what answers."""
        typed = await read_typed(request)
        pattern = typed.text("pattern", most=300)
        try:
            devices = await self._services.discovery.devices(
                interface=typed.text("interface", most=45)
            )
            if not pattern or not devices:
                return await self._search_page(request, typed, devices)
            data = catalogue_of(
                devices,
                pattern=pattern,
                user=typed.text("source_user"),
                password=typed.secret("source_password", most=200),
            )
            view = await self._services.imports.preview(
                data,
                file_name="ONVIF",
                options=Options(profile="private-rtsp"),
                by=self._frame.asker(request),
            )
        except (Invalid, Exhausted, Unavailable) as problem:
            return await self._search_page(request, typed, None, problem=problem)
        return self._frame.go(request, _path(view.id))

    async def show(
        self,
        import_id: RowNumber,
        request: Request,
        decision: Annotated[str, Query(max_length=10)] = "",
        after: Annotated[str, Query(max_length=10)] = "",
    ) -> Response:
        """Show a preview, the work on it, or what came of it."""
        view = await self._services.imports.view(import_id, by=self._frame.asker(request))
        begin = int(after) if after.isascii() and after.isdecimal() else 0
        return await self._page(request, view, _decision(decision), begin)

    async def choose(self, import_id: RowNumber, request: Request) -> Response:
        """Decide the rows anew with other choices."""
        typed = await read_typed(request)
        by = self._frame.asker(request)
        try:
            await self._services.imports.choose(import_id, _options(typed), by=by)
        except Invalid as problem:
            view = await self._services.imports.view(import_id, by=by)
            return await self._page(request, view, None, 0, problem=problem)
        speak = self._frame.wording(request)
        return self._frame.go(request, _path(import_id), Said(speak("The rows were decided anew.")))

    async def verify(self, import_id: RowNumber, request: Request) -> Response:
        """Start to look at the addresses."""
        return await self._started(import_id, request, self._services.verification.begin)

    async def apply(self, import_id: RowNumber, request: Request) -> Response:
        """Start to write the cameras."""
        return await self._started(import_id, request, self._services.work.begin)

    async def undo(self, import_id: RowNumber, request: Request) -> Response:
        """Take the whole import back."""
        speak = self._frame.wording(request)
        try:
            undone = await self._services.imports.undo(import_id, by=self._frame.asker(request))
        except Conflict as problem:
            return self._frame.go(
                request, _path(import_id), Said(speak.sentence(problem.sentence), "warn")
            )
        text = speak(
            "The import was taken back: %(deleted)s deleted, %(restored)s put back, %(kept)s left."
        ) % {"deleted": undone.deleted, "restored": undone.restored, "kept": undone.kept}
        return self._frame.go(request, _path(import_id), Said(text))

    async def discard(self, import_id: RowNumber, request: Request) -> Response:
        """Forget a preview."""
        await self._services.imports.discard(import_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, IMPORT, Said(speak("The preview was forgotten.")))

    async def _started(
        self,
        import_id: int,
        request: Request,
        start: Callable[..., Awaitable[object]],
    ) -> Response:
        said = None
        try:
            await start(import_id, by=self._frame.asker(request))
        except Conflict as problem:
            speak = self._frame.wording(request)
            said = Said(speak.sentence(problem.sentence), "warn")
        return self._frame.go(request, _path(import_id), said)

    async def _begin(
        self, request: Request, typed: Typed, *, problem: Problem | None = None
    ) -> Response:
        speak = self._frame.wording(request)
        by = self._frame.asker(request)
        values = {
            **await self._choices(request, _typed_options(typed)),
            "text": typed.secret("text", most=200_000) if problem is not None else "",
            "views": await self._services.imports.views(by=by, limit=20),
            "states": _states(speak),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status)
        return self._frame.draw(request, "camera_import.html", values, look)

    async def _search_page(
        self,
        request: Request,
        typed: Typed,
        devices: Sequence[Device] | None,
        *,
        problem: Problem | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        values = {
            "devices": devices,
            "interface": typed.text("interface", most=45),
            "pattern": typed.text("pattern", most=300),
            "source_user": typed.text("source_user"),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status)
        return self._frame.draw(request, "camera_search.html", values, look)

    async def _page(
        self,
        request: Request,
        view: ImportView,
        decision: Decision | None,
        after: int,
        *,
        problem: Problem | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        by = self._frame.asker(request)
        lines: Sequence[Line] = ()
        is_working = view.progress.phase in WORKING and view.state is State.PREVIEW
        if not is_working:
            lines = await self._services.imports.lines(
                view.id, by=by, decision=decision, after=after, limit=_PAGE + 1
            )
        values = {
            **await self._choices(request, view.options),
            "view": view,
            "is_working": is_working,
            "has_failed": view.progress.phase is Phase.FAILED and view.state is State.PREVIEW,
            "lines": lines[:_PAGE],
            "next_after": lines[_PAGE - 1].row if len(lines) > _PAGE else None,
            "after": after,
            "decision": decision.value if decision else "",
            "decisions": _decisions(speak),
            "states": _states(speak),
            "phases": _phases(speak),
            "say": ImportWords(speak),
            "address": lambda **wish: _address(view.id, wish),
            "share": ready_share(view.ready, view.checked),
            "enough": ENOUGH,
            "total": sum(view.summary.values()),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status, here=_path(view.id))
        return self._frame.draw(request, "camera_import_preview.html", values, look)

    async def _choices(self, request: Request, options: Options) -> dict[str, Any]:
        speak = self._frame.wording(request)
        areas = sorted(await self._services.areas(), key=lambda area: natural_key(area.name))
        return {
            "options": options,
            "area_names": [area.name for area in areas],
            "profiles": profile_titles(speak),
        }


def _path(import_id: int) -> str:
    return f"{IMPORT}/{import_id}"


def _address(import_id: int, wish: dict[str, object]) -> str:
    said = {name: value for name, value in wish.items() if value}
    return _path(import_id) + (f"?{urlencode(said)}" if said else "")


def _decision(text: str) -> Decision | None:
    return next((each for each in Decision if each.value == text), None)


def _options(typed: Typed) -> Options:
    values: dict[str, object] = {
        name: typed.text(name, most=101) for name in _CHOICES if typed.text(name)
    }
    values["only_verified"] = typed.is_checked("only_verified")
    return checked(Options, values)


def _typed_options(typed: Typed) -> Options:
    try:
        return _options(typed)
    except Invalid:
        return Options()


async def _uploaded(request: Request) -> tuple[Typed, bytes, str]:
    """Return the fields of a form with a file, and the file, or else what was pasted."""
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=MOST_BYTES)
    try:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        file = form.get("file")
        if isinstance(file, UploadFile) and file.size:
            return Typed(pairs), await file.read(MOST_BYTES + 1), file.filename or ""
    finally:
        await form.close()
    pasted = next((value for name, value in pairs if name == "text"), "")
    return Typed(pairs), pasted.strip().encode("utf-8", "replace"), ""


def _decisions(speak: Callable[[str], str]) -> dict[str, str]:
    return {
        "create": speak("New"),
        "update": speak("Changed"),
        "skip": speak("Left out"),
        "refuse": speak("Refused"),
    }


def _states(speak: Callable[[str], str]) -> dict[str, str]:
    return {
        "preview": speak("waits to be applied"),
        "applied": speak("applied"),
        "undone": speak("taken back"),
    }


def _phases(speak: Callable[[str], str]) -> dict[str, str]:
    return {
        "reading": speak("Reading the file"),
        "deciding": speak("Deciding the rows"),
        "verifying": speak("Looking at the addresses"),
        "writing": speak("Writing the cameras"),
    }
