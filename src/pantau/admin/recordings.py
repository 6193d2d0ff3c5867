"""Recordings: every camera with its proof, what the disks hold, and starting and stopping."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from pantau.admin.cameras import may_change
from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.own_paths import own_path
from pantau.admin.recordings_alarms import shown_alarms
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_moments import unix_ms
from pantau.admin.recordings_needs import (
    RECORDINGS,
    RecordingServices,
    path_of,
    playback_path,
    shown_disks,
    widths,
)
from pantau.admin.recordings_rows import (
    CHOICES,
    Choice,
    fits,
    has_words,
    is_wanted,
    page_of,
    shown,
    worst_first,
)
from pantau.admin.typed import read_typed
from pantau.admin.wording import Wording
from pantau.core.errors import Conflict, Forbidden, Invalid
from pantau.core.names import natural_key
from pantau.recordings.models import Span
from pantau.recordings.recorders import RecorderStatus
from pantau.recordings.service import CameraRecording, Overview
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

_PAGE: Final = 50
_DAY_MS: Final = 86_400_000
_MOST_SEARCH: Final = 100
_Who = Annotated[Principal, Depends(current_principal)]
_Text = Annotated[str, Query(max_length=200)]


class RecordingPages:
    """The list, and the buttons of its rows."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, may = "/recordings/{camera_id}", operators()
        add.get("/recordings", access=viewers(), **HIDDEN)(self.show)
        add.post(f"{one}/start", access=may, **HIDDEN)(self.start)
        add.post(f"{one}/restart", access=may, **HIDDEN)(self.restart)
        add.get(f"{one}/stop", access=may, **HIDDEN)(self.ask_to_stop)
        add.post(f"{one}/stop", access=may, **HIDDEN)(self.stop)

    async def show(
        self,
        request: Request,
        who: _Who,
        *,
        q: _Text = "",
        area: _Text = "",
        show: _Text = "all",
        page: _Text = "",
    ) -> Response:
        """List the cameras, the most urgent first."""
        speak = self._frame.wording(request)
        overview = await self._services.recordings.overview()
        storage = await self._services.keeping.storage()
        text = q.replace("\0", "").strip()[:_MOST_SEARCH]
        area_id = int(area) if area.isdecimal() and len(area) < 19 else None
        choice: Choice = next((each for each in CHOICES if each == show), "all")
        near = [each for each in overview.cameras if _is_near(each, text, area_id)]
        chosen = worst_first(each for each in near if fits(each, choice))
        part, where = page_of(chosen, page, _PAGE)
        now = self._services.clock.now()
        rows = [
            shown(
                each,
                speak,
                now,
                may_run=may_change(who, each.listed.stored.camera.area_id),
            )
            for each in part
        ]
        covers = await self._covers(part)
        kept = {"q": text, "area": "" if area_id is None else str(area_id), "show": choice}
        values = {
            "rows": list(zip(rows, covers, strict=True)),
            "page": where,
            "address": _addresses(kept),
            "query": text,
            "area_id": area_id,
            "areas": sorted(await self._services.areas(), key=lambda each: natural_key(each.name)),
            "choice": choice,
            "choices": _choice_words(speak),
            "counts": {each: sum(fits(one, each) for one in near) for each in CHOICES},
            "disks": shown_disks(storage, speak),
            "alarms": shown_alarms(await self._services.keeping.alarms(), storage, speak),
            "playback": playback_path,
            "is_narrowed": bool(text or area_id is not None or choice != "all"),
            **_totals(overview, Figures(speak)),
        }
        return self._frame.draw(request, "recordings.html", values)

    async def start(self, camera_id: RowNumber, request: Request) -> Response:
        """Have a camera recorded."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        back = own_path(typed.text("back", most=1000)) if typed.text("back") else path_of(camera_id)
        try:
            found = await self._services.recordings.start(camera_id, by=self._frame.asker(request))
        except (Conflict, Forbidden, Invalid) as problem:
            return self._frame.go(request, back, _refused(problem, speak))
        text = speak("%(name)s will be recorded. Here you see when the first picture is written.")
        said = Said(text % {"name": found.name}, undo=Undo(f"{path_of(camera_id)}/stop", ()))
        return self._frame.go(request, back, said)

    async def restart(self, camera_id: RowNumber, request: Request) -> Response:
        """Have its recorder close the file and begin another."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        back = own_path(typed.text("back", most=1000)) if typed.text("back") else path_of(camera_id)
        try:
            await self._services.recordings.restart(camera_id, by=self._frame.asker(request))
        except (Conflict, Forbidden, Invalid) as problem:
            return self._frame.go(request, back, _refused(problem, speak))
        text = speak("The restart was asked for. What came of it stands below.")
        return self._frame.go(request, f"{path_of(camera_id)}#asked", Said(text))

    async def ask_to_stop(self, camera_id: RowNumber, request: Request) -> Response:
        """Ask before nothing is recorded any more; for lists and browsers without a script."""
        recording = await self._services.recordings.one(camera_id)
        values = {"recording": recording}
        return self._frame.draw(request, "recordings_stop.html", values)

    async def stop(self, camera_id: RowNumber, request: Request) -> Response:
        """Have a camera no longer recorded; its footage stays."""
        speak = self._frame.wording(request)
        try:
            found = await self._services.recordings.stop(camera_id, by=self._frame.asker(request))
        except (Conflict, Forbidden, Invalid) as problem:
            return self._frame.go(request, path_of(camera_id), _refused(problem, speak))
        text = speak("%(name)s is no longer recorded. What there is stays until its time is over.")
        said = Said(text % {"name": found.name}, undo=Undo(f"{path_of(camera_id)}/start", ()))
        return self._frame.go(request, path_of(camera_id), said)

    async def _covers(self, part: Sequence[CameraRecording]) -> list[list[tuple[float, float]]]:
        """Return what of the last day is recorded of each camera, for a row of a thousand."""
        now_ms = unix_ms(self._services.clock.now())
        day = Span(now_ms - _DAY_MS, now_ms)

        written = {
            each.camera_id: None if each.state is None else each.state.last_fragment_ms
            for each in part
        }
        runs = await self._services.footage.runs_of(list(written), day, written=written)
        return [widths([run.span for run in runs[each.camera_id]], day) for each in part]


