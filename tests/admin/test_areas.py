"""Areas in the admin: the list along the hierarchy, the form, joining, moving, deleting."""

import ast
import re
from pathlib import Path

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.admin.area_words import area_sentences, media_sentences
from pantau.areas.values import AreaDraft
from pantau.cameras.changes import CameraChange
from tests.admin.cameras import ADDRESS
from tests.admin.house import AdminHouse
from tests.admin.person import Person
from tests.architecture.tree import modules

pytestmark = pytest.mark.anyio

PASAR = {
    "name": "RT 01 Pasar",
    "description": "Sisi utara",
    "kecamatan": "Kalitidu",
    "kelurahan": "Wetan",
    "rw": "03",
    "rt": "01",
    "latitude": "-7.12",
    "longitude": "111.7",
    "slug": "",
}


async def add_camera(house: AdminHouse, name: str, area_id: int | None) -> int:
    new = CameraChange(name=name, address=ADDRESS, area_id=area_id)
    return int((await house.editor.create(new, by=AT_THE_CONSOLE)).camera.id)


async def areas_of(house: AdminHouse) -> dict[str, int]:
    return {view.area.name: view.cameras.every for view in await house.areas.all()}


def plain(text: str) -> str:
    return text


async def test_what_is_typed_is_saved_and_shown_again(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/areas")
    assert "No area yet" in rini.text
    await rini.get("/admin/areas/new")
    await rini.send("/admin/areas/new", dict(PASAR))
    assert "RT 01 Pasar was added." in rini.text
    for value in ("Sisi utara", "Kalitidu", "Wetan", "03", "-7.12", "111.7", "rt-01-pasar"):
        assert value in rini.page
    (view,) = await house.areas.all()
    assert (view.area.rw, view.area.latitude, view.area.slug) == ("03", -7.12, "rt-01-pasar")


async def test_a_change_can_be_taken_back(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/areas/new")
    await rini.send("/admin/areas/new", dict(PASAR))
    (before,) = await house.areas.all()
    changed = {
        **PASAR,
        "slug": "rt-01-pasar",
        "name": "Pasar Baru",
        "rw": "",
        "latitude": "",
        "longitude": "",
    }
    await rini.send("/admin/areas/1", dict(changed))
    assert "Pasar Baru was saved." in rini.text
    (after,) = await house.areas.all()
    assert (after.area.rw, after.area.latitude, after.area.slug) == (None, None, "rt-01-pasar")
    found = re.search(r"<toast-box.*?</form>", rini.page, re.DOTALL)
    assert found
    pairs = re.findall(r'name="(\w+)" value="([^"]*)"', found.group(0))
    await rini.send(
        "/admin/areas/1", {name: value for name, value in pairs if name != "csrf_token"}
    )
    (again,) = await house.areas.all()
    assert again.area == before.area


async def test_a_link_to_a_map_gives_both_coordinates(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/areas/new")
    link = "https://www.google.com/maps/@-7.15,111.88,15z"
    await rini.send("/admin/areas/new", {**PASAR, "latitude": link, "longitude": ""})
    (view,) = await house.areas.all()
    assert (view.area.latitude, view.area.longitude) == (-7.15, 111.88)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "An area needs a name of 1 to 100 characters."),
        ("name", "wanasari", "There is an area of this name already."),
        ("latitude", "91", "Degrees from -90 to 90, such as -7.15."),
        ("longitude", "", "Give latitude and longitude, or neither."),
        ("slug", "Not One", "An address has lower-case letters and digits"),
        ("description", "d" * 501, "At most 500 characters."),
    ],
)
async def test_mistakes_come_back_beside_their_field_with_what_was_typed(
    house: AdminHouse, rini: Person, field: str, value: str, told: str
) -> None:
    await house.area("Wanasari")
    await rini.get("/admin/areas/new")
    answer = await rini.send("/admin/areas/new", {**PASAR, field: value})
    assert answer.status == 400
    assert told in rini.text
    assert f'id="f-{field}-hint"' in rini.page
    assert "Kalitidu" in rini.page
    assert len(await house.areas.all()) == 1


async def test_the_list_follows_the_hierarchy_and_can_be_searched(
    house: AdminHouse, rini: Person
) -> None:
    for name, kecamatan, kelurahan in (
        ("Three", "Bubulan", "Ngorogunung"),
        ("One", None, None),
        ("Two", "Balen", "Kemamang"),
    ):
        draft = AreaDraft(name=name, kecamatan=kecamatan, kelurahan=kelurahan, rw="7")
        await house.areas.add(draft, by=AT_THE_CONSOLE)
    number = next(view.area.id for view in await house.areas.all() if view.area.name == "Two")
    await add_camera(house, "Gate", number)
    await rini.get("/admin/areas")
    places = [
        rini.text.index(word) for word in ("One", "Kecamatan Balen", "Two", "Bubulan", "Three")
    ]
    assert places == sorted(places)
    assert f'href="/admin/cameras?area={number}">1 camera<' in rini.page
    await rini.get("/admin/areas?q=KEMAmang")
    assert "Two" in rini.text
    assert "Three" not in rini.text
    await rini.get("/admin/areas?q=rw+7")
    assert "Three" in rini.text
    await rini.get("/admin/areas?q=zzz")
    assert "No area fits" in rini.text


