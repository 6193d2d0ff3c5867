"""What raw bytes can and cannot do to a connection."""

import asyncio
import socket
from collections.abc import AsyncIterator

import psutil
import pytest

from pantau.web.connection import ConnectionLimits
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from tests.support.waiting import until
from tests.web.http_peer import Visitor, no_app, serving, visiting

pytestmark = pytest.mark.anyio

LARGE = bytes(range(256)) * 2000
SEEN: list[str] = []


def say(text: bytes) -> Route:
    def handler(request: HotRequest) -> Reply:
        SEEN.append(request.path)
        return Reply(200, text)

    return Route(handler)


async def in_a_moment(_: HotRequest) -> Reply:
    await asyncio.sleep(0)
    return Reply(200, b"later")


HOT = {
    "/a": say(b"a"),
    "/b": say(b"b"),
    "/large": say(LARGE),
    "/later": Route(in_a_moment),
}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    SEEN.clear()
    async with serving(exact=HOT) as number:
        yield number


@pytest.fixture
async def visitor(port: int) -> AsyncIterator[Visitor]:
    async with visiting(port) as somebody:
        yield somebody


async def test_a_known_answer_needs_no_task(visitor: Visitor) -> None:
    tasks_in_handler: list[int] = []

    def count(_: HotRequest) -> Reply:
        names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]  # type: ignore[union-attr]  # coroutines have one
        tasks_in_handler.append(sum("run_asgi" in name for name in names))
        return Reply(200, b"counted")

    async with serving(exact={"/count": Route(count)}) as port, visiting(port) as other:
        assert (await other.ask("/count")).body == b"counted"
    # A later uvicorn that does not call our hook makes this 1: correct, but far slower.
    assert tasks_in_handler == [0]


async def test_answers_come_in_the_order_of_the_questions(visitor: Visitor) -> None:
    paths = [b"/a", b"/slow", b"/b", b"/later", b"/a", b"/slow", b"/later", b"/large"]
    await visitor.say(b"".join(b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path for path in paths))
    heard = [(await visitor.hear()).body for _ in paths]
    slow = b"slow GET /slow"
    assert heard == [b"a", slow, b"b", b"later", b"a", slow, b"later", LARGE]


