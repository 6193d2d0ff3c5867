"""A server that stops while another goes on listening closes nothing under a request."""

import asyncio

import pytest

from pantau.core.listening import listen
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.fast_lane import FastLane
from pantau.web.server import ServerOptions, serve
from tests.support.waiting import until
from tests.web.http_peer import Visitor, no_app

pytestmark = pytest.mark.anyio


def greet(request: HotRequest) -> Reply:
    return Reply(200, b"hello")


@pytest.mark.parametrize("is_followed", [True, False])
async def test_a_kept_connection_is_told_with_its_next_answer_that_it_was_the_last(
    is_followed: bool,
) -> None:
    stopping, listening = asyncio.Event(), asyncio.Event()
    clients = ClientAddresses(())
    lane = FastLane(no_app, exact={"/": Route(greet)}, prefixes={}, clients=clients)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    asked: list[bool] = []

    def ask_followed() -> bool:
        asked.append(is_followed)
        return is_followed

    options = ServerOptions(drain_s=30.0, is_followed=ask_followed)
    serving = asyncio.ensure_future(
        serve(lane, listener, stopping=stopping, options=options, on_listening=listening.set)
    )
    await listening.wait()
    visitor = Visitor(*await asyncio.open_connection("127.0.0.1", port))
    assert (await visitor.ask("/")).header("connection") == ""
    stopping.set()
    await until(lambda: asked, what="the order to stop")
    if is_followed:
        last = await visitor.ask("/")
        assert (last.status, last.body) == (200, b"hello")
        assert last.header("connection") == "close"
    assert await visitor.hear_the_end() == b""
    await serving
    visitor.writer.close()
