"""One camera's recordings: what is proven, its days, rules, holds and restarts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from fastapi import Depends, Query, Request, Response

from pantau.admin.camera_form import day_names
from pantau.admin.cameras import may_change
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_moments import day_begins, moment_of, unix_ms
from pantau.admin.recordings_needs import RecordingServices, path_of, playback_path, widths
from pantau.admin.recordings_rows import page_of, shown
from pantau.admin.recordings_rules import (
    FIELDS,
    TypedRules,
    rules_typed,
    typed_rules,
    window_numbers,
)
from pantau.admin.recordings_words import (
    actions,
    ends,
    playback_modes,
    restart_reasons,
)
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.changes import MOST_RECORDING_HOURS, CameraChange
from pantau.core.errors import Conflict, Forbidden, Invalid
from pantau.recordings.catalogue import Day
from pantau.recordings.models import FOREVER, EndCause, Segment, SegmentState, Span
from pantau.recordings.recorders import Command, Restart
from pantau.recordings.service import CameraRecording
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

_DAYS: Final = 31
_RESTARTS: Final = 20
_COMMANDS: Final = 5
_FILES: Final = 3
_DAY_MS: Final = 86_400_000
_Who = Annotated[Principal, Depends(current_principal)]
_Refused = Invalid | Conflict | Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """A day with footage."""

    name: str
    recorded: str
    gaps: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """One of the newest files: what recovery is judged by (lesson R07)."""

    began_at: datetime
    length: str
    size: str
    is_open: bool
    end: str
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRestart:
    """One time that a recorder had to begin anew."""

    restart: Restart
    why: str
    took: str
    """Until a file was finished again; empty: not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCommand:
    """Something that somebody asked a recorder to do, and what came of it."""

    command: Command
    what: str
    outcome: str


class RecordingCameraPages:
    """The page of one camera."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one = "/recordings/{camera_id}"
        add.get(one, access=viewers(), **HIDDEN)(self.show)
        add.post(f"{one}/rules", access=operators(), **HIDDEN)(self.change)

    async def show(
        self,
        camera_id: RowNumber,
        request: Request,
        who: _Who,
        page: Annotated[str, Query(max_length=10)] = "",
    ) -> Response:
        """Show it."""
        recording = await self._services.recordings.one(camera_id)
        return await self._page(request, who, recording, page=page)

    async def change(self, camera_id: RowNumber, request: Request, who: _Who) -> Response:
        """Save the form."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        before = await self._services.recordings.one(camera_id)
        try:
            wanted = typed_rules(typed)
            is_same = await self._save(before, wanted, request)
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._page(request, who, before, typed=typed, problem=problem)
        text = speak("There was nothing to save.")
        if not is_same:
            text = speak("It is recorded as you said from now on.")
        return self._frame.go(request, f"{path_of(camera_id)}#rules", Said(text))

    async def _save(self, before: CameraRecording, wanted: TypedRules, request: Request) -> bool:
        """Save what is different; return whether nothing was."""
        number, stored = before.camera_id, before.listed.stored
        services, by = self._services, self._frame.asker(request)
        is_same = before.rules == wanted.rules
        if not is_same:
            await services.recordings.change_rules(number, wanted.changes, by=by)
        if stored.recording_duration_hours != wanted.keep_hours:
            is_same = False
            change = CameraChange(recording_duration_hours=wanted.keep_hours)
            await services.editor.change(number, change, by=by)
        if stored.enable_recording != wanted.is_on:
            is_same = False
            order = services.recordings.start if wanted.is_on else services.recordings.stop
            await order(number, by=by)
        return is_same

    async def _page(
        self,
        request: Request,
        who: Principal,
        recording: CameraRecording,
        *,
        page: str = "",
        typed: Typed | None = None,
        problem: _Refused | None = None,
    ) -> Response:
        speak, services = self._frame.wording(request), self._services
        number, camera = recording.camera_id, recording.listed.stored.camera
        now, mine = services.clock.now(), may_change(who, camera.area_id)
        row = shown(recording, speak, now, may_run=mine)
        typed = typed or _form_of(recording)
        values = {
            "row": row,
            "camera": camera,
            "may_change": mine,
            "playback": playback_path(number, camera.slug),
            **await self._proof(recording, speak, page),
            "asked": [
                _shown_command(each, speak)
                for each in await services.recordings.commands(number, limit=_COMMANDS)
            ],
            "restarts": [
                _shown_restart(each, speak)
                for each in await services.recordings.restarts(number, limit=_RESTARTS)
            ],
            "holds": await services.keeping.holds(by=who, camera_id=number) if mine else [],
            "moment_of": moment_of,
            **_form_values(typed, recording, speak),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=FIELDS),
        }
        look = Look(status=problem.status if problem else 200, here=path_of(number))
        return self._frame.draw(request, "recordings_camera.html", values, look)

    async def _proof(
        self, recording: CameraRecording, speak: Wording, page: str
    ) -> Mapping[str, object]:
        """Return what is there: the last day, the newest files, and the days."""
        footage, number = self._services.footage, recording.camera_id
        zone, now = self._frame.pages.site.zone, self._services.clock.now()
        now_ms = unix_ms(now)
        last_day = Span(now_ms - _DAY_MS, now_ms)
        covered = await footage.coverage(number, last_day)
        files = await footage.segments(number, limit=_FILES, states=tuple(SegmentState), live=True)
        days = await footage.days(number, FOREVER, zone)
        part, where = page_of(days[::-1], page, _DAYS)
        fig = Figures(speak)
        slug = recording.listed.stored.camera.slug
        return {
            "cover_runs": widths([run.span for run in covered.runs], last_day),
            "covered": fig.lasting(covered.recorded_ms / 1000),
            "gaps": len(covered.gaps),
            "files": [_shown_file(each, fig, speak) for each in files],
            "days": [_shown_day(each, number, slug, fig, zone) for each in part],
            "day_count": len(days),
            "page": where,
            "address": lambda page: f"{path_of(number)}?page={page}#days",
        }


