"""Our engine beside a MediaMTX: it reads what is to be recorded there, and says what is wrong."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pantau.app.recording_beside import OurEngine, recorders_of
from pantau.cameras.models import CameraSource
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.demo.behaviour import Behaviour, Login
from pantau.media.archive.orders import RecordRules
from pantau.mediaserver.process import SHARD_COMMAND
from pantau.mediaserver.sockets import API_SOCKET
from pantau.recordings import recorders
from pantau.settings import Settings
from pantau.streaming.desired_paths import RecordWish
from pantau.streaming.media_server import MediaServerClient, ServerInfo
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep
from tests.mediaserver.running import media_server, shards_of
from tests.support.cameras import camera, key_of
from tests.support.farm import FarmInThread
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.anyio

THEIRS = Behaviour(login=Login(user="hub", password="s3c ret"))
"""The RTSP side of a MediaMTX wants a login here."""


@dataclass
class Beside:
    """Our engine, what it is told, and the RTSP side that it reads from."""

    theirs: FarmInThread
    engine: OurEngine
    reconciler: Reconciler
    wanted: set[int]

    async def recorder(self) -> Mapping[str, Any]:
        path = (await self.engine.paths()).get(key_of(1))
        return {} if path is None or path.recorder is None else path.recorder

    async def until_recorder(self, **wanted: object) -> None:
        """Wait until what is said of the recorder of the first camera is as wanted."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if _holds(await self.recorder(), wanted):
                    return
                await asyncio.sleep(0.05)

    async def read_as(self, password: str) -> None:
        """Have our engine read with this password from here on."""
        address = self.theirs.url("", user="hub", password=password)
        self.reconciler.recorded_from = address.rstrip("/")
        self.reconciler.catalogue.replace([camera(1), camera(2)])
        await self.reconciler.sweep()


def _holds(said: Mapping[str, Any], wanted: Mapping[str, object]) -> bool:
    return bool(said) and all(said.get(key) == value for key, value in wanted.items())


@asynccontextmanager
async def beside(folder: Path) -> AsyncIterator[Beside]:
    wanted: set[int] = {1}
    rules = RecordRules((folder,), segment_s=60, sync_s=1.0, reserve_bytes=2**20)
    with FarmInThread() as theirs:
        theirs.add(key_of(1), behaviour=THEIRS)
        async with (
            media_server(shard_command=SHARD_COMMAND, recording=rules, least_shards=0) as server,
            MediaServerClient(unix_socket=str(server.folder / API_SOCKET)) as client,
        ):
            reconciler = Reconciler(
                server=client,
                catalogue=Catalogue([camera(1), camera(2)], clock=SystemClock()),
                owned=OwnedPaths(server.folder / "owned.json"),
                clock=SystemClock(),
                record=lambda one: RecordWish() if one.id in wanted else None,
                recorded_from=theirs.url("").rstrip("/"),
            )
            yield Beside(theirs, OurEngine(client), reconciler, wanted)


async def test_it_records_from_there_and_recovers_by_itself(tmp_path: Path) -> None:
    async with beside(tmp_path) as hub:
        await hub.read_as("wrong")
        await hub.until_recorder(state="waiting", cause=recorders.THEIRS_REFUSES)
        await hub.read_as("s3c ret")
        await hub.until_recorder(state="recording", cause=None)
        assert (await hub.engine.paths()).keys() == {key_of(1)}
        assert len(shards_of()) == 1
        hub.theirs.die()
        await hub.until_recorder(state="waiting", cause=recorders.THEIRS_UNREACHABLE)
        hub.theirs.come_back()
        await hub.until_recorder(state="recording", cause=None)
        assert hub.theirs.sessions_most(key_of(1)) == 1
        hub.wanted.clear()
        await hub.reconciler.sweep()
        assert not await hub.engine.paths()


OURS, FOREIGN = (Sweep(server=ServerInfo(told, None)) for told in ("v1.20.0-pantau.1", "v1.15.3"))
PULLED, OTHER = camera(1), camera(2, source=CameraSource("http://10.0.0.1/x", kind="mjpeg"))


@pytest.mark.parametrize(
    ("rtsp_url", "sweep", "expected"),
    [
        ("", None, ("", "")),
        ("", OURS, ("", "")),
        ("", FOREIGN, (recorders.NO_RTSP_URL, recorders.NO_RTSP_URL)),
        ("rtsp://127.0.0.1:9", None, ("", "")),
        ("rtsp://127.0.0.1:9", FOREIGN, ("", recorders.THEIRS_CANNOT)),
    ],
)
async def test_what_cannot_be_recorded_beside_another_server(
    tmp_path: Path, rtsp_url: str, sweep: Sweep | None, expected: tuple[str, str]
) -> None:
    media = {"api_url": "http://127.0.0.1:9", "hls_url": "http://127.0.0.1:9", "rtsp_url": rtsp_url}
    settings = Settings(data_dir=tmp_path, media=media)
    async with AsyncExitStack() as closing:
        theirs = MediaServerClient(base_url=settings.media.api_url)
        found = recorders_of(settings, theirs, closing)
        found.noting(lambda _: None)(sweep)
        assert (found.obstacle(PULLED), found.obstacle(OTHER)) == expected
        # Two servers that record one camera would write into one folder.
        asks = found.asked_of_shown(lambda _: RecordWish())(PULLED) is not None
        assert asks is (not rtsp_url)
