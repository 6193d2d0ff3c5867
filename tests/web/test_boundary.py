"""Every control has its effect on every kind of answer, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from pantau.core.errors import NotFound, Unavailable
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from pantau.web.framework_problems import install
from pantau.web.headers import PageSources, page_nonce
from pantau.web.problems import Problems, Refusal
from pantau.web.snapshot import Encoded, answer_with
from tests.web.http_peer import Visitor, serving, visiting

pytestmark = pytest.mark.anyio

LIST = Encoded(b'{"success":true,"data":[' + b",".join([b'"camera"'] * 200) + b"]}")
COMMON = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "0",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Place(BaseModel):
    name: str
    number: int


def crash(_: HotRequest) -> Reply:
    raise ZeroDivisionError("rtsp://operator:hunter2@10.0.0.7/")


async def crash_later(request: HotRequest) -> Reply:
    return crash(request)


async def refuse_later(_: HotRequest) -> Reply:
    raise Unavailable("stream.unreachable", "The camera does not answer.", retry_after_s=3)


def refuse(_: HotRequest) -> Reply:
    raise NotFound("stream.unknown", "There is no such stream.")


def page(request: HotRequest) -> Reply:
    body = f"<!doctype html><script nonce={page_nonce(request.scope)}>1</script>".encode()
    return Reply(200, body, content_type=b"text/html; charset=utf-8")


def kept_page(_: HotRequest) -> Reply:
    return Reply(200, b"<!doctype html>", content_type=b"text/html; charset=utf-8")


HOT = {
    "/api/list": Route(answer_with(lambda: LIST), cross_origin=True),
    "/hot/own": Route(lambda _: Reply(200, b"own", content_type=b"text/plain")),
    "/hot/crash": Route(crash),
    "/hot/crash-later": Route(crash_later),
    "/hot/refuse-later": Route(refuse_later, cross_origin=True),
    "/hot/page": Route(page),
    "/hot/kept-page": Route(kept_page),
}


def api() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/slow/json")
    async def _json() -> dict[str, int]:
        return {"answer": 42}

    @app.get("/slow/crash")
    async def _crash() -> None:
        raise ZeroDivisionError("rtsp://operator:hunter2@10.0.0.7/")

    @app.get("/slow/refuse")
    async def _refuse() -> None:
        raise NotFound("camera.unknown", "There is no such camera.", field="camera_id")

    @app.post("/slow/place")
    async def _place(place: Place) -> Place:
        return place

    install(Problems(data_prefixes=("/api/",)), app)
    return app


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    prefixes = {"/hls/": Route(refuse, cross_origin=True)}
    sources = PageSources(images=("https://tiles.example",), scripts=("'sha256-abc='",))
    async with (
        serving(api(), exact=HOT, prefixes=prefixes, sources=sources) as port,
        visiting(port) as somebody,
    ):
        yield somebody


KINDS = [
    ("GET", "/api/list", {}, 200),
    ("HEAD", "/api/list", {}, 200),
    ("GET", "/api/list", {"if_none_match": LIST.etag.decode()}, 304),
    ("GET", "/api/list", {"accept_encoding": "identity;q=0"}, 406),
    ("OPTIONS", "/api/list", {}, 204),
    ("POST", "/api/list", {"content_length": "0"}, 405),
    ("GET", "/hot/own", {}, 200),
    ("GET", "/hot/page", {}, 200),
    ("HEAD", "/hot/page", {}, 200),
    ("GET", "/hot/kept-page", {}, 200),
    ("GET", "/hot/crash", {}, 500),
    ("GET", "/hot/crash-later", {}, 500),
    ("GET", "/hot/refuse-later", {}, 503),
    ("GET", "/hls/nobody/index.m3u8", {}, 404),
    ("GET", "/hls/%2e%2e/%2e%2e/v3/config", {}, 400),
    ("GET", "/slow/json", {}, 200),
    ("HEAD", "/slow/json", {}, 200),
    ("GET", "/slow/crash", {}, 500),
    ("GET", "/slow/refuse", {}, 404),
    ("GET", "/slow/nowhere", {}, 404),
    ("POST", "/slow/json", {"content_length": "0"}, 405),
    ("OPTIONS", "/slow/json", {}, 204),
    ("POST", "/slow/place", {"content_length": "0"}, 400),
    ("POST", "/slow/place", {"content_length": "9000000"}, 413),
    ("GET", "/" + "a" * 5000, {}, 414),
    ("GET", "/hot/own", {"x_long": "a" * 40_000}, 431),
]


@pytest.mark.parametrize(("method", "target", "headers", "status"), KINDS)
async def test_every_kind_of_answer_carries_the_headers_of_the_house(
    visitor: Visitor, method: str, target: str, headers: dict[str, str], status: int
) -> None:
    answer = await visitor.ask(target, method, **headers)
    assert answer.status == status
    assert {name: answer.header(name) for name in COMMON} == COMMON
    assert "frame-ancestors 'none'" in answer.header("content-security-policy")
    assert "geolocation=(self)" in answer.header("permissions-policy")
    assert answer.header("cross-origin-resource-policy") in {"same-origin", "cross-origin"}
    assert answer.header("x-request-id")
    assert answer.header("date")
    assert answer.header("cache-control")
    assert answer.headers("server") == []
    assert answer.headers("strict-transport-security") == []
    if status in {200, 204, 304, 206}:
        return
    assert b"hunter2" not in answer.body
    if method != "HEAD" and status != 406:
        assert b'"success":false' in answer.body
        assert f'"request_id":"{answer.header("x-request-id")}"'.encode() in answer.body


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("OPTIONS", "/api/list", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api/list", "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/slow/json", "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/slow/place", "OPTIONS, POST"),
        ("PUT", "/slow/place", "OPTIONS, POST"),
    ],
)
async def test_methods_that_are_not_known_learn_which_are(
    visitor: Visitor, method: str, target: str, expected: str
) -> None:
    answer = await visitor.ask(target, method, content_length="0")
    assert answer.status in {204, 405}
    assert answer.header("allow") == expected


async def test_head_has_the_length_of_get_and_no_body(visitor: Visitor) -> None:
    for target in ("/api/list", "/slow/json", "/hot/page"):
        whole = await visitor.ask(target)
        head = await visitor.ask(target, "HEAD")
        assert head.header("content-length") == whole.header("content-length") != "0"
        assert head.status == whole.status
        # Anything that followed the head would be taken for the next answer.
        assert (await visitor.ask("/hot/own")).body == b"own"


async def test_head_does_not_wait_for_a_long_body() -> None:
    go_on = asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"more"})

    async with serving(stream, exact=HOT) as port, visiting(port) as visitor:
        head = await visitor.ask("/", "HEAD")
        assert head.header("content-length") == "8"
        assert (await visitor.ask("/hot/own")).body == b"own"
        go_on.set()
        assert (await visitor.ask("/")).body == b"halfmore"


async def test_a_page_may_run_its_own_inline_blocks_and_no_others(visitor: Visitor) -> None:
    first, second = await visitor.ask("/hot/page"), await visitor.ask("/hot/page")
    nonce = first.body.split(b"nonce=")[1].split(b">")[0].decode()
    policy = first.header("content-security-policy")
    assert f"script-src 'self' 'nonce-{nonce}' 'sha256-abc='" in policy
    assert "img-src 'self' data: blob: https://tiles.example" in policy
    assert "unsafe" not in policy
    assert second.header("content-security-policy") != policy
    kept = await visitor.ask("/hot/kept-page")
    assert "nonce" not in kept.header("content-security-policy")
    assert "script-src 'self' 'sha256-abc='" in kept.header("content-security-policy")


async def test_players_of_other_sites_may_read_streams_and_public_lists_only(
    visitor: Visitor,
) -> None:
    for target in ("/api/list", "/hls/nobody/index.m3u8", "/hot/refuse-later"):
        answer = await visitor.ask(target, origin="https://elsewhere.example")
        assert answer.header("access-control-allow-origin") == "*"
        assert answer.header("access-control-allow-credentials") == ""
        assert answer.header("cross-origin-resource-policy") == "cross-origin"
    own = await visitor.ask("/hot/own", origin="https://elsewhere.example")
    assert own.header("access-control-allow-origin") == ""
    preflight = await visitor.ask("/api/list", "OPTIONS", origin="https://elsewhere.example")
    assert "Range" in preflight.header("access-control-allow-headers")


async def test_a_refusal_says_when_to_come_back(visitor: Visitor) -> None:
    answer = await visitor.ask("/hot/refuse-later")
    assert answer.header("retry-after") == "3"
    assert b'"code":"stream.unreachable"' in answer.body


async def test_wrong_values_are_named_field_by_field(visitor: Visitor) -> None:
    body = b'{"number":"many"}'
    await visitor.say(
        b"POST /slow/place HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(body), body)
    )
    answer = await visitor.hear()
    assert answer.status == 400
    assert b'"field":"name"' in answer.body
    assert b'"field":"number"' in answer.body


async def test_a_body_without_declared_length_is_cut_at_the_limit(visitor: Visitor) -> None:
    await visitor.say(
        b"POST /slow/place HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n"
    )
    for _ in range(20):
        await visitor.say(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    await visitor.say(b"0\r\n\r\n")
    assert (await visitor.hear()).status == 413


async def test_browsers_get_a_page_and_programs_the_envelope() -> None:
    def draw(_: Scope, refusal: Refusal) -> bytes:
        return f"<!doctype html>{refusal.status} {refusal.request_id}".encode()

    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    async with (
        serving(
            api(), exact={"/api/crash": Route(crash), "/crash": Route(crash)}, page=draw
        ) as port,
        visiting(port) as visitor,
    ):
        page = await visitor.ask("/crash", **browser)
        assert page.header("content-type").startswith("text/html")
        assert page.body == f"<!doctype html>500 {page.header('x-request-id')}".encode()
        for target, headers in (("/crash", {}), ("/api/crash", browser)):
            assert (await visitor.ask(target, **headers)).body.startswith(b'{"success":false')
        assert (await visitor.ask("/%2e%2e/", **browser)).body.startswith(b"<!doctype html>400")


async def test_https_is_remembered_only_when_a_trusted_proxy_vouches_for_it() -> None:
    async with serving(exact=HOT, trusted=("127.0.0.1",)) as port, visiting(port) as visitor:
        for target in ("/hot/own", "/somewhere", "/hot/page"):
            encrypted = await visitor.ask(target, x_forwarded_proto="https")
            assert encrypted.header("strict-transport-security").startswith("max-age=")
            plain = await visitor.ask(target, x_forwarded_proto="http")
            assert plain.headers("strict-transport-security") == []
    async with serving(exact=HOT) as port, visiting(port) as visitor:
        claimed = await visitor.ask("/hot/own", x_forwarded_proto="https")
        assert claimed.headers("strict-transport-security") == []


async def test_a_request_keeps_the_name_that_a_trusted_proxy_gave_it() -> None:
    async with serving(exact=HOT, trusted=("127.0.0.1",)) as port, visiting(port) as visitor:
        told = await visitor.ask("/hot/own", x_request_id="proxy-12345678")
        assert told.header("x-request-id") == "proxy-12345678"
        insane = await visitor.ask("/hot/own", x_request_id="<script>alert(1)</script>")
        assert "script" not in insane.header("x-request-id")
    async with serving(exact=HOT) as port, visiting(port) as visitor:
        names = {
            (await visitor.ask("/hot/own", x_request_id="visitor-12345678")).header("x-request-id")
            for _ in range(20)
        }
        assert len(names) == 20
        assert "visitor-12345678" not in names


async def test_the_software_does_not_say_its_name() -> None:
    async def talkative(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"Server", b"SecretSoft/1"), (b"X-Powered-By", b"secrets")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async with serving(talkative) as port, visiting(port) as visitor:
        answer = await visitor.ask("/")
        assert answer.headers("server") == answer.headers("x-powered-by") == []


async def test_half_an_answer_is_never_made_to_look_whole() -> None:
    async def stumble(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ZeroDivisionError

    async with serving(stumble) as port, visiting(port) as visitor:
        await visitor.say(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        everything = await visitor.hear_the_end()
        assert everything.endswith(b"\r\n\r\nhalf")
        assert everything.count(b"HTTP/1.1") == 1


async def test_the_longest_prefix_wins_and_handlers_see_the_rest() -> None:
    def say(name: str) -> Route:
        return Route(lambda request: Reply(200, f"{name}:{request.rest}".encode()))

    prefixes = {"/a/": say("short"), "/a/b/": say("long")}
    async with serving(prefixes=prefixes) as port, visiting(port) as visitor:
        assert (await visitor.ask("/a/b/c")).body == b"long:c"
        assert (await visitor.ask("/a/c%20d")).body == b"short:c d"
        assert (await visitor.ask("/ab")).body == b"slow GET /ab"