async def test_thousands_of_questions_in_one_packet_exhaust_nothing(visitor: Visitor) -> None:
    first = b"GET /later HTTP/1.1\r\nhost: x\r\n\r\n"
    await visitor.say(first + b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n" * 3000)
    assert (await visitor.hear()).body == b"later"
    for _ in range(3000):
        assert (await visitor.hear()).body == b"a"


async def test_a_question_may_arrive_byte_by_byte(visitor: Visitor) -> None:
    for byte in b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n":
        await visitor.say(bytes([byte]))
    assert (await visitor.hear()).body == b"a"


async def test_a_body_that_nobody_reads_is_not_taken_for_a_question(visitor: Visitor) -> None:
    hidden = b"GET /b HTTP/1.1\r\nhost: x\r\n\r\n"
    await visitor.say(
        b"GET /a HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(hidden), hidden)
    )
    assert (await visitor.hear()).body == b"a"
    assert (await visitor.ask("/large")).body == LARGE
    assert SEEN == ["/a", "/large"]


SMUGGLING = {
    "both lengths": b"content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nG",
    "two lengths": b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "length list": b"content-length: 5, 6\r\n\r\nhello!",
    "signed length": b"content-length: +5\r\n\r\nhello",
    "hex length": b"content-length: 0x5\r\n\r\nhello",
    "space before colon": b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "coding that is none": b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "folded line": b"x-a: b\r\n c: d\r\n\r\n",
    "bare line feed": b"x-a: b\nx-c: d\r\n\r\n",
    "bare carriage return": b"x-a: b\rx-c: d\r\n\r\n",
    "zero byte": b"x-a: b\x00c\r\n\r\n",
    "no name": b": b\r\n\r\n",
    "space in name": b"x a: b\r\n\r\n",
    "bad chunk": b"transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "chunk longer than said": b"transfer-encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("what", SMUGGLING)
@pytest.mark.parametrize("target", [b"/a", b"/slow"])
async def test_framing_that_two_programs_read_differently_ends_the_connection(
    visitor: Visitor, what: str, target: bytes
) -> None:
    attack = b"POST %s HTTP/1.1\r\nhost: x\r\n%s" % (target, SMUGGLING[what])
    await visitor.say(attack + b"GET /b HTTP/1.1\r\nhost: x\r\n\r\n" * 2)
    await visitor.hear_the_end()
    assert "/b" not in SEEN


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /a HTTP/1.1\r\nx: y",
        b"GET /a HTTP/1.1\r\nhost: x\r\nhost: y",
        b"GET /a HTTP/1.1\r\nhost:",
        b"get /a HTTP/1.1\r\nhost: x",
        b"FROBNICATE /a HTTP/1.1\r\nhost: x",
        b"GET a HTTP/1.1\r\nhost: x",
        b"GET http://evil.example/a HTTP/1.1\r\nhost: x",
        b"GET http://x:80@evil.example/a HTTP/1.1\r\nhost: x",
        b"OPTIONS * HTTP/1.1\r\nhost: x",
        b"GET /\xc3\xa4 HTTP/1.1\r\nhost: x",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_malformed_questions_are_refused_in_our_words(
    visitor: Visitor, request_line: bytes
) -> None:
    await visitor.say(request_line + b"\r\n\r\n")
    answer = await visitor.hear()
    assert answer.status == 400
    assert answer.body.startswith(b'{"success":false')
    assert answer.header("x-content-type-options") == "nosniff"
    assert SEEN == []


@pytest.mark.parametrize("line", [b"GET /a HTTP/2.0", b"GET /a HTTP/0.9", b"GET /a"])
async def test_other_versions_of_the_protocol_are_not_spoken(visitor: Visitor, line: bytes) -> None:
    await visitor.say(line + b"\r\nhost: x\r\n\r\n")
    assert (await visitor.hear()).status in {400, 505}
    assert SEEN == []


async def test_what_follows_a_wish_for_another_protocol_is_not_trusted(visitor: Visitor) -> None:
    wish = b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    await visitor.say(wish + b"GET /b HTTP/1.1\r\nhost: x\r\n\r\n")
    everything = await visitor.hear_the_end()
    assert everything.count(b"HTTP/1.1 ") == 1
    assert SEEN == ["/a"]


async def test_nobody_uses_this_as_a_proxy(visitor: Visitor) -> None:
    await visitor.say(b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n")
    everything = await visitor.hear_the_end()
    assert everything.startswith(b"HTTP/1.1 4")


async def test_a_target_may_repeat_the_host_it_is_for(visitor: Visitor) -> None:
    await visitor.say(b"GET http://Hub.Example/a HTTP/1.1\r\nhost: hub.example\r\n\r\n")
    assert (await visitor.hear()).body == b"a"


async def test_older_visitors_get_one_answer_and_the_end(visitor: Visitor) -> None:
    await visitor.say(b"GET /a HTTP/1.0\r\n\r\n")
    everything = await visitor.hear_the_end()
    assert everything.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in everything
    assert everything.endswith(b"\r\n\r\na")


async def test_a_visitor_may_ask_for_the_end(visitor: Visitor) -> None:
    await visitor.say(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert (await visitor.hear_the_end()).endswith(b"\r\n\r\na")


@pytest.mark.parametrize("fields", [b"x: %s\r\n" % (b"y" * 3000), b"x: y\r\n"])
async def test_a_head_that_never_ends_is_cut_off(visitor: Visitor, fields: bytes) -> None:
    await visitor.say(b"GET /a HTTP/1.1\r\nhost: x\r\n")
    try:
        for _ in range(1_000_000 // len(fields)):
            await visitor.say(fields)
        everything = await visitor.hear_the_end()
    except ConnectionError:
        return
    assert everything.startswith(b"HTTP/1.1 431")


async def test_a_head_with_hundreds_of_fields_is_refused(visitor: Visitor) -> None:
    await visitor.say(b"GET /a HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * 150 + b"\r\n")
    assert (await visitor.hear_the_end()).startswith(b"HTTP/1.1 431")
    assert SEEN == []


async def test_a_large_body_before_a_question_is_not_counted_as_its_head(visitor: Visitor) -> None:
    body = b"x" * 200_000
    await visitor.say(
        b"POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        + b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
    )
    assert (await visitor.hear()).status == 200
    assert (await visitor.hear()).body == b"a"


async def test_garbage_after_a_question_does_not_spoil_its_answer() -> None:
    go_on = asyncio.Event()

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        await go_on.wait()
        await no_app(scope, receive, send)

    async with serving(wait) as port, visiting(port) as visitor:
        await visitor.say(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n" + b"\x00garbage\r\n\r\n")
        go_on.set()
        everything = await visitor.hear_the_end()
        assert everything.endswith(b"slow GET /slow")
        assert everything.count(b"HTTP/1.1 ") == 1


async def test_a_visitor_who_says_nothing_is_shown_out() -> None:
    limits = ConnectionLimits(head_timeout_s=0.0, look_every_s=0.1)
    async with (
        serving(exact=HOT, limits=limits) as port,
        visiting(port) as silent,
        visiting(port) as slow,
    ):
        await slow.say(b"GET /a HTT")
        assert await silent.hear_the_end() == b""
        assert (await slow.hear_the_end()).startswith(b"HTTP/1.1 408")


async def test_a_visitor_who_reads_nothing_does_not_keep_our_memory() -> None:
    limits = ConnectionLimits(stuck_timeout_s=0.0, look_every_s=0.1)
    huge = Reply(200, b"x" * 30_000_000)
    async with serving(exact={"/huge": Route(lambda _: huge)}, limits=limits) as port:
        raw = socket.create_connection(("127.0.0.1", port))
        try:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.sendall(b"GET /huge HTTP/1.1\r\nhost: x\r\n\r\n")
            own_port = raw.getsockname()[1]

            def is_served() -> bool:
                held = psutil.Process().net_connections("tcp")
                return any(held_one.raddr and held_one.raddr.port == own_port for held_one in held)

            await until(is_served)
            await until(lambda: not is_served(), what="the cut")
        finally:
            raw.close()


async def test_more_visitors_than_there_is_room_for_are_told_so() -> None:
    limits = ConnectionLimits(most_connections=2)
    async with (
        serving(exact=HOT, limits=limits) as port,
        visiting(port) as first,
        visiting(port) as second,
    ):
        assert (await first.ask("/a")).status == 200
        assert (await second.ask("/a")).status == 200
        async with visiting(port) as third:
            assert (await third.hear_the_end()).startswith(b"HTTP/1.1 503")
        assert (await first.ask("/a")).status == 200
