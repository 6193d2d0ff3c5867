"""The edge before a MediaMTX that checks cookies and keeps sessions (1.18 and later)."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
from aiohttp import web

from tests.streaming.fake_origin import KEY, SEGMENT, FakeOrigin, Setting, edge_before
from tests.web.http_peer import visiting

pytestmark = pytest.mark.anyio

CHILD = (
    b'#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="ab_init.mp4%s"\n#EXTINF:2,\nab_seg1.mp4%s\n'
)


class MediaMtx(FakeOrigin):
    """Redirects the first request, and serves children only to who holds its session."""

    def __init__(self, *, by_cookie: bool, secret: str = "") -> None:
        super().__init__()
        self.by_cookie = by_cookie
        self.secret = secret
        self.numbers = count(1)
        self.alive: set[str] = set()
        self.reactions = {
            "index.m3u8": self.index,
            "video1_stream.m3u8": self.child,
            "ab_seg1.mp4": self.segment,
        }

    async def index(self, request: web.Request) -> web.Response:
        if self.holds_secret(request):
            return web.Response(body=self.multivariant(""))
        if request.query.get("cookieCheck") != "1":
            found = web.Response(status=302, headers={"Location": request.path + "?cookieCheck=1"})
            found.set_cookie("cookieCheck", "1")
            return found
        session = f"0000-{next(self.numbers)}"
        self.alive.add(session)
        if self.by_cookie and request.cookies.get("cookieCheck") == "1":
            response = web.Response(body=self.multivariant(""))
            response.set_cookie("hlsSession", session)
            return response
        return web.Response(body=self.multivariant(f"?session={session}"))

    async def child(self, request: web.Request) -> web.Response:
        if not self.is_known(request):
            return web.Response(status=401)
        session = request.query.get("session")
        query = b"?session=" + session.encode() if session else b""
        return web.Response(body=CHILD % (query, query))

    async def segment(self, request: web.Request) -> web.Response:
        return web.Response(body=SEGMENT) if self.is_known(request) else web.Response(status=401)

    def multivariant(self, query: str) -> bytes:
        line = '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.640028"'
        return f"#EXTM3U\n{line}\nvideo1_stream.m3u8{query}\n".encode()

    def holds_secret(self, request: web.Request) -> bool:
        return bool(self.secret) and request.headers.get("Authorization") == f"Bearer {self.secret}"

    def is_known(self, request: web.Request) -> bool:
        told = request.query.get("session") or request.cookies.get("hlsSession")
        return told in self.alive or self.holds_secret(request)


@pytest.fixture(params=["cookie", "query"])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[Setting]:
    origin = MediaMtx(by_cookie=request.param == "cookie")
    async with edge_before(origin, foreign=True) as setting:
        yield setting


async def test_viewers_share_one_session_that_none_of_them_sees(at: Setting) -> None:
    async with visiting(at.port) as first, visiting(at.port) as second:
        for viewer in (first, second):
            index = await viewer.ask(at.url("index.m3u8"))
            child = await viewer.ask(at.url("video1_stream.m3u8"))
            segment = await viewer.ask(at.url("ab_seg1.mp4"))
            assert index.body.endswith(b"video1_stream.m3u8\n")
            assert child.body == CHILD % (b"", b"")
            assert segment.body == SEGMENT
            for answer in (index, child, segment):
                assert answer.headers("set-cookie") == []
                assert b"session" not in answer.body.lower()
    files = [request.path.rpartition("/")[2] for request in at.origin.requests]
    assert sorted(files) == ["ab_seg1.mp4", "index.m3u8", "index.m3u8", "video1_stream.m3u8"]


async def test_viewers_cookies_stay_here(at: Setting) -> None:
    async with visiting(at.port) as viewer:
        await viewer.ask(at.url("index.m3u8"), cookie="token=eyJhbGciOi; refreshToken=secret")
    assert not any("token" in request.headers.get("Cookie", "") for request in at.origin.requests)


async def test_a_forgotten_session_is_opened_again_without_the_viewer_noticing(
    at: Setting,
) -> None:
    assert isinstance(at.origin, MediaMtx)
    async with visiting(at.port) as viewer:
        await viewer.ask(at.url("index.m3u8"))
        await viewer.ask(at.url("video1_stream.m3u8"))
        at.origin.alive.clear()
        at.clock.wind(5)
        assert (await viewer.ask(at.url("video1_stream.m3u8"))).status == 200
        assert (await viewer.ask(at.url("ab_seg1.mp4"))).status == 200


async def test_polling_does_not_open_a_session_each_time(at: Setting) -> None:
    assert isinstance(at.origin, MediaMtx)
    async with visiting(at.port) as viewer:
        for _ in range(10):
            await viewer.ask(at.url("index.m3u8"))
            at.clock.wind(1)
    assert len(at.origin.alive) == 1


async def test_with_a_shared_secret_no_session_is_needed() -> None:
    origin = MediaMtx(by_cookie=True, secret="cdn-secret")
    async with edge_before(origin, foreign=True, secret="cdn-secret") as at:
        async with visiting(at.port) as viewer:
            assert (await viewer.ask(at.url("index.m3u8"))).status == 200
            assert (await viewer.ask(at.url("ab_seg1.mp4"))).status == 200
        assert origin.alive == set()
        assert "cdn-secret" not in repr(at.address)


@pytest.mark.parametrize("where", ["http://10.0.0.5/x.m3u8", "//10.0.0.5/x.m3u8", "index.m3u8", ""])
async def test_redirects_that_lead_elsewhere_or_nowhere_are_not_followed(where: str) -> None:
    async def lead(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": where})

    origin = FakeOrigin()
    origin.reactions["index.m3u8"] = lead
    async with edge_before(origin, foreign=True) as at, visiting(at.port) as viewer:
        answer = await viewer.ask(at.url("index.m3u8"))
        assert answer.status == 502
        assert answer.header("location") == ""
        assert origin.asked.total() <= 4


async def test_queries_mean_something_to_a_foreign_origin() -> None:
    origin = FakeOrigin()
    async with edge_before(origin, foreign=True) as at, visiting(at.port) as viewer:
        await viewer.ask(at.url("ab_seg1.mp4") + "?b=2&a=1")
        await viewer.ask(at.url("ab_seg1.mp4") + "?a=1&b=2&session=mine&token=x")
        assert dict(origin.asked) == {f"/{KEY}/ab_seg1.mp4?a=1&b=2": 1}


async def test_two_streams_do_not_share_a_session(at: Setting) -> None:
    async with visiting(at.port) as viewer:
        await asyncio.gather(*(get_index(at, key) for key in (KEY, "second")))
        assert (await viewer.ask(at.url("video1_stream.m3u8"))).status == 200
        assert (await viewer.ask(at.url("video1_stream.m3u8", "second"))).status == 200
    told = {
        (request.path.split("/")[1], request.query.get("session") or request.headers["Cookie"])
        for request in at.origin.requests
        if request.path.endswith("video1_stream.m3u8")
    }
    assert len({stream for stream, _ in told}) == len({session for _, session in told}) == 2


async def get_index(at: Setting, key: str) -> None:
    async with visiting(at.port) as viewer:
        assert (await viewer.ask(at.url("index.m3u8", key))).status == 200
