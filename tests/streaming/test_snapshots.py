"""The public lists keep the shape that existing clients rely on, and are made when data changes."""

import asyncio
import json
from typing import Any

import pytest

from bench.lists import thousand_cameras
from pantau.cameras.decisions import PublicDecision
from pantau.cameras.models import Camera, CameraSource, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors
from pantau.core.errors import NotFound
from pantau.core.ids import AreaId, CameraId
from pantau.core.supervisor import Service, Supervisor
from pantau.streaming.api import StreamRoutes, StreamTickets
from pantau.streaming.snapshots import StreamSnapshots
from pantau.streaming.tokens import stream_tokens
from pantau.web import snapshot
from pantau.web.exchange import Reply
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock
from tests.support.requests import hot
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

# Field names and types as the reference's clients read them; more may be added, none dropped.
ACTIVE: dict[str, Any] = {
    "id": int, "name": str, "description": str, "location": str, "group_name": None,
    "area_id": int, "is_tunnel": int, "latitude": float, "longitude": float, "status": str,
    "enable_recording": int, "video_codec": str, "stream_key": str, "thumbnail_path": str,
    "thumbnail_updated_at": str, "area_name": str,
}  # fmt: skip
STREAM: dict[str, Any] = {
    **{name: kind for name, kind in ACTIVE.items() if name != "enable_recording"},
    "is_online": int, "last_online_check": str, "rt": None, "rw": None, "kelurahan": None,
    "kecamatan": None, "streams": dict,
}  # fmt: skip
DETAIL: dict[str, Any] = {
    name: kind
    for name, kind in STREAM.items()
    if name
    not in {
        "status", "is_online", "last_online_check", "thumbnail_path", "thumbnail_updated_at",
        "streams",
    }
}  # fmt: skip
ADDED: set[str] = {"stream_revision", "player", "embed_url", "showing", "delay_s"}
STILL = PublicDecision(still_only=True)
FULL: dict[str, Any] = {
    "description": "Main road",
    "location": "Jl. Raya",
    "area_id": AreaId(3),
    "area_name": "Kalitidu",
    "latitude": -7.15,
    "longitude": 111.88,
}


class Lists:
    def __init__(self, *cameras: Camera, public_url: str = "") -> None:
        self.clock = HandWoundClock()
        self.catalogue = Catalogue(cameras or (camera(1, **FULL),), clock=self.clock)
        for each in self.catalogue.all():
            self.catalogue.still_taken(each.id, START)
        self.snapshots = StreamSnapshots(self.catalogue, clock=self.clock, public_url=public_url)
        tokens = stream_tokens(b"s" * 32, self.clock)
        tickets = StreamTickets(
            self.catalogue, Visitors(None, tokens.level_of), tokens, public_url=public_url
        )
        routes = StreamRoutes(self.snapshots, tickets)
        self.exact, self.prefixes = routes.exact(), routes.prefixes()

    def reply(self, path: str, **headers: str) -> Reply:
        route = self.exact.get(path)
        rest = path.removeprefix("/api/stream/")
        handler = route.handler if route else self.prefixes["/api/stream/"].handler
        answer = handler(hot(path, rest=rest, **headers))
        assert isinstance(answer, Reply)
        return answer

    def data(self, path: str) -> Any:
        body = json.loads(self.reply(path).body)
        assert body["success"] is True
        return body["data"]


def shape_errors(item: dict[str, Any], shape: dict[str, Any]) -> list[str]:
    return [
        name
        for name, kind in shape.items()
        if name not in item or (kind and type(item[name]) is not kind) or (not kind and item[name])
    ]


def test_active_cameras_have_every_field_in_its_type() -> None:
    (item,) = Lists().data("/api/cameras/active")
    assert shape_errors(item, ACTIVE) == []
    assert "is_online" not in item


def test_streams_have_every_field_in_its_type() -> None:
    (item,) = Lists().data("/api/stream")
    assert shape_errors(item, STREAM) == []
    assert item["streams"] == {
        "hls": f"/hls/{key_of(1)}/index.m3u8",
        "webrtc": f"/webrtc/{key_of(1)}",
    }
    assert item["thumbnail_path"] == "/api/thumbnails/1.jpg"
    assert item["thumbnail_updated_at"] == "2026-03-01T08:00:00Z"


def test_one_stream_has_its_two_halves() -> None:
    data = Lists().data("/api/stream/1")
    assert set(data) == {"camera", "streams"}
    assert set(data["camera"]) == set(DETAIL) | ADDED
    assert shape_errors(data["camera"], DETAIL) == []


