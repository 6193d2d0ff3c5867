"""Areas as the public reads them: whole, in order, and right after every change."""

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.areas.public import FILTERS, PUBLIC, area_routes
from pantau.areas.repository import update_areas
from pantau.areas.service import AreaService
from pantau.cameras.area_rows import CamerasInAreas
from pantau.cameras.repository import update_cameras
from pantau.core.clock import always
from pantau.db.database import Database
from pantau.web.exchange import Reply
from pantau.web.response_cache import ResponseCache
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub, response_cache, table
from tests.support.requests import hot

pytestmark = pytest.mark.anyio


class Public:
    """What visitors of the two addresses get."""

    def __init__(self, database: Database, cache: ResponseCache) -> None:
        cameras = CamerasInAreas(HandWoundClock(), always(ZoneInfo("Asia/Jakarta")))
        service = AreaService(database, count_cameras=cameras.public)
        self._routes = area_routes(service, cache)

    async def get(self, path: str) -> tuple[str, Any]:
        answer = self._routes[path].handler(hot(path))
        reply = await answer if inspect.isawaitable(answer) else answer
        assert isinstance(reply, Reply)
        assert reply.status == 200
        return dict(reply.headers)[b"x-cache"].decode(), json.loads(reply.body)

    async def counts(self) -> dict[str, int]:
        _, body = await self.get(PUBLIC)
        return {area["name"]: area["camera_count"] for area in body["data"]}


async def test_every_field_of_an_area_is_kept_and_told(database: Database, tmp_path: Path) -> None:
    # Defect 31: the reference dropped all of them but name and description.
    hub = Hub(database, tmp_path)
    fields = {
        "description": "Sisi utara",
        "rt": "01",
        "rw": "03",
        "kelurahan": "Kalitidu",
        "kecamatan": "Kalitidu",
        "latitude": -7.12,
        "longitude": 111.7,
    }
    await hub.add_area(4, "Pasar", **fields)
    async with response_cache(hub) as cache:
        _, body = await Public(database, cache).get(PUBLIC)
    assert body == {
        "success": True,
        "data": [
            {
                "id": 4,
                "name": "Pasar",
                **fields,
                "created_at": "2026-03-01T08:00:00Z",
                "camera_count": 0,
            }
        ],
    }


async def test_null_stays_null(database: Database, tmp_path: Path) -> None:
    # Defect 31: null coordinates became 0.0, a place in the sea.
    hub = Hub(database, tmp_path)
    await hub.add_area(4, "Pasar")
    async with response_cache(hub) as cache:
        _, body = await Public(database, cache).get(PUBLIC)
    assert (body["data"][0]["latitude"], body["data"][0]["rt"]) == (None, None)


async def test_areas_are_in_the_order_of_the_hierarchy(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    places: list[tuple[str | None, ...]] = [
        ("b", "z", None, None),
        ("a", "y", "2", None),
        (None, "x", None, None),
        ("a", "y", "1", "2"),
        ("a", "y", "1", None),
        ("a", None, None, None),
    ]
    for number, (kecamatan, kelurahan, rw, rt) in enumerate(places, start=1):
        await hub.add_area(
            number, f"Area {number}", kecamatan=kecamatan, kelurahan=kelurahan, rw=rw, rt=rt
        )
    async with response_cache(hub) as cache:
        _, body = await Public(database, cache).get(PUBLIC)
    assert [area["id"] for area in body["data"]] == [3, 6, 5, 4, 2, 1]


async def test_number_of_cameras_is_right_after_every_change(
    database: Database, tmp_path: Path
) -> None:
    # Defect 66: the reference told the old number for up to five minutes.
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate", area="A"), table("Yard", area="A"), table("Roof", area="B"))
    async with response_cache(hub) as cache:
        public = Public(database, cache)
        assert await public.counts() == {"A": 2, "B": 1}
        assert (await public.get(PUBLIC))[0] == "HIT"
        hidden = (await hub.cameras())["Yard"]
        hidden = replace(hidden, camera=replace(hidden.camera, enabled=False))
        async with database.write() as writing:
            await update_cameras(writing, [hidden], sealer=hub.sealer)
        assert await public.counts() == {"A": 1, "B": 1}
        await hub.synchronise(table("Gate", area="A"))
        assert await public.counts() == {"A": 1}
        area_id = (await hub.cameras())["Gate"].camera.area_id
        await hub.add_camera(9, area_id=area_id)
        await hub.synchronise()
        assert await public.counts() == {"A": 1}


async def test_renamed_area_is_told_at_once(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    area = await hub.add_area(1, "Pasar", kecamatan="K", kelurahan="L", rw="1")
    async with response_cache(hub) as cache:
        public = Public(database, cache)
        await public.get(PUBLIC)
        await public.get(FILTERS)
        async with database.write() as writing:
            await update_areas(writing, [replace(area, name="Pasar Baru", kecamatan=None)])
        assert await public.counts() == {"Pasar Baru": 0}
        _, body = await public.get(FILTERS)
    assert body["data"] == {
        "kecamatans": [],
        "kelurahans": [{"kelurahan": "L", "kecamatan": None}],
        "rws": [{"rw": "1", "kelurahan": "L", "kecamatan": None}],
    }


async def test_filters_name_each_part_once_in_order(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_area(1, "One", kecamatan="B", kelurahan="Y", rw="2")
    await hub.add_area(2, "Two", kecamatan="A", kelurahan="Z", rw="1")
    await hub.add_area(3, "Three", kecamatan="B", kelurahan="Y", rw="2")
    await hub.add_area(4, "Four", kecamatan="", kelurahan=None)
    async with response_cache(hub) as cache:
        _, body = await Public(database, cache).get(FILTERS)
    assert body["data"] == {
        "kecamatans": ["A", "B"],
        "kelurahans": [
            {"kelurahan": "Z", "kecamatan": "A"},
            {"kelurahan": "Y", "kecamatan": "B"},
        ],
        "rws": [
            {"rw": "1", "kelurahan": "Z", "kecamatan": "A"},
            {"rw": "2", "kelurahan": "Y", "kecamatan": "B"},
        ],
    }
