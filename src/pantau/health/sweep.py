"""Goes through all cameras every few seconds: evidence first, probes where nobody pulls."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from pantau.cameras.models import Camera, HealthState
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.ids import CameraId
from pantau.core.jobs import timed_job
from pantau.health import causes
from pantau.health.believing import Watched
from pantau.health.evidence import PathReport, PathReports, Reading, read
from pantau.health.ledger import Ledger
from pantau.health.outage import Outage
from pantau.health.probing.answers import ProbeAnswer, Question
from pantau.health.probing.prober import Asks
from pantau.health.schedule import Timetable, wait_s
from pantau.health.values import AlarmKind, Change
from pantau.health.verdict import UP, Belief, Look, Rules, hold, rest, step

log = structlog.get_logger()

Spawn = Callable[[str, Callable[[], Awaitable[None]]], object]
_PATHS_S: Final = 4.0
_REFRESHED_S: Final = 600.0
_MOST_REFRESHED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the sweep looks, and when it is itself at fault."""

    every_s: float = 5.0
    probe_every_s: float = 0.25
    late_s: float = 30.0
    """A sweep that comes so late, because the machine slept, believes nothing it saw before."""
    silent_s: float = 12.0
    """How long the media server may be silent before states are held and an alarm begins."""
    stale_s: float = 2_700.0
    """Without any evidence for so long nothing is known."""


@dataclass(frozen=True, slots=True)
class SweepNote:
    """What a sweep that ended tells."""

    at: datetime
    cameras: int
    probing: int
    late_s: float
    """For how long the longest waiting probe has been due."""


