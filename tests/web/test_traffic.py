"""Every answer is counted once, whichever way it took."""

import asyncio

import pytest

from pantau.core.errors import NotFound
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.traffic import class_of, endpoint_of
from tests.support.clock import HandWoundClock
from tests.web.http_peer import no_app, serving_lane, visiting

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "pages"),
        ("/cameras/3", "pages"),
        ("/hls/x/index.m3u8", "streams"),
        ("/api/stream", "api"),
        ("/api/thumbnails/1.jpg", "stills"),
        ("/api/auth/login", "auth"),
        ("/api/users", "admin"),
        ("/api/admin/cache/stats", "admin"),
        ("/api/health", "health"),
        ("/health/live", "health"),
        ("/admin/cameras", "admin_pages"),
        ("/metrics", "admin"),
        ("/api", "api"),
        ("/administration", "pages"),
        ("*", "pages"),
    ],
)
def test_classes(path: str, kind: str) -> None:
    assert class_of(path) == kind


@pytest.mark.parametrize(
    ("method", "path", "query", "endpoint"),
    [
        ("GET", "/hls/x/index.m3u8", b"", "playlist"),
        ("GET", "/hls/x/index.m3u8", b"_HLS_msn=7&_HLS_part=1", "playlist_wait"),
        ("GET", "/hls/x/run-7.mp4", b"", "segment"),
        ("GET", "/api/cameras/active", b"", "list"),
        ("GET", "/api/cameras", b"", "api"),
        ("GET", "/api/stream", b"", "stream"),
        ("GET", "/api/stream/3", b"", "stream"),
        ("POST", "/api/auth/login", b"", "login"),
        ("POST", "/admin/sign-in", b"", "login"),
        ("GET", "/admin/sign-in", b"", "admin_page"),
        ("POST", "/api/auth/refresh", b"", "auth"),
        ("GET", "/api/recordings/3/playlist.m3u8", b"", "playback"),
        ("GET", "/api/thumbnails/3.jpg", b"", "still"),
        ("POST", "/api/viewer/heartbeat", b"", "viewer"),
        ("GET", "/api/admin/stats", b"", "admin_api"),
        ("GET", "/metrics", b"", "admin_api"),
        ("GET", "/health/ready", b"", "health"),
        ("GET", "/assets/a.js", b"", "asset"),
        ("GET", "/kamera/3", b"", "page"),
    ],
)
def test_endpoints_that_are_measured_apart(
    method: str, path: str, query: bytes, endpoint: str
) -> None:
    scope = {"method": method, "path": path, "query_string": query, "headers": []}
    request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
    assert endpoint_of(request) == endpoint


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/api/broken":
        raise ValueError("a bug")
    await no_app(scope, receive, send)


async def test_every_way_out_is_counted_once() -> None:
    async def later(request: HotRequest) -> Reply:
        await asyncio.sleep(0)
        return Reply(200, b"late")

    def missing(_: HotRequest) -> Reply:
        raise NotFound("camera.unknown", "There is no such camera.")

    lane = FastLane(
        broken,
        exact={
            "/api/stream": Route(lambda _: Reply(200, b"{}")),
            "/api/areas/public": Route(later),
        },
        prefixes={"/hls/": Route(missing)},
        clients=ClientAddresses(),
    )
    async with serving_lane(lane) as port:
        async with visiting(port) as visitor:
            for path in ("/api/stream", "/api/areas/public", "/hls/1", "/hls/2", "/page"):
                await visitor.ask(path)
            await visitor.ask("/api/stream", "HEAD")
            await visitor.ask("/api/stream", "POST")
            await visitor.ask("/api/broken")
            await visitor.ask("/a/../b")
        async with visiting(port) as visitor:
            await visitor.say(b"no request\r\n\r\n")
            await visitor.hear()
    assert lane.traffic.counts() == {
        ("api", "200"): 3,
        ("streams", "404"): 2,
        ("pages", "200"): 1,
        ("api", "405"): 1,
        ("api", "500"): 1,
        ("pages", "400"): 1,
        ("refused", "400"): 1,
    }


async def test_how_long_answers_took_is_known_by_endpoint() -> None:
    clock = HandWoundClock()

    def slowly(seconds: float) -> Route:
        def answer(_: HotRequest) -> Reply:
            clock.wind(seconds)
            return Reply(200, b"{}")

        return Route(answer)

    def refuse(_: HotRequest) -> Reply:
        clock.wind(9)
        return Reply(503)

    async def late(request: HotRequest) -> Reply:
        clock.wind(0.3)
        return Reply(200, b"a segment" if request.path.endswith("mp4") else b"#EXTM3U")

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        clock.wind(0.05)
        await no_app(scope, receive, send)

    lane = FastLane(
        page,
        exact={
            "/api/cameras/active": slowly(0.004),
            "/api/stream": slowly(0.012),
            "/api/areas/public": Route(refuse),
        },
        prefixes={"/hls/": Route(late)},
        clients=ClientAddresses(),
        clock=clock,
    )
    async with serving_lane(lane) as port, visiting(port) as visitor:
        for path in ("/api/cameras/active", "/api/stream", "/api/areas/public", "/page"):
            await visitor.ask(path)
        await visitor.ask("/hls/1/index.m3u8")
        await visitor.ask("/hls/1/2.mp4")
        await visitor.ask("/hls/1/3.mp4")
    took = {
        name: (sum(each.counts), round(each.sum_s, 6))
        for name, each in lane.traffic.latencies().items()
    }
    assert took == {
        "list": (1, 0.004),
        "stream": (1, 0.012),
        "page": (1, 0.05),
        "playlist": (1, 0.3),
        "segment": (2, 0.6),
    }
