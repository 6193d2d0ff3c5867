"""What a change makes of a camera, and what it may not."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from pantau.cameras.adding import blank
from pantau.cameras.applying import applied
from pantau.cameras.capabilities import (
    CAPABILITIES,
    SCHEMES,
    Carrier,
    Player,
    SourceKind,
    capabilities_of,
    kind_of,
)
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.changes import CameraChange
from pantau.cameras.decisions import Showing, Visibility, Window
from pantau.cameras.masking import masked
from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Invalid
from pantau.core.ids import CameraId
from pantau.core.networks import policy_of
from tests.support.clock import START

ADDRESS = "rtsp://admin:geheim@10.0.0.1:554/live"
HLS = "https://cdn.example.org/gate/index.m3u8"
POLICY = policy_of(())
ADDRESSES = {
    SourceKind.RTSP: ADDRESS,
    SourceKind.HLS: HLS,
    SourceKind.MJPEG: "http://10.0.0.1/video.cgi",
    SourceKind.FLV: "http://10.0.0.1/live.flv",
    SourceKind.EMBED: "https://town.example.org/camera/7",
    SourceKind.MPEGTS_WS: "wss://town.example.org/ws/7",
    SourceKind.TESTCARD: "testcard:",
}
LATE = Window(days=frozenset({1}), begins=time(8), ends=time(9), showing=Showing.DELAYED)


def made(address: str = ADDRESS, **more: Any) -> StoredCamera:
    change = CameraChange(name="Gate", address=address, **more)
    return applied(blank(START), change, policy=POLICY)


def changed(before: StoredCamera, **changes: Any) -> StoredCamera:
    return applied(before, CameraChange(**changes), policy=POLICY)


def refused(before: StoredCamera, **changes: Any) -> Invalid:
    with pytest.raises(Invalid) as found:
        changed(before, **changes)
    assert "geheim" not in found.value.sentence
    return found.value


def test_a_new_camera_is_public_live_and_pulled_when_somebody_watches() -> None:
    stored = made()
    camera = stored.camera
    assert (camera.enabled, camera.on_demand, camera.status) == (True, True, "active")
    assert camera.decision.visibility is Visibility.PUBLIC
    assert (camera.latitude, camera.longitude, camera.area_id) == (None, None, None)
    assert (stored.managed_by, camera.source.trusted) == ("operator", False)
    assert stored.recording_duration_hours == 5


def test_every_kind_says_what_can_be_done_with_it() -> None:
    assert set(CAPABILITIES) == set(SCHEMES) == set(SourceKind)
    assert {can.carrier for can in CAPABILITIES.values()} | {Carrier.RELAY} == set(Carrier)
    assert {can.player for can in CAPABILITIES.values()} == set(Player)
    for kind in SourceKind:
        for relayed in (False, True):
            can = capabilities_of(kind, relayed=relayed)
            assert bool(can.why_not) is not can.live
            assert can.live is (can.player is not Player.NONE)
            is_pulled = can.carrier is Carrier.ENGINE
            assert (can.record, can.delay) == (is_pulled, is_pulled)


@pytest.mark.parametrize("kind", [kind for kind in SourceKind if kind is not SourceKind.FILE])
def test_every_kind_can_be_added_and_does_what_it_can(kind: SourceKind) -> None:
    stored = made(ADDRESSES[kind], kind=kind)
    assert stored.camera.source.kind == kind
    source = stored.camera.source
    can = capabilities_of(kind, relayed=source.relay, encoded=source.encode)
    for field, value, may in (
        ("enable_recording", True, can.record),
        ("delay_s", 60, can.delay),
        ("low_latency", True, can.carrier is Carrier.ENGINE),
    ):
        if may:
            changed(stored, **{field: value})
        else:
            assert refused(stored, **{field: value}).field == field


def test_single_pictures_are_recorded_only_when_they_are_encoded() -> None:
    stored = made(ADDRESSES[SourceKind.MJPEG], kind=SourceKind.MJPEG)
    said = refused(stored, enable_recording=True)
    assert (said.code, said.field) == ("cameras.cannot", "enable_recording")
    encoded = changed(stored, encode=True, enable_recording=True)
    assert refused(encoded, encode=False).field == "encode"
    # What was wished for before this was refused is in the way of nothing else.
    source = replace(encoded.camera.source, encode=False)
    kept = replace(encoded, camera=replace(encoded.camera, source=source))
    assert changed(kept, name="Gate 2").camera.name == "Gate 2"
    assert not capabilities_for(source).record


@pytest.mark.parametrize(
    ("kind", "address"),
    [(kind, address) for kind in SourceKind for address in ADDRESSES.values()],
)
def test_a_kind_goes_with_its_schemes_only(kind: SourceKind, address: str) -> None:
    change = CameraChange(name="Gate", address=address, kind=kind)
    if address.partition(":")[0] in SCHEMES[kind]:
        applied(blank(START), change, policy=POLICY)
    else:
        with pytest.raises(Invalid) as found:
            applied(blank(START), change, policy=POLICY)
        assert found.value.field == "private_rtsp_url"
        assert refused(made(address), kind=kind).field == "kind"


def test_an_address_tells_its_kind_where_nobody_says() -> None:
    for kind, address in ADDRESSES.items():
        told = SourceKind.MJPEG if kind is SourceKind.EMBED else kind
        assert kind_of(address) is told
        # Of what nobody can play the address opens nothing: then its kind is stored.
        kept = kind if kind is SourceKind.MPEGTS_WS else None
        assert made(address).camera.source.kind is kept


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://127.0.0.1/live",
        "rtsp://localhost/live",
        "rtsp://admin:geheim@127.1:554/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.m3u8",
        "http://[::ffff:127.0.0.1]/a.m3u8",
        "http://[64:ff9b::7f00:1]/a.m3u8",
        "http://2130706433/a.flv",
        "rtsp://0.0.0.0/",
        "rtsp://224.0.0.1/",
        "file:///etc/passwd",
        "gopher://10.0.0.1/",
        "javascript:alert(1)",
        "10.0.0.1/live",
        "rtsp://10.0.0.1/" + "x" * 500,
        "",
    ],
)
def test_addresses_that_no_camera_may_have(address: str) -> None:
    assert refused(made(), address=address).field == "private_rtsp_url"
    for field in ("proxy", "snapshot_url"):
        if address:
            assert refused(made(HLS), **{field: address}).field == field


def test_networks_that_the_settings_allow() -> None:
    change = CameraChange(name="Gate", address="rtsp://127.0.0.1:8554/a")
    policy = policy_of(["127.0.0.0/8"])
    assert applied(blank(START), change, policy=policy).camera.source.url == change.address


def test_private_networks_and_names_are_fine() -> None:
    for host in ("192.168.1.5", "10.1.2.3", "172.16.0.9", "[fd12::5]", "camera.example.org"):
        assert made(f"rtsp://{host}/live").camera.source.url == f"rtsp://{host}/live"


def test_a_password_that_comes_back_masked_is_the_stored_one() -> None:
    before = made()
    shown = "rtsp://admin:***@10.0.0.1:554/live"
    assert changed(before, address=shown) == before
    other = changed(before, address="rtsp://admin:***@10.0.0.1:554/second")
    assert other.camera.source.url == "rtsp://admin:geheim@10.0.0.1:554/second"
    assert refused(before, address="rtsp://admin:***@10.0.0.2:554/live").field == (
        "private_rtsp_url"
    )


def test_a_stored_address_counts_as_the_same_however_it_was_written() -> None:
    before = made()
    source = before.camera.source
    odd = "rtsp://admin:ge@heim@10.0.0.1/live"
    stored = changed(before, address=odd)
    assert stored.camera.source.url == "rtsp://admin:ge%40heim@10.0.0.1/live"
    assert changed(stored, address=odd) == stored
    assert source.url != stored.camera.source.url


@pytest.mark.parametrize(
    ("changes", "grows"),
    [
        ({"address": "rtsp://admin:other@10.0.0.1:554/live"}, True),
        ({"transport": "udp"}, True),
        ({"tls_fingerprint": "ab" * 32}, True),
        ({"name": "Other", "enabled": False, "latitude": 1.0}, False),
        ({"snapshot_url": "http://10.0.0.1/still.jpg"}, False),
        ({"address": ADDRESS}, False),
    ],
)
def test_the_revision_grows_with_the_source_alone(changes: dict[str, Any], grows: bool) -> None:
    before = made()
    before = replace(before, camera=replace(before.camera, id=CameraId(7)))
    after = changed(before, **changes)
    assert after.camera.stream_revision == int(grows)


def test_hls_is_relayed_unless_something_is_asked_that_only_the_engine_can() -> None:
    assert made(HLS).camera.source.relay
    for asked in ({"enable_recording": True}, {"low_latency": True}, {"delay_s": 5}):
        assert not made(HLS, **asked).camera.source.relay
    assert not made(HLS, relay=False).camera.source.relay
    assert made(HLS, enable_recording=False).camera.source.relay
    assert refused(made(), relay=True).field == "relay"
    for asked in ({"enable_recording": True}, {"delay_s": 5}):
        pulled = made(HLS, **asked)
        assert refused(pulled, relay=True).field == "relay"


def test_what_belonged_to_another_kind_goes_with_it() -> None:
    before = made(
        HLS, headers=(("Referer", "https://town.example.org/"),), proxy="http://10.0.0.9:3128"
    )
    after = changed(before, address=ADDRESS).camera.source
    assert (after.relay, after.headers, after.proxy) == (False, (), "")
    for field, value in (
        ("headers", (("A", "b"),)),
        ("proxy", "http://10.0.0.9"),
        ("encode", True),
        ("relay", True),
    ):
        assert refused(made(), **{field: value}).field == field
    back = changed(made(), address=HLS)
    assert back.camera.source.relay


def test_stored_headers_go_to_no_other_host() -> None:
    before = made(HLS, headers=(("Authorization", "Bearer geheim"), ("Referer", "x")))
    elsewhere = "https://evil.example.org/index.m3u8"
    for changes in (
        {"address": elsewhere},
        {"address": elsewhere, "headers": (("Authorization", "***"),)},
        {"snapshot_url": "https://evil.example.org/still.jpg"},
        {"proxy": "http://evil.example.org:3128"},
    ):
        assert refused(before, **changes).field == "headers"
    typed = changed(before, address=elsewhere, headers=(("Authorization", "mine"),))
    assert typed.camera.source.headers == (("Authorization", "mine"),)
    assert changed(before, address=elsewhere, headers=()).camera.source.headers == ()
    kept = changed(before, address=HLS + "?x=1", headers=(("authorization", "***"),))
    assert kept.camera.source.headers == (("authorization", "Bearer geheim"),)


PROXY = "http://10.0.0.9:3128"
FEED = "http://admin:geheim@10.0.0.1/live.flv"


@pytest.mark.parametrize(
    ("address", "more"),
    [
        (FEED, {}),
        ("http://10.0.0.1/live.flv?token=geheim", {}),
        (HLS, {"relay": False, "snapshot_url": "http://admin:geheim@10.0.0.1/still.jpg"}),
    ],
)
def test_a_stored_login_goes_through_no_other_proxy(address: str, more: dict[str, Any]) -> None:
    """Whoever may not read a password must not have it sent to a machine of theirs."""
    before = made(address, **more)
    shown = masked(address)
    for changes in ({"proxy": PROXY}, {"proxy": PROXY, "address": shown}):
        assert refused(before, **changes).field == "proxy"
    typed = changed(before, proxy=PROXY, address=address, **more)
    assert typed.camera.source.proxy == PROXY
    assert changed(typed, proxy=f"{PROXY}/").camera.source.url == address
    assert refused(typed, proxy="http://10.0.0.8:3128").field == "proxy"
    assert changed(typed, proxy="").camera.source.proxy == ""


def test_trust_is_for_the_places_that_the_settings_name() -> None:
    stored = made(FEED)
    source = replace(stored.camera.source, trusted=True)
    before = replace(stored, camera=replace(stored.camera, source=source))
    assert changed(before, name="Door").camera.source.trusted
    for changes in (
        {"snapshot_url": "http://anywhere.example.org/still.jpg"},
        {"proxy": PROXY, "address": FEED},
        {"address": FEED.replace("live", "other")},
    ):
        assert not changed(before, **changes).camera.source.trusted


@pytest.mark.parametrize(
    "headers",
    [
        (("Host", "x"),),
        (("A b", "x"),),
        (("A", "x\r\nB: y"),),
        (("A", "x"), ("a", "y")),
        (("A", "***"),),
        (("A", "x" * 3000),),
        tuple((f"A{n}", "x") for n in range(21)),
    ],
)
def test_headers_that_cannot_be_sent(headers: tuple[tuple[str, str], ...]) -> None:
    assert refused(made(HLS), headers=headers).field == "headers"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 101),
        ("name", "a\x00b"),
        ("name", "a\ud800b"),
        ("name", "two\nlines"),
        ("description", "x" * 501),
        ("description", "\x07"),
        ("location", "x" * 201),
        ("group_name", "x" * 101),
        ("latitude", 90.1),
        ("latitude", float("nan")),
        ("longitude", -180.1),
        ("longitude", float("inf")),
        ("recording_duration_hours", 0),
        ("recording_duration_hours", 2161),
        ("delay_s", -1),
        ("delay_s", 3601),
        ("sponsor_url", "javascript:alert(1)"),
        ("sponsor_url", "/relative"),
        ("sponsor_logo", "data:image/png;base64,x"),
        ("sponsor_logo", "//evil.example.org/x.png"),
        ("sponsor_name", "x" * 101),
        ("tls_fingerprint", "xyz"),
        ("schedule", (LATE,)),
        ("schedule", (LATE,) * 15),
    ],
)
def test_values_that_no_camera_has(field: str, value: object) -> None:
    assert refused(made(), **{field: value}).field == field


def test_nothing_is_nothing_and_zero_zero_is_nowhere() -> None:
    placed = made(latitude=-7.15, longitude=111.88)
    cleared = changed(placed, latitude=None, longitude=None, area_id=None, group_name=None)
    assert (cleared.camera.latitude, cleared.camera.longitude) == (None, None)
    assert refused(placed, latitude=0.0, longitude=0.0).field == "latitude"
    on_the_equator = changed(placed, latitude=0.0)
    assert on_the_equator.camera.latitude == 0.0
    assert refused(on_the_equator, longitude=0.0).field == "longitude"


def test_a_late_schedule_needs_to_know_how_late() -> None:
    late = made(delay_s=60, schedule=(LATE,))
    assert refused(late, delay_s=0).field == "delay_s"
    assert changed(late, delay_s=0, schedule=()).camera.decision.delay_s == 0


def test_recording_is_known_to_the_camera_too() -> None:
    stored = made(enable_recording=True)
    assert (stored.enable_recording, stored.camera.recorded) == (True, True)