def _form_of(recording: CameraRecording) -> Typed:
    stored = recording.listed.stored
    return rules_typed(
        TypedRules(
            is_on=stored.enable_recording,
            keep_hours=stored.recording_duration_hours,
            rules=recording.rules,
        )
    )


def _form_values(typed: Typed, recording: CameraRecording, speak: Wording) -> Mapping[str, object]:
    stored = recording.listed.stored
    return {
        "typed": typed,
        "numbers": window_numbers(typed),
        "week_days": day_names(speak),
        "modes": playback_modes(speak),
        "most_hours": MOST_RECORDING_HOURS,
        "can_record": capabilities_for(stored.camera.source).record,
    }


def _shown_day(day: Day, camera_id: int, slug: str, fig: Figures, zone: ZoneInfo) -> ShownDay:
    at = day_begins(day.on, zone)
    return ShownDay(
        name=format_date(day.on, "EEEE, d MMM yyyy", locale=fig.language),
        recorded=fig.lasting(day.recorded_ms / 1000),
        gaps=day.gaps,
        path=playback_path(camera_id, slug, unix_ms(at)),
    )


def _shown_file(segment: Segment, fig: Figures, speak: Wording) -> ShownFile:
    said = {
        SegmentState.OPEN: speak("Being written"),
        SegmentState.DAMAGED: speak("Damaged"),
        SegmentState.MISSING: speak("Its file is gone"),
        SegmentState.CLOSED: ends(speak).get(segment.cause or "", ""),
    }[segment.state]
    if segment.state is SegmentState.CLOSED and segment.cause is EndCause.BOUNDARY:
        said = ""  # as it should be
    return ShownFile(
        began_at=moment_of(segment.start_ms),
        length=fig.lasting(segment.duration_ms / 1000),
        size=fig.size(segment.size_bytes),
        is_open=segment.state is SegmentState.OPEN,
        end=said,
        picture=f"{segment.width_px}\u00d7{segment.height_px}" if segment.width_px else "",
    )


def _shown_restart(restart: Restart, speak: Wording) -> ShownRestart:
    took = ""
    if restart.recovered_at is not None:
        span = restart.recovered_at - restart.restart_at
        took = Figures(speak).lasting(span.total_seconds())
    return ShownRestart(restart=restart, why=restart_reasons(speak)[restart.reason], took=took)


def _shown_command(command: Command, speak: Wording) -> ShownCommand:
    if command.done_at is None:
        outcome = speak("Not done yet")
    elif command.outcome:
        outcome = speak.sentence(command.outcome)
    else:
        outcome = speak("Done")
    return ShownCommand(command=command, what=actions(speak)[command.action], outcome=outcome)