@dataclass(slots=True)
class Sweep:
    """The worker's look at every camera.  Loop only.

    `tick` depends on nothing that a camera does: probes run beside it, each with its deadline, and
    their answers are taken as they come (lesson M13).
    """

    catalogue: Catalogue
    server: PathReports
    prober: Asks
    ledger: Ledger
    clock: Clock
    spawn: Spawn
    on_sweep: Callable[[SweepNote], None] = lambda _: None
    rules: Rules = field(default_factory=Rules)
    pace: Pace = field(default_factory=Pace)
    timetable: Timetable = field(default_factory=Timetable)
    outage: Outage = field(default_factory=Outage)
    random: Callable[[], float] = random.random
    completed_mono: float | None = None
    """When the last sweep ended; the watchdog looks at it."""
    _watched: dict[CameraId, Watched] = field(default_factory=dict)
    _ticked_mono: float | None = None
    _answered_mono: float | None = None
    _told: dict[AlarmKind, bool] = field(default_factory=dict)
    """Which alarms are on in the database; nothing is known of those of the last worker."""
    _is_loaded: bool = False

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            began_mono = self.clock.mono_s()
            with timed_job("health.sweep", every_s=self.pace.every_s):
                await self.tick()
            took_s = self.clock.mono_s() - began_mono
            await self.clock.sleep(max(self.pace.every_s - took_s, 0.1))

    async def run_probes(self) -> None:
        """Ask whoever is due, again and again; never returns."""
        while True:
            self.ask_due()
            await self.clock.sleep(self.pace.probe_every_s)

    async def tick(self) -> None:
        """Look once at everything."""
        if not self._is_loaded:
            await self._load()
        self._notice_sleep()
        paths = await self._paths()
        self._take_cameras()
        is_silent = paths is None and self._silent_s() >= self.pace.silent_s
        self.outage.judge(self.clock.mono_s())
        now_at, now_mono = self.clock.now(), self.clock.mono_s()
        for watched in self._watched.values():
            self._look(watched, paths, is_silent=is_silent, at=now_at, mono=now_mono)
        await self._grant_wishes()
        self._refresh(now_mono)
        await self.ledger.write()
        await self._alarm(AlarmKind.MEDIA_SERVER, is_on=is_silent)
        await self._alarm(AlarmKind.OUR_NETWORK, is_on=self.outage.is_on)
        self.completed_mono = self.clock.mono_s()
        self.on_sweep(
            SweepNote(
                at=self.clock.now(),
                cameras=len(self._watched),
                probing=self.timetable.asked,
                late_s=self.timetable.late_s(self.completed_mono),
            )
        )

    def ask_due(self) -> None:
        """Begin the probes that may begin now."""
        self._notice_sleep()
        for camera_id in self.timetable.begin(self.clock.mono_s()):
            watched = self._watched.get(camera_id)
            if watched is None:
                self.timetable.ended(camera_id)
            else:
                self.spawn("health.probe", self._asking(watched))

    def belief(self, camera_id: CameraId) -> Belief | None:
        """Return what is believed of a camera."""
        watched = self._watched.get(camera_id)
        return None if watched is None else watched.belief

    def late_s(self) -> float:
        """Return for how long the longest waiting probe has been due."""
        return self.timetable.late_s(self.clock.mono_s())

    def _asking(self, watched: Watched) -> Callable[[], Awaitable[None]]:
        camera = watched.camera

        async def ask() -> None:
            answer = ProbeAnswer(None)
            try:
                answer = await self.prober.ask(Question(camera.id, camera.source))
            finally:
                self.timetable.ended(camera.id)
                self._take_answer(camera, answer)

        return ask

    def _take_answer(self, asked: Camera, answer: ProbeAnswer) -> None:
        watched = self._watched.get(asked.id)
        # An answer to yesterday's address says nothing of today's.
        if watched is None or watched.camera.source != asked.source or watched.why_not_looked_at:
            return
        now_mono = self.clock.mono_s()
        if answer.sign is not None:
            look = Look(answer.sign, self.clock.now(), now_mono, answer.cause)
            self._take_look(watched, look)
        again_s = answer.again_s
        if again_s is None:
            again_s = wait_s(watched.belief, self.timetable.cadence, random=self.random)
        if not watched.is_pulled:
            self.timetable.plan(asked.id, watched.host, now_mono + again_s)

    def _look(
        self,
        watched: Watched,
        paths: Mapping[str, PathReport] | None,
        *,
        is_silent: bool,
        at: datetime,
        mono: float,
    ) -> None:
        why_not = watched.why_not_looked_at
        if why_not:
            self._rest(watched, why_not, at)
            return
        if watched.belief.cause in causes.RESTING:
            watched.checked_mono = mono
            self._believe(watched, rest(watched.belief, causes.NOT_CHECKED, at=at), at)
        if paths is None:
            if is_silent and not watched.is_relayed:
                watched.is_pulled = True
                self.timetable.forget(watched.camera.id)
                self._believe(
                    watched,
                    hold(watched.belief, causes.MEDIA_SERVER, at=at, mono=mono, rules=self.rules),
                    at,
                )
            return
        report = paths.get(watched.camera.stream_key)
        reading = read(report, watched.memory, on_demand=watched.camera.on_demand, at=at, mono=mono)
        watched.is_pulled = reading.is_pulled and not (watched.is_relayed and report is None)
        if reading.look is not None:
            self._take_look(watched, reading.look)
        self._plan(watched, reading, at, mono)
        if mono - watched.checked_mono > self._stale_s(watched):
            self._believe(watched, rest(watched.belief, causes.NOT_CHECKED, at=at), at)

    def _stale_s(self, watched: Watched) -> float:
        is_dead = watched.belief.state is HealthState.DEAD
        return self.pace.stale_s + (self.timetable.cadence.dead_s if is_dead else 0.0)

    def _plan(self, watched: Watched, reading: Reading, at: datetime, mono: float) -> None:
        camera_id = watched.camera.id
        if watched.is_pulled or not watched.can_be_asked:
            self.timetable.forget(camera_id)
            return
        if reading.look is not None and reading.look.is_alive:
            due = mono + wait_s(watched.belief, self.timetable.cadence, random=self.random)
            self.timetable.plan(camera_id, watched.host, due)
        elif not self.timetable.is_planned(camera_id):
            due = mono + self._first_wait_s(watched)
            if reading.not_before_at is not None:
                due = max(due, mono + (reading.not_before_at - at).total_seconds())
            self.timetable.plan(camera_id, watched.host, due)

    def _first_wait_s(self, watched: Watched) -> float:
        """Spread over the cadence what is known from before; ask at once what is not."""
        is_known = watched.belief.state is not HealthState.UNKNOWN
        return self.timetable.cadence.calm_s * self.random() if is_known else 0.0

    def _take_look(self, watched: Watched, look: Look) -> None:
        was_up = watched.belief.state in UP or watched.belief.held_mono is not None
        self.outage.note(watched.camera.id, watched.host, look, was_up=was_up)
        if self.outage.is_on and look.cause in causes.OF_THE_NETWORK:
            held = hold(
                watched.belief, causes.OUR_NETWORK, at=look.at, mono=look.mono, rules=self.rules
            )
            self._believe(watched, held, look.at)
            return
        watched.checked_mono = look.mono
        self._believe(watched, step(watched.belief, look, self.rules), look.at)

    def _rest(self, watched: Watched, cause: str, at: datetime) -> None:
        self.timetable.forget(watched.camera.id)
        self._believe(watched, rest(watched.belief, cause, at=at), at)

    def _believe(self, watched: Watched, belief: Belief, at: datetime) -> None:
        before, watched.belief = watched.belief, belief
        if belief.state is before.state and belief.cause == before.cause:
            return
        if belief.state is not before.state:
            log.info(
                "camera_health_changed",
                camera=watched.camera.id,
                state=belief.state.value,
                was=before.state.value,
                cause=belief.cause,
            )
        self._note(watched, from_at=max(at, watched.span_at))

    def _note(self, watched: Watched, *, from_at: datetime | None) -> None:
        if from_at is not None:
            watched.span_at = from_at
        watched.written_mono = self.clock.mono_s()
        self.ledger.note(Change(watched.camera.id, watched.belief, from_at))

    def _refresh(self, mono: float) -> None:
        """Have "last checked" written now and then although nothing changes."""
        left = _MOST_REFRESHED
        for watched in self._watched.values():
            if mono - watched.written_mono < _REFRESHED_S:
                continue
            if watched.checked_mono <= watched.written_mono:
                continue
            self._note(watched, from_at=None)
            left -= 1
            if not left:
                return

    async def _load(self) -> None:
        known = await self.ledger.load()
        now_mono = self.clock.mono_s()
        for camera in self.catalogue.all():
            belief = known.pop(camera.id, None)
            if belief is None:
                self._begin(camera)
            else:
                self._watched[camera.id] = Watched.of(camera, belief, now_mono)
        for camera_id in known:
            self.ledger.let_go(camera_id)
        self._is_loaded = True

    def _begin(self, camera: Camera) -> None:
        at = self.clock.now()
        watched = Watched.of(camera, Belief(since_at=at), self.clock.mono_s())
        self._watched[camera.id] = watched
        self._note(watched, from_at=at)

    def _take_cameras(self) -> None:
        """Follow the catalogue: cameras that came, went, or have another source."""
        cameras = {camera.id: camera for camera in self.catalogue.all()}
        for camera_id in self._watched.keys() - cameras.keys():
            del self._watched[camera_id]
            self.timetable.forget(camera_id)
            self.ledger.let_go(camera_id)
        for camera_id, camera in cameras.items():
            watched = self._watched.get(camera_id)
            if watched is None:
                self._begin(camera)
            elif watched.camera is not camera:
                self._take_edited(watched, camera)
        self.prober.keep_only(set(cameras))

    def _take_edited(self, watched: Watched, camera: Camera) -> None:
        has_moved = (
            watched.camera.source != camera.source or watched.camera.stream_key != camera.stream_key
        )
        watched.take(camera)
        if has_moved:
            # What was believed is true of another source; so is a streak of `gone`.
            self.timetable.forget(camera.id)
            watched.memory.forget()
            watched.checked_mono = self.clock.mono_s()
            at = self.clock.now()
            self._believe(watched, Belief(since_at=max(at, watched.belief.since_at)), at)

    def _notice_sleep(self) -> None:
        now_mono, before = self.clock.mono_s(), self._ticked_mono
        self._ticked_mono = now_mono
        if before is None or now_mono - before < self.pace.every_s + self.pace.late_s:
            return
        at = self.clock.now()
        log.warning("health_sweep_late", late_s=round(now_mono - before - self.pace.every_s, 1))
        for watched in self._watched.values():
            held = hold(watched.belief, causes.SWEEP_LATE, at=at, mono=now_mono, rules=self.rules)
            self._believe(watched, held, at)
            watched.memory.forget()

    async def _paths(self) -> Mapping[str, PathReport] | None:
        try:
            async with asyncio.timeout(_PATHS_S):
                paths = await self.server.paths()
        except (Problem, TimeoutError):
            if self._answered_mono is None:
                self._answered_mono = self.clock.mono_s()
            return None
        self._answered_mono = self.clock.mono_s()
        return paths

    def _silent_s(self) -> float:
        answered = self._answered_mono
        return 0.0 if answered is None else self.clock.mono_s() - answered

    async def _grant_wishes(self) -> None:
        for camera_id in await self.ledger.take_wishes():
            watched = self._watched.get(camera_id)
            if watched is not None and watched.can_be_asked and not watched.is_pulled:
                self.timetable.plan(camera_id, watched.host, self.clock.mono_s())

    async def _alarm(self, kind: AlarmKind, *, is_on: bool) -> None:
        if self._told.get(kind) is is_on:
            return
        if is_on:
            is_written = await self.ledger.begin_alarm(kind, cameras=self._affected(kind))
        else:
            is_written = await self.ledger.end_alarm(kind)
        if is_written:
            self._told[kind] = is_on

    def _affected(self, kind: AlarmKind) -> int:
        is_server = kind is AlarmKind.MEDIA_SERVER
        return sum(
            not watched.why_not_looked_at and not (is_server and watched.is_relayed)
            for watched in self._watched.values()
        )
