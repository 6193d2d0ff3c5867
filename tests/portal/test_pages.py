"""The routes of the portal, asked as the fast lane asks them."""

import json
import re
from zoneinfo import ZoneInfo

import pytest

from pantau.cameras.models import Camera, CameraSource, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.core.ids import AreaId, CameraId
from pantau.portal.pages import Portal
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply
from pantau.web.problems import refusal_of_status
from tests.support.clock import HandWoundClock


def some_camera(number: int, **changes: object) -> Camera:
    values: dict[str, object] = {
        "id": CameraId(number),
        "slug": f"kamera-{number}",
        "stream_key": f"key-{number}",
        "name": f"Kamera {number}",
        "source": CameraSource("rtsp://user:geheim@10.0.0.1/1"),
        "area_id": AreaId(1),
        "area_name": "Wanasari",
    }
    return Camera(**(values | changes))  # type: ignore[arg-type]  # names are those of the fields


class Hub:
    def __init__(self) -> None:
        self.clock = HandWoundClock()
        self.catalogue = Catalogue([some_camera(1), some_camera(2)], clock=self.clock)
        assets = read_assets()
        site = Site(zone=ZoneInfo("Asia/Jakarta"))
        pages = Pages(assets=assets, site=lambda: site, now=self.clock.now)
        self.portal = Portal(catalogue=self.catalogue, pages=pages, assets=assets)

    def ask(self, address: str, **headers: str) -> Reply:
        return self.asked(address, **headers)[1]

    def asked(self, address: str, **headers: str) -> tuple[HotRequest, Reply]:
        path, _, query = address.partition("?")
        fields = [(n.replace("_", "-").encode(), text.encode()) for n, text in headers.items()]
        scope = {"method": "GET", "path": path, "query_string": query.encode(), "headers": fields}
        request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
        route = self.portal.exact().get(path)
        if route is None:
            prefixes = self.portal.prefixes()
            prefix = next(each for each in prefixes if path.startswith(each))
            request.rest = path.removeprefix(prefix)
            route = prefixes[prefix]
        reply = route.handler(request)
        assert isinstance(reply, Reply)
        return request, reply


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.mark.anyio
async def test_the_wall_is_drawn_once_until_something_on_it_changes(hub: Hub) -> None:
    first = hub.ask("/")
    now = hub.clock.now()
    observed = Observation(LiveState.LIVE, now, now, "h264")
    hub.catalogue.observe({CameraId(1): observed})
    second = hub.ask("/")
    assert second is not first
    await hub.clock.advance(60)
    later = Observation(LiveState.LIVE, now, hub.clock.now(), "h264")
    hub.catalogue.observe({CameraId(1): later})
    # It was looked at again and nothing was new: that is no reason to draw the wall.
    assert hub.ask("/") is second


def test_a_camera_that_is_cut_off_leaves_the_wall_at_once(hub: Hub) -> None:
    assert b"Kamera 2" in hub.ask("/").body
    hub.catalogue.replace([some_camera(1), some_camera(2, enabled=False)])
    assert b"Kamera 2" not in hub.ask("/").body
    with pytest.raises(NotFound):
        hub.ask("/kamera/2-kamera-2")


@pytest.mark.parametrize("address", ["/kamera/1", "/k/1", "/k/1-x", "/kamera/1-old-name"])
def test_other_addresses_of_a_camera_lead_to_the_true_one(hub: Hub, address: str) -> None:
    reply = hub.ask(f"{address}?player=still")
    assert reply.status == 308
    assert dict(reply.headers)[b"location"] == b"/kamera/1-kamera-1?player=still"


def test_no_page_names_where_the_pictures_come_from(hub: Hub) -> None:
    for address in ["/", "/?q=kamera", "/kamera/1-kamera-1", "/wall.id.json"]:
        body = hub.ask(address).body
        assert b"10.0.0.1" not in body
        assert b"geheim" not in body


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "id"),
        ({"accept_language": "en-GB,en;q=0.9"}, "en"),
        ({"accept_language": "de,in;q=0.5,en;q=0.3"}, "id"),
        ({"accept_language": "en", "cookie": "a=b; pantau_language=id"}, "id"),
        ({"accept_language": "en;q=x,id;q=0"}, "id"),
    ],
)
def test_the_language_is_the_visitors(hub: Hub, headers: dict[str, str], language: str) -> None:
    for address in ["/", "/kamera/1-kamera-1"]:
        assert f'<html lang="{language}" '.encode() in hub.ask(address, **headers).body


def test_a_language_in_the_address_is_remembered(hub: Hub) -> None:
    reply = hub.ask("/?lang=en")
    assert b'<html lang="en" ' in reply.body
    assert dict(reply.headers)[b"set-cookie"].startswith(b"pantau_language=en; Path=/")
    assert b"set-cookie" not in dict(hub.ask("/?lang=xx").headers)


def test_kept_pages_tell_caches_what_they_depend_on(hub: Hub) -> None:
    reply = hub.ask("/")
    assert (b"vary", b"Accept-Language, Cookie") in reply.headers
    assert dict(reply.headers)[b"cache-control"] == b"no-cache"
    tag = dict(reply.headers)[b"etag"].decode()
    confirmed = hub.ask("/", if_none_match=tag)
    assert confirmed.status == 304
    # Otherwise the headers of a page that is merely confirmed forbid its own scripts.
    assert confirmed.is_html


