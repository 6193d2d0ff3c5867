"""Cameras of the settings keep their numbers, slugs and stream keys in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.areas.models import Area
from pantau.cameras.stored import StoredCamera
from pantau.cameras.synchronising import Known, Plan, Wanted, missing, plan, without_removals
from pantau.core.ids import AreaId, CameraId
from pantau.core.signing import derive_uuid
from pantau.core.slugs import slug_of
from pantau.settings import CameraSettings
from tests.support.cameras import camera, key_of
from tests.support.clock import START

SECRET = b"s" * 32
LATER = START + timedelta(days=1)
KEY = "6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f01"


def table(name: str, **values: object) -> CameraSettings:
    return CameraSettings.model_validate(
        {"name": name, "source": "rtsp://admin:geheim@10.0.0.1/", **values}
    )


def operators(number: int, **changes: Any) -> StoredCamera:
    return StoredCamera(camera=camera(number, **changes), created_at=START, updated_at=START)


class Hub:
    """What the database would hold: plans are carried out here."""

    def __init__(self, *cameras: StoredCamera, **known: Any) -> None:
        self.rows = {int(stored.camera.id): stored for stored in cameras}
        self.areas: dict[int, Area] = {}
        self.numbers = known

    def plan(self, tables: Sequence[CameraSettings], *, secret: bytes = SECRET) -> Plan:
        known = Known(
            cameras=list(self.rows.values()), areas=list(self.areas.values()), **self.numbers
        )
        return plan([Wanted(each, "settings") for each in tables], known, secret=secret, now=LATER)

    def take(self, *tables: CameraSettings, secret: bytes = SECRET) -> dict[str, StoredCamera]:
        planned = self.plan(tables, secret=secret)
        for area in (*planned.areas_added, *planned.areas_changed):
            self.areas[int(area.id)] = area
        for stored in planned.changed:
            assert int(stored.camera.id) in self.rows
            self.rows[int(stored.camera.id)] = stored
        for stored in planned.added:
            assert int(stored.camera.id) not in self.rows
            self.rows[int(stored.camera.id)] = stored
        return self.shown

    @property
    def shown(self) -> dict[str, StoredCamera]:
        return {row.camera.name: row for row in self.rows.values() if row.removed_at is None}


def test_number_and_key_survive_restart_and_reordering() -> None:
    hub = Hub()
    before = hub.take(table("Gate"), table("Yard"))
    after = hub.take(table("New"), table("Yard"), table("Gate"))
    for name in ("Gate", "Yard"):
        assert after[name] == before[name]
        assert UUID(after[name].camera.stream_key).version == 4


def test_numbers_and_keys_from_before_there_were_rows_are_taken_over() -> None:
    hub = Hub(camera_numbers={"Gone": 2, "Gate": 4}, area_numbers={"Kalitidu": 3})
    cameras = hub.take(table("Gate", area="Kalitidu"), table("New", area="Other"))
    assert cameras["Gate"].camera.id == 4
    assert cameras["Gate"].camera.stream_key == str(derive_uuid(SECRET, "stream-key/camera/4"))
    assert cameras["New"].camera.id == 5
    assert [cameras[name].camera.area_id for name in ("Gate", "New")] == [3, 4]


def test_another_address_changes_neither_number_nor_key() -> None:
    hub = Hub()
    before = hub.take(table("Gate"))["Gate"].camera
    after = hub.take(table("Gate", source="rtsp://10.0.0.9/"))["Gate"].camera
    assert (before.id, before.stream_key) == (after.id, after.stream_key)
    assert before.source != after.source


def test_keys_of_two_installations_differ() -> None:
    one = Hub().take(table("Gate"))["Gate"].camera
    other = Hub().take(table("Gate"), secret=b"t" * 32)["Gate"].camera
    assert one.stream_key != other.stream_key


def test_chosen_number_and_key_are_taken() -> None:
    gate = Hub().take(table("Gate", id=70, stream_key=KEY))["Gate"].camera
    assert (gate.id, gate.stream_key) == (70, KEY)


def test_camera_that_comes_back_is_the_one_that_left() -> None:
    hub = Hub()
    before = hub.take(table("Gate", area="Kalitidu"), table("Yard"))["Gate"]
    assert set(hub.take(table("Yard"))) == {"Yard"}
    assert hub.rows[int(before.camera.id)].removed_at == LATER
    assert [area.removed_at for area in hub.areas.values()] == [LATER]
    after = hub.take(table("New"), table("Yard"), table("Gate", area="Kalitidu"))
    assert after["Gate"].camera == before.camera
    assert after["New"].camera.id not in {before.camera.id, after["Yard"].camera.id}
    assert [area.removed_at for area in hub.areas.values()] == [None]


def test_area_stays_while_an_operators_camera_is_in_it() -> None:
    hub = Hub()
    area_id = hub.take(table("Gate", area="Kalitidu"))["Gate"].camera.area_id
    assert area_id is not None
    hub.rows[9] = operators(9, area_id=area_id)
    hub.take()
    assert hub.areas[int(area_id)].removed_at is None


def test_area_of_an_operator_is_used_and_never_retired() -> None:
    hub = Hub()
    hub.areas[5] = Area(id=AreaId(5), name="Kalitidu", kecamatan="K", created_at=START)
    gate = hub.take(table("Gate", area="Kalitidu"))["Gate"].camera
    assert (gate.area_id, gate.place.kecamatan) == (5, "K")
    assert hub.plan([]).areas_changed == ()


def test_new_name_is_another_camera_unless_number_or_key_is_the_same() -> None:
    hub = Hub()
    hub.take(table("A"), table("B", id=20), table("C", stream_key=KEY))
    after = hub.take(table("A2"), table("B2", id=20), table("C2", stream_key=KEY))
    assert after["A2"].camera.id not in {1, 20, 21}
    assert after["B2"].camera.id == 20
    assert (after["C2"].camera.id, after["C2"].camera.stream_key) == (22, KEY)


def test_name_with_a_new_chosen_number_leaves_the_old_number_for_ever() -> None:
    hub = Hub()
    old = hub.take(table("Gate"))["Gate"].camera.id
    assert hub.take(table("Gate", id=70))["Gate"].camera.id == 70
    assert hub.rows[int(old)].configured_as is None
    assert hub.take(table("Gate", id=70), table("New"))["New"].camera.id == 71


def test_exchanged_numbers_exchange_the_cameras() -> None:
    hub = Hub()
    hub.take(table("A", id=1), table("B", id=2))
    after = hub.take(table("A", id=2), table("B", id=1))
    assert (after["A"].camera.id, after["B"].camera.id) == (2, 1)


def test_key_that_moves_to_another_table_leaves_the_first_with_its_own() -> None:
    hub = Hub()
    hub.take(table("A", stream_key=KEY), table("B"))
    after = hub.take(table("A"), table("B", stream_key=KEY))
    assert after["B"].camera.stream_key == KEY
    assert after["A"].camera.stream_key == str(derive_uuid(SECRET, "stream-key/camera/1"))


def test_operators_camera_keeps_its_number_and_key_and_the_wish_is_refused() -> None:
    theirs = operators(70, stream_key=KEY)
    hub = Hub(theirs)
    planned = hub.plan([table("Gate", id=70), table("Yard", stream_key=KEY)])
    assert len(planned.refused) == 2
    assert "Gate" in planned.refused[0]
    assert "70" in planned.refused[0]
    cameras = hub.take(table("Gate", id=70), table("Yard", stream_key=KEY))
    assert hub.rows[70] == theirs
    assert {cameras[name].camera.id for name in ("Gate", "Yard")} == {71, 72}
    assert len({row.camera.stream_key for row in hub.rows.values()}) == 3


def test_what_the_settings_cannot_say_stays() -> None:
    hub = Hub()
    gate = hub.take(table("Gate"))["Gate"]
    richer = replace(
        gate, camera=replace(gate.camera, group_name="Ring road"), recording_duration_hours=48
    )
    hub.rows[int(gate.camera.id)] = richer
    assert hub.plan([table("Gate")]).is_empty
    assert hub.take(table("Gate", location="North"))["Gate"].camera.group_name == "Ring road"


def test_slugs_are_plain_and_distinct() -> None:
    hub = Hub(operators(9, slug="gate"))
    cameras = hub.take(
        table("Alun-Alun Barat"), table("alun alun, barat"), table("門"), table("Gate")
    )
    assert [cameras[name].camera.slug for name in ("Alun-Alun Barat", "alun alun, barat")] == [
        "alun-alun-barat",
        "alun-alun-barat-11",
    ]
    assert [cameras[name].camera.slug for name in ("門", "Gate")] == ["camera-12", "gate-13"]
    assert slug_of("Élan & Vital!") == "elan-vital"


def test_namesake_that_comes_first_does_not_take_the_slug() -> None:
    hub = Hub()
    hub.take(table("Gate"))
    after = hub.take(table("gate!"), table("Gate"))
    assert (after["Gate"].camera.slug, after["gate!"].camera.slug) == ("gate", "gate-2")


def test_recording_begins_as_the_settings_say_and_is_then_an_operators_to_decide() -> None:
    hub = Hub()
    first = hub.take(table("Gate", record=True), table("Yard"))
    assert first["Gate"].enable_recording
    assert first["Gate"].camera.recorded
    assert first["Gate"].recording_duration_hours is None, "as the hub's settings say"
    assert not first["Yard"].enable_recording
    number = int(first["Gate"].camera.id)
    hub.rows[number] = replace(
        first["Gate"], camera=replace(first["Gate"].camera, recorded=False), enable_recording=False
    )
    again = hub.take(table("Gate", record=True, location="Moved"), table("Yard", record=True))
    assert not again["Gate"].enable_recording
    assert not again["Yard"].camera.recorded


def test_what_cannot_be_recorded_is_not_however_the_settings_put_it() -> None:
    page = table("Page", source="https://example.org/view", kind="embed", record=True)
    assert not Hub().take(page)["Page"].camera.recorded


def test_process_beside_the_worker_adds_and_does_nothing_else() -> None:
    hub = Hub()
    hub.take(table("Gate", location="North"), table("Yard"))
    hub.take(table("Gate", location="North"))
    wanted = [Wanted(each, "settings") for each in (table("Gate"), table("Yard"), table("New"))]
    assert [each.table.name for each in missing(wanted, hub.rows.values())] == ["New"]
    known = Known(cameras=list(hub.rows.values()))
    part = without_removals(plan(wanted[2:], known, secret=SECRET, now=LATER))
    assert [stored.camera.name for stored in part.added] == ["New"]
    assert part.changed == ()


def test_representation_of_a_plan_holds_no_password() -> None:
    assert "geheim" not in repr(Hub().plan([table("Gate")]))


TABLES = st.lists(
    st.builds(
        lambda name, number, key, area: table(
            name, id=number, stream_key=key and key_of(key), area=area
        ),
        st.sampled_from(["Gate", "gate", "Yard", "Roof", "門"]),
        st.none() | st.integers(1, 6),
        st.none() | st.integers(1, 6),
        st.sampled_from(["", "Kalitidu", "Other"]),
    ),
    max_size=4,
    unique_by=(
        lambda each: each.name,
        lambda each: each.id or object(),
        lambda each: each.stream_key or object(),
    ),
)


@given(st.lists(TABLES, min_size=1, max_size=4), st.sets(st.integers(1, 6), max_size=3))
def test_whatever_the_settings_say(turns: list[list[CameraSettings]], theirs: set[int]) -> None:
    hub = Hub(*(operators(number) for number in theirs))
    before = dict(hub.rows)
    for tables in turns:
        shown = hub.take(*tables)
        rows = list(hub.rows.values())
        for unique in ("id", "slug", "stream_key"):
            values = [getattr(row.camera, unique) for row in rows]
            assert len(set(values)) == len(values), unique
        names = [row.configured_as for row in rows if row.configured_as]
        assert len(set(names)) == len(names)
        assert all(hub.rows[number] == before[number] for number in theirs)
        configured = {name for name, row in shown.items() if row.managed_by == "settings"}
        assert configured == {each.name for each in tables}
        assert hub.plan(tables).is_empty
        for each in tables:
            if each.id is not None and each.id not in theirs:
                assert shown[each.name].camera.id == each.id


@pytest.mark.parametrize("number", [1, 2])
def test_number_of_a_camera_that_an_operator_deleted_is_not_given_again(number: int) -> None:
    hub = Hub(highest_camera=number)
    assert hub.take(table("Gate"))["Gate"].camera.id == CameraId(number + 1)
