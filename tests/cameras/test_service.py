"""The catalogue tells the public what it may know, as soon as it changes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from pantau.cameras.decisions import CutOff, PublicDecision, Showing, Visibility, Window
from pantau.cameras.models import (
    Camera,
    CameraSource,
    HealthState,
    LiveState,
    Observation,
    PublicCamera,
)
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.ids import CameraId
from pantau.core.supervisor import Service, Supervisor
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock


def catalogue(*cameras: Camera) -> Catalogue:
    return Catalogue(cameras, clock=HandWoundClock())


def seen(state: LiveState) -> Observation:
    return Observation(state, START, START, "h265")


def test_public_face_has_exactly_these_fields_and_no_source() -> None:
    face = catalogue(camera()).public()[0]
    assert set(PublicCamera.model_fields) == {
        "id", "slug", "stream_key", "name", "description", "location", "area_id", "area_name",
        "latitude", "longitude", "is_tunnel", "status", "state", "is_online", "since_at",
        "checked_at", "video_codec", "on_demand", "low_latency", "thumbnail_url", "thumbnail_at",
        "group_name", "place", "health", "enable_recording", "player", "embed_url", "showing",
        "delay_s", "stream_revision",
    }  # fmt: skip
    text = face.model_dump_json()
    assert "rtsp" not in text
    assert "geheim" not in text


def test_disabled_camera_leaves_the_public_at_once_in_every_way() -> None:
    cameras = catalogue(camera(1, enabled=False), camera(2))
    assert [face.id for face in cameras.public()] == [2]
    assert cameras.public_by_id(1) is None
    assert [each.id for each in cameras.listed()] == [2]
    assert [each.id for each in cameras.enabled()] == [2]
    assert len(cameras.all()) == 2


def test_direct_cameras_come_before_tunnelled_ones() -> None:
    cameras = catalogue(camera(1, is_tunnel=True), camera(3), camera(2))
    assert [face.id for face in cameras.public()] == [2, 3, 1]


def test_not_measured_is_unknown_and_not_offline() -> None:
    face = catalogue(camera()).public()[0]
    assert (face.state, face.is_online) == (LiveState.UNKNOWN, True)


def test_measured_offline_is_offline() -> None:
    cameras = catalogue(camera())
    cameras.observe({CameraId(1): seen(LiveState.OFFLINE)})
    face = cameras.public()[0]
    assert (face.state, face.is_online, face.video_codec) == (LiveState.OFFLINE, False, "h265")


def test_same_measurement_twice_is_one_change() -> None:
    cameras = catalogue(camera())
    cameras.observe({CameraId(1): seen(LiveState.LIVE)})
    version = cameras.version
    cameras.observe({CameraId(1): seen(LiveState.LIVE)})
    assert cameras.version == version


def test_listeners_hear_of_changes() -> None:
    cameras = catalogue(camera())
    heard: list[int] = []
    cameras.on_change(lambda: heard.append(cameras.version))
    cameras.observe({CameraId(1): seen(LiveState.LIVE)})
    cameras.replace([camera(2)])
    assert heard == [cameras.version - 1, cameras.version]


def test_measurements_of_a_camera_that_is_gone_are_forgotten() -> None:
    cameras = catalogue(camera(1), camera(2))
    cameras.observe({CameraId(1): seen(LiveState.LIVE)})
    cameras.replace([camera(2)])
    cameras.replace([camera(1), camera(2)])
    assert cameras.observation(CameraId(1)) is None


def test_first_still_is_a_change_and_later_ones_are_not() -> None:
    cameras = catalogue(camera())
    before = cameras.version
    cameras.still_taken(CameraId(1), START)
    cameras.still_taken(CameraId(1), START)
    assert cameras.version == before + 1
    assert cameras.public()[0].thumbnail_at == START


PRIVATE = PublicDecision(visibility=Visibility.PRIVATE)


def test_operators_find_every_camera_by_number_and_key() -> None:
    cameras = catalogue(camera(1, decision=PRIVATE), camera(2, enabled=False), camera(3))
    assert [each.id for each in cameras.listed()] == [3]
    assert [each.id for each in cameras.enabled()] == [1, 3]
    for number in (1, 2, 3):
        for found in (cameras.by_id(number), cameras.by_key(key_of(number))):
            assert found is not None
            assert found.id == number
    assert cameras.by_id(9) is cameras.by_key("") is None
    first = cameras.by_id(1)
    assert first is not None
    assert cameras.published(first).name == "Camera 1"
    assert cameras.public_by_id(1) is None


@pytest.mark.anyio
async def test_a_schedule_moves_the_lists_by_itself() -> None:
    clock = HandWoundClock()
    zone = ZoneInfo("Asia/Jakarta")
    hour = START.astimezone(zone).time()
    hidden = Window(
        days=frozenset(range(1, 8)),
        begins=hour.replace(minute=10),
        ends=hour.replace(minute=20),
        showing=Showing.HIDDEN,
    )
    late = Window(
        days=frozenset(range(1, 8)),
        begins=hour.replace(minute=20),
        ends=hour.replace(minute=30),
        showing=Showing.DELAYED,
    )
    decision = PublicDecision(delay_s=60, schedule=(hidden, late), still_only=True)
    cameras = Catalogue([camera(decision=decision), camera(2)], clock=clock, zone=always(zone))
    told: list[int] = []
    cameras.on_cameras(lambda: told.append(cameras.revision))
    supervisor = Supervisor(clock)
    supervisor.add(Service("time", cameras.keep_time))
    said = []
    for _ in range(4):
        said.append([(face.id, str(face.showing), face.delay_s) for face in cameras.public()])
        await clock.advance(600)
    await supervisor.stop(deadline_s=1)
    other = (2, "live", 0)
    assert said == [[(1, "still", 60), other], [other], [(1, "delayed", 60), other], said[0]]
    assert len(told) == 3


def test_another_zone_of_the_site_moves_schedules_at_the_next_look() -> None:
    clock, zone = HandWoundClock(), [ZoneInfo("Asia/Jakarta")]
    hour = START.astimezone(zone[0]).time()
    now_hidden = Window(
        days=frozenset(range(1, 8)),
        begins=hour.replace(minute=0),
        ends=hour.replace(minute=59),
        showing=Showing.HIDDEN,
    )
    decision = PublicDecision(schedule=(now_hidden,))
    cameras = Catalogue([camera(decision=decision)], clock=clock, zone=lambda: zone[0])
    assert cameras.public() == []
    told: list[int] = []
    cameras.on_cameras(lambda: told.append(cameras.revision))
    cameras.reconsider()
    assert told == []
    zone[0] = ZoneInfo("Asia/Makassar")
    cameras.reconsider()
    assert [face.id for face in cameras.public()] == [1]
    assert len(told) == 1
    cameras.reconsider()
    assert len(told) == 1


@pytest.mark.anyio
async def test_a_clock_that_is_set_back_brings_a_cut_off_back() -> None:
    clock = HandWoundClock()
    ends_at = START + timedelta(minutes=5)
    cut = PublicDecision(cut_off=CutOff(at=START, until=ends_at))
    cameras = Catalogue([camera(decision=cut)], clock=clock)
    clock.wind(301)
    cameras.reconsider()
    assert len(cameras.public()) == 1
    clock.set_wall_back(120)
    cameras.reconsider()
    assert cameras.public() == []
    revision = cameras.revision
    cameras.reconsider()
    assert cameras.revision == revision


@pytest.mark.parametrize(
    ("state", "health", "is_online"),
    [
        (LiveState.OFFLINE, HealthState.UNKNOWN, False),
        (LiveState.LIVE, HealthState.UNKNOWN, True),
        (LiveState.UNKNOWN, HealthState.UNKNOWN, True),
        (LiveState.LIVE, HealthState.OFFLINE, False),
        (LiveState.LIVE, HealthState.DEAD, False),
        (LiveState.OFFLINE, HealthState.ONLINE, True),
        (LiveState.OFFLINE, HealthState.DEGRADED, True),
    ],
)
def test_what_is_believed_outweighs_what_was_just_seen(
    state: LiveState, health: HealthState, is_online: bool
) -> None:
    cameras = catalogue(camera())
    cameras.observe({CameraId(1): seen(state)})
    cameras.take_health({CameraId(1): health, CameraId(9): HealthState.DEAD})
    face = cameras.public()[0]
    assert (face.health, face.is_online) == (health, is_online)


def test_health_is_taken_as_a_whole_and_told_once() -> None:
    cameras = catalogue(camera())
    version, revision = cameras.version, cameras.revision
    cameras.take_health({CameraId(1): HealthState.DEAD})
    cameras.take_health({CameraId(1): HealthState.DEAD})
    assert (cameras.version, cameras.revision) == (version + 1, revision)
    cameras.take_health({})
    assert cameras.public()[0].health is HealthState.UNKNOWN


def test_camera_of_which_nothing_changed_keeps_its_face() -> None:
    cameras = catalogue(camera(1), camera(2))
    first, second = cameras.public()
    cameras.replace([camera(1), camera(2, name="another")])
    again, changed = cameras.public()
    assert again is first
    assert changed is not second
    assert (changed.name, cameras.by_id(2)) == ("another", camera(2, name="another"))


def test_only_the_page_of_a_frame_leaves_the_hub() -> None:
    page = CameraSource("https://owner.example/", kind="embed")
    logins = [
        CameraSource(f"https://{login}@owner.example/x", kind="embed")
        for login in ("admin:geheim", ":geheim", "admin", "admin:ge/heim")
    ]
    for at, source in enumerate(logins, 1):
        assert catalogue(camera(at, source=source)).public()[0].embed_url == ""
    late = PublicDecision(still_only=True)
    faces = catalogue(
        camera(1, source=page),
        camera(2, source=page, decision=late),
        camera(3, source=CameraSource("https://owner.example/x.m3u8", relay=True)),
        camera(4, source=CameraSource("wss://owner.example/", kind="mpegts_ws")),
    ).public()
    assert [face.embed_url for face in faces] == ["https://owner.example/", "", "", ""]
    assert [str(face.player) for face in faces] == ["frame", "frame", "hls", "none"]
