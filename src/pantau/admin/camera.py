"""One camera: its picture, who sees it, taking it from the public, what happened to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query, Request, Response

from pantau.admin.camera_cut_off import ordered, span_words
from pantau.admin.camera_events import shown_event
from pantau.admin.camera_probe import ShownProbe, shown_probe
from pantau.admin.camera_recording import recorder_line
from pantau.admin.camera_words import decision_marks, kinds, state_mark, who_sees
from pantau.admin.cameras import CAMERAS, CameraServices, may_change, recording_text, votes_of
from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import read_typed
from pantau.admin.wording import Mistakes
from pantau.cameras.capabilities import Player
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.changes import CameraChange
from pantau.cameras.decisions import Visibility
from pantau.cameras.listing import ListedCamera
from pantau.cameras.models import Camera, LiveState
from pantau.core.errors import Conflict, Invalid, Unavailable
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal, principal_of

EVENTS: Final = 20
_FIELDS: Final = ("reason", "until", "typed")


@dataclass(frozen=True, slots=True)
class Stream:
    """Where the player finds the live stream, and stills for browsers that can do no more."""

    address: str
    still: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What the player's template reads of a camera."""

    camera: "Seen"
    state: str
    since_known: bool
    still: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The same, of the camera itself."""

    id: int
    name: str
    video_codec: str | None
    since_at: datetime | None


class CameraPages:
    """The page of one camera."""

    def __init__(self, frame: Frame, services: CameraServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, may = "/cameras/{camera_id}", operators()
        add.get(one, access=viewers(), **HIDDEN)(self.show)
        add.post(f"{one}/cut-off", access=may, **HIDDEN)(self.cut_off)
        add.post(f"{one}/restore", access=may, **HIDDEN)(self.restore)
        add.post(f"{one}/switch", access=may, **HIDDEN)(self.switch)
        add.post(f"{one}/check", access=may, **HIDDEN)(self.check)
        add.get(f"{one}/key", access=may, **HIDDEN)(self.ask_for_key)
        add.post(f"{one}/key", access=may, **HIDDEN)(self.rotate_key)
        add.get(f"{one}/delete", access=may, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=may, **HIDDEN)(self.delete)

    async def show(
        self,
        camera_id: RowNumber,
        request: Request,
        cursor: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        """Show it."""
        listed = await self._services.cameras.one(camera_id)
        return await self._page(request, listed, cursor=cursor)

    async def cut_off(self, camera_id: RowNumber, request: Request) -> Response:
        """Take it from the public at once."""
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        order = ordered(typed, self._services.access.clock.now())
        by = self._frame.asker(request)
        try:
            stored = await self._services.editor.cut_off(camera_id, order, by=by)
        except Invalid as problem:
            listed = await self._services.cameras.one(camera_id)
            mistakes = speak.mistakes(problem, known=_FIELDS)
            values = {"reason": typed.text("reason", most=500), "until": typed.text("until")}
            return await self._page(request, listed, mistakes=mistakes, values=values)
        text = speak("%(name)s is cut off from the public.") % {"name": stored.camera.name}
        undo = Undo(f"{path_of(camera_id)}/restore", ())
        return self._frame.go(request, path_of(camera_id), Said(text, undo=undo))

    async def restore(self, camera_id: RowNumber, request: Request) -> Response:
        """Give it back to the public."""
        await self._services.editor.restore(camera_id, by=self._frame.asker(request))
        text = self._frame.wording(request)("The cut-off has ended.")
        return self._frame.go(request, path_of(camera_id), Said(text))

    async def switch(self, camera_id: RowNumber, request: Request) -> Response:
        """Switch maintenance, or the camera itself, on and off."""
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        wanted: Mapping[str, tuple[CameraChange, str, str]] = {
            "maintenance": (
                CameraChange(status="maintenance"),
                "active",
                speak("In maintenance now."),
            ),
            "active": (
                CameraChange(status="active"),
                "maintenance",
                speak("Maintenance has ended."),
            ),
            "enable": (CameraChange(enabled=True), "disable", speak("The camera is enabled.")),
            "disable": (CameraChange(enabled=False), "enable", speak("The camera is disabled.")),
        }
        found = wanted.get(typed.text("do"))
        if found is None:
            return self._frame.go(request, path_of(camera_id))
        change, opposite, text = found

        async def work() -> Said:
            by = self._frame.asker(request)
            await self._services.editor.change(camera_id, change, by=by)
            undo = Undo(f"{path_of(camera_id)}/switch", (("do", opposite),))
            return Said(text, undo=undo)

        return await self._done(camera_id, request, work)

    async def check(self, camera_id: RowNumber, request: Request) -> Response:
        """Look at its source now, and show what is there."""
        services, speak = self._services, self._frame.wording(request)
        listed = await services.cameras.one(camera_id)
        by = self._frame.asker(request)
        try:
            source = await services.editor.candidate(CameraChange(), by=by, camera_id=camera_id)
            stored = listed.stored
            report = await services.prober.look(
                source,
                is_trusted=stored.managed_by != "operator",
                stream_key=stored.camera.stream_key,
            )
        except (Invalid, Conflict, Unavailable) as problem:
            mistakes = speak.mistakes(problem, known=())
            return await self._page(request, listed, mistakes=mistakes, status=problem.status)
        if request.headers.get("x-pantau-part") == "probe":
            probe = {"probe": shown_probe(report, speak)}
            return self._frame.draw(request, "_probe.html", probe)
        return await self._page(request, listed, probe=shown_probe(report, speak))

    async def ask_for_key(self, camera_id: RowNumber, request: Request) -> Response:
        """Ask before every open player of the camera has to begin anew."""
        listed = await self._services.cameras.one(camera_id)
        return self._frame.draw(request, "camera_key.html", {"camera": listed.stored.camera})

    async def rotate_key(self, camera_id: RowNumber, request: Request) -> Response:
        """Give it another stream key."""

        async def work() -> Said:
            await self._services.editor.rotate_key(camera_id, by=self._frame.asker(request))
            speak = self._frame.wording(request)
            return Said(speak("The camera has another stream key; the old addresses are dead."))

        return await self._done(camera_id, request, work)

    async def ask_to_delete(self, camera_id: RowNumber, request: Request) -> Response:
        """Ask for the name before anything is deleted; for browsers without a script."""
        listed = await self._services.cameras.one(camera_id)
        return self._frame.draw(request, "camera_delete.html", {"camera": listed.stored.camera})

    async def delete(self, camera_id: RowNumber, request: Request) -> Response:
        """Delete the camera, if its name was typed."""
        typed = await read_typed(request)
        listed = await self._services.cameras.one(camera_id)
        camera, speak = listed.stored.camera, self._frame.wording(request)
        mistakes: Mistakes = {"typed": (speak("Type the name exactly as it is written."),)}
        if typed.text("typed") == " ".join(camera.name.split()):
            try:
                await self._services.editor.remove(camera_id, by=self._frame.asker(request))
            except (Invalid, Conflict) as problem:
                mistakes = speak.mistakes(problem, known=())
            else:
                text = speak("%(name)s was deleted.") % {"name": camera.name}
                return self._frame.go(request, CAMERAS, Said(text))
        values = {"camera": camera, "mistakes": mistakes}
        return self._frame.draw(request, "camera_delete.html", values, Look(status=400))

    async def _done(
        self, camera_id: int, request: Request, work: Callable[[], Awaitable[Said]]
    ) -> Response:
        try:
            said = await work()
        except (Invalid, Conflict) as problem:
            listed = await self._services.cameras.one(camera_id)
            mistakes = self._frame.wording(request).mistakes(problem, known=())
            return await self._page(request, listed, mistakes=mistakes, status=problem.status)
        return self._frame.go(request, path_of(camera_id), said)

    async def _page(
        self,
        request: Request,
        listed: ListedCamera,
        *,
        cursor: str = "",
        probe: ShownProbe | None = None,
        mistakes: Mistakes | None = None,
        status: int = 0,
        values: Mapping[str, str] | None = None,
    ) -> Response:
        services, speak = self._services, self._frame.wording(request)
        who, camera = principal_of(request.scope), listed.stored.camera
        now = services.access.clock.now()
        cut_off = camera.decision.cut_off
        mine = may_change(who, camera.area_id)
        events = None
        if mine:
            events = await services.editor.events(camera.id, limit=EVENTS, cursor=cursor or None)
        drawn = {
            "listed": listed,
            "camera": camera,
            "state": state_mark(listed, speak),
            "marks": decision_marks(camera, speak, now),
            "kind": kinds(speak)[listed.kind],
            "recording": recording_text(listed, speak),
            "recorder": await recorder_line(services, camera.id, speak),
            "viewers": services.viewers(camera.id) if services.viewers else None,
            "votes": votes_of(camera.id, services.votes()),
            "sees": who_sees(camera, services.access, speak),
            "is_cut_off": cut_off is not None and cut_off.is_on(now),
            "is_public": _is_public(camera),
            "may_change": mine,
            "spans": span_words(speak),
            "reason": "",
            "until": "",
            "why_not": speak.sentence(capabilities_for(camera.source).why_not),
            **_player(listed, who),
            "events": [] if events is None else [shown_event(each, speak) for each in events.rows],
            "next_cursor": "" if events is None else events.next_cursor or "",
            "cursor": cursor,
            "probe": probe,
            "mistakes": mistakes or {},
            **(values or {}),
        }
        look = Look(status=status or (400 if mistakes else 200), here=path_of(camera.id))
        return self._frame.draw(request, "camera.html", drawn, look)


def path_of(camera_id: int) -> str:
    """Return the address of a camera's page."""
    return f"{CAMERAS}/{camera_id}"


