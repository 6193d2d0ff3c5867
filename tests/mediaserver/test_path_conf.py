"""Path configurations: what is taken, what is refused, what becomes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.media.archive.orders import RecordOrder, RecordRules
from pantau.mediaserver.path_conf import (
    ConfError,
    check_name,
    complete,
    decode,
    defaults,
    engine_part,
    kind_of,
)
from pantau.mediaserver.path_fields import FIELDS
from pantau.mediaserver.seam import PathOrder


def made(**given: Any) -> dict[str, Any]:
    return complete("gate", decode(json.dumps(given).encode()), over=defaults())


def test_path_about_which_nothing_is_said_waits_for_a_publisher() -> None:
    conf = made()
    assert conf["source"] == "publisher"
    assert conf["name"] == "gate"
    assert engine_part(conf) is None
    assert kind_of(conf) == ""


def test_every_field_is_in_the_answer() -> None:
    assert made(source="rtsp://127.0.0.1/1").keys() == FIELDS.keys()


def test_defaults_pass_their_own_checks() -> None:
    assert decode(json.dumps(defaults()).encode()) == defaults()


def test_fields_that_mean_something_reach_the_shard() -> None:
    order = engine_part(
        made(
            source="rtsps://u:p@camera.example/1",
            sourceFingerprint="ab" * 32,
            rtspTransport="tcp",
            sourceOnDemand=True,
            sourceOnDemandStartTimeout="15s",
            sourceOnDemandCloseAfter="1m",
            pantauLowLatency=True,
            pantauGuarded=True,
            pantauHeaders=["Referer: https://portal.example/"],
            pantauTls="insecure",
            pantauProxy="http://10.0.0.1:3128",
            pantauRelayed=True,
            pantauDelay="5m",
        ),
        allowed_networks=["10.0.0.0/8"],
        spool="/spool",
    )
    assert order == {
        "kind": "rtsp",
        "url": "rtsps://u:p@camera.example/1",
        "transport": "tcp",
        "fingerprint": "ab" * 32,
        "encode": False,
        "low_latency": True,
        "on_demand": False,
        "start_timeout_s": 15.0,
        "close_after_s": 60.0,
        "networks": ["10.0.0.0/8"],
        "headers": [["Referer", "https://portal.example/"]],
        "tls": "insecure",
        "proxy": "http://10.0.0.1:3128",
        "relayed": True,
        "delay_s": 300.0,
        "spool": "/spool",
        "record": None,
    }


RULES = RecordRules((Path("/disk1"), Path("/disk2")), segment_s=60, sync_s=5.0, reserve_bytes=2**20)


def test_recorded_path_is_never_on_demand_and_its_order_survives_the_wire() -> None:
    conf = made(
        source="rtsp://127.0.0.1/1",
        sourceOnDemand=True,
        pantauRecord=True,
        pantauRecordAs=7,
        pantauRecordSound=False,
        pantauRelayed=True,
    )
    part = engine_part(conf, recording=RULES)
    order = PathOrder.from_wire(json.loads(json.dumps(part)))
    assert order.on_demand is False
    assert order.config().record == RecordOrder(7, RULES, sound=False)
    assert order.config().is_relayed
    assert order == PathOrder.from_wire(json.loads(json.dumps(part)))


def test_nothing_is_recorded_where_there_is_no_folder_for_it() -> None:
    conf = made(
        source="rtsp://127.0.0.1/1", sourceOnDemand=True, pantauRecord=True, pantauRecordAs=7
    )
    order = engine_part(conf)
    assert order is not None
    assert (order["record"], order["on_demand"]) == (None, True)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"pantauHeaders": ["no colon"]},
        {"pantauHeaders": ["X-A: 1\r\nX-B: 2"]},
        {"pantauHeaders": ["X A: 1"]},
        {"pantauHeaders": ["Host: elsewhere"]},
        {"pantauHeaders": "Referer: a"},
        {"pantauTls": "maybe"},
        {"pantauProxy": "socks5://10.0.0.1"},
        {"pantauProxy": "http://"},
        {"pantauProxy": "http://a b:1"},
        {"pantauDelay": "25h"},
        {"pantauDelay": "1500ms"},
        {"pantauDelay": "-5m"},
        {"pantauRecord": True},
        {"pantauRecord": True, "pantauRecordAs": 2**31},
    ],
)
def test_own_fields_with_nonsense_are_refused(nonsense: dict[str, object]) -> None:
    with pytest.raises(ConfError):
        made(**{"source": "http://camera.example/a.flv", **nonsense})


@pytest.mark.parametrize(
    ("path", "kind"), [("a.FLV", "flv"), ("a.m3u8", "hls"), ("cam", "mjpeg"), ("flv", "mjpeg")]
)
def test_the_address_tells_the_kind(path: str, kind: str) -> None:
    assert kind_of(made(source=f"https://camera.example/{path}?token=1")) == kind


def test_trusted_sources_are_not_judged() -> None:
    order = engine_part(made(source="rtsp://127.0.0.1/1"), allowed_networks=["10.0.0.0/8"])
    assert order is not None
    assert order["networks"] is None


def test_change_merges_into_what_was_there() -> None:
    before = made(source="rtsp://127.0.0.1/1", sourceOnDemand=True)
    after = complete("gate", decode(b'{"source": "rtsp://127.0.0.1/2"}'), over=before)
    assert after == {**before, "source": "rtsp://127.0.0.1/2"}


def test_name_in_the_body_does_not_rename() -> None:
    assert made(name="other")["name"] == "gate"


def test_null_means_the_default() -> None:
    assert made(sourceOnDemandStartTimeout=None)["sourceOnDemandStartTimeout"] == "10s"
    with pytest.raises(ConfError, match="cannot set slice to nil"):
        made(forward=None)


def test_deprecated_names_set_their_successors() -> None:
    conf = made(source="rtsp://127.0.0.1/1", sourceProtocol="udp", disablePublisherOverride=True)
    assert conf["rtspTransport"] == "udp"
    assert conf["overridePublisher"] is False


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("rtsp://127.0.0.1:8554/live?x=1", "rtsp"),
        ("rtsps://127.0.0.1/live", "rtsp"),
        ("http://127.0.0.1/live/index.m3u8?token=1", "hls"),
        ("https://127.0.0.1/live/INDEX.M3U8", "hls"),
        ("http://127.0.0.1/video.mjpg", "mjpeg"),
        ("file:///srv/clip.mp4", "file"),
        ("testcard:", "testcard"),
    ],
)
def test_kind_is_told_by_the_address(source: str, kind: str) -> None:
    assert kind_of(made(source=source)) == kind


def test_kind_that_is_named_wins() -> None:
    assert kind_of(made(source="http://127.0.0.1/live", pantauKind="hls")) == "hls"


@pytest.mark.parametrize(
    "body",
    [
        {"test": "asd"},
        {"source": 5},
        {"sourceOnDemand": "yes"},
        {"sourceOnDemand": 1},
        {"maxReaders": "many"},
        {"maxReaders": 1.5},
        {"maxReaders": True},
        {"rpiCameraWidth": -1},
        {"rpiCameraAWBGains": ["a"]},
        {"publishIPs": "127.0.0.1"},
        {"sourceOnDemandStartTimeout": 10},
        {"sourceOnDemandStartTimeout": "soon"},
        {"recordMaxPartSize": "big"},
        {"recordFormat": "avi"},
        {"source": "rtsp://127.0.0.1/1", "rtspTransport": "pigeon"},
        {"source": "rtsp://"},
        {"source": "rtsp://127.0.0.1:99999/1"},
        {"source": "rtsp://127.0.0.1/1 2"},
        {"source": "http://user@127.0.0.1/x.m3u8"},
        {"source": "rtmp://127.0.0.1/1"},
        {"source": "nonsense"},
        {"source": ""},
        {"source": "file://host/clip.mp4"},
        {"source": "testcard:", "pantauKind": "rtsp"},
        {"sourceOnDemand": True},
    ],
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ConfError):
        made(**body)


def test_unknown_field_is_named() -> None:
    with pytest.raises(ConfError) as caught:
        made(sourceOnDemnad=True)
    assert str(caught.value) == 'json: unknown field "sourceOnDemnad"'


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"[]", b'"x"', b"7", b"\xff", b"[" * 100_000])
def test_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ConfError):
        decode(body)


@pytest.mark.parametrize(
    "source",
    ["rtsp://root:secret@", "rtsp://root:secret@10.0.0.7:0/1", "srt://root:secret@10.0.0.7/1"],
)
def test_refusal_does_not_repeat_the_address(source: str) -> None:
    with pytest.raises(ConfError) as caught:
        made(source=source)
    assert "secret" not in str(caught.value)
    assert "10.0.0.7" not in str(caught.value)


@pytest.mark.parametrize("name", ["gate", "north/gate.1", "a_b-c~d", "0", "..."])
def test_name_may_be(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "/gate", "gate/", "a//b", "a/../b", "..", ".", "a b", "gäte", "a%2fb", "~^x$", "all"],
)
def test_name_may_not_be(name: str) -> None:
    with pytest.raises(ConfError, match="invalid path name"):
        check_name(name)


@given(
    st.dictionaries(
        st.sampled_from(sorted(FIELDS)),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.integers())
        ),
        max_size=4,
    )
)
def test_any_body_is_taken_or_refused_in_words(body: dict[str, Any]) -> None:
    try:
        conf = made(**body)
    except ConfError:
        return
    assert json.loads(json.dumps(conf)) == conf
    engine_part(conf)
