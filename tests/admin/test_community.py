"""The inbox, announcements and notices as operators work with them, on the whole web process."""

from pathlib import Path

import pytest

from pantau.core.ids import AreaId
from pantau.db.place import Place
from tests.safety.house import House, open_house
from tests.support.database import opened
from tests.support.hub import Hub

pytestmark = pytest.mark.anyio

XSS = "<script>alert(1)</script>"


async def page(house: House, path: str, token: str) -> str:
    told = await house.ask("GET", path, cookie=token, accept="text/html")
    assert told.status == 200, (path, told.status)
    assert XSS not in told.text
    return told.text


async def test_operators_work_through_what_visitors_wrote(
    tmp_path: Path, sqlite_place: Place
) -> None:
    async with opened(sqlite_place) as database:
        hub = Hub(database, tmp_path)
        await hub.add_area(1, "Wanasari")
        await hub.add_camera(1, name=f"Simpang {XSS}", area_id=AreaId(1))
    async with open_house(tmp_path, sqlite_place) as house:
        await house.add_user("rini", "admin")
        token = (await house.sign_in("rini")).access_token
        assert "Belum ada masukan" in await page(house, "/admin/feedback?lang=id", token)
        for category in ("idea", "privacy", "place"):
            body = {
                "message": f"Tolong periksa {category} {XSS}",
                "category": category,
                "email": "ani@contoh.id",
                "camera_id": 1,
                "incident_at": "2026-01-02T03:04:05Z",
            }
            assert (await house.ask("POST", "/api/feedback", json=body)).status == 201
        listed = await page(house, "/admin/feedback?queue=all", token)
        order = [listed.index(f"periksa {each}") for each in ("privacy", "place", "idea")]
        assert order == sorted(order)
        one = await page(house, "/admin/feedback/2", token)
        assert 'href="/rekaman/1-camera-1?t=2026-01-02T03:04:05Z"' in one
        assert 'href="/admin/cameras/1#cut-off"' in one
        for path in (
            "/admin/feedback?queue=spam",
            "/admin/feedback?queue=privacy&page=9",
            "/admin/feedback/2/delete",
            "/admin/announcements",
            "/admin/announcements/new",
            "/admin/camera-notices",
            "/admin/camera-notices/areas/1",
            "/admin/cameras/1/notice",
        ):
            await page(house, path, token)
        body = {"title_id": f"Ditutup {XSS}", "text_id": XSS, "link": "https://contoh.id/"}
        added = await house.ask("POST", "/api/announcements", json=body, cookie=token)
        assert added.status == 201
        number = added.json["data"]["id"]
        await page(house, "/admin/announcements", token)
        await page(house, f"/admin/announcements/{number}", token)
        await page(house, f"/admin/announcements/{number}/delete", token)