def _is_public(camera: Camera) -> bool:
    return camera.enabled and camera.decision.visibility is Visibility.PUBLIC


def _player(listed: ListedCamera, who: Principal) -> Mapping[str, object]:
    """Return what the player needs; an empty address where there is nothing to play for `who`."""
    camera, seen = listed.stored.camera, listed.condition
    is_playable = capabilities_for(camera.source).player is Player.HLS
    sees_it = camera.enabled and (
        may_change(who, camera.area_id) or camera.decision.visibility is not Visibility.PRIVATE
    )
    revision = f"?r={camera.stream_revision}" if camera.stream_revision else ""
    still = f"/api/thumbnails/{camera.id}.jpg"
    is_off = seen.live is LiveState.OFFLINE
    return {
        "stream": Stream(
            f"/hls/{camera.stream_key}/index.m3u8{revision}" if is_playable and sees_it else "",
            f"{still}?w=640",
        ),
        "tile": Sight(
            camera=Seen(
                camera.id, camera.name, seen.video_codec or camera.announced_codec, seen.since_at
            ),
            # Operators look although it is in maintenance: that is whom it is shown to.
            state="offline" if is_off else "live",
            since_known=is_off and seen.since_at is not None,
            still=still if seen.thumbnail_at is not None else "",
        ),
    }
