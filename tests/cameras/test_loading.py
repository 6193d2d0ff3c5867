"""The catalogue of every process says what the database says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.app.cameras import catalogue_from
from pantau.cameras.capabilities import Player
from pantau.cameras.carriers import is_opened_by_the_web
from pantau.cameras.loading import CatalogueLoader
from pantau.cameras.models import CameraSource
from pantau.cameras.service import Catalogue
from pantau.cameras.synchronising import Wanted
from pantau.core.sealing import Sealer
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from tests.cameras.desk import open_desk
from tests.support.cameras import SECRET_URL
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub, table
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def catalogue(database: Database, sealer: Sealer | None) -> AsyncIterator[Catalogue]:
    clock = HandWoundClock()
    supervisor = Supervisor(clock)
    yield await catalogue_from(database, sealer, clock=clock, supervisor=supervisor)
    await supervisor.stop(deadline_s=1)


async def test_committed_change_is_in_the_catalogue(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate", area="Kalitidu"))
    async with catalogue(database, hub.sealer) as cameras:
        told: list[int] = []
        cameras.on_change(lambda: told.append(cameras.version))
        assert [camera.name for camera in cameras.enabled()] == ["Gate"]
        await hub.synchronise(table("Gate", area="Kalitidu"), table("Yard"))
        await until(lambda: len(cameras.enabled()) == 2)
        await hub.synchronise(table("Gate", enabled=False), table("Yard"))
        await until(lambda: [camera.name for camera in cameras.enabled()] == ["Yard"])
        assert len(cameras.all()) == 2
        await hub.synchronise()
        await until(lambda: cameras.all() == [])
        assert len(told) == 3


async def test_renamed_area_is_in_the_catalogue(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    area = await hub.add_area(4, "Kalitidu", kecamatan="K", rw="03")
    await hub.add_camera(1, area_id=area.id)
    async with catalogue(database, None) as cameras:
        face = cameras.public()[0]
        assert (face.area_name, face.place.kecamatan, face.place.rw) == ("Kalitidu", "K", "03")
        async with database.write() as writing:
            await writing.session.execute(text("UPDATE areas SET name = 'Kalirejo'"))
            writing.changed("areas")
        await until(lambda: cameras.public()[0].area_name == "Kalirejo")


async def test_what_nobody_can_play_is_known_without_its_address(
    database: Database, tmp_path: Path
) -> None:
    desk = await open_desk(database, tmp_path)
    owners = table("Yard", source="wss://town.example.org/ws/8")
    await desk.hub.synchronise(owners)
    assert (await desk.hub.configured.synchronise([Wanted(owners, "settings")])).is_empty
    gate = await desk.add("Gate", "ws://town.example.org/ws/7")
    async with catalogue(database, None) as cameras:
        assert {face.name: face.player for face in cameras.public()} == {
            "Gate": Player.NONE,
            "Yard": Player.NONE,
        }
        await desk.change(gate.camera.id, address="rtsp://10.0.0.1/live")
        await until(lambda: cameras.public()[-1].player is Player.HLS)


async def test_change_that_concerns_no_camera_tells_nobody(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_camera(1)
    async with catalogue(database, None) as cameras:
        told: list[int] = []
        cameras.on_change(lambda: told.append(cameras.version))
        await hub.add_area(1, "Kalitidu")
        await hub.add_camera(2)
        await until(lambda: len(cameras.all()) == 2)
        assert len(told) == 1


async def test_process_that_opens_no_camera_holds_no_address(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_camera(1, url=SECRET_URL)
    async with catalogue(database, None) as web, catalogue(database, hub.sealer) as worker:
        assert [camera.source.url for camera in web.all()] == [""]
        assert [camera.source.url for camera in worker.all()] == [SECRET_URL]
        assert len(web.enabled()) == 1


async def test_a_web_process_knows_only_the_addresses_that_it_relays_or_frames(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    sources = {
        1: CameraSource(SECRET_URL),
        2: CameraSource("https://owner.example/a.m3u8", kind="hls", relay=True),
        3: CameraSource("https://owner.example/a.m3u8", kind="hls"),
        4: CameraSource("https://owner.example/", kind="embed"),
        5: CameraSource("wss://owner.example/", kind="mpegts_ws"),
        6: CameraSource("https://owner.example/a.m3u8", relay=True),
    }
    for number, source in sources.items():
        await hub.add_camera(number, source=source)
    supervisor = Supervisor(HandWoundClock())
    web = await catalogue_from(
        database,
        hub.sealer,
        clock=HandWoundClock(),
        supervisor=supervisor,
        opens=is_opened_by_the_web,
    )
    await supervisor.stop(deadline_s=1)
    known = {int(camera.id) for camera in web.all() if camera.source.url}
    assert known == {2, 4, 6}
    assert len(web.enabled()) == 6


async def test_a_framed_camera_whose_address_cannot_be_read_is_out_of_operation(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_camera(1, source=CameraSource("https://owner.example/", kind="embed"))
    await hub.add_camera(2)
    async with database.write() as writing:
        await writing.session.execute(text("UPDATE cameras SET source_sealed = 'lost'"))
    loader = CatalogueLoader(database, hub.sealer, opens=is_opened_by_the_web)
    assert [camera.id for camera in (await loader.load(HandWoundClock())).enabled()] == [2]


async def test_camera_whose_address_cannot_be_read_is_not_opened(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_camera(1)
    await hub.add_camera(2)
    async with database.write() as writing:
        statement = "UPDATE cameras SET source_sealed = 'lost' WHERE id = 1"
        await writing.session.execute(text(statement))
    async with catalogue(database, hub.sealer) as worker:
        assert [camera.id for camera in worker.enabled()] == [2]
        assert len(worker.all()) == 2
