"""Every answer is counted once, whichever way it took."""

import asyncio

import pytest

from pantau.core.errors import NotFound
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.traffic import class_of
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
