"""Sessions of the engine begin, break, end and never meet."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from pantau.core.backoff import Backoff
from pantau.core.clock import SystemClock
from pantau.media.breaker import BreakerRules
from pantau.media.engine import Engine, PathConfig
from pantau.media.errors import Cause
from pantau.media.packets import Item
from pantau.media.sources.base import Deadlines, SourceConfig
from tests.media.engines import OPTIONS, QUICK, config, running
from tests.media.scripted import Cameras, ScriptedSource, a_few_pictures, failing, mute, pictures
from tests.media.tracks import Written
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_lost_camera_comes_back_and_its_playlist_goes_on() -> None:
    cameras = Cameras({"a": a_few_pictures(30)})
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        window = await engine.window("a")
        await until(lambda: engine.status("a").sessions_opened >= 2 and window.is_running)
        await until(lambda: b"EXT-X-DISCONTINUITY\n" in window.playlist())
        assert engine.status("a").inbound_errors >= 1


async def test_another_source_gets_another_session_and_never_shows_the_old_pictures() -> None:
    cameras = Cameras()
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        window = await engine.window("a")
        engine.put("a", config("b"))
        assert not window.ready
        assert await engine.still("a", width_px=320) is None
        assert await engine.window("a") is window
        assert (cameras.open("a"), cameras.open("b")) == (0, 1)


async def test_another_source_is_tried_at_once_after_a_refused_login() -> None:
    cameras = Cameras({"a": failing(Cause.LOGIN_REFUSED)})
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        await until(lambda: engine.status("a").cause is Cause.LOGIN_REFUSED)
        engine.put("a", config("b"))
        await until(lambda: engine.status("a").ready)


async def test_there_are_never_two_sessions_of_one_path() -> None:
    most = 0

    def slow_to_leave(source: ScriptedSource) -> Iterator[Item]:
        nonlocal most
        most = max(most, cameras.open("a"))
        try:
            yield from pictures(source)
        finally:
            threading.Event().wait(0.1)

    cameras = Cameras({"a": slow_to_leave})
    async with running(cameras) as engine:
        for _ in range(5):
            engine.put("a", config("a"))
            await engine.window("a")
            engine.remove("a")
        for number in range(5):
            engine.put("a", config("a", low_latency=bool(number % 2)))
            await engine.window("a")
        assert most == 1


def broken(source: ScriptedSource) -> Iterator[Item]:
    yield from ()
    raise ZeroDivisionError


async def test_a_bug_in_a_source_costs_that_camera_its_session_only() -> None:
    cameras = Cameras({"bad": broken})
    async with running(cameras) as engine:
        engine.put("bad", config("bad"))
        engine.put("good", config("good"))
        await engine.window("good")
        await until(lambda: engine.status("bad").cause is Cause.BROKEN)
        await until(lambda: cameras.count("bad") > 2)
        assert cameras.count("good") == 1


async def test_a_source_that_ignores_its_deadlines_is_ended() -> None:
    cameras = Cameras({"a": mute})
    hasty = SourceConfig("a", deadlines=Deadlines(open_s=-4.8, silence_s=-4.8))
    async with running(cameras) as engine:
        engine.put("a", PathConfig("testcard", hasty, on_demand=False))
        await until(lambda: cameras.count("a") >= 1 and cameras.made["a"][0].is_closed)
        await until(lambda: engine.status("a").cause is Cause.STALLED)
        await until(lambda: cameras.count("a") >= 2)


async def test_a_thread_that_does_not_come_back_is_given_up_and_blocks_its_camera_only() -> None:
    release = threading.Event()

    def stubborn(source: ScriptedSource) -> Iterator[Item]:
        release.wait(30)
        yield from ()

    cameras = Cameras({"a": stubborn})
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        engine.put("good", config("good"))
        await until(lambda: cameras.count("a") == 1)
        engine.put("a", config("b"))
        await until(lambda: engine.abandoned == 1, timeout_s=45)
        assert cameras.count("b") == 0
        assert engine.status("a").state == "waiting"
        assert engine.status("good").state == "live"
        release.set()
        await until(lambda: engine.status("a").ready)
        assert cameras.count("b") == 1


async def test_a_path_put_again_waits_for_the_thread_that_did_not_come_back() -> None:
    release = threading.Event()

    def stubborn(source: ScriptedSource) -> Iterator[Item]:
        release.wait(30)
        yield from ()

    cameras = Cameras({"a": stubborn})
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        await until(lambda: cameras.count("a") == 1)
        engine.remove("a")
        cameras.scripts["a"] = pictures
        engine.put("a", config("a"))
        await until(lambda: engine.abandoned == 1, timeout_s=45)
        assert cameras.count("a") == 1
        release.set()
        await until(lambda: engine.status("a").ready)
        assert engine.abandoned == 1


async def test_a_recorder_gets_packets_out_of_the_same_session() -> None:
    cameras = Cameras({"a": a_few_pictures(40)})
    recorder = Written()
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        await engine.window("a")
        engine.fanout("a").attach(recorder)
        await until(lambda: len(recorder.runs) >= 2)
        assert all(packets[0].is_keyframe for _, packets in recorder.runs if packets)
        assert cameras.open("a") <= 1


async def test_a_dead_camera_that_was_online_is_parked_and_unparked_by_a_picture() -> None:
    rules = replace(QUICK, park_after_s=0.3, park_after_attempts=3, parked=Backoff(0.2, 0.2))
    cameras = Cameras({"a": a_few_pictures(20)})
    async with running(cameras, options=replace(OPTIONS, breaker=rules)) as engine:
        engine.put("a", config("a"))
        await until(lambda: engine.status("a").state == "live")
        cameras.scripts["a"] = failing(Cause.TIMED_OUT)
        await until(lambda: engine.status("a").state == "parked")
        cameras.scripts["a"] = pictures
        await until(lambda: engine.status("a").ready)


async def test_stopping_closes_every_session() -> None:
    cameras = Cameras()
    engine = Engine(clock=SystemClock(), options=OPTIONS, make_source=cameras.make_source)
    for name in "abcdefgh":
        engine.put(name, config(name))
    await asyncio.gather(*(engine.window(name) for name in "abcdefgh"))
    await engine.stop(5)
    assert all(cameras.open(name) == 0 for name in "abcdefgh")
    assert not [t for t in threading.enumerate() if t.name.startswith("camera ")]


async def test_a_thousand_sessions_leave_nothing_behind() -> None:
    process = psutil.Process()
    cameras = Cameras({"a": a_few_pictures(2)})
    rules = replace(QUICK, backoff=Backoff(0.001, 0.001))
    options = replace(OPTIONS, breaker=rules, tick_s=0.001)
    async with running(cameras, options=options) as engine:
        engine.put("a", config("a"))

        def opened(count: int) -> bool:
            cameras.made["a"] = cameras.made.get("a", [])[-1:]
            return engine.status("a").sessions_opened >= count

        await until(lambda: opened(100), timeout_s=45)
        gc.collect()
        before = (process.num_threads(), process.num_fds(), process.memory_info().rss)
        await until(lambda: opened(1_100), timeout_s=50)
        gc.collect()
        after = (process.num_threads(), process.num_fds(), process.memory_info().rss)
        assert after[0] <= before[0] + 2
        assert after[1] <= before[1] + 2
        assert after[2] <= before[2] + 8_000_000


async def test_a_media_server_as_source_is_dialled_by_rules_of_its_own() -> None:
    cameras = Cameras({"camera": failing(Cause.REFUSED), "server": failing(Cause.REFUSED)})
    cameras.scripts["other server"] = failing(Cause.REFUSED)
    patient = BreakerRules(backoff=Backoff(first_s=3_600, most_s=3_600))
    options = replace(OPTIONS, breaker=patient, breaker_relayed=QUICK)
    async with running(cameras, options=options) as engine:
        engine.put("camera", config("camera"))
        engine.put("server", config("server", is_relayed=True))
        await until(lambda: cameras.count("server") > 3)
        # The rules are those of what it reads now.
        engine.put("camera", config("other server", is_relayed=True))
        await until(lambda: cameras.count("other server") > 3)
        assert cameras.count("camera") == 1
