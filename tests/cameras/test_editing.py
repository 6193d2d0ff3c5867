"""What people do to cameras: saved whole, in one transaction, by whoever may."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from pantau.cameras.changes import CameraChange, CutOffOrder
from pantau.core.errors import Forbidden, Invalid, NotFound
from pantau.core.sealing import is_sealed
from pantau.db.database import Database
from tests.cameras.desk import ADDRESS, ADMIN, Desk, open_desk, person
from tests.support.clock import START
from tests.support.hub import table

pytestmark = pytest.mark.anyio

ORDER = CutOffOrder(reason="An accident")


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    return await open_desk(database, tmp_path)


async def test_a_camera_comes_back_as_it_was_saved(desk: Desk) -> None:
    await desk.hub.add_area(3, "North", kecamatan="Kalitidu", rt="01")
    added = await desk.add(
        "門 Gate", area_id=3, latitude=-7.15, longitude=111.88, sponsor_package="gold"
    )
    found = await desk.editor.one(added.camera.id)
    assert found == added
    assert (added.camera.area_name, added.camera.place.kecamatan) == ("North", "Kalitidu")
    assert added.sponsor.package == "gold"
    assert UUID(added.camera.stream_key).version == 4
    assert (await desk.events(added.camera.id))[0].kind == "created"
    assert await desk.actions() == ["CREATE_CAMERA"]


async def test_numbers_are_never_given_again_and_slugs_differ(desk: Desk) -> None:
    one, two = await desk.add("Gate"), await desk.add("Gate")
    assert (one.camera.slug, two.camera.slug) == ("gate", "gate-2")
    await desk.editor.remove(two.camera.id, by=ADMIN)
    three = await desk.add("Gate")
    assert (three.camera.id, three.camera.slug) == (3, "gate-3")
    keys = {stored.camera.stream_key for stored in (one, two, three)}
    assert len(keys) == 3


async def test_one_field_changes_and_the_others_stay(desk: Desk) -> None:
    before = await desk.add(description="Five roads")
    desk.hub.clock.wind(60)
    after = await desk.change(before.camera.id, enabled=False)
    assert not after.camera.enabled
    assert after.camera.description == "Five roads"
    assert after.updated_at == START + timedelta(seconds=60)
    assert [event.kind for event in await desk.events(before.camera.id)] == ["disabled", "created"]


async def test_what_changes_nothing_writes_nothing(desk: Desk) -> None:
    before = await desk.add()
    told: list[str] = []
    desk.hub.database.changes.on("cameras", lambda: told.append("cameras"))
    again = await desk.change(
        before.camera.id, name="Gate", address=ADDRESS.replace("geheim", "***"), enabled=True
    )
    assert (again, told) == (before, [])
    assert await desk.actions() == ["CREATE_CAMERA"]
    await desk.editor.restore(before.camera.id, by=ADMIN)
    assert await desk.actions() == ["CREATE_CAMERA"]


async def test_addresses_are_sealed_and_told_to_no_log(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    await desk.change(number, address="rtsp://admin:geheim2@10.0.0.9:554/other")
    await desk.change(number, address="rtsp://admin:geheim3@10.0.0.9:554/other")
    async with desk.hub.database.read() as reading:
        row = (await reading.session.execute(text("SELECT source_sealed FROM cameras"))).one()
        events = (await reading.session.execute(text("SELECT details FROM camera_events"))).all()
        entries = (await reading.session.execute(text("SELECT details FROM audit_entries"))).all()
    assert is_sealed(row[0])
    for kept in (*events, *entries):
        assert "geheim" not in kept[0]
        assert "rtsp://" not in kept[0]
    newest, older = (await desk.events(number))[:2]
    assert older.details["after"] == {"host": "10.0.0.9:554", "stream_revision": 1}
    # Of a password that changed only the revision tells.
    assert (newest.kind, (await desk.editor.one(number)).camera.stream_revision) == (
        "source_changed",
        2,
    )
    assert (await desk.entries())[-1].draft.details


async def test_an_unknown_area_is_refused_by_its_field(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    await desk.hub.add_area(3, "Gone", removed_at=START)
    for area_id in (3, 99, 2**62):
        for work in (desk.add(area_id=area_id), desk.change(number, area_id=area_id)):
            with pytest.raises(Invalid) as refused:
                await work
            assert refused.value.field == "area_id"


async def test_what_fails_leaves_nothing_behind(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.add(area_id=99)
    assert await desk.hub.cameras() == {}
    assert await desk.actions() == []


class TestAreasOfOperators:
    """Operators run the cameras of their areas."""

    @pytest.fixture
    async def desk(self, database: Database, tmp_path: Path) -> Desk:
        desk = await open_desk(database, tmp_path)
        await desk.hub.add_area(1, "North")
        await desk.hub.add_area(2, "South")
        return desk

    async def test_in_their_own_area_everything_goes(self, desk: Desk) -> None:
        siti = person(1)
        number = (await desk.add(area_id=1, by=siti)).camera.id
        await desk.change(number, description="x", by=siti)
        await desk.editor.cut_off(number, ORDER, by=siti)
        await desk.editor.restore(number, by=siti)
        await desk.editor.rotate_key(number, by=siti)
        await desk.editor.remove(number, by=siti)

    async def test_elsewhere_nothing_goes(self, desk: Desk) -> None:
        siti, editor = person(1), desk.editor
        for area_id in (2, None):
            number = (await desk.add(area_id=area_id)).camera.id
            before = await editor.one(number)
            for work in (
                desk.add(area_id=area_id, by=siti),
                desk.change(number, description="x", by=siti),
                desk.change(number, area_id=1, by=siti),
                editor.cut_off(number, ORDER, by=siti),
                editor.restore(number, by=siti),
                editor.rotate_key(number, by=siti),
                editor.remove(number, by=siti),
                editor.candidate(CameraChange(), by=siti, camera_id=number),
                editor.change_many([1], CameraChange(area_id=area_id), by=siti),
            ):
                with pytest.raises(Forbidden) as refused:
                    await work
                assert refused.value.code == "cameras.area"
            assert await editor.one(number) == before

    async def test_a_camera_cannot_be_moved_to_another_area(self, desk: Desk) -> None:
        siti = person(1)
        number = (await desk.add(area_id=1, by=siti)).camera.id
        for area_id in (2, None):
            with pytest.raises(Forbidden):
                await desk.change(number, area_id=area_id, by=siti)
        both = person(1, 2)
        assert (await desk.change(number, area_id=2, by=both)).camera.area_name == "South"

    async def test_of_many_those_of_others_are_told_and_stay(self, desk: Desk) -> None:
        mine = (await desk.add(area_id=1)).camera.id
        theirs = (await desk.add(area_id=2)).camera.id
        for outcome in (
            await desk.editor.change_many(
                [mine, theirs], CameraChange(enabled=False), by=person(1)
            ),
            await desk.editor.cut_off_many([mine, theirs], ORDER, by=person(1)),
            await desk.editor.restore_many([mine, theirs], by=person(1)),
            await desk.editor.remove_many([mine, theirs], by=person(1)),
        ):
            assert outcome.changed == (mine,)
            assert [(each.camera_id, each.code) for each in outcome.refused] == [
                (theirs, "cameras.area")
            ]
        there = await desk.editor.one(theirs)
        assert there.camera.enabled
        assert there.camera.decision.cut_off is None


async def test_who_is_cut_off_knows_why_by_whom_and_until_when(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    until = START + timedelta(minutes=30)
    order = CutOffOrder(reason="  An accident ", until=until)
    after = await desk.editor.cut_off(number, order, by=ADMIN)
    cut = after.camera.decision.cut_off
    assert cut is not None
    assert (cut.at, cut.until, cut.reason, cut.by) == (START, until, "An accident", "siti")
    assert (await desk.editor.one(number)).camera.decision.cut_off == cut
    assert (await desk.editor.restore(number, by=ADMIN)).camera.decision.cut_off is None
    kinds = [event.kind for event in await desk.events(number)]
    assert kinds == ["restored", "cut_off", "created"]
    assert (await desk.actions())[1:] == ["CUT_OFF_CAMERA", "RESTORE_CAMERA"]


async def test_orders_that_mean_nothing(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    for order, field in (
        (CutOffOrder(reason=""), "reason"),
        (CutOffOrder(reason="  "), "reason"),
        (CutOffOrder(reason="x" * 501), "reason"),
        (CutOffOrder(reason="a\x00b"), "reason"),
        (CutOffOrder(reason="x", until=START), "until"),
    ):
        with pytest.raises(Invalid) as refused:
            await desk.editor.cut_off(number, order, by=ADMIN)
        assert refused.value.field == field


async def test_cameras_of_the_settings_can_be_cut_off_too(desk: Desk) -> None:
    await desk.hub.synchronise(table("Gate"))
    number = (await desk.hub.cameras())["Gate"].camera.id
    await desk.editor.cut_off(number, ORDER, by=ADMIN)
    await desk.hub.synchronise(table("Gate"))
    stored = (await desk.hub.cameras())["Gate"]
    assert stored.managed_by == "settings"
    assert stored.camera.decision.cut_off is not None


async def test_another_key_is_another_revision(desk: Desk) -> None:
    before = (await desk.add()).camera
    after = (await desk.editor.rotate_key(before.id, by=ADMIN)).camera
    assert after.stream_key != before.stream_key
    assert (before.stream_revision, after.stream_revision) == (0, 1)
    assert (await desk.editor.one(before.id)).camera == after
    entry = (await desk.entries())[-1]
    assert entry.draft.name == "ROTATE_STREAM_KEY"
    assert after.stream_key not in str(entry)


async def test_what_is_deleted_is_gone_and_its_log_stays(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    await desk.editor.remove(number, by=ADMIN)
    assert await desk.hub.cameras() == {}
    assert [event.kind for event in await desk.events(number)] == ["deleted", "created"]
    for work in (
        desk.editor.one(number),
        desk.change(number, name="x"),
        desk.editor.remove(number, by=ADMIN),
        desk.editor.cut_off(number, ORDER, by=ADMIN),
        desk.editor.restore(number, by=ADMIN),
        desk.editor.rotate_key(number, by=ADMIN),
    ):
        with pytest.raises(NotFound):
            await work


async def test_many_are_changed_at_once_and_told_one_by_one(desk: Desk) -> None:
    await desk.hub.synchronise(table("Fixed"))
    fixed = (await desk.hub.cameras())["Fixed"].camera.id
    one = (await desk.add("One")).camera.id
    relayed = (await desk.add("Two", "https://cdn.example.org/a.m3u8")).camera.id
    change = CameraChange(enable_recording=True, group_name="Town")
    outcome = await desk.editor.change_many([one, relayed, fixed, 99, one], change, by=ADMIN)
    assert set(outcome.changed) == {one, fixed}
    assert {(each.camera_id, each.code) for each in outcome.refused} == {
        (relayed, "cameras.cannot"),
        (99, "cameras.unknown"),
    }
    assert (await desk.editor.one(one)).camera.group_name == "Town"
    assert (await desk.editor.one(relayed)).camera.group_name is None
    again = await desk.editor.change_many([one], change, by=ADMIN)
    assert (again.changed, again.unchanged) == ((), (one,))
    outcome = await desk.editor.change_many([one, fixed], CameraChange(enabled=False), by=ADMIN)
    assert [each.code for each in outcome.refused] == ["camera.in_settings"]
    assert await desk.actions() == [
        "CREATE_CAMERA",
        "CREATE_CAMERA",
        "CHANGE_CAMERAS",
        "CHANGE_CAMERAS",
    ]


async def test_many_are_not_given_what_is_each_ones_own(desk: Desk) -> None:
    for change in (
        CameraChange(),
        CameraChange(name="All alike"),
        CameraChange(address=ADDRESS),
        CameraChange(headers=()),
        CameraChange(enabled=True, latitude=1.0),
    ):
        with pytest.raises(Invalid):
            await desk.editor.change_many([1], change, by=ADMIN)


async def test_how_many_at_once(desk: Desk) -> None:
    for numbers in ([], list(range(1001))):
        with pytest.raises(Invalid) as refused:
            await desk.editor.remove_many(numbers, by=ADMIN)
        assert refused.value.field == "ids"


async def test_two_who_save_at_once_lose_nothing(desk: Desk, database: Database) -> None:
    number = (await desk.add()).camera.id
    changes: list[dict[str, Any]] = [
        {"description": "a"},
        {"location": "b"},
        {"latitude": 1.5},
        {"group_name": "c"},
        {"enabled": False},
    ]
    await asyncio.gather(*(desk.change(number, **change) for change in changes))
    camera = (await desk.editor.one(number)).camera
    assert (camera.description, camera.location, camera.latitude) == ("a", "b", 1.5)
    assert (camera.group_name, camera.enabled) == ("c", False)


async def test_a_source_that_cannot_be_read_must_be_typed_again(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    async with desk.hub.database.write() as work:
        await work.session.execute(text("UPDATE cameras SET source_sealed = 'spoilt'"))
    with pytest.raises(Invalid) as refused:
        await desk.change(number, name="Other")
    assert refused.value.field == "private_rtsp_url"
    await desk.change(number, address=ADDRESS)
    assert (await desk.editor.one(number)).camera.source.url == ADDRESS


async def test_the_log_has_pages(desk: Desk) -> None:
    number = (await desk.add()).camera.id
    for step in range(6):
        await desk.change(number, description=str(step))
    first = await desk.editor.events(number, limit=4)
    rest = await desk.editor.events(number, limit=4, cursor=first.next_cursor)
    assert (len(first.rows), len(rest.rows), rest.next_cursor) == (4, 3, None)
    assert rest.rows[-1].kind == "created"
    with pytest.raises(Invalid):
        await desk.editor.events(number, limit=4, cursor="nonsense")