def _totals(overview: Overview, fig: Figures) -> Mapping[str, object]:
    wanted = [each for each in overview.cameras if is_wanted(each)]
    at_work = [
        each
        for each in overview.cameras
        if each.state is not None and each.state.status is RecorderStatus.RECORDING
    ]
    kept = [each.totals for each in overview.cameras if each.totals is not None]
    kept += [each.totals for each in overview.removed]
    return {
        "wanted": len(wanted),
        "recording": len(at_work),
        "total": len(overview.cameras),
        "restarts": overview.restarts_day,
        "rate": fig.rate(sum(each.state.bytes_per_s for each in at_work if each.state)),
        "kept": fig.size(sum(each.size_bytes for each in kept)),
        "files": fig.number(sum(each.segments for each in kept)),
        "removed": [
            (each.camera_id, fig.size(each.totals.size_bytes)) for each in overview.removed
        ],
    }


def _is_near(recording: CameraRecording, text: str, area_id: int | None) -> bool:
    own = recording.listed.stored.camera.area_id
    return (area_id is None or (own or 0) == area_id) and has_words(recording, text)


def _choice_words(speak: Wording) -> Mapping[Choice, str]:
    return {
        "all": speak("All"),
        "problems": speak("To look at"),
        "recording": speak("Is recorded"),
        "resting": speak("At rest"),
        "off": speak("Not recorded"),
    }


def _addresses(kept: Mapping[str, str]) -> Any:
    """Return what makes addresses of this list with something different, for the template."""
    usual = {"q": "", "area": "", "show": "all", "page": "1"}

    def address(**other: object) -> str:
        wanted = {**kept, **{name: str(value) for name, value in other.items()}}
        pairs = [(name, value) for name, value in wanted.items() if value != usual.get(name, "")]
        return f"{RECORDINGS}?{urlencode(pairs)}" if pairs else RECORDINGS

    return address


def _refused(problem: Conflict | Forbidden | Invalid, speak: Wording) -> Said:
    return Said(speak.sentence(problem.sentence), "warn")
