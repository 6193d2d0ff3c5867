"""The list of cameras, and what is done with the ticked ones."""

import re

import pytest

from pantau.cameras.models import LiveState
from tests.admin.cameras import add_camera, remember
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio


async def names(person: Person) -> list[str]:
    return re.findall(r'class="t-name"><a [^>]*>([^<]+)</a>', person.page)


async def test_the_list_can_be_searched_also_by_the_host_of_the_address(
    house: AdminHouse, rini: Person
) -> None:
    await add_camera(house, "Alun-Alun", "rtsp://u:p@10.0.0.7/a", location="Jl. Merdeka")
    await add_camera(house, "Pasar Wetan", "rtsp://u:p@10.0.0.8/a")
    await rini.get("/admin/cameras")
    assert await names(rini) == ["Alun-Alun", "Pasar Wetan"]
    for search in ("merdeka", "alun", "10.0.0.7"):
        await rini.get(f"/admin/cameras?q={search}")
        assert await names(rini) == ["Alun-Alun"], search
    await rini.get("/admin/cameras?q=zzz")
    assert "No camera fits" in rini.text
