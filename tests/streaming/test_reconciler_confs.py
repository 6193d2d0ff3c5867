"""What a camera asks of the media server, key by key."""

from dataclasses import replace
from typing import Any

import pytest

from pantau.cameras.decisions import PublicDecision
from pantau.cameras.models import Camera, CameraSource
from pantau.mediaserver.path_fields import FIELDS
from pantau.streaming.desired_paths import OnDemandTimes, RecordWish, path_conf, recorded_paths
from tests.support.cameras import camera

TIMES = OnDemandTimes(start_timeout_s=10, close_after_s=90)
SINCE_1_9 = {
    "source",
    "sourceFingerprint",
    "sourceOnDemand",
    "sourceOnDemandStartTimeout",
    "sourceOnDemandCloseAfter",
    "rtspTransport",
}
"""Keys of a path that MediaMTX 1.9 and 1.20 both know; it refuses a path with any other."""


def conf_of(one: Camera, *, is_ours: bool = True) -> dict[str, Any]:
    return path_conf(one, TIMES, is_ours=is_ours)


def test_configuration_says_what_the_camera_asks_for() -> None:
    source = CameraSource(
        "http://10.0.0.1/mjpg",
        kind="mjpeg",
        transport="udp",
        encode=True,
        tls="insecure",
        headers=(("Referer", "https://example.com/"), ("User-Agent", "Mozilla/5.0")),
        proxy="http://10.0.0.2:3128",
    )
    decision = PublicDecision(delay_s=300)
    assert conf_of(camera(1, source=source, low_latency=True, decision=decision)) == {
        "source": "http://10.0.0.1/mjpg",
        "sourceOnDemand": False,
        "sourceOnDemandStartTimeout": "10s",
        "sourceOnDemandCloseAfter": "1m30s",
        "sourceFingerprint": "",
        "rtspTransport": "udp",
        "pantauKind": "mjpeg",
        "pantauEncode": True,
        "pantauLowLatency": True,
        "pantauDelay": "5m0s",
        "pantauGuarded": True,
        "pantauHeaders": ["Referer: https://example.com/", "User-Agent: Mozilla/5.0"],
        "pantauTls": "insecure",
        "pantauProxy": "http://10.0.0.2:3128",
        "pantauRecord": False,
        "pantauRecordAs": 0,
        "pantauRecordSound": True,
    }


def test_wish_to_record_goes_with_the_cameras_number_and_never_on_demand() -> None:
    conf = path_conf(camera(7), TIMES, is_ours=True, record=RecordWish(sound=False))
    asked = {key: conf[key] for key in ("pantauRecord", "pantauRecordAs", "pantauRecordSound")}
    assert asked == {"pantauRecord": True, "pantauRecordAs": 7, "pantauRecordSound": False}
    assert conf["sourceOnDemand"] is False


def test_camera_that_cannot_be_recorded_is_not_whatever_is_wished() -> None:
    relayed = camera(7, source=CameraSource("https://10.0.0.1/live.m3u8", relay=True))
    assert path_conf(relayed, TIMES, is_ours=True, record=RecordWish())["pantauRecord"] is False


def test_every_key_is_one_that_our_engine_knows() -> None:
    assert set(conf_of(camera(1))) <= set(FIELDS)


def test_foreign_server_gets_only_keys_that_every_version_knows() -> None:
    assert set(conf_of(camera(1), is_ours=False)) == SINCE_1_9


def test_source_of_the_settings_is_trusted_and_an_operators_is_guarded() -> None:
    ours = camera(1)
    theirs = replace(ours, source=replace(ours.source, trusted=True))
    assert conf_of(ours)["pantauGuarded"] is True
    assert conf_of(theirs)["pantauGuarded"] is False


@pytest.mark.parametrize(
    ("changes", "on_demand"),
    [
        ({}, True),
        ({"on_demand": False}, False),
        ({"recorded": True}, False),
        ({"decision": PublicDecision(delay_s=60)}, False),
        ({"decision": PublicDecision(still_only=True)}, True),
        ({"source": CameraSource("https://x.example/a.m3u8", relay=True)}, True),
        (
            {"source": CameraSource("https://x.example/a.m3u8", relay=True), "on_demand": False},
            True,
        ),
        ({"source": CameraSource("https://x.example/a.m3u8", relay=True), "recorded": True}, True),
    ],
)
def test_cameras_are_pulled_all_the_time_only_where_they_must(
    changes: dict[str, Any], on_demand: bool
) -> None:
    assert conf_of(camera(1, **changes))["sourceOnDemand"] is on_demand


def test_relayed_camera_is_never_delayed_by_the_engine() -> None:
    source = CameraSource("https://x.example/a.m3u8", kind="hls", relay=True)
    conf = conf_of(camera(1, source=source, decision=PublicDecision(delay_s=60)))
    assert (conf["pantauDelay"], conf["sourceOnDemand"]) == ("0s", True)


def test_beside_a_mediamtx_our_engine_has_those_that_are_recorded_and_reads_them_there() -> None:
    cameras = [camera(1, url="rtsp://root:hush@10.0.0.1/1"), camera(2)]
    wishes = {cameras[0].id: RecordWish(sound=False)}
    found = recorded_paths("rtsp://hub:pw@127.0.0.1:8554", cameras, wishes)
    assert found.confs.keys() == {cameras[0].stream_key}
    conf = found.confs[cameras[0].stream_key]
    assert conf["source"] == f"rtsp://hub:pw@127.0.0.1:8554/{cameras[0].stream_key}"
    assert (conf["pantauRecordAs"], conf["pantauRecordSound"]) == (1, False)
    assert conf.keys() <= FIELDS.keys()
    assert "hush" not in repr(conf)
    assert recorded_paths("rtsp://127.0.0.1:8554", cameras, {}).confs == {}
