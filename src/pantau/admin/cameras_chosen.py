"""What is done with several cameras at once: those that were ticked in the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from pantau.admin.camera_cut_off import ordered, span_words
from pantau.admin.camera_words import visibilities
from pantau.admin.cameras import CAMERAS, CameraServices, may_change, sorted_areas
from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.own_paths import own_path
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Mistakes, Wording
from pantau.cameras.changes import MOST_AT_ONCE, BulkOutcome, CameraChange
from pantau.cameras.decisions import Visibility
from pantau.cameras.listing import ListedCamera
from pantau.core.errors import Invalid
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints
from pantau.web.principal import principal_of

CHOSEN: Final = f"{CAMERAS}/chosen"
ASKS: Final = frozenset({"more", "move", "cut-off", "delete"})
"""What needs an answer before it can be done."""
SIMPLE: Final[Mapping[str, CameraChange]] = {
    "maintenance": CameraChange(status="maintenance"),
    "active": CameraChange(status="active"),
    "enable": CameraChange(enabled=True),
    "disable": CameraChange(enabled=False),
    **{
        f"visibility-{each.value}": CameraChange(visibility=each)
        for each in (Visibility.PUBLIC, Visibility.PARTNER, Visibility.PRIVATE)
    },
}
_OPPOSITE: Final[Mapping[str, str]] = {
    "maintenance": "active",
    "active": "maintenance",
    "enable": "disable",
    "disable": "enable",
    "cut-off-now": "restore",
}
_MOST_NAMED: Final = 8
_FIELDS: Final = ("typed", "area_id", "reason", "until")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it, and what would take it back."""

    outcome: BulkOutcome
    undo: str = ""


class ChosenPages:
    """Many cameras, one decision."""

    def __init__(self, frame: Frame, services: CameraServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/cameras/chosen", access=operators(), **HIDDEN)(self.leave)
        add.post("/cameras/chosen", access=operators(), **HIDDEN)(self.do)

    async def leave(self, request: Request) -> Response:
        """Send somebody who opens the address again to the list: nothing is chosen any more."""
        return self._frame.go(request, CAMERAS)

    async def do(self, request: Request) -> Response:
        """Do it, or ask what is needed for it."""
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        back = own_path(typed.text("back", most=1000)) if typed.text("back") else CAMERAS
        ids, what = sorted(typed.numbers("id"))[:MOST_AT_ONCE], typed.text("do")
        if not ids:
            said = Said(speak("No camera is chosen. Tick some first."), "warn")
            return self._frame.go(request, back, said)
        if what in ASKS:
            return await self._ask(request, typed, ids, what)
        try:
            done = await self._done(request, typed, ids, what)
        except Invalid as problem:
            mistakes = speak.mistakes(problem, known=_FIELDS)
            asked = {"move-now": "move", "delete-now": "delete", "cut-off-now": "cut-off"}
            return await self._ask(request, typed, ids, asked.get(what, "more"), mistakes)
        return self._frame.go(request, back, self._told(what, done, speak))

    async def _done(self, request: Request, typed: Typed, ids: Sequence[int], what: str) -> Done:
        editor, by = self._services.editor, self._frame.asker(request)
        simple = SIMPLE.get(what)
        if simple is not None:
            return Done(await editor.change_many(ids, simple, by=by), _OPPOSITE.get(what, ""))
        speak = self._frame.wording(request)
        match what:
            case "move-now":
                area = typed.text("area_id")
                change = CameraChange(area_id=int(area) if area.isdecimal() else None)
                return Done(await editor.change_many(ids, change, by=by))
            case "cut-off-now":
                order = ordered(typed, self._services.access.clock.now())
                return Done(await editor.cut_off_many(ids, order, by=by), "restore")
            case "restore":
                return Done(await editor.restore_many(ids, by=by))
            case "delete-now":
                if typed.text("typed") != delete_word(len(ids), speak):
                    raise Invalid(
                        "form.typed", speak("Type the words exactly as written."), field="typed"
                    )
                return Done(await editor.remove_many(ids, by=by))
            case _:
                raise Invalid("form.invalid", speak("Choose what to do with them."))

    async def _ask(
        self,
        request: Request,
        typed: Typed,
        ids: Sequence[int],
        what: str,
        mistakes: Mistakes | None = None,
    ) -> Response:
        speak, who = self._frame.wording(request), principal_of(request.scope)
        wanted = frozenset(ids)
        found = [
            each for each in await self._services.cameras.all() if each.stored.camera.id in wanted
        ]
        mine = [each for each in found if may_change(who, each.stored.camera.area_id)]
        back = typed.text("back", most=1000)
        values = {
            "what": what,
            "cameras": mine,
            "named": _named(mine),
            "more": max(0, len(mine) - _MOST_NAMED),
            "others": len(ids) - len(mine),
            "areas": await sorted_areas(self._services),
            "area_id": typed.text("area_id"),
            "word": delete_word(len(mine), speak),
            "visibilities": visibilities(speak),
            "spans": span_words(speak),
            "reason": typed.text("reason", most=500),
            "until": typed.text("until"),
            "back": own_path(back) if back else CAMERAS,
            "mistakes": mistakes or {},
        }
        look = Look(status=400 if mistakes else 200, here=CAMERAS)
        return self._frame.draw(request, "cameras_chosen.html", values, look)

    def _told(self, what: str, done: Done, speak: Wording) -> Said:
        outcome = done.outcome
        count, refused = len(outcome.changed), outcome.refused
        text = _sentence(what, count, speak) if count else speak("Nothing was changed.")
        if refused:
            left = speak.ngettext(
                "%(num)s camera was left as it is:",
                "%(num)s cameras were left as they are:",
                len(refused),
            )
            text = f"{text} {left} {speak.sentence(refused[0].sentence)}"
        undo = None
        if done.undo and outcome.changed:
            every = (("id", str(camera_id)) for camera_id in outcome.changed)
            undo = Undo(CHOSEN, (("do", done.undo), *every))
        return Said(text, "warn" if refused else "ok", undo)


def delete_word(count: int, speak: Wording) -> str:
    """Return what must be typed before `count` cameras are deleted."""
    return speak("delete %(num)s") % {"num": count}


def _named(cameras: Sequence[ListedCamera]) -> list[str]:
    return [each.stored.camera.name for each in cameras[:_MOST_NAMED]]


def _sentence(what: str, count: int, speak: Wording) -> str:
    if what == "maintenance":
        return speak.ngettext(
            "%(num)s camera is in maintenance.", "%(num)s cameras are in maintenance.", count
        )
    if what == "delete-now":
        return speak.ngettext("%(num)s camera was deleted.", "%(num)s cameras were deleted.", count)
    if what == "cut-off-now":
        return speak.ngettext(
            "%(num)s camera is cut off from the public.",
            "%(num)s cameras are cut off from the public.",
            count,
        )
    return speak.ngettext("%(num)s camera was changed.", "%(num)s cameras were changed.", count)
