"""What is loaded late: once, in a thread, and only for an address of its own."""

import asyncio
import threading

import pytest

from pantau.core.errors import NotFound
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import ASGIApp, Message, Receive, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.late import LOADING_S, LateApplication, beginning
from tests.support.clock import HandWoundClock
from tests.web.http_peer import serving_lane, visiting

pytestmark = pytest.mark.anyio


class Shelf:
    """Where the application comes from; knows who fetched it, and may fail."""

    def __init__(self, failures: int = 0) -> None:
        self.fetched: list[threading.Thread] = []
        self.answered: list[str] = []
        self._failures = failures

    def fetch(self) -> ASGIApp:
        self.fetched.append(threading.current_thread())
        if len(self.fetched) <= self._failures:
            raise ImportError("a file of the program is missing")

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            self.answered.append(scope["path"])

        return answer


async def ask(application: ASGIApp, path: str) -> float | None:
    """Return how long the request says that it waited."""
    scope: Scope = {"type": "http", "path": path, "state": {}}

    async def receive() -> Message:
        raise AssertionError("nobody reads the body here")

    async def send(message: Message) -> None:
        raise AssertionError(f"nobody sends here: {message}")

    await application(scope, receive, send)
    waited_s: float | None = scope["state"].get(LOADING_S)
    return waited_s


async def test_whoever_comes_first_has_it_loaded_once_in_a_thread_for_all() -> None:
    shelf = Shelf()
    late = LateApplication(shelf.fetch, addresses={"admin", "api/users"})

    await asyncio.gather(*(ask(late, path) for path in ("/admin", "/api/users/3", "/admin/x")))
    await ask(late, "/api/users")

    assert len(shelf.fetched) == 1
    assert shelf.fetched[0] is not threading.current_thread()
    assert sorted(shelf.answered) == ["/admin", "/admin/x", "/api/users", "/api/users/3"]


async def test_the_wait_is_told_apart_from_the_answer() -> None:
    clock = HandWoundClock()

    def fetch() -> ASGIApp:
        clock.wind(2.5)
        return Shelf().fetch()

    late = LateApplication(fetch, addresses={"admin"}, clock=clock)
    assert await ask(late, "/admin") == 2.5
    assert await ask(late, "/admin") is None


@pytest.mark.parametrize("path", ["/wp-login.php", "/", "/api", "/api/", "/api/user", "//admin"])
async def test_addresses_of_nobody_are_not_there_and_load_nothing(path: str) -> None:
    shelf = Shelf()
    late = LateApplication(shelf.fetch, addresses={"admin", "api/users"})

    with pytest.raises(NotFound) as refused:
        await ask(late, path)

    assert (refused.value.code, refused.value.sentence) == ("not_found", "Not Found.")
    assert not shelf.fetched
    assert not late.is_loaded


async def test_what_could_not_be_loaded_is_tried_again_by_the_next() -> None:
    shelf = Shelf(failures=1)
    late = LateApplication(shelf.fetch, addresses={"admin"})

    with pytest.raises(ImportError):
        await ask(late, "/admin")
    await ask(late, "/admin")

    assert shelf.answered == ["/admin"]


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("/", ""),
        ("/admin", "admin"),
        ("/admin/cameras/4", "admin"),
        ("/api", "api/"),
        ("/api/users", "api/users"),
        ("/api/users/4/keys", "api/users"),
        ("*", ""),
    ],
)
def test_beginnings_are_one_word_or_two_of_the_api(path: str, begins: str) -> None:
    assert beginning(path) == begins


async def test_the_wait_is_no_latency_of_the_endpoint() -> None:
    clock = HandWoundClock()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        clock.wind(0.25)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    def fetch() -> ASGIApp:
        clock.wind(2.5)
        return answer

    late = LateApplication(fetch, addresses={"api/users"}, clock=clock)
    lane = FastLane(late, exact={}, prefixes={}, clients=ClientAddresses(), clock=clock)
    async with serving_lane(lane) as port, visiting(port) as visitor:
        for _ in range(2):
            await visitor.ask("/api/users")
    (measured,) = lane.traffic.latencies().values()
    assert measured.sum_s == pytest.approx(0.5)
