"""Decides what is recorded, and knows whether it is, in the worker.

Three things are kept apart (lesson R08): what is desired, what the process says, and what is on the
disk.  Level-triggered: every look compares them anew, so nothing depends on having heard of a
change (lesson R28).
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock, Zone
from pantau.core.errors import Problem
from pantau.core.jobs import timed_job
from pantau.db.database import Database
from pantau.recordings import recorder_rows, recorders, repository, rule_rows
from pantau.recordings.commands import outcome_of
from pantau.recordings.models import Span
from pantau.recordings.recorder_reports import (
    PathReport,
    RecorderReport,
    RecorderServer,
    recorder_report,
)
from pantau.recordings.recorders import RecorderState, RecorderStatus, RestartReason
from pantau.recordings.supervision import LIMITS, Glance, Limits, Supervision, Verdict
from pantau.recordings.wishes import Obstacle, Wish, Wishes, no_obstacle

log = structlog.get_logger()

EVERY_S: Final = 3.0
_LEAST_S: Final = 0.3
_EVIDENCE_S: Final = 60.0
_TIDY_S: Final = 3_600.0
KEEP: Final = timedelta(days=90)
"""How long restarts and commands are remembered."""
_INTENT_S: Final = 120.0
"""How long after a stop on purpose an unclosed file is no crash."""
_CRASHES_WITHIN_MS: Final = 3_600_000
"""Older ones were found, not lived through."""
_STATES: Final[Mapping[str, RecorderStatus]] = {
    "waiting": RecorderStatus.WAITING,
    "recording": RecorderStatus.RECORDING,
    "paused": RecorderStatus.PAUSED,
    "failed": RecorderStatus.FAILED,
}


@dataclass(slots=True)
class Recorder:
    """What is remembered of one camera from look to look."""

    watch: Supervision
    fragment_ms: int | None = None
    segment_ms: int | None = None
    """When the last good segment ended."""
    open_start_ms: int | None = None
    closed_start_ms: int | None = None
    stale_starts: frozenset[int | None] = frozenset()
    """Files that were there when it was last restarted: their end is no success."""
    intended_until_mono: float = float("-inf")


class Control:
    """Loop only.  `wish_of` costs nothing; everything else is done by `run`."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        server: RecorderServer,
        clock: Clock,
        zone: Zone,
        sound: bool = True,
        obstacle: Obstacle = no_obstacle,
        limits: Limits = LIMITS,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._server = server
        self._clock = clock
        self._limits = limits
        self._wanted = Wishes(catalogue, clock, zone, sound=sound, obstacle=obstacle)
        self._recorders: dict[int, Recorder] = {}
        self._states: dict[int, RecorderState] = {}
        self._wishes: Mapping[int, Wish] = {}
        self._listeners: list[Callable[[], None]] = []
        self._awake = asyncio.Event()
        self._crashed: dict[int, int] = {}
        self._closed: dict[int, int] = {}
        self._unrecovered: set[int] = set()
        self._evidence_mono = float("-inf")
        self._tidy_mono = float("-inf")
        database.changes.on("recordings", self._awake.set)
        catalogue.on_cameras(self._awake.set)

    def on_wishes(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when another camera is to be recorded, or one no more."""
        self._listeners.append(listener)

    def wish_of(self, camera: Camera) -> Wish | None:
        """Return how a camera is to be recorded at this moment; None: not at all."""
        return self._wanted.of(camera)

    def segment_closed(self, camera_id: int, span: Span) -> None:
        """Hear of the indexer that a file was closed as it should be."""
        if span.from_ms not in self._of(camera_id).stale_starts:
            self._closed[camera_id] = max(span.to_ms, self._closed.get(camera_id, 0))
            self._awake.set()

    def recorder_crashed(self, camera_id: int, end_ms: int) -> None:
        """Hear of the indexer that nobody closed a file that was being written."""
        self._crashed[camera_id] = max(end_ms, self._crashed.get(camera_id, 0))
        self._awake.set()

    async def load(self) -> None:
        """Know what was decided and what was last seen; call it before anything is ordered."""
        async with self._database.read() as reading:
            self._wanted.take(await rule_rows.all_rules(reading))
            self._states = await recorder_rows.all_states(reading)
            self._unrecovered = await recorder_rows.unrecovered(reading)
            numbers = [int(camera.id) for camera in self._catalogue.all()]
            ends = await repository.last_good_ends(reading, numbers)
        for number, end_ms in ends.items():
            self._of(number).segment_ms = end_ms
        self._wishes = self._wanted.all()

    async def run(self) -> None:
        """Look, order and write down, for ever."""
        while True:
            self._awake.clear()
            with timed_job("recordings.control"):
                await self.step()
            await self._clock.sleep(_LEAST_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._awake.wait()

    async def step(self) -> None:
        """Do all of it once."""
        async with self._database.read() as reading:
            self._wanted.take(await rule_rows.all_rules(reading))
        self._decide()
        await self._obey()
        reports = await self._reports()
        before = self._states
        states: dict[int, RecorderState] = {}
        for camera in self._catalogue.all():
            state = await self._looked(camera, reports)
            if state is not None:
                states[int(camera.id)] = state
        await self._note_events()
        await self._write(before, states)
        await self._tidy()

    def _decide(self) -> None:
        wishes = self._wanted.all()
        for number in self._wishes.keys() - wishes.keys():
            # Before anything is stopped: what follows is no crash (lesson R27).
            self._intend(number)
        if wishes != self._wishes:
            self._wishes = wishes
            for listener in self._listeners:
                listener()

    async def _reports(self) -> Mapping[str, PathReport] | None:
        try:
            return await self._server.paths()
        except Problem:
            return None

    async def _looked(
        self, camera: Camera, reports: Mapping[str, PathReport] | None
    ) -> RecorderState | None:
        """Return how the recorder of a camera is; None: there is nothing to say of it."""
        number, why_not = int(camera.id), self._wanted.why_not(camera)
        known, recorder = self._states.get(number), self._of(number)
        if why_not is not None and known is None and not camera.recorded:
            return None
        path = None if reports is None else reports.get(camera.stream_key)
        given = path.recorder if path is not None else None
        report = None if given is None else recorder_report(given)
        has_progressed = self._take_evidence(number, recorder, report)
        if reports is None:
            status, cause = _while_silent(known, is_wanted=why_not is None)
        elif why_not is not None:
            recorder.watch.rest()
            status, cause = _unwanted(report, why_not)
        else:
            status, cause = await self._judged(camera, path, report, has_progressed)
        return self._state(number, known, (status, cause), report)

    def _take_evidence(
        self, number: int, recorder: Recorder, report: RecorderReport | None
    ) -> bool:
        """Take over what was written; return whether anything was since the last look."""
        if report is None:
            return False
        has_progressed = report.last_fragment_ms not in {None, recorder.fragment_ms}
        if report.last_fragment_ms is not None:
            recorder.fragment_ms = report.last_fragment_ms
        recorder.open_start_ms = report.open_start_ms
        closed = report.last_closed_start_ms
        if closed is not None and closed != recorder.closed_start_ms:
            is_first = recorder.closed_start_ms is None
            recorder.closed_start_ms = closed
            recorder.segment_ms = report.last_closed_end_ms or recorder.segment_ms
            if closed not in recorder.stale_starts and not is_first:
                recorder.watch.succeeded()
                self._closed[number] = report.last_closed_end_ms or closed
        return has_progressed

    async def _judged(
        self,
        camera: Camera,
        path: PathReport | None,
        report: RecorderReport | None,
        has_progressed: bool,  # noqa: FBT001 - a fact among facts
    ) -> tuple[RecorderStatus, str]:
        recorder = self._of(int(camera.id))
        if path is not None and not path.tells_recorder:
            return RecorderStatus.UNKNOWN, recorders.NOT_REPORTED
        state = "" if report is None else report.state
        glance = Glance(
            is_live=path is not None and path.ready,
            has_progressed=has_progressed,
            has_failed=state == "failed",
            may_wait=state == "paused",
        )
        verdict = recorder.watch.step(self._clock.mono_s(), glance)
        if verdict is Verdict.RESTART:
            await self._restart(camera, recorder, recorder.watch.reason)
        if verdict is Verdict.SUSPENDED:
            return RecorderStatus.SUSPENDED, recorders.IN_VAIN
        said = _STATES.get(state, RecorderStatus.WAITING)
        cause = "" if report is None else report.cause
        if verdict is Verdict.WELL or said is RecorderStatus.FAILED:
            return said, cause
        return RecorderStatus.STALLED, recorders.NO_FRAGMENTS

    async def _restart(
        self,
        camera: Camera,
        recorder: Recorder,
        reason: RestartReason,
    ) -> str:
        """Begin a recorder anew; return why that did not happen, empty: it did."""
        number = int(camera.id)
        self._intend(number)
        recorder.stale_starts = frozenset({recorder.open_start_ms, recorder.closed_start_ms})
        outcome = ""
        try:
            await self._server.restart_recorder(camera.stream_key)
        except Problem as problem:
            outcome = problem.sentence
        self._unrecovered.add(number)
        async with self._database.write() as writing:
            await recorder_rows.add_restart(writing, number, reason, outcome, at=self._clock.now())
        log.info("recorder_restarted", camera=number, reason=reason.value, refused=outcome)
        return outcome

    async def _obey(self) -> None:
        """Do what was asked for, one thing after the other."""
        async with self._database.read() as reading:
            commands = await recorder_rows.open_commands(reading)
        for command in commands:
            camera = self._catalogue.by_id(command.camera_id)
            is_wanted = camera is not None and self._wanted.why_not(camera) is None
            outcome = await outcome_of(
                command,
                camera,
                is_wanted=is_wanted,
                now=self._clock.now(),
                restart=self._restart_for_somebody,
            )
            if outcome is None:
                continue
            async with self._database.write() as writing:
                await recorder_rows.finish_command(
                    writing, command.id, outcome=outcome, at=self._clock.now()
                )

    async def _restart_for_somebody(self, camera: Camera) -> str:
        recorder = self._of(int(camera.id))
        recorder.watch.rest()
        return await self._restart(camera, recorder, RestartReason.OPERATOR)

    async def _note_events(self) -> None:
        """Write down crashes and recoveries."""
        crashed, self._crashed = self._crashed, {}
        closed, self._closed = self._closed, {}
        now, now_mono = self._clock.now(), self._clock.mono_s()
        now_ms = int(self._clock.unix_s() * 1000)
        for number, end_ms in closed.items():
            recorder = self._of(number)
            recorder.segment_ms = max(end_ms, recorder.segment_ms or 0)
        real = [
            number
            for number, end_ms in crashed.items()
            if now_ms - end_ms < _CRASHES_WITHIN_MS
            and number in self._wishes
            and now_mono >= self._of(number).intended_until_mono
        ]
        recovered = self._unrecovered & closed.keys()
        if not real and not recovered:
            return
        async with self._database.write() as writing:
            await recorder_rows.note_recovered(writing, recovered, at=now)
            for number in real:
                await recorder_rows.add_restart(writing, number, RestartReason.CRASHED, "", at=now)
        self._unrecovered = (self._unrecovered - recovered) | set(real)

    async def _write(
        self, before: Mapping[int, RecorderState], states: dict[int, RecorderState]
    ) -> None:
        gone = before.keys() - states.keys()
        news = [s for n, s in states.items() if _is_news(before.get(n), s)]
        is_due = self._clock.mono_s() - self._evidence_mono >= _EVIDENCE_S
        self._states = states
        if not (gone or news or is_due):
            return
        if is_due:
            self._evidence_mono = self._clock.mono_s()
        async with self._database.write() as writing:
            await recorder_rows.forget_states(writing, gone)
            await recorder_rows.save_states(
                writing, list(states.values()) if is_due else news, is_news=bool(news or gone)
            )
        for number in gone:
            self._recorders.pop(number, None)

    async def _tidy(self) -> None:
        if self._clock.mono_s() - self._tidy_mono < _TIDY_S:
            return
        self._tidy_mono = self._clock.mono_s()
        async with self._database.write() as writing:
            await recorder_rows.expire(writing, before_at=self._clock.now() - KEEP)

    def _state(
        self,
        number: int,
        known: RecorderState | None,
        judged: tuple[RecorderStatus, str],
        report: RecorderReport | None,
    ) -> RecorderState:
        now, recorder = self._clock.now(), self._of(number)
        status, cause = judged
        is_same = known is not None and (known.status, known.cause) == judged
        fragment_ms = recorder.fragment_ms or (known.last_fragment_ms if known else None)
        segment_ms = recorder.segment_ms or (known.last_segment_ms if known else None)
        return RecorderState(
            camera_id=number,
            status=status,
            cause=cause,
            since_at=known.since_at if known is not None and is_same else now,
            last_segment_ms=segment_ms,
            last_fragment_ms=fragment_ms,
            bytes_per_s=report.bytes_per_s if report is not None else 0.0,
            seen_at=now,
        )

    def _intend(self, number: int) -> None:
        self._of(number).intended_until_mono = self._clock.mono_s() + _INTENT_S

    def _of(self, number: int) -> Recorder:
        if number not in self._recorders:
            self._recorders[number] = Recorder(Supervision(self._limits))
        return self._recorders[number]


def _while_silent(known: RecorderState | None, *, is_wanted: bool) -> tuple[RecorderStatus, str]:
    """Return what is known while the media server says nothing: never that anything stopped."""
    at_rest = {RecorderStatus.STOPPED, RecorderStatus.RESTING}
    if known is not None and known.status in at_rest and not is_wanted:
        return known.status, known.cause
    return RecorderStatus.UNKNOWN, recorders.MEDIA_SERVER_SILENT


def _unwanted(report: RecorderReport | None, why_not: str) -> tuple[RecorderStatus, str]:
    if report is not None and report.state == "recording":
        return RecorderStatus.RECORDING, recorders.STOPPING
    if why_not == recorders.SCHEDULE:
        return RecorderStatus.RESTING, why_not
    return RecorderStatus.STOPPED, why_not


def _is_news(before: RecorderState | None, now: RecorderState) -> bool:
    return before is None or (before.status, before.cause, before.last_segment_ms) != (
        now.status,
        now.cause,
        now.last_segment_ms,
    )