def test_flags_are_numbers_because_clients_compare_exactly() -> None:
    lists = Lists(camera(1, is_tunnel=True), camera(2))
    lists.catalogue.observe({CameraId(2): Observation(LiveState.OFFLINE, START, START, "h265")})
    lists.snapshots.rebuild()
    two, one = lists.data("/api/stream")
    assert (one["id"], one["is_tunnel"], one["is_online"]) == (1, 1, 1)
    assert (two["id"], two["is_tunnel"], two["is_online"]) == (2, 0, 0)
    assert two["video_codec"] == "h265"
    assert type(one["is_tunnel"]) is int


def test_camera_without_a_still_names_no_thumbnail() -> None:
    lists = Lists()
    lists.catalogue.replace([camera(7)])
    lists.snapshots.rebuild()
    (item,) = lists.data("/api/stream")
    assert item["thumbnail_path"] is item["thumbnail_updated_at"] is None


def test_no_list_holds_the_source_of_a_camera() -> None:
    lists = Lists()
    for path in ("/api/cameras/active", "/api/stream", "/api/stream/1"):
        body = lists.reply(path).body
        assert b"rtsp" not in body
        assert b"geheim" not in body
        assert b"10.0.0.1" not in body


def test_public_address_stands_before_stream_addresses() -> None:
    (item,) = Lists(public_url="https://cctv.example.org").data("/api/stream")
    assert item["streams"]["hls"].startswith("https://cctv.example.org/hls/")


@pytest.mark.parametrize("name", ["2", "9", "x", "1/token/", "-1", "1.0", "", "²"])
def test_unknown_or_disabled_camera_is_not_found(name: str) -> None:
    lists = Lists(camera(1), camera(2, enabled=False))
    with pytest.raises(NotFound) as refused:
        lists.reply(f"/api/stream/{name}")
    assert refused.value.code == "camera.unknown"


def test_answer_says_that_it_was_ready_and_may_be_asked_again_cheaply() -> None:
    lists = Lists()
    first = lists.reply("/api/cameras/active")
    headers = dict(first.headers)
    assert headers[b"x-cache"] == b"HIT"
    assert headers[b"cache-control"] == b"no-cache"
    again = lists.reply("/api/cameras/active", if_none_match=headers[b"etag"].decode())
    assert (again.status, again.body) == (304, b"")


def test_first_visitor_finds_every_encoding_made(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = Lists()

    def compress(*_: object, **__: object) -> bytes:
        raise AssertionError("a visitor waits for this")

    monkeypatch.setattr(snapshot, "_compress", compress)
    for path in ("/api/cameras/active", "/api/stream"):
        for accepted in ("br", "gzip", "identity"):
            answer = lists.reply(path, accept_encoding=accepted)
            assert (answer.status, dict(answer.headers)[b"x-cache"]) == (200, b"HIT")


def test_camera_that_did_not_change_is_not_encoded_again() -> None:
    lists = Lists(camera(1, **FULL), camera(2, **FULL))
    before = [lists.snapshots.one(number) for number in (1, 2)]
    lists.catalogue.observe({CameraId(2): Observation(LiveState.OFFLINE, START, START, "h265")})
    assert lists.snapshots.one(1) is before[0]
    assert lists.snapshots.one(2) is not before[1]


def test_new_source_has_a_new_address() -> None:
    lists = Lists(camera(1, stream_revision=3, recorded=True, **FULL))
    (item,) = lists.data("/api/stream")
    assert item["streams"]["hls"] == f"/hls/{key_of(1)}/index.m3u8?r=3"
    assert item["stream_revision"] == 3
    assert lists.data("/api/cameras/active")[0]["enable_recording"] == 1


def test_camera_in_a_frame_names_the_page_and_no_stream() -> None:
    page = CameraSource("https://owner.example/player?id=7", kind="embed")
    lists = Lists(camera(1, source=page, **FULL), camera(2, decision=STILL))
    framed, still = lists.data("/api/stream")
    assert (framed["player"], framed["embed_url"]) == ("frame", page.url)
    assert framed["streams"]["hls"] == still["streams"]["hls"] == ""
    assert (still["showing"], still["embed_url"]) == ("still", None)


@pytest.mark.parametrize(("path", "most_kib"), [("/api/cameras/active", 60), ("/api/stream", 70)])
def test_list_of_a_thousand_cameras_stays_small(path: str, most_kib: int) -> None:
    lists = Lists(*thousand_cameras())
    packed = lists.reply(path, accept_encoding="gzip")
    assert len(packed.body) < most_kib * 1024


async def test_change_of_the_catalogue_reaches_the_lists_by_itself() -> None:
    lists = Lists()
    supervisor = Supervisor(lists.clock)
    supervisor.add(Service("snapshots", lists.snapshots.run))
    await asyncio.sleep(0)
    lists.catalogue.replace([camera(1, enabled=False)])
    await until(lambda: lists.data("/api/stream") == [])
    await supervisor.stop(deadline_s=1)