async def test_joining_moves_the_cameras_and_says_so(house: AdminHouse, rini: Person) -> None:
    first, second = await house.area("Pasar"), await house.area("Sawah")
    await add_camera(house, "Gate", first)
    await rini.get(f"/admin/areas/{first}/merge")
    assert "Which area does Pasar become part of?" in rini.text
    answer = await rini.send(f"/admin/areas/{first}/merge", {"into": ""})
    assert answer.status == 400
    assert "There is no such area." in rini.text
    await rini.send(f"/admin/areas/{first}/merge", {"into": str(second)})
    assert "Pasar is now part of Sawah. 1 camera was moved." in rini.text
    assert await areas_of(house) == {"Sawah": 1}


async def test_cameras_move_and_the_area_stays(house: AdminHouse, rini: Person) -> None:
    first, second = await house.area("Pasar"), await house.area("Sawah")
    for name in ("Gate", "Yard"):
        await add_camera(house, name, first)
    await rini.get(f"/admin/areas/{first}/move")
    await rini.send(f"/admin/areas/{first}/move", {"into": str(second)})
    assert "2 cameras were moved." in rini.text
    assert await areas_of(house) == {"Pasar": 0, "Sawah": 2}
    await rini.get(f"/admin/areas/{second}/move")
    await rini.send(f"/admin/areas/{second}/move", {"into": "0"})
    assert await areas_of(house) == {"Pasar": 0, "Sawah": 0}


async def test_an_area_is_deleted_only_without_cameras(house: AdminHouse, rini: Person) -> None:
    number = await house.area("Pasar")
    camera = await add_camera(house, "Gate", number)
    await rini.get(f"/admin/areas/{number}")
    assert f'action="/admin/areas/{number}/delete"' not in rini.page
    await rini.get(f"/admin/areas/{number}/delete")
    answer = await rini.send(f"/admin/areas/{number}/delete")
    assert answer.status == 400
    assert "This area still has cameras." in rini.text
    await house.editor.remove(camera, by=AT_THE_CONSOLE)
    await rini.send(f"/admin/areas/{number}/delete")
    assert "Pasar was deleted." in rini.text
    assert await areas_of(house) == {}


async def test_whoever_may_not_change_an_area_finds_no_way_to(
    house: AdminHouse, person: Person
) -> None:
    own, other = await house.area("Pasar"), await house.area("Sawah")
    await house.add("budi", "operator", area_ids=frozenset({own}))
    await house.add("dewi", "viewer")
    await person.sign_in("budi")
    await person.get("/admin/areas")
    assert "Add an area" not in person.text
    assert 'aria-label="Change Sawah"' not in person.page
    await person.get(f"/admin/areas/{other}")
    assert 'name="slug"' not in person.page
    assert (await person.post(f"/admin/areas/{other}", dict(PASAR))).status == 403
    await person.get(f"/admin/areas/{own}")
    assert 'name="slug"' in person.page
    assert ">Sawah<" not in person.page
    await person.send(f"/admin/areas/{own}", {**PASAR, "name": "Pasar"})
    assert "Pasar was saved." in person.text
    await person.get("/admin/areas/new")
    assert (await person.send("/admin/areas/new", dict(PASAR))).status == 403
    assert "Your account is limited to some areas." in person.text
    viewer = Person(house, "192.0.2.9")
    await viewer.sign_in("dewi")
    assert (await viewer.get(f"/admin/areas/{own}")).status == 200
    assert 'name="slug"' not in viewer.page
    assert (await viewer.post(f"/admin/areas/{own}", dict(PASAR))).status == 403


async def test_names_are_shown_as_they_are_written(house: AdminHouse, rini: Person) -> None:
    await house.area("<b onload=x>Pasar")
    for path in ("/admin/areas", "/admin/areas/1", "/admin/areas/1/merge", "/admin/areas/1/delete"):
        await rini.get(path)
        assert "<b onload" not in rini.page
        assert "<b onload=x>Pasar" in rini.text or "&lt;b onload" in rini.page


def test_every_sentence_about_areas_and_the_media_server_can_be_translated() -> None:
    known = {*area_sentences(plain), *media_sentences(plain)}
    raised: set[str] = set()
    for folder, names in (
        ("src/pantau/areas", {"editing.py", "inputs.py"}),
        ("src/pantau/streaming", {"desired_paths.py", "media_server.py", "media_asking.py"}),
    ):
        for module in modules(folder=folder):
            if Path(module.name).name in names:
                raised |= sentences_in(module.tree)
    assert len(raised) > 20
    degrees = {"Degrees from -{most} to {most}, such as -7.15.", "At most {most} characters."}
    unseen = {"The media server has no such path.", "Leave control characters out."}
    assert raised - known - degrees - unseen == set()


def sentences_in(tree: ast.AST) -> set[str]:
    """Return the second arguments of problems, where they are written out, and the constants."""
    makers = {
        "Invalid",
        "NotFound",
        "Conflict",
        "Forbidden",
        "Unavailable",
        "Failure",
        "PydanticCustomError",
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in makers:
            found |= {
                each.value
                for each in node.args[1:2]
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return found