def test_an_open_wall_hears_of_states_and_stills(hub: Hub) -> None:
    hub.catalogue.still_taken(CameraId(2), hub.clock.now())
    news = json.loads(hub.ask("/wall.id.json").body)
    assert news["cameras"]["1"] == {"state": "unknown", "label": "Belum diperiksa", "still": None}
    assert news["cameras"]["2"]["still"] == "/api/thumbnails/2.jpg"
    assert news["problems"] == "1 belum diperiksa"


@pytest.mark.parametrize("status", [400, 403, 404, 414, 429, 500, 503])
def test_every_refusal_has_a_page(hub: Hub, status: int) -> None:
    page = problem_page(hub, "GET", "/", status=status)
    assert re.search("<h1>.+</h1>", page)
    assert ("req-1" in page) == (status >= 500 and status != 503)
    assert ("Try again" in page) == (status in {429, 503})


@pytest.mark.parametrize(
    ("path", "query", "link"),
    [
        ("/kamera/4-jembatan", b"", "/kamera/4-jembatan"),
        ("/", b"q=pasar+wetan&page=2", "/?q=pasar+wetan&amp;page=2"),
        ("/", b'q="><b>', "/?q=%22%3E%3Cb%3E"),
        ("/wilayah/1-\u1025", b"", "/wilayah/1-%E1%80%A5"),
        ("//evil.example/x", b"", "/evil.example/x"),
        ("/\\\\evil.example", b"", "/%5C%5Cevil.example"),
    ],
)
def test_who_was_refused_for_being_many_tries_the_same_address_again(
    hub: Hub, path: str, query: bytes, link: str
) -> None:
    page = problem_page(hub, "GET", path, query)
    assert f'<a class="btn btn--main" href="{link}">' in page


def test_who_sent_something_in_vain_is_told_so_and_sends_nothing_by_a_link(hub: Hub) -> None:
    page = problem_page(hub, "POST", "/masukan")
    assert "What you just sent was not saved. Please try again in a moment." in page
    assert "btn--main" not in page


def problem_page(hub: Hub, method: str, path: str, query: bytes = b"", *, status: int = 503) -> str:
    scope = {
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(b"accept-language", b"en")],
    }
    return hub.portal.problem_page(scope, refusal_of_status(status, "req-1")).decode()


def test_robots_and_favicon_are_there(hub: Hub) -> None:
    assert hub.ask("/favicon.ico").status == 200
    assert b"Disallow: /hls/" in hub.ask("/robots.txt").body


def body(reply: Reply) -> str:
    assert isinstance(reply.body, bytes)
    return reply.body.decode()


def properties(page: str) -> dict[str, str]:
    found = re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page)
    assert len(found) == len(dict(found))
    return dict(found)


@pytest.mark.anyio
async def test_what_is_shared_has_a_title_a_text_and_a_picture() -> None:
    clock = HandWoundClock()
    cameras = [some_camera(1, name='Gate "<b>'), some_camera(2)]
    catalogue = Catalogue(cameras, clock=clock)
    catalogue.still_taken(CameraId(1), clock.now())
    assets, site = read_assets(), Site(zone=ZoneInfo("Asia/Jakarta"), logo="/gambar/logo.webp")
    pages = Pages(assets=assets, site=lambda: site, now=clock.now)
    hub = Hub()
    hub.portal = Portal(
        catalogue=catalogue, pages=pages, assets=assets, public_url="https://cctv.example"
    )
    english = {"accept_language": "en"}
    wall = properties(body(hub.ask("/", **english)))
    assert wall["title"] == "Cameras · Pantau"
    assert wall["description"].startswith("Public cameras, live")
    assert (wall["url"], wall["image"]) == (
        "https://cctv.example/",
        "https://cctv.example/kartu/hub.jpg",
    )
    gate = properties(body(hub.ask("/kamera/1-kamera-1", **english)))
    assert gate["title"] == "Gate &#34;&lt;b&gt; · Pantau"
    assert gate["description"] == "Live picture: Gate &#34;&lt;b&gt;"
    assert gate["url"] == "https://cctv.example/kamera/1-kamera-1"
    assert gate["image"] == "https://cctv.example/kartu/1.jpg"
    # Nobody's Host header gets into a page that is kept for everybody.
    plain = properties(body(Hub().ask("/", host="jahat.example", **english)))
    assert {*plain} == {"type", "site_name", "title", "description", "locale", "image"}


def test_leafing_through_every_camera_costs_nobody_the_wall(hub: Hub) -> None:
    kept, drawn = hub.portal.kept, list[tuple[str, int]]()

    def keep(kind: str, number: int) -> None:
        def draw(_: str) -> bytes:
            drawn.append((kind, number))
            return b"page"

        kept.keep(kind, "id", number, draw)

    for number in range(2_000):
        keep("watch", number)
        keep("wall", 0)
    keep("watch", 0)
    assert drawn.count(("wall", 0)) == 1
    assert drawn.count(("watch", 0)) == 2
