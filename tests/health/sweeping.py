"""A sweep over cameras whose media server and probes say what the test wants."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pantau.cameras.models import Camera, CameraSource, HealthState
from pantau.cameras.service import Catalogue
from pantau.core.errors import Unavailable
from pantau.core.ids import CameraId
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from pantau.health import alarm_rows, repository
from pantau.health.ledger import Ledger
from pantau.health.probing.answers import ALIVE, ProbeAnswer, Question
from pantau.health.sweep import Sweep, SweepNote
from pantau.health.values import Alarm, Span
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A `health.evidence.PathReport`."""

    ready: bool = True
    inbound_bytes: int = 0
    readers: int = 0
    state: str = "live"
    cause: str | None = None
    next_attempt_at: datetime | None = None
    last_picture_at: datetime | None = None
    sessions_opened: int = 1
    picture: str = "ok"


IDLE = Path(state="idle", ready=False)


def at_host(number: int, host: str = "", **changes: Any) -> Camera:
    url = f"rtsp://{host or f'10.0.{number}.1'}:554/live"
    return camera(number, source=CameraSource(url, trusted=True), **changes)


@dataclass(slots=True)
class Cameras:
    """What probes find: scripted answers, `ALIVE` where nothing is said."""

    answers: dict[CameraId, ProbeAnswer] = field(default_factory=dict)
    asked: list[CameraId] = field(default_factory=list)

    silent: dict[CameraId, asyncio.Event] = field(default_factory=dict)
    """Those whose probe never ends, though it promises to, until the event is set."""
    known: set[CameraId] = field(default_factory=set)

    async def ask(self, question: Question) -> ProbeAnswer:
        if question.camera_id in self.silent:
            await self.silent[question.camera_id].wait()
        self.asked.append(question.camera_id)
        return self.answers.get(question.camera_id, ALIVE)

    def keep_only(self, known: set[CameraId]) -> None:
        self.known = known

    async def close(self) -> None: ...


class House:
    """Everything, on a clock wound by hand."""

    def __init__(
        self, database: Database, *cameras: Camera, clock: HandWoundClock | None = None
    ) -> None:
        self.clock = clock or HandWoundClock()
        self.database = database
        self.catalogue = Catalogue(cameras or (at_host(1),), clock=self.clock)
        self.paths_now: dict[int, Path] | None = {}
        self.growing: set[int] = set()
        self.bytes = 0
        self.cameras = Cameras()
        self.notes: list[SweepNote] = []
        self.supervisor = Supervisor(self.clock)
        self.sweep = self.new_sweep()

    def new_sweep(self) -> Sweep:
        return Sweep(
            catalogue=self.catalogue,
            server=self,
            prober=self.cameras,
            ledger=Ledger(self.database, clock=self.clock),
            clock=self.clock,
            spawn=self.supervisor.spawn,
            on_sweep=self.notes.append,
            random=random.Random(7).random,
        )

    async def paths(self) -> Mapping[str, Path]:
        if self.paths_now is None:
            raise Unavailable("media_server.unreachable", "away")
        self.bytes += 1_000
        live = {number: Path(inbound_bytes=self.bytes) for number in self.growing}
        return {key_of(number): path for number, path in (self.paths_now | live).items()}

    async def pass_s(self, duration_s: float) -> None:
        """Let time pass: sweeps every five seconds, probes four times a second."""
        for _ in range(round(duration_s / 5)):
            for _ in range(4):
                self.sweep.ask_due()
                await self.clock.advance(1.25)
            await self.sweep.tick()

    def state(self, number: int = 1) -> HealthState:
        belief = self.sweep.belief(CameraId(number))
        assert belief is not None
        return belief.state

    def cause(self, number: int = 1) -> str:
        belief = self.sweep.belief(CameraId(number))
        assert belief is not None
        return belief.cause

    async def spans(self, number: int = 1) -> list[Span]:
        async with self.database.read() as reading:
            return await repository.spans(
                reading,
                from_at=START - timedelta(days=900),
                until_at=START + timedelta(days=900),
                camera_id=CameraId(number),
            )

    async def alarms(self) -> list[Alarm]:
        async with self.database.read() as reading:
            return await alarm_rows.newest(reading, limit=100)
