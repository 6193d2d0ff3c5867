"""A demo camera that an operator changed or deleted is theirs, over any number of restarts."""

from pathlib import Path

import pytest

from pantau.cameras.repository import stored_cameras
from pantau.cameras.stored import StoredCamera
from pantau.cameras.synchronising import Wanted
from pantau.core.errors import Conflict
from pantau.db.database import Database
from pantau.settings import CameraSettings
from tests.cameras.desk import ADMIN, Desk, open_desk
from tests.support.hub import table

pytestmark = pytest.mark.anyio

GATE, YARD = table("Gate", area="North"), table("Yard", area="North")


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    return await open_desk(database, tmp_path)


async def restart(
    desk: Desk, *demo: CameraSettings, settings: tuple[CameraSettings, ...] = ()
) -> dict[str, StoredCamera]:
    """Start the hub again, and return the cameras that are there then."""
    wanted = [Wanted(each, "settings") for each in settings]
    wanted += [Wanted(each, "demo") for each in demo]
    await desk.hub.configured.synchronise(wanted)
    return await shown(desk)


async def shown(desk: Desk) -> dict[str, StoredCamera]:
    found = await desk.hub.cameras()
    return {name: stored for name, stored in found.items() if stored.removed_at is None}


async def test_a_changed_demo_camera_stays_as_it_was_changed(desk: Desk) -> None:
    before = (await restart(desk, GATE, YARD))["Gate"]
    assert before.managed_by == "demo"
    after = await desk.change(before.camera.id, description="by hand")
    assert (after.managed_by, after.configured_as) == ("operator", "Gate")
    assert [event.kind for event in await desk.events(before.camera.id)] == ["adopted", "changed"]
    for tables in ((GATE, YARD), (), (YARD,), (GATE, YARD)):
        assert (await restart(desk, *tables))["Gate"] == after
    renamed = await desk.change(before.camera.id, name="Harbour")
    assert set(await restart(desk, GATE, YARD)) == {"Harbour", "Yard"}
    assert (await shown(desk))["Harbour"] == renamed


async def test_a_deleted_demo_camera_does_not_come_back(desk: Desk) -> None:
    number = (await restart(desk, GATE, YARD))["Gate"].camera.id
    await desk.editor.remove(number, by=ADMIN)
    for tables in ((GATE, YARD), (), (GATE, YARD)):
        assert "Gate" not in await restart(desk, *tables)
    wanted = [Wanted(each, "demo") for each in (GATE, YARD)]
    assert (await desk.hub.configured.add_missing(wanted)).is_empty
    assert (await desk.hub.configured.synchronise(wanted)).is_empty


async def test_a_deleted_demo_camera_that_was_changed_before_does_not_come_back(
    desk: Desk,
) -> None:
    number = (await restart(desk, GATE))["Gate"].camera.id
    await desk.change(number, name="Harbour")
    await desk.editor.remove(number, by=ADMIN)
    assert await restart(desk, GATE) == {}


async def test_whoever_rotates_a_key_of_the_demo_keeps_the_new_one(desk: Desk) -> None:
    number = (await restart(desk, GATE))["Gate"].camera.id
    after = await desk.editor.rotate_key(number, by=ADMIN)
    assert (await restart(desk, GATE))["Gate"].camera.stream_key == after.camera.stream_key


async def test_the_settings_may_have_a_camera_of_that_name(desk: Desk) -> None:
    number = (await restart(desk, GATE))["Gate"].camera.id
    adopted = await desk.change(number, description="by hand")
    await restart(desk, settings=(GATE,))
    async with desk.hub.database.read() as reading:
        found = await stored_cameras(reading, desk.hub.sealer)
    assert [(each.managed_by, each.configured_as) for each in found] == [
        ("operator", None),
        ("settings", "Gate"),
    ]
    assert found[0].camera == adopted.camera
    assert found[1].camera.slug != found[0].camera.slug
    # With the settings' camera gone again, nothing more happens to either.
    await restart(desk)
    assert len({each.camera.id for each in found}) == 2


async def test_the_last_camera_of_an_area_takes_it_along(desk: Desk) -> None:
    number = (await restart(desk, GATE))["Gate"].camera.id
    await desk.editor.remove(number, by=ADMIN)
    await restart(desk, GATE)
    known = await desk.hub.configured.synchronise([])
    assert known.is_empty


async def test_what_stands_in_the_settings_is_changed_there(desk: Desk) -> None:
    number = (await restart(desk, settings=(GATE,)))["Gate"].camera.id
    for changes in ({"name": "Other"}, {"enabled": False}, {"address": "rtsp://10.9.9.9/"}):
        with pytest.raises(Conflict) as refused:
            await desk.change(number, **changes)
        assert refused.value.code == "camera.in_settings"
        assert "pantau.toml" in refused.value.sentence
    for refused_work in (desk.editor.remove, desk.editor.rotate_key):
        with pytest.raises(Conflict):
            await refused_work(number, by=ADMIN)
    assert (await shown(desk))["Gate"].managed_by == "settings"


async def test_who_sees_a_camera_of_the_settings_is_decided_here(desk: Desk) -> None:
    odd = table("Gate", area="North", source="rtsp://admin:ge@heim@10.0.0.1/")
    before = (await restart(desk, settings=(odd,)))["Gate"]
    # Clients send the whole form back; what is as it was is no change.
    after = await desk.change(
        before.camera.id,
        name="Gate",
        address="rtsp://admin:***@10.0.0.1/",
        enabled=True,
        still_only=True,
        delay_s=60,
        sponsor_name="Toko Maju",
    )
    assert after.managed_by == "settings"
    again = (await restart(desk, settings=(odd,)))["Gate"]
    assert again.camera.decision.still_only
    assert (again.camera.decision.delay_s, again.sponsor.name) == (60, "Toko Maju")
    assert again.camera.stream_revision == before.camera.stream_revision
