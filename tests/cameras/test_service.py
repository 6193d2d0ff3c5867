"""The catalogue tells the public what it may know, as soon as it changes."""

from pantau.cameras.models import Camera, LiveState, Observation, PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId
from tests.support.cameras import camera
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
        "group_name", "place", "health", "enable_recording", "player", "embed_url", "showing", "delay_s",
        "stream_revision",
    }  # fmt: skip
    text = face.model_dump_json()
    assert "rtsp" not in text
    assert "geheim" not in text


def test_disabled_camera_leaves_the_public_at_once_in_every_way() -> None:
    cameras = catalogue(camera(1, enabled=False), camera(2))
    assert [face.id for face in cameras.public()] == [2]
    assert cameras.enabled_by_id(1) is None
    assert cameras.public_by_id(1) is None
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
