"""The list of cameras, and what is done with the ticked ones."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.cameras.changes import CameraChange, CutOffOrder
from pantau.cameras.decisions import Visibility
from pantau.cameras.models import LiveState
from pantau.core.errors import NotFound
from pantau.feedback.values import VoteTotals
from tests.admin.cameras import add_camera, remember
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio


def names(person: Person) -> list[str]:
    found = re.findall(r'class="t-name"><a [^>]*>([^<]+)</a>', person.page)
    return [html.unescape(name) for name in found]


def chips(person: Person) -> dict[str, int]:
    found = re.findall(r'class="chip" href="[^"]*"[^>]*>([^<]+) <b>(\d+)</b>', person.page)
    return {name: int(count) for name, count in found}


def undo_of(person: Person) -> tuple[str, dict[str, object]]:
    found = re.search(r'<toast-box.*?action="([^"]+)">(.*?)</form>', person.page, re.DOTALL)
    assert found
    fields: dict[str, object] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', found.group(2)):
        if name != "csrf_token":
            fields[name] = [*fields.get(name, []), value]  # type: ignore[misc]  # a list each
    return found.group(1), fields


async def test_the_list_can_be_searched_also_by_the_host_of_the_address(
    house: AdminHouse, rini: Person
) -> None:
    await add_camera(house, "Alun-Alun", "rtsp://u:p@10.0.0.7/a", location="Jl. Merdeka")
    await add_camera(house, "Pasar Wetan", "rtsp://u:p@10.0.0.8/a")
    await rini.get("/admin/cameras")
    assert names(rini) == ["Alun-Alun", "Pasar Wetan"]
    for search in ("merdeka", "alun", "10.0.0.7"):
        await rini.get(f"/admin/cameras?q={search}")
        assert names(rini) == ["Alun-Alun"], search
    await rini.get("/admin/cameras?q=zzz")
    assert "No camera fits" in rini.text


async def test_whoever_only_looks_finds_no_camera_by_its_address(
    house: AdminHouse, person: Person
) -> None:
    await add_camera(house, "Alun-Alun", "rtsp://u:p@10.0.0.7/a")
    await house.add("dewi", "viewer")
    await person.sign_in("dewi")
    await person.get("/admin/cameras?q=10.0.0.7")
    assert names(person) == []
    await person.get("/admin/cameras")
    assert names(person) == ["Alun-Alun"]
    assert 'name="id"' not in person.page
    assert "/edit" not in person.page


async def test_an_empty_hub_says_what_to_do(rini: Person) -> None:
    await rini.get("/admin/cameras")
    assert "No camera yet" in rini.text
    assert 'href="/admin/cameras/new"' in rini.page


async def test_chips_count_what_they_show(house: AdminHouse, rini: Person) -> None:
    area = await house.area("Wanasari")
    for number in range(1, 8):
        await add_camera(house, f"Gate {number}", area_id=area if number < 5 else None)
    by = AT_THE_CONSOLE
    await house.editor.change(1, CameraChange(status="maintenance"), by=by)
    await house.editor.change(2, CameraChange(visibility=Visibility.PRIVATE), by=by)
    await house.editor.change(3, CameraChange(enabled=False), by=by)
    await house.editor.change(4, CameraChange(latitude=-6.9, longitude=110.4), by=by)
    await house.editor.cut_off(5, CutOffOrder(reason="asked"), by=by)
    # What is in maintenance or disabled is nobody's fault: it does not count as offline.
    await remember(house, **dict.fromkeys(("c1", "c3", "c6"), LiveState.OFFLINE))
    await remember(house, c7=LiveState.LIVE)
    await rini.get("/admin/cameras")
    told = chips(rini)
    assert told == {
        "All": 7,
        "Offline": 1,
        "Maintenance": 1,
        "Not checked yet": 3,
        "Without a point": 6,
        "Cut off": 1,
        "Not public": 1,
        "Disabled": 1,
    }
    for path in re.findall(r'class="chip" href="([^"]+)"', rini.page):
        await rini.get(html.unescape(path))
        current = re.search(r'aria-current="true">([^<]+) <b>', rini.page)
        assert current
        assert len(names(rini)) == told[current.group(1)], path
    await rini.get(f"/admin/cameras?area={area}")
    assert chips(rini)["All"] == 4
    assert "Cut off" not in chips(rini)


async def test_every_camera_is_on_one_page_and_in_the_order_that_was_asked_for(
    house: AdminHouse, rini: Person
) -> None:
    for number in range(1, 121):
        await add_camera(house, f"Gate {number}")
    house.viewers.update({7: 3, 9: 12})
    await rini.get("/admin/cameras")
    found = names(rini)
    while link := re.search(r'href="([^"]+)">Next page', rini.page):
        await rini.get(html.unescape(link.group(1)))
        found += names(rini)
    assert found == [f"Gate {number}" for number in range(1, 121)]
    assert "101–120 of 120" in rini.text
    await rini.get("/admin/cameras?sort=-name&size=200")
    assert names(rini) == found[::-1]
    await rini.get("/admin/cameras?sort=viewers")
    assert names(rini)[:2] == ["Gate 9", "Gate 7"]
    assert (await rini.get("/admin/cameras?cursor=bm9uc2Vuc2U")).status == 400


async def test_what_visitors_voted_stands_beside_cameras_where_they_may_vote(
    house: AdminHouse, rini: Person
) -> None:
    number = (await add_camera(house, "Gate 1")).camera.id
    await add_camera(house, "Gate 2")
    for page in ("/admin/cameras", f"/admin/cameras/{number}"):
        await rini.get(page)
        assert "Votes" not in rini.text
    house.votes = {number: VoteTotals(good=12, bad=3)}
    for page in ("/admin/cameras", f"/admin/cameras/{number}"):
        await rini.get(page)
        assert "Votes" in rini.text
        assert rini.text.count("12 yes, 3 no") == 1


async def test_ticked_cameras_go_into_maintenance_and_come_back(
    house: AdminHouse, rini: Person
) -> None:
    for number in range(1, 5):
        await add_camera(house, f"Gate {number}")
    await rini.get("/admin/cameras?q=gate&sort=-name")
    back = re.search(r'name="back" value="([^"]+)"', rini.page)
    assert back
    fields: dict[str, object] = {"id": [1, 3], "do": "maintenance"}
    await rini.send("/admin/cameras/chosen", fields | {"back": html.unescape(back.group(1))})
    assert "2 cameras are in maintenance." in rini.text
    assert dict(parse_qsl(urlsplit(rini.path).query)) == {"q": "gate", "sort": "-name"}
    states = [(await house.editor.one(number)).camera.status for number in range(1, 5)]
    assert states == ["maintenance", "active", "maintenance", "active"]
    await rini.send(*undo_of(rini))
    assert (await house.editor.one(3)).camera.status == "active"
    await rini.send("/admin/cameras/chosen", {"do": "maintenance"})
    assert "No camera is chosen." in rini.text


async def test_ticked_cameras_move_and_change_who_sees_them(
    house: AdminHouse, rini: Person
) -> None:
    area = await house.area("Wanasari")
    for number in range(1, 4):
        await add_camera(house, f"Gate {number}")
    await rini.get("/admin/cameras")
    await rini.send("/admin/cameras/chosen", {"id": [1, 2], "do": "move"})
    assert "Move 2 cameras" in rini.text
    assert "Gate 1" in rini.text
    fields: dict[str, object] = {"id": [1, 2], "do": "move-now", "area_id": area}
    await rini.send("/admin/cameras/chosen", fields)
    assert (await house.editor.one(2)).camera.area_id == area
    await rini.send("/admin/cameras/chosen", {"id": [1, 3], "do": "visibility-partner"})
    assert (await house.editor.one(3)).camera.decision.visibility is Visibility.PARTNER
    await rini.send("/admin/cameras/chosen", {"id": [1, 3], "do": "disable"})
    assert not (await house.editor.one(1)).camera.enabled
    assert (await rini.send("/admin/cameras/chosen", {"id": [1], "do": "paint"})).status == 400


async def test_ticked_cameras_are_cut_off_with_a_reason_only(
    house: AdminHouse, rini: Person
) -> None:
    for number in range(1, 3):
        await add_camera(house, f"Gate {number}")
    await rini.get("/admin/cameras")
    fields: dict[str, object] = {"id": [1, 2], "do": "cut-off-now", "reason": "", "until": "1h"}
    answer = await rini.send("/admin/cameras/chosen", fields)
    assert answer.status == 400
    assert "Say why, in one line" in rini.text
    await rini.send("/admin/cameras/chosen", fields | {"reason": "accident"})
    cut = (await house.editor.one(2)).camera.decision.cut_off
    assert cut is not None
    assert cut.until is not None
    assert (cut.until - cut.at).total_seconds() == pytest.approx(3600, abs=5)
    await rini.send(*undo_of(rini))
    assert (await house.editor.one(2)).camera.decision.cut_off is None


async def test_deleting_several_wants_their_number_typed(house: AdminHouse, rini: Person) -> None:
    for number in range(1, 4):
        await add_camera(house, f"Gate {number}")
    await rini.get("/admin/cameras")
    await rini.send("/admin/cameras/chosen", {"id": [1, 2], "do": "delete"})
    assert "Delete 2 cameras?" in rini.text
    fields: dict[str, object] = {"id": [1, 2], "do": "delete-now", "typed": "delete"}
    assert (await rini.send("/admin/cameras/chosen", fields)).status == 400
    assert (await house.editor.one(1)).camera.name == "Gate 1"
    await rini.send("/admin/cameras/chosen", fields | {"typed": "delete 2"})
    assert "2 cameras were deleted." in rini.text
    with pytest.raises(NotFound):
        await house.editor.one(1)
    assert (await house.editor.one(3)).camera.name == "Gate 3"


async def test_an_operator_changes_cameras_of_their_areas_only(
    house: AdminHouse, person: Person
) -> None:
    mine, theirs = await house.area("Wanasari"), await house.area("Margaluyu")
    await add_camera(house, "Mine", area_id=mine)
    await add_camera(house, "Theirs", area_id=theirs)
    await house.add("budi", "operator", area_ids=frozenset({mine}))
    await person.sign_in("budi")
    await person.get("/admin/cameras")
    assert names(person) == ["Mine", "Theirs"]
    assert re.findall(r'name="id" value="(\d+)"', person.page) == ["1"]
    await person.send("/admin/cameras/chosen", {"id": [1, 2], "do": "maintenance"})
    assert "1 camera is in maintenance. 1 camera was left as it is" in person.text
    assert (await house.editor.one(2)).camera.status == "active"
    await person.send("/admin/cameras/chosen", {"id": [1, 2], "do": "delete"})
    assert "1 camera is left out" in person.text
    assert "Theirs" not in person.text
    assert (await person.get("/admin/cameras/2/edit")).status == 403
