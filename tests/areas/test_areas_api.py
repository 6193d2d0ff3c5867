"""`/api/areas` over HTTP: the contract, and what it refuses."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.accounts.users.values import NewUser
from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.db.changes import Topic
from pantau.db.database import Database
from pantau.web.principal import ANONYMOUS, Principal
from tests.accounts.asking import Answer
from tests.accounts.house import PASSWORD
from tests.areas.house import ADMIN, AREAS, Town, operator, town_on
from tests.support.clock import START
from tests.support.hub import table

pytestmark = pytest.mark.anyio

WHOLE = {
    "name": "RT 01 Pasar",
    "description": "Sisi utara\nsampai jembatan",
    "rt": "01",
    "rw": "03",
    "kelurahan": "Kalitidu",
    "kecamatan": "Kalitidu",
    "latitude": -7.12,
    "longitude": 111.7,
}
READ_ONLY = {
    "id": 1,
    "slug": "rt-01-pasar",
    "created_at": "2026-03-01T08:00:00Z",
    "camera_count": 0,
    "public_camera_count": 0,
    "managed_by": "operator",
    "is_configured": False,
}


@pytest.fixture
def town(sqlite_database: Database, tmp_path: Path) -> Town:
    return town_on(sqlite_database, tmp_path)


@pytest.fixture
def each_town(database: Database, tmp_path: Path) -> Town:
    """The same on both databases."""
    return town_on(database, tmp_path)


async def test_every_field_that_is_written_is_read_back(each_town: Town) -> None:
    # Defect 31: the reference dropped all of them but name and description.
    town = each_town
    answer = await town.asking.post(AREAS, WHOLE)
    assert answer.status == 201
    assert answer.json["success"] is True
    assert answer.data == {**WHOLE, **READ_ONLY}
    assert (await town.one(1)).data == {**WHOLE, **READ_ONLY}
    listed = (await town.asking.get(AREAS)).json
    assert listed == {"success": True, "cached": False, "data": [{**WHOLE, **READ_ONLY}]}


async def test_subset_changes_only_what_it_names_and_null_empties(each_town: Town) -> None:
    town = each_town
    await town.asking.post(AREAS, WHOLE)
    put = await town.asking.put(f"{AREAS}/1", {"rw": "7", "description": None})
    patched = await town.asking.ask(
        "PATCH", f"{AREAS}/1", {"latitude": None, "longitude": None}, who=ADMIN
    )
    assert put.status == patched.status == 200
    wanted = {**WHOLE, "rw": "7", "description": None, "latitude": None, "longitude": None}
    assert patched.data == (await town.one(1)).data == {**wanted, **READ_ONLY}


async def test_address_stays_when_the_name_changes_and_can_be_set(town: Town) -> None:
    number = await town.add("Pasar")
    renamed = await town.asking.put(f"{AREAS}/{number}", {"name": "Pasar Baru"})
    assert (renamed.data["name"], renamed.data["slug"]) == ("Pasar Baru", "pasar")
    set_by_hand = await town.asking.put(f"{AREAS}/{number}", {"slug": "pasar-besar"})
    assert set_by_hand.data["slug"] == "pasar-besar"
    anew = await town.asking.put(f"{AREAS}/{number}", {"slug": None})
    assert anew.data["slug"] == "pasar-baru"


async def test_texts_as_the_reference_sends_them_are_taken(town: Town) -> None:
    sent = {
        "name": "  RT   01 ",
        "description": "",
        "rt": 1,
        "rw": "",
        "latitude": "-7,15",
        "longitude": " 111.88 ",
    }
    answer = await town.asking.post(AREAS, sent)
    assert answer.status == 201
    found = answer.data
    assert (found["name"], found["description"], found["rt"], found["rw"]) == (
        "RT 01",
        None,
        "1",
        None,
    )
    assert (found["latitude"], found["longitude"]) == (-7.15, 111.88)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": "   "}, "name"),
        ({"name": 5.5}, "name"),
        ({"name": "a" * 101}, "name"),
        ({"name": "Pasar\u0000"}, "name"),
        ({"name": "Pasar\ud800"}, "name"),
        ({"name": "Sawah", "description": "d" * 501}, "description"),
        ({"name": "Sawah", "rt": "r" * 101}, "rt"),
        ({"name": "Sawah", "kelurahan": ["x"]}, "kelurahan"),
        ({"name": "Sawah", "latitude": 0, "longitude": 0}, "latitude"),
        ({"name": "Sawah", "latitude": "0", "longitude": "0.0"}, "latitude"),
        ({"name": "Sawah", "latitude": -7.1}, "longitude"),
        ({"name": "Sawah", "longitude": 111}, "latitude"),
        ({"name": "Sawah", "latitude": 91, "longitude": 1}, "latitude"),
        ({"name": "Sawah", "latitude": 1, "longitude": "181"}, "longitude"),
        ({"name": "Sawah", "latitude": "north", "longitude": 1}, "latitude"),
        ({"name": "Sawah", "latitude": True, "longitude": 1}, "latitude"),
        ({"name": "Sawah", "latitude": "1e1", "longitude": 1}, "latitude"),
        ({"name": "Sawah", "slug": "Not A Slug"}, "slug"),
        ({"name": "Sawah", "slug": "a--b"}, "slug"),
        ({"name": "Sawah", "slug": "pasar"}, "slug"),
        ({"name": "Sawah", "camera_count": 3}, "camera_count"),
        ({"name": "Sawah", "id": 3}, "id"),
        ([], "body"),
    ],
)
async def test_what_cannot_be_an_area_is_told_by_field(
    town: Town, body: object, field: str
) -> None:
    await town.add("Pasar")
    for answer in (
        await town.asking.post(AREAS, body),
        await town.asking.put(f"{AREAS}/1", body) if body not in ({}, []) else None,
    ):
        if answer is None or (field == "slug" and answer.status == 200):
            continue  # its own address
        assert answer.status == 400, body
        assert field in answer.fields, answer.json
    assert len((await town.asking.get(AREAS)).data) == 1


async def test_body_that_is_no_number_of_json_is_refused(town: Town) -> None:
    await town.add("Pasar")
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        body = b'{"name": "Sawah", "latitude": ' + word + b', "longitude": 1}'
        assert (await town.asking.post(AREAS, body)).status == 400


@pytest.mark.parametrize("name", ["Pasar Baru", "pasar baru", " PASAR   baru "])
async def test_name_is_there_once_however_it_is_written(each_town: Town, name: str) -> None:
    town = each_town
    await town.add("Pasar Baru")
    other = await town.add("Sawah")
    for answer in (
        await town.asking.post(AREAS, {"name": name}),
        await town.asking.put(f"{AREAS}/{other}", {"name": name}),
    ):
        assert answer.status == 400
        assert answer.fields == ["name"]
    own = await town.asking.put(f"{AREAS}/1", {"name": name})
    assert own.data["name"] == " ".join(name.split())


async def test_unknown_area_is_not_found(town: Town) -> None:
    asking = town.asking
    await town.add("Pasar")
    for answer in (
        await asking.get(f"{AREAS}/9"),
        await asking.put(f"{AREAS}/9", {"rw": "1"}),
        await asking.delete(f"{AREAS}/9"),
        await asking.post(f"{AREAS}/9/merge", {"into": 1}),
        await asking.post(f"{AREAS}/9/move-cameras", {"into": 1}),
    ):
        assert answer.status == 404
    for body in ({"into": 9}, {"into": 1}, {"into": "1"}, {}, {"into": True}):
        for call in ("merge", "move-cameras"):
            answer = await asking.post(f"{AREAS}/1/{call}", body)
            assert answer.status == 400, (call, body)
            assert answer.fields == ["into"]
    assert (await asking.post(f"{AREAS}/1/merge", {"into": None})).status == 400
    assert (await asking.get(f"{AREAS}/x")).status == 400


async def test_counts_are_of_all_cameras_and_of_those_the_public_finds(each_town: Town) -> None:
    town = each_town
    pasar, sawah = await town.add("Pasar"), await town.add("Sawah")
    cut_off = CutOff(at=START)
    over = CutOff(at=START, until=START)
    decisions = (
        PublicDecision(),
        PublicDecision(visibility=Visibility.PARTNER),
        PublicDecision(cut_off=cut_off),
        PublicDecision(cut_off=over),
        PublicDecision(still_only=True, delay_s=60),
    )
    for number, decision in enumerate(decisions, 1):
        await town.camera(number, pasar, decision=decision)
    await town.camera(6, pasar, enabled=False)
    await town.camera(7, None)
    found = {
        area["id"]: (area["camera_count"], area["public_camera_count"])
        for area in (await town.asking.get(AREAS)).data
    }
    assert found == {pasar: (6, 3), sawah: (0, 0)}
    assert {area.id: area.camera_count for area in await town.service.public()} == {
        pasar: 3,
        sawah: 0,
    }


async def test_area_with_cameras_is_not_deleted(each_town: Town) -> None:
    town = each_town
    pasar = await town.add("Pasar")
    await town.camera(1, pasar, enabled=False)
    answer = await town.asking.delete(f"{AREAS}/{pasar}")
    assert answer.status == 400
    assert "cameras" in answer.json["message"]
    moved = await town.asking.post(f"{AREAS}/{pasar}/move-cameras", {"into": None})
    assert moved.data == {"moved": 1, "kept": 0}
    assert (await town.asking.delete(f"{AREAS}/{pasar}")).status == 200
    assert (await town.one(pasar)).status == 404
    # Its number is in links: nobody else ever gets it.
    assert await town.add("Sawah") == pasar + 1


async def test_joining_gives_cameras_and_rights_to_the_other_area(each_town: Town) -> None:
    town = each_town
    pasar, sawah = await town.add("Pasar"), await town.add("Sawah")
    await town.camera(1, pasar)
    await town.camera(2, pasar, enabled=False)
    await town.camera(3, sawah)
    await town.accounts.add("admin", "admin")
    for name, areas in (("one", {pasar}), ("both", {pasar, sawah}), ("other", {sawah})):
        await town.accounts.users.add(_operator(name, areas), by=AT_THE_CONSOLE)
    answer = await town.asking.post(f"{AREAS}/{pasar}/merge", {"into": sawah})
    assert answer.status == 200
    assert (answer.data["id"], answer.data["camera_count"]) == (sawah, 3)
    assert (await town.one(pasar)).status == 404
    assert await town.areas_of_cameras() == {1: sawah, 2: sawah, 3: sawah}
    users = {user.username: user.area_ids for user in await town.accounts.users.all()}
    assert users == {
        "admin": None,
        "one": frozenset({sawah}),
        "both": frozenset({sawah}),
        "other": frozenset({sawah}),
    }


async def test_operator_of_a_deleted_area_may_change_none(town: Town) -> None:
    pasar = await town.add("Pasar")
    await town.accounts.users.add(_operator("one", {pasar}), by=AT_THE_CONSOLE)
    await town.asking.delete(f"{AREAS}/{pasar}")
    (user,) = await town.accounts.users.all()
    assert user.area_ids == frozenset()


async def test_name_that_the_settings_give_stays(each_town: Town) -> None:
    town = each_town
    await town.hub.synchronise(table("Gate", area="Alun-Alun"))
    other = await town.add("Sawah")
    await town.camera(9, 1)
    area = (await town.one(1)).data
    assert (area["managed_by"], area["is_configured"]) == ("settings", True)
    for answer in (
        await town.asking.put(f"{AREAS}/1", {"name": "Other"}),
        await town.asking.delete(f"{AREAS}/1"),
        await town.asking.post(f"{AREAS}/1/merge", {"into": other}),
    ):
        assert answer.status == 409
        assert "pantau.toml" in answer.json["message"]
    changed = await town.asking.put(
        f"{AREAS}/1", {"name": "Alun-Alun", "rw": "2", "latitude": -7.1, "longitude": 111.8}
    )
    assert changed.status == 200
    moved = await town.asking.post(f"{AREAS}/1/move-cameras", {"into": other})
    assert moved.data == {"moved": 1, "kept": 1}
    nothing_left = await town.asking.post(f"{AREAS}/1/move-cameras", {"into": other})
    assert nothing_left.status == 409
    # The next start of the worker changes nothing of what was said here.
    await town.hub.synchronise(table("Gate", area="Alun-Alun"))
    assert (await town.one(1)).data == {**changed.data, "camera_count": 1, "public_camera_count": 1}


async def test_area_that_the_settings_left_comes_back_under_its_number(town: Town) -> None:
    await town.hub.synchronise(table("Gate", area="Alun-Alun"))
    await town.hub.synchronise()
    assert (await town.one(1)).status == 404
    answer = await town.asking.post(AREAS, {"name": "alun-alun", "rw": "1"})
    assert answer.status == 201
    assert (answer.data["id"], answer.data["name"]) == (1, "alun-alun")
    assert answer.data["managed_by"] == "operator"


async def test_operators_change_their_areas_only_and_add_none(town: Town) -> None:
    pasar, sawah = await town.add("Pasar"), await town.add("Sawah")
    await town.camera(1, pasar)
    siti = operator(pasar)
    refused: list[Answer] = [
        await town.asking.post(AREAS, {"name": "New"}, siti),
        await town.asking.put(f"{AREAS}/{sawah}", {"rw": "1"}, siti),
        await town.asking.delete(f"{AREAS}/{sawah}", siti),
        await town.asking.post(f"{AREAS}/{pasar}/merge", {"into": sawah}, siti),
        await town.asking.post(f"{AREAS}/{sawah}/merge", {"into": pasar}, siti),
        await town.asking.post(f"{AREAS}/{pasar}/move-cameras", {"into": sawah}, siti),
        await town.asking.post(f"{AREAS}/{pasar}/move-cameras", {"into": None}, siti),
    ]
    assert [answer.status for answer in refused] == [403] * len(refused)
    assert await town.areas_of_cameras() == {1: pasar}
    assert (await town.asking.put(f"{AREAS}/{pasar}", {"rw": "1"}, siti)).status == 200
    both = operator(pasar, sawah)
    moved = await town.asking.post(f"{AREAS}/{pasar}/move-cameras", {"into": sawah}, both)
    assert moved.data["moved"] == 1


@pytest.mark.parametrize(
    ("who", "reads", "writes"),
    [
        (ANONYMOUS, 401, 401),
        (Principal(kind="session", user_id=3, role="viewer"), 200, 403),
        (Principal(kind="session", user_id=3, role="operator"), 200, 200),
        (Principal(kind="api_key", key_id=1, scopes=frozenset({"areas:read"})), 200, 403),
        (Principal(kind="api_key", key_id=1, scopes=frozenset({"areas:write"})), 403, 200),
        (Principal(kind="api_key", key_id=1, scopes=frozenset({"cameras:read"})), 403, 403),
    ],
)
async def test_who_may_read_and_write(town: Town, who: Principal, reads: int, writes: int) -> None:
    await town.add("Pasar")
    assert (await town.asking.get(AREAS, who)).status == reads
    assert (await town.asking.get(f"{AREAS}/1", who)).status == reads
    assert (await town.asking.put(f"{AREAS}/1", {"rw": "1"}, who)).status == writes


async def test_every_change_is_in_the_trail(town: Town) -> None:
    pasar, sawah = await town.add("Pasar"), await town.add("Sawah")
    await town.camera(1, pasar)
    await town.asking.put(f"{AREAS}/{pasar}", {"rw": "1"})
    await town.asking.put(f"{AREAS}/{pasar}", {"rw": "1"})
    await town.asking.post(f"{AREAS}/{pasar}/move-cameras", {"into": sawah})
    await town.asking.post(f"{AREAS}/{pasar}/merge", {"into": sawah})
    await town.asking.post(f"{AREAS}/{sawah}/move-cameras", {"into": None})
    await town.asking.delete(f"{AREAS}/{sawah}")
    entries = (await AuditReader(town.database).page(Search())).rows
    told = [(entry.draft.name, entry.draft.target) for entry in reversed(entries)]
    assert told == [
        ("CREATE_AREA", "area 1 (Pasar)"),
        ("CREATE_AREA", "area 2 (Sawah)"),
        ("UPDATE_AREA", "area 1 (Pasar)"),
        ("CHANGE_CAMERAS", "area 1 (Pasar)"),
        ("MERGE_AREAS", "area 1 (Pasar)"),
        ("CHANGE_CAMERAS", "area 2 (Sawah)"),
        ("DELETE_AREA", "area 2 (Sawah)"),
    ]
    changed: Any = json.loads(entries[-3].draft.details)
    assert "rw" in str(changed)
    assert "kecamatan" not in str(changed)


async def test_lists_and_cameras_are_told_of_every_change(town: Town) -> None:
    told: list[str] = []
    pasar, sawah = await town.add("Pasar"), await town.add("Sawah")
    await town.camera(1, pasar)
    topics_heard: tuple[Topic, ...] = ("areas", "cameras", "accounts")
    for topic in topics_heard:
        town.database.changes.on(topic, partial(told.append, topic))

    async def topics(answer: Answer) -> set[str]:
        assert answer.status == 200, answer.body
        heard = set(told)
        told.clear()
        return heard

    asking = town.asking
    assert await topics(await asking.put(f"{AREAS}/1", {"name": "X"})) == {"areas", "cameras"}
    moved = await asking.post(f"{AREAS}/1/move-cameras", {"into": sawah})
    assert await topics(moved) == {"areas", "cameras"}
    merged = await asking.post(f"{AREAS}/1/merge", {"into": sawah})
    assert await topics(merged) == {"areas", "cameras", "accounts"}


def _operator(name: str, areas: set[int]) -> NewUser:
    return NewUser(username=name, password=PASSWORD, role="operator", area_ids=frozenset(areas))
