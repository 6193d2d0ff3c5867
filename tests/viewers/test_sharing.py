"""Several web processes that share a Valkey count as one; without it each counts alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from pantau.viewers.presence import Around, Presence
from pantau.viewers.sharing import STREAM, SharedPresence
from pantau.viewers.watching import View
from tests.support.clock import HandWoundClock
from tests.viewers.people import cookie_of_browser, empty_presence, poll

pytestmark = pytest.mark.anyio

PATIENT_S = 30.0
"""A machine that is busy with other tests is no server that is away."""


class Nodes:
    """Web processes before one camera, number 7."""

    def __init__(self, url: str, closing: AsyncExitStack, count: int) -> None:
        self.clock = HandWoundClock()
        self._url = url
        self._closing = closing
        self.presences: list[Presence] = []
        self.shared: list[SharedPresence] = []
        for _ in range(count):
            self.add(url)

    def add(self, url: str, within_s: float = PATIENT_S) -> None:
        around = Around(node=f"node-{len(self.presences)}")
        presence = empty_presence(self.clock, around=around)
        shared = SharedPresence(url, presence, self.clock, answers_within_s=within_s)
        self._closing.push_async_callback(shared.close)
        self.presences.append(presence)
        self.shared.append(shared)

    async def exchange(self) -> None:
        """All tell, and all hear of all."""
        for _ in range(2):
            for shared in self.shared:
                await shared.exchange()

    async def pass_time(self, duration_s: float, touch: Callable[[int], None]) -> list[View]:
        """Let time pass, two seconds at a time; return what was written down."""
        ended: list[View] = []
        for turn in range(int(duration_s // 2)):
            touch(turn)
            self.clock.wind(2)
            await self.exchange()
            ended += [view for presence in self.presences for view in presence.sweep()]
        return ended

    def counts(self) -> list[dict[int, int]]:
        return [presence.counts() for presence in self.presences]


@pytest.fixture
async def nodes(anyio_backend: str, valkey_url: str) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as closing:
        yield Nodes(valkey_url, closing, 2)


async def test_polls_that_are_balanced_over_two_nodes_are_one_viewer(nodes: Nodes) -> None:
    def touch(turn: int) -> None:
        nodes.presences[turn % 2].touch(7, poll())

    assert await nodes.pass_time(30, touch) == []
    assert nodes.counts() == [{7: 1}, {7: 1}]
    one, other = ({view.view_id for view in each.views()} for each in nodes.presences)
    assert one == other
    ended = await nodes.pass_time(30, lambda _: None)
    assert [round(view.lasted_s) for view in ended] == [28]
    assert nodes.counts() == [{}, {}]


async def test_who_begins_on_both_at_once_is_one_all_the_same(nodes: Nodes) -> None:
    def touch(_: int) -> None:
        for presence in nodes.presences:
            presence.touch(7, poll(cookie=cookie_of_browser(1)))

    await nodes.pass_time(20, touch)
    assert nodes.counts() == [{7: 1}, {7: 1}]
    assert len(await nodes.pass_time(30, lambda _: None)) == 1


async def test_sessions_are_known_on_every_node(nodes: Nodes) -> None:
    one, other = nodes.presences
    session = one.start(7, poll())
    neighbour = other.start(7, poll())
    await nodes.exchange()

    def touch(turn: int) -> None:
        assert nodes.presences[turn % 2].heartbeat(session, poll())
        assert nodes.presences[1 - turn % 2].heartbeat(neighbour, poll())
        nodes.presences[turn % 2].touch(7, poll())

    await nodes.pass_time(10, touch)
    assert nodes.counts() == [{7: 2}, {7: 2}]
    assert other.stop(session)
    await nodes.exchange()
    assert nodes.counts() == [{7: 1}, {7: 1}]
    assert not one.heartbeat(session, poll())
    ended = await nodes.pass_time(40, lambda _: None)
    assert sorted(round(view.lasted_s) for view in ended) == [8, 10]


async def test_a_node_that_comes_later_knows_who_watches(nodes: Nodes, valkey_url: str) -> None:
    await nodes.pass_time(10, lambda _: nodes.presences[0].touch(7, poll()))
    nodes.add(valkey_url)
    await nodes.exchange()
    assert nodes.counts() == [{7: 1}] * 3


async def test_the_views_of_a_node_that_died_are_written_down_by_another(nodes: Nodes) -> None:
    await nodes.pass_time(20, lambda _: nodes.presences[0].touch(7, poll()))
    nodes.presences.pop(0)
    nodes.shared.pop(0)
    ended = await nodes.pass_time(30, lambda _: None)
    assert [(round(view.lasted_s), view.owner) for view in ended] == [(18, "node-0")]


async def test_a_node_that_leaves_hands_its_views_over(nodes: Nodes) -> None:
    await nodes.pass_time(20, lambda _: nodes.presences[0].touch(7, poll()))
    assert await nodes.shared[0].leave()
    nodes.presences.pop(0)
    nodes.shared.pop(0)
    assert await nodes.pass_time(10, lambda _: nodes.presences[0].touch(7, poll())) == []
    ended = await nodes.pass_time(30, lambda _: None)
    assert [round(view.lasted_s) for view in ended] == [28]


async def test_of_nodes_that_leave_together_the_last_one_ends_everything(nodes: Nodes) -> None:
    await nodes.pass_time(20, lambda _: nodes.presences[0].touch(7, poll()))
    assert [await shared.leave() for shared in nodes.shared] == [True, False]
    assert [round(view.lasted_s) for view in nodes.presences[1].end_all()] == [18]
    assert not await nodes.shared[0].exchange()


async def test_without_the_server_each_goes_on_alone_and_says_so_once(
    nodes: Nodes, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes.add("unix:///nonexistent/valkey.sock", within_s=0.2)
    alone, shared = nodes.presences[2], nodes.shared[2]

    def touch(_: int) -> None:
        alone.touch(7, poll())

    await nodes.pass_time(10, touch)
    assert nodes.counts() == [{}, {}, {7: 1}]
    assert not shared.answers
    assert not await shared.leave()
    assert len(alone.end_all()) == 1
    told = capsys.readouterr()
    assert (told.out + told.err).count("shared_views_unreachable") == 1


async def test_after_an_outage_counts_agree_again(nodes: Nodes) -> None:
    one, other = nodes.presences
    # Each counts the same person while they cannot hear each other.
    for _ in range(5):
        one.touch(7, poll())
        other.touch(7, poll())
        nodes.clock.wind(2)
    assert nodes.counts() == [{7: 1}, {7: 1}]
    await nodes.pass_time(6, lambda turn: nodes.presences[turn % 2].touch(7, poll()))
    assert nodes.counts() == [{7: 1}, {7: 1}]
    assert len(await nodes.pass_time(30, lambda _: None)) == 1


async def test_what_nobody_of_ours_said_is_passed_over(nodes: Nodes) -> None:
    client = nodes.shared[0]._redis
    for said in ("{", "[]", '{"node": "x"}', '{"node": "x", "views": [{"id": 1}]}', "\x00"):
        await client.xadd(STREAM, {"said": said})
    await client.xadd(STREAM, {"other": "field"})
    await nodes.pass_time(10, lambda _: nodes.presences[0].touch(7, poll()))
    assert nodes.counts() == [{7: 1}, {7: 1}]


async def test_messages_do_not_pile_up(nodes: Nodes) -> None:
    await nodes.pass_time(200, lambda _: nodes.presences[0].touch(7, poll()))
    client = nodes.shared[0]._redis
    assert 0 < await client.pttl(STREAM) <= 60_000
