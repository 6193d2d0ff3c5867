"""The hub's own client and reconciler against a media server: what they want really happens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.streaming.media_server import MediaServerClient
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep
from tests.contract.conftest import Subject
from tests.contract.server import MediaServer
from tests.support.cameras import camera

pytestmark = pytest.mark.anyio

SOURCE = "rtsp://127.0.0.1:9/nobody"


@pytest.fixture
async def client(anyio_backend: str, subject: Subject) -> AsyncIterator[MediaServerClient]:
    async with MediaServerClient(base_url=subject.api, call_timeout_s=45) as client:
        yield client


async def is_there(client: MediaServerClient) -> bool:
    try:
        await client.info()
    except Unavailable:
        return False
    return True


class Hub:
    """Cameras that nobody answers for, under names of their own."""

    def __init__(self, client: MediaServerClient, server: MediaServer, folder: Path) -> None:
        self._server = server
        self._prefix = server.new_name("hub")
        self.catalogue = Catalogue([], clock=SystemClock())
        self.reconciler = Reconciler(
            server=client,
            catalogue=self.catalogue,
            owned=OwnedPaths(folder / "paths.json"),
            clock=SystemClock(),
        )

    def key(self, number: int) -> str:
        return f"{self._prefix}-{number:03d}"

    def one(self, number: int, **changes: Any) -> Camera:
        values = {"stream_key": self.key(number), "url": SOURCE, **changes}
        return camera(number, **values)

    async def sweep(self, *cameras: Camera) -> Sweep:
        self.catalogue.replace(cameras)
        return await self.reconciler.sweep()


@pytest.fixture
async def hub(client: MediaServerClient, server: MediaServer, tmp_path: Path) -> AsyncIterator[Hub]:
    hub = Hub(client, server, tmp_path)
    yield hub
    await hub.sweep()


async def test_cameras_are_added_changed_and_deleted(hub: Hub, client: MediaServerClient) -> None:
    first = await hub.sweep(hub.one(1), hub.one(2))
    assert (first.failed, first.deleted) == ({}, ())
    assert set(first.put) == {hub.key(1), hub.key(2)}
    again = await hub.sweep(hub.one(1), hub.one(2))
    assert (again.put, again.deleted, again.unchanged) == ((), (), 2)
    other = CameraSource("rtsp://127.0.0.1:9/other", transport="tcp", tls_fingerprint="ab" * 32)
    changed = await hub.sweep(hub.one(1, source=other, on_demand=False), hub.one(2))
    assert changed.put == (hub.key(1),)
    assert set(changed.corrections[0].keys) >= {"source", "rtspTransport", "sourceOnDemand"}
    conf = (await client.config_paths())[hub.key(1)]
    assert (conf["source"], conf["rtspTransport"], conf["sourceOnDemand"]) == (
        "rtsp://127.0.0.1:9/other",
        "tcp",
        False,
    )
    gone = await hub.sweep(hub.one(2))
    assert gone.deleted == (hub.key(1),)
    with pytest.raises(NotFound):
        await client.path(hub.key(1))


async def test_two_hundred_and_fifty_cameras_are_all_seen(
    hub: Hub, client: MediaServerClient
) -> None:
    # Lesson M06: who reads page one loses every camera after the hundredth, again and again.
    cameras = [hub.one(number) for number in range(1, 251)]
    assert len((await hub.sweep(*cameras)).put) == 250
    again = await hub.sweep(*cameras)
    assert (again.put, again.unchanged) == ((), 250)
    assert {each.stream_key for each in cameras} <= (await client.paths()).keys()


async def test_paths_of_others_stay(
    hub: Hub, client: MediaServerClient, server: MediaServer
) -> None:
    foreign = server.new_name("somebody")
    server.change("POST", "add", foreign, {"source": "publisher", "maxReaders": 3})
    sweep = await hub.sweep(hub.one(1))
    assert foreign in sweep.foreign
    assert hub.key(1) not in sweep.foreign
    await hub.sweep()
    assert (await client.config_paths())[foreign]["maxReaders"] == 3


async def test_refused_camera_does_not_stop_the_others(hub: Hub) -> None:
    nonsense = CameraSource("rtsp://127.0.0.1:9/x", transport="pigeon")
    sweep = await hub.sweep(hub.one(1, source=nonsense), hub.one(2))
    assert sweep.put == (hub.key(2),)
    assert sweep.failed[hub.key(1)].code == "media_server.refused"
    assert "127.0.0.1" not in repr(sweep.failed)


async def test_key_that_the_server_does_not_know_is_refused_by_name(
    client: MediaServerClient, server: MediaServer
) -> None:
    name = server.new_name()
    with pytest.raises(Invalid) as caught:
        await client.replace(name, {"source": SOURCE, "pigeonPost": True})
    assert "pigeonPost" in caught.value.sentence
    assert name not in await client.config_paths()


async def test_server_that_was_restarted_is_whole_at_the_next_look(
    hub: Hub, client: MediaServerClient, subject: Subject
) -> None:
    if subject.restart is None:
        pytest.skip("nobody told how to restart it")
    await hub.sweep(hub.one(1), hub.one(2))
    assert await hub.reconciler.look_if_reachable() is not None
    subject.restart()
    async with asyncio.timeout(45):
        while True:
            if await is_there(client):
                break
            await asyncio.sleep(0.05)
    sweep = await hub.reconciler.look_if_reachable()
    assert sweep is not None
    assert set(sweep.put) == {hub.key(1), hub.key(2)}
    assert (await hub.sweep(hub.one(1), hub.one(2))).unchanged == 2


async def test_version_is_told_or_unknown(client: MediaServerClient, server: MediaServer) -> None:
    info = await client.info()
    is_told = server.call("GET", "info").status == 200
    assert (info.version is not None, info.started_at is not None) == (is_told, is_told)
    assert await client.version() == info.version


async def test_readers_are_listed_whatever_the_server_has_of_lists(
    client: MediaServerClient,
) -> None:
    for listed_as in ("hlssessions", "rtspsessions", "nonsense"):
        assert await client.addresses(listed_as) == {}
