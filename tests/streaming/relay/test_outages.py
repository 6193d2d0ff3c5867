"""What viewers get and what is remembered while an owner's server is in trouble."""

import asyncio

import pytest
from aiohttp import web

from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.core.ids import CameraId
from pantau.streaming.relay.evidence import Outcome
from pantau.streaming.relay.limits import RelayLimits
from tests.streaming.relay.owner import (
    LIVE,
    Owner,
    listening,
    media,
    names_in,
    owned,
    problem_of,
    relay_to,
)
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_name_that_nobody_gave_costs_the_owner_little() -> None:
    async with owned(LIVE) as (owner, relay):
        for number in range(20):
            with pytest.raises(NotFound):
                await relay.bytes_of(f"{number:032x}.ts")
        assert owner.asked.total() == 1
        relay.wind(60)
        with pytest.raises(NotFound):
            await relay.bytes_of("0" * 32 + ".m3u8")
        assert owner.asked.total() == 2


async def test_an_outage_is_bridged_with_the_last_good_playlist_and_then_told() -> None:
    """Lesson M16, end to end."""
    limits = RelayLimits(bridged_s=30)
    async with owned(LIVE, limits=limits) as (owner, relay):
        good = await relay.get()
        owner.fails("/live/index.m3u8", 500)
        relay.wind(5)
        assert await relay.get() == good
        # Tried again once, and then not before the pause is over.
        assert owner.times("/live/index.m3u8") == 3
        assert await relay.get() == good
        seen = relay.origin.evidence(CameraId(1))
        assert seen is not None
        assert (seen.outcome, seen.failures) == (Outcome.FAILING, 1)
        assert seen.serves_stale_since is not None
        relay.wind(26)
        problem = await problem_of(relay)
        assert (problem.status, problem.code) == (503, "stream.relay_failing")
        assert "secret" not in problem.sentence
        del owner.reactions["/live/index.m3u8"]
        relay.wind(30)
        assert await relay.get() == good
        seen = relay.origin.evidence(CameraId(1))
        assert seen is not None
        assert (seen.outcome, seen.failures, seen.serves_stale_since) == (Outcome.GOOD, 0, None)


async def test_nobody_waits_long_for_a_server_that_says_nothing_where_there_is_a_bridge() -> None:
    silent = asyncio.Event()

    async def mute(_: web.Request) -> web.StreamResponse:
        await silent.wait()
        return web.Response(text=media(1))

    limits = RelayLimits(bridged_wait_s=0.05, playlist_timeout_s=60)
    async with owned(LIVE, limits=limits) as (owner, relay):
        good = await relay.get()
        owner.reactions["/live/index.m3u8"] = mute
        relay.wind(5)
        assert await relay.get() == good
        # The server has not even been given up yet.
        seen = relay.origin.evidence(CameraId(1))
        assert seen is not None
        assert (seen.outcome, seen.failures) == (Outcome.GOOD, 0)
        silent.set()
        await until(lambda: owner.times("/live/index.m3u8") == 2)
        async with asyncio.timeout(45):
            while (await relay.get()) == good:  # noqa: ASYNC110  # what came is seen nowhere else
                await asyncio.sleep(0.01)


async def test_a_server_that_is_gone_is_told_at_once_and_asked_seldom() -> None:
    async with owned({}) as (owner, relay):
        problem = await problem_of(relay)
        assert isinstance(problem, Unavailable)
        assert problem.code == "stream.relay_gone"
        for _ in range(5):
            assert (await problem_of(relay)).code == "stream.relay_gone"
        # Not tried twice: 404 means that asking again changes nothing.
        assert owner.asked.total() == 1
        first = relay.origin.evidence(CameraId(1))
        relay.wind(20)
        await problem_of(relay)
        again = relay.origin.evidence(CameraId(1))
        assert first is not None
        assert again is not None
        assert (first.outcome, again.failures) == (Outcome.GONE, 2)
        assert first.gone_since == again.gone_since is not None
        owner.files["/live/index.m3u8"] = media()
        relay.wind(20)
        await relay.get()
        now = relay.origin.evidence(CameraId(1))
        assert now is not None
        assert now.gone_since is None
        assert now.last_good_at is not None


async def test_gone_is_not_bridged_and_refused_is_not_gone() -> None:
    """Lesson M23: 403 may mean that we asked wrongly."""
    async with owned(LIVE) as (owner, relay):
        await relay.get()
        owner.fails("/live/index.m3u8", 403)
        relay.wind(5)
        assert (await problem_of(relay)).code == "stream.relay_refused"
        seen = relay.origin.evidence(CameraId(1))
        assert seen is not None
        assert (seen.outcome, seen.gone_since) == (Outcome.REFUSED, None)


async def test_a_server_that_cannot_be_reached_is_told_in_plain_words() -> None:
    async with listening(Owner()) as owner:
        url = owner.url
    async with relay_to(url + "/live/index.m3u8") as relay:
        problem = await problem_of(relay)
        assert (problem.status, problem.code) == (503, "stream.relay_unreachable")
        assert "127" not in problem.sentence


async def test_a_hiccup_is_not_seen_by_anybody() -> None:
    async with owned(LIVE) as (owner, relay):
        name = names_in(await relay.get())[0]
        states = iter((502, 200))

        async def once(_: web.Request) -> web.StreamResponse:
            return web.Response(status=next(states), text="zero")

        owner.reactions["/live/seg0.ts"] = once
        assert await relay.get(name) == "zero"


@pytest.mark.parametrize(
    ("status", "problem"),
    [(404, NotFound), (410, NotFound), (403, Unavailable), (500, Unavailable)],
)
async def test_a_segment_that_cannot_be_had_is_told(status: int, problem: type[Problem]) -> None:
    async with owned(LIVE) as (owner, relay):
        name = names_in(await relay.get())[0]
        owner.fails("/live/seg0.ts", status)
        with pytest.raises(problem) as caught:
            await relay.bytes_of(name)
        assert "secret" not in str(caught.value)


async def test_what_nobody_watches_is_forgotten() -> None:
    async with owned(LIVE) as (_, relay):
        assert relay.origin.evidence(CameraId(1)) is None
        await relay.get()
        relay.origin.sweep()
        assert relay.origin.evidence(CameraId(1)) is not None
        relay.wind(700)
        relay.origin.sweep()
        assert relay.origin.evidence(CameraId(1)) is None


async def test_growth_is_seen_and_an_ended_stream_counts_as_gone() -> None:
    async with owned(LIVE) as (owner, relay):
        await relay.get()
        first = relay.origin.evidence(CameraId(1))
        relay.wind(5)
        await relay.get()
        still = relay.origin.evidence(CameraId(1))
        assert first is not None
        assert still is not None
        assert first.grew_at == still.grew_at is not None
        assert still.inbound_bytes == 2 * first.inbound_bytes > 0
        owner.files["/live/index.m3u8"] = media(1)
        relay.wind(5)
        await relay.get()
        grown = relay.origin.evidence(CameraId(1))
        assert grown is not None
        assert grown.grew_at is not None
        assert grown.grew_at != first.grew_at
        owner.files["/live/index.m3u8"] = media(1) + "#EXT-X-ENDLIST\n"
        relay.wind(5)
        await relay.get()
        ended = relay.origin.evidence(CameraId(1))
        assert ended is not None
        assert ended.gone_since is not None
