"""The media server in the admin: how it stands in plain words, and comparing it at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pantau.cameras.models import CameraSource
from pantau.core.supervisor import Service, Supervisor
from pantau.streaming.media_reporting import MediaReporting
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler
from tests.admin.house import AdminHouse
from tests.admin.person import Person
from tests.streaming.paths_in_memory import PathsInMemory
from tests.streaming.worked import have_worked
from tests.support.cameras import camera, key_of

pytestmark = pytest.mark.anyio

PAGE = "/admin/media-server"


@asynccontextmanager
async def worker(house: AdminHouse, folder: Path, server: PathsInMemory) -> AsyncIterator[None]:
    """Have a worker answer; it compares whenever somebody asks."""
    house.catalogue.replace(
        [
            camera(1, name="Simpang Lima"),
            camera(2, name="Pasar"),
            camera(3, name="Test", source=CameraSource("testcard:", trusted=True)),
        ]
    )
    reporting = MediaReporting(house.database, house.clock)
    reconciler = Reconciler(
        server=server,
        catalogue=house.catalogue,
        owned=OwnedPaths(folder / "paths.json"),
        clock=house.clock,
    )
    await have_worked(house.database, house.clock)
    supervisor = Supervisor(house.clock)
    supervisor.add(Service("keep", reporting.keep))
    supervisor.add(Service("answer", lambda: reporting.answer(reconciler)))
    try:
        yield
    finally:
        await supervisor.stop(deadline_s=10)


async def compare(person: Person, **fields: object) -> None:
    await person.get(PAGE)
    await person.send(f"{PAGE}/compare", fields)


async def test_before_any_worker_ran_the_page_says_so(rini: Person) -> None:
    await rini.get(PAGE)
    assert "No report yet" in rini.text


async def test_differences_are_told_in_words_with_the_names_of_cameras(
    house: AdminHouse, rini: Person, tmp_path: Path
) -> None:
    server = PathsInMemory()
    server.confs["somebody/else"] = {"source": "publisher"}
    async with worker(house, tmp_path, server):
        await compare(rini)
        assert "3 paths were corrected." in rini.text
        server.confs[key_of(1)] |= {
            "source": "rtsp://root:geheim@10.9.9.9/old",
            "rtspTransport": "udp",
            "pantauDelay": "9s",
        }
        server.refuses = {key_of(2)}
        await compare(rini, force="1")
    assert "1 path could not be set up." in rini.text
    assert "Pasar" in rini.text
    assert "The path was set up differently." in rini.text
    assert "address, transport, delay" in rini.text
    assert 'href="/admin/cameras/1">Simpang Lima</a>' in rini.page
    assert "Pantau's own" in rini.text
    assert "2 of 3" in rini.text
    assert "1 path belongs to somebody else" in rini.text
    assert "somebody/else" in rini.text
    for secret in ("geheim", "10.9.9.9", "10.0.0.1", "rtsp://"):
        assert secret not in rini.page


async def test_a_foreign_server_is_told_with_what_it_cannot_do(
    house: AdminHouse, rini: Person, tmp_path: Path
) -> None:
    server = PathsInMemory(version=None, started_at=None)
    async with worker(house, tmp_path, server):
        await compare(rini)
    assert "MediaMTX" in rini.text
    assert "does not say" in rini.text
    assert "This media server cannot pull this kind of source." in rini.text


async def test_server_that_is_away_is_told_with_its_cause(
    house: AdminHouse, rini: Person, tmp_path: Path
) -> None:
    server = PathsInMemory(lost=True)
    async with worker(house, tmp_path, server):
        await compare(rini)
    assert "away" in rini.text


async def test_worker_that_fell_silent_is_told(
    house: AdminHouse, rini: Person, tmp_path: Path
) -> None:
    async with worker(house, tmp_path, PathsInMemory()):
        await compare(rini)
        assert "3 paths were corrected." in rini.text
    house.clock.wind(120)
    await rini.get(PAGE)
    assert "The worker has not been heard of since" in rini.text
