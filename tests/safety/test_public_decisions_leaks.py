"""Nothing public tells of cameras that are not, nor where any camera is.

One hub with a camera of every decision and kind; whatever can be read of it is searched for what
belongs to nobody but its operators (lessons X07, X10).
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.app.camera_editing import camera_editor
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.changes import CutOffOrder
from pantau.cameras.decisions import Showing, Visibility, Window
from pantau.cameras.models import Camera
from tests.safety.deciding import add_camera, media_server
from tests.safety.house import House, Told, open_house
from tests.safety.outsider import soon
from tests.safety.test_acceptance_leaks import _crawl as crawl
from tests.streaming.fake_origin import FakeOrigin, listening

pytestmark = pytest.mark.anyio

PASSWORD: Final = "geheim-7g2k"
HOST: Final = "10.77.0.9"
RTSP: Final = f"rtsp://operator:{PASSWORD}@{HOST}:554/live-{{}}"
OWNERS_PAGE: Final = "https://owner.example/player?id=7"
ALWAYS: Final = Window(
    days=frozenset(range(1, 8)), begins=time(0), ends=time(0), showing=Showing.HIDDEN
)
HIDDEN: Final[Mapping[str, Mapping[str, Any]]] = {
    "Privatkamera": {"visibility": Visibility.PRIVATE},
    "Partnerkamera": {"visibility": Visibility.PARTNER},
    "Sperrkamera": {},
    "Auskamera": {"enabled": False},
    "Nachtkamera": {"schedule": (ALWAYS,)},
}
SHOWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "Gate": {},
    "Late": {"delay_s": 300},
    "Still": {"still_only": True},
    "Works": {"status": "maintenance"},
}

PAGES_OF: Final = (
    "/?camera={}", "/?view=map&camera={}", "/area/x?camera={}", "/kartu/{}.jpg", "/kini/{}.json",
    "/masukan?kamera={}", "/multi?kamera={}", "/multi?tambah={}", "/oembed?url=/kamera/{}",
    "/oembed?format=xml&url=/sematkan/{}", "/playback?cam={}", "/qr/{}.svg", "/rekaman/{}",
    "/sematkan/{}", "/status/{}",
)  # fmt: skip
"""Where a camera is asked for by its number, beside its own page."""
PAGES_OF_ALL: Final = (
    "/?sort=new", "/?sort=name", "/?sort=popular", "/?problems=1", "/?q=kamera", "/daftar?q=kamera",
    "/multi?kios=10", "/multi?area=0", "/multi?q=kamera", "/wilayah/0", "/status?area=0",
    "/wall.id.json", "/peta-kini.id.json", "/rekaman?q=kamera",
)  # fmt: skip

PLACE: Final = {
    "id", "name", "description", "location", "group_name", "area_id", "is_tunnel", "latitude",
    "longitude", "stream_key", "stream_revision", "video_codec", "player", "embed_url", "showing",
    "delay_s", "area_name",
}  # fmt: skip
ACTIVE: Final = PLACE | {
    "status", "enable_recording", "thumbnail_path", "thumbnail_updated_at", "slug", "state",
}  # fmt: skip
DETAIL: Final = PLACE | {"rt", "rw", "kelurahan", "kecamatan"}
STREAM: Final = DETAIL | {
    "status", "is_online", "last_online_check", "thumbnail_path", "thumbnail_updated_at", "streams",
    "state", "health", "low_latency",
}  # fmt: skip


class Hub:
    """The house and its cameras by name."""

    def __init__(self, house: House, cameras: Mapping[str, Camera], upstream: str) -> None:
        self.house = house
        self.cameras = cameras
        self.upstream = upstream

    @property
    def hidden(self) -> list[Camera]:
        return [self.cameras[name] for name in HIDDEN]

    def secrets(self) -> dict[str, str]:
        """Return what must stand nowhere, by what it is."""
        words = {
            "password": PASSWORD,
            "host": HOST,
            "scheme": "rtsp://",
            "upstream of the relay": self.upstream,
            "its folder": "owners-secret-folder",
            "its header": "owners-header-value",
            "its proxy": "proxy.internal",
            "address of a websocket": "wss-secret.example",
            "folder of the data": str(self.house.base.settings.data_dir),
            "reason of a cut-off": "reason-that-is-nobodys-business",
        }
        for camera in self.hidden:
            words |= {
                f"name of {camera.name}": camera.name,
                f"slug of {camera.name}": camera.slug,
                f"key of {camera.name}": camera.stream_key,
                f"text of {camera.name}": f"text-{camera.name}",
            }
        return words


@pytest.fixture
async def hub(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Hub]:
    media = {"allowed_networks": ["127.0.0.0/8"]}
    async with (
        open_house(tmp_path / "data", media=media) as house,
        listening(FakeOrigin(), None) as upstream,
        media_server(house.base.settings),
    ):
        cameras = {}
        for name, decided in {**HIDDEN, **SHOWN}.items():
            text = {"description": f"text-{name}", "location": f"text-{name}"}
            cameras[name] = await add_camera(house, name, RTSP.format(name), **text, **decided)
        cameras["Relayed"] = await add_camera(
            house,
            "Relayed",
            f"{upstream.url}/owners-secret-folder/index.m3u8",
            relay=True,
            kind=SourceKind.HLS,
            headers=(("Referer", "https://owners-header-value.example/"),),
        )
        cameras["Proxied"] = await add_camera(
            house,
            "Proxied",
            "http://10.77.0.10/owners-secret-folder/index.m3u8",
            relay=True,
            kind=SourceKind.HLS,
            proxy="http://proxy.internal:3128",
        )
        cameras["Framed"] = await add_camera(house, "Framed", OWNERS_PAGE, kind=SourceKind.EMBED)
        socket = "wss://wss-secret.example/live"
        cameras["Socket"] = await add_camera(house, "Socket", socket, kind=SourceKind.MPEGTS_WS)
        order = CutOffOrder(reason="reason-that-is-nobodys-business")
        editor = camera_editor(house.base)
        await editor.cut_off(cameras["Sperrkamera"].id, order, by=AT_THE_CONSOLE)

        async def are_listed() -> bool:
            found = (await house.ask("GET", "/api/stream")).json["data"]
            return {each["name"] for each in found} == set(cameras) - set(HIDDEN)

        await soon(are_listed, "the lists hold what the public finds")
        yield Hub(house, cameras, upstream.url.removeprefix("http://"))


def starts(hub: Hub) -> list[str]:
    """Return addresses that a stranger may try, of every camera and with every trick."""
    paths = [
        *hub.house.lane._exact,
        *PAGES_OF_ALL,
        "/nowhere",
        "/kamera/99999",
        "/hls/",
        "/api/stream/99999",
    ]
    for camera in hub.cameras.values():
        key, number = camera.stream_key, camera.id
        paths += [
            f"/api/stream/{number}",
            f"/api/stream/{number}/token",
            f"/kamera/{number}",
            f"/k/{number}",
            f"/api/thumbnails/{number}.jpg",
            f"/api/thumbnails/{number}.webp?w=640",
            f"/api/thumbnails/{number}.jpg?token=nonsense",
            *(address.format(number) for address in PAGES_OF),
        ]
        if camera not in hub.hidden:
            paths += [
                f"/hls/{key}/index.m3u8",
                f"/hls/{key}/index.m3u8?token=nonsense",
                f"/hls/{key}/late-index.m3u8",
                f"/hls/{key}/ab_seg1.mp4",
                f"/hls/{key}/nothing.mp4",
                f"/hls/{key}/still.jpg",
            ]
    return paths


async def test_whatever_the_public_reads_holds_nothing_that_is_not_public(hub: Hub) -> None:
    secrets, found, seen = hub.secrets(), [], dict[str, int]()
    async for path, status, text in crawl(hub.house, starts(hub)):
        seen[path] = status
        if path.startswith("/assets/"):
            continue
        found += [f"{path} ({status}): {what}" for what, word in secrets.items() if word in text]
    assert found == []
    relayed = hub.cameras["Relayed"]
    assert seen[f"/hls/{relayed.stream_key}/index.m3u8"] == 200
    assert seen[f"/kamera/{relayed.id}-{relayed.slug}"] == 200
    assert {status for status in seen.values() if status >= 500} <= {502, 503}
    for camera in hub.hidden:
        for path in (f"/api/stream/{camera.id}", f"/kamera/{camera.id}"):
            assert seen[path] == 404


async def test_hidden_cameras_are_answered_like_cameras_that_never_were(hub: Hub) -> None:
    ticket = (await hub.house.ask("GET", f"/api/stream/{hub.cameras['Gate'].id}/token")).json
    token = ticket["data"]["token"]
    numbered = (
        "/api/stream/{}",
        "/api/stream/{}/token",
        "/kamera/{}",
        "/kamera/{}-gate",
        "/api/thumbnails/{}.jpg",
        "/api/thumbnails/{}.jpg?w=640",
    )
    keyed = ("/hls/{}/index.m3u8", "/hls/{}/ab_seg1.mp4", "/hls/{}/nothing", "/hls/{}/late-x.mp4")
    ways: tuple[dict[str, str], ...] = (
        {},
        {"accept": "text/html"},
        {"cookie": "nonsense"},
        {"bearer": "nonsense"},
        {"key": "a" * 64},
        {"bearer": token},
    )
    for way in ways:
        for path in numbered:
            never = faceless(await hub.house.ask("GET", path.format(99_999), **way))
            for camera in hub.hidden:
                told = await hub.house.ask("GET", path.format(camera.id), **way)
                assert faceless(told) == never, (camera.name, path, way)
        if way.get("bearer") == token:
            continue  # whoever knows a key may be told that the token is of another camera
        for path in keyed:
            key = "00000000-0000-4000-8000-000000099999"
            never = faceless(await hub.house.ask("GET", path.format(key), **way))
            for camera in hub.hidden:
                told = await hub.house.ask("GET", path.format(camera.stream_key), **way)
                assert faceless(told) == never, (camera.name, path, way)


async def test_pages_that_may_not_show_a_stream_get_no_token_for_it_either(hub: Hub) -> None:
    gate = hub.cameras["Gate"]
    page = {"origin": "https://thief.example", "sec_fetch_site": "cross-site"}
    asked = f"/api/stream/{gate.id}/token"
    refused = await hub.house.ask("GET", asked, **page)
    assert (refused.status, refused.code) == (403, "stream.hotlinked")
    token = (await hub.house.ask("GET", asked)).json["data"]["token"]
    bought = await hub.house.ask("GET", f"{asked}?token={token}", **page)
    assert (bought.status, bought.code) == (403, "stream.hotlinked")
    for camera in hub.hidden:
        hidden = await hub.house.ask("GET", f"/api/stream/{camera.id}/token", **page)
        assert hidden.status == 404
    # Whoever was given one may carry it to a page of theirs.
    playlist = f"/hls/{gate.stream_key}/index.m3u8"
    assert (await hub.house.ask("GET", playlist, **page)).status == 403
    assert (await hub.house.ask("GET", f"{playlist}?token={token}", **page)).status == 200


def faceless(told: Told) -> tuple[object, ...]:
    """Return an answer without what differs from one request to the next."""
    own = {"date", "content-length", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}
    headers = {key: value for key, value in told.headers.items() if key not in own}
    text = re.sub(r'"request_id":"[^"]*"', "", told.text)
    return told.status, headers, text


async def test_public_answers_have_exactly_these_fields(hub: Hub) -> None:
    house = hub.house

    async def data(path: str) -> Any:
        answer = (await house.ask("GET", path)).json
        assert set(answer) == {"success", "data"}
        return answer["data"]

    actives, streams = await data("/api/cameras/active"), await data("/api/stream")
    assert len(actives) == len(streams) == len(hub.cameras) - len(HIDDEN)
    assert {frozenset(each) for each in actives} == {frozenset(ACTIVE)}
    assert {frozenset(each) for each in streams} == {frozenset(STREAM)}
    for each in streams:
        assert set(each["streams"]) == {"hls", "webrtc"}
        one = await data(f"/api/stream/{each['id']}")
        assert set(one) == {"camera", "streams"}
        assert set(one["camera"]) == DETAIL
        assert set(await data(f"/api/stream/{each['id']}/token")) == {
            "token",
            "streamUrl",
            "expiresIn",
        }
    news = (await house.ask("GET", "/wall.id.json")).json
    assert set(news) == {"cameras", "problems", "watching", "areas"}
    assert all(set(each) == {"problems", "watching"} for each in news["areas"].values())
    assert {frozenset(each) for each in news["cameras"].values()} == {
        frozenset({"state", "label", "still"})
    }
    assert set(news["cameras"]) == {str(each["id"]) for each in streams}


async def test_each_kind_says_how_it_is_shown(hub: Hub) -> None:
    streams = (await hub.house.ask("GET", "/api/stream")).json["data"]
    by_name = {each["name"]: each for each in streams}
    said = {
        name: (each["player"], each["showing"], each["delay_s"], bool(each["streams"]["hls"]))
        for name, each in by_name.items()
    }
    assert said == {
        "Gate": ("hls", "live", 0, True),
        "Late": ("hls", "delayed", 300, True),
        "Still": ("hls", "still", 0, False),
        "Works": ("hls", "live", 0, True),
        "Relayed": ("hls", "live", 0, True),
        "Proxied": ("hls", "live", 0, True),
        "Framed": ("frame", "live", 0, False),
        "Socket": ("none", "live", 0, False),
    }
    assert by_name["Framed"]["embed_url"] == OWNERS_PAGE
    assert {each["embed_url"] for name, each in by_name.items() if name != "Framed"} == {None}
    assert datetime.fromisoformat(by_name["Gate"]["last_online_check"]) <= datetime.now(UTC)
