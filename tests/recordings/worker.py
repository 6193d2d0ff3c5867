"""A worker's control of recorders, with a media server that says what a test wants it to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.errors import Invalid, Unavailable
from pantau.db.database import Database
from pantau.recordings import recorder_rows
from pantau.recordings.control import Control
from pantau.recordings.recorders import (
    Command,
    CommandAction,
    RecorderState,
    Restart,
)
from pantau.recordings.wishes import Obstacle, no_obstacle
from tests.support.cameras import camera as a_camera
from tests.support.clock import HandWoundClock

JAKARTA = ZoneInfo("Asia/Jakarta")


@dataclass
class Path:
    """What a media server says of a path."""

    ready: bool = True
    tells_recorder: bool = True
    recorder: Mapping[str, Any] | None = None


@dataclass
class Server:
    """A media server that says what a test wants it to."""

    said: dict[str, Path] = field(default_factory=dict)
    is_silent: bool = False
    refuses: bool = False
    restarted: list[str] = field(default_factory=list)

    async def paths(self) -> Mapping[str, Path]:
        if self.is_silent:
            raise Unavailable("media_server.silent", "The media server does not answer in time.")
        return dict(self.said)

    async def restart_recorder(self, name: str) -> None:
        self.restarted.append(name)
        if self.refuses:
            raise Invalid("media_server.refused", "path is not recorded")


def camera(number: int = 1, **more: Any) -> Camera:
    return a_camera(number, **{"stream_key": f"key-{number}", "recorded": True, **more})


def recording(clock: HandWoundClock, **more: Any) -> dict[str, Any]:
    """What a recorder says that writes."""
    now_ms = int(clock.unix_s() * 1000)
    return {
        "state": "recording",
        "cause": None,
        "openStartMs": now_ms - 5_000,
        "lastFragmentAt": clock.now().isoformat(),
        "closed": 0,
        "lastClosedStartMs": None,
        "lastClosedEndMs": None,
        "bytesPerSecond": 250_000,
        **more,
    }


@dataclass
class House:
    """A worker's control with everything around it."""

    database: Database
    clock: HandWoundClock
    server: Server
    catalogue: Catalogue
    control: Control

    async def state(self, number: int = 1) -> RecorderState | None:
        async with self.database.read() as reading:
            return (await recorder_rows.all_states(reading)).get(number)

    async def status(self) -> tuple[str, str]:
        await self.control.step()
        state = await self.state()
        assert state is not None
        return state.status.value, state.cause

    async def restarts(self) -> list[Restart]:
        async with self.database.read() as reading:
            return await recorder_rows.restarts(reading, limit=1_000)

    async def ask(self, action: CommandAction, number: int = 1) -> int:
        async with self.database.write() as writing:
            return await recorder_rows.add_command(
                writing, number, action, "somebody", at=self.clock.now()
            )

    async def answer(self, number: int) -> Command:
        async with self.database.read() as reading:
            command = await recorder_rows.command(reading, number)
        assert command is not None
        return command

    async def go_on(self, duration_s: float, step_s: float = 5.0) -> None:
        for _ in range(int(duration_s / step_s)):
            await self.clock.advance(step_s)
            await self.control.step()


@asynccontextmanager
async def house(
    database: Database, *cameras: Camera, obstacle: Obstacle = no_obstacle
) -> AsyncIterator[House]:
    clock, server = HandWoundClock(), Server()
    catalogue = Catalogue(cameras or (camera(),), clock=clock)
    control = Control(
        database,
        catalogue=catalogue,
        server=server,
        clock=clock,
        zone=always(JAKARTA),
        obstacle=obstacle,
    )
    await control.load()
    yield House(database, clock, server, catalogue, control)
