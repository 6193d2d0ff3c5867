"""What the engine promises of its paths, with the sources it may meet."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import psutil
import pytest

from pantau.core.backoff import Backoff
from pantau.core.clock import SystemClock
from pantau.core.errors import NotFound, Unavailable
from pantau.media.breaker import BreakerRules
from pantau.media.engine import Engine, EngineOptions, PathConfig
from pantau.media.errors import Cause
from pantau.media.packets import Item, Picture
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.stills import jpeg_in_thread
from tests.media.clips import clip
from tests.media.scripted import Cameras, ScriptedSource, a_few_pictures, failing, mute, pictures
from tests.media.test_stills import keyframe
from tests.media.tracks import Written
from tests.support.clock import HandWoundClock
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

QUICK = BreakerRules(
    most_a_minute=10_000,
    backoff=Backoff(first_s=0.05, most_s=0.2),
    refused=Backoff(first_s=30, most_s=60),
    busy=Backoff(first_s=0.2, most_s=0.2),
    demand_gap_s=0.05,
)
OPTIONS = EngineOptions(breaker=QUICK, tick_s=0.02)


@asynccontextmanager
async def running(
    cameras: Cameras | None = None, *, options: EngineOptions = OPTIONS
) -> AsyncIterator[Engine]:
    engine = Engine(
        clock=SystemClock(),
        options=options,
        make_source=cameras.make_source if cameras else None,
    )
    try:
        yield engine
    finally:
        await engine.stop(5)


def config(url: str = "testcard:", *, on_demand: bool = False, **more: object) -> PathConfig:
    made = PathConfig("testcard", SourceConfig(url), on_demand=on_demand, start_timeout_s=5)
    return replace(made, **more)  # type: ignore[arg-type]


def playable(init: bytes, segments: list[bytes]) -> int:
    with av.open(BytesIO(init + b"".join(segments)), "r", format="mp4") as container:
        return len(list(container.decode(video=0)))


async def test_an_always_on_camera_is_live_without_anybody_asking() -> None:
    async with running() as engine:
        engine.put("card", config())
        await until(lambda: engine.status("card").ready)
        status = engine.status("card")
        assert status.state == "live"
        assert status.tracks is not None
        assert status.tracks.video.codec == "h264"
        assert status.inbound_bytes > 0
        assert status.last_picture_at is not None
        assert status.sessions_opened == 1


async def test_the_window_holds_what_libav_can_play() -> None:
    async with running() as engine:
        engine.put("card", config())
        window = await engine.window("card")
        names = [line for line in window.playlist().decode().split() if line.endswith(".mp4")]
        init = next(name for name in (window.playlist().decode().split('"')) if "_init" in name)
        head = window.file(init)
        assert head is not None
        assert playable(head, [window.file(name) or b"" for name in names]) >= 5


async def test_a_file_plays_through_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip(audio="aac"))
    async with running() as engine:
        engine.put("clip", PathConfig("file", SourceConfig(path.as_uri())))
        window = await engine.window("clip")
        assert window.tracks is not None
        assert window.tracks.audio is not None


async def test_a_camera_on_demand_is_left_alone_until_somebody_asks_and_after_he_went() -> None:
    cameras = Cameras()
    async with running(cameras) as engine:
        engine.put("a", config("a", on_demand=True, close_after_s=0.3))
        assert engine.status("a").state == "idle"
        window = await engine.window("a")
        assert window.ready
        assert engine.status("a").readers == 1
        await until(lambda: engine.status("a").state == "idle")
        assert cameras.open("a") == 0
        assert not window.ready
        assert engine.status("a").cause is None


async def test_many_who_ask_at_once_start_one_session() -> None:
    cameras = Cameras()
    async with running(cameras) as engine:
        engine.put("a", config("a", on_demand=True))
        windows = await asyncio.gather(*(engine.window("a") for _ in range(20)))
        assert len(set(map(id, windows))) == 1
        assert cameras.count("a") == 1


async def test_a_still_survives_the_session() -> None:
    async with running() as engine:
        engine.put("card", config(on_demand=True, close_after_s=0.2))
        assert await engine.still("card", width_px=320) is None
        await engine.window("card")
        await until(lambda: engine.status("card").state == "idle")
        still = await engine.still("card", width_px=320)
        assert still is not None
        assert still.jpeg.startswith(b"\xff\xd8")
        assert len(still.jpeg) < 12_000


async def test_a_lost_camera_comes_back_and_its_playlist_goes_on() -> None:
    cameras = Cameras({"a": a_few_pictures(30)})
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        window = await engine.window("a")
        await until(lambda: engine.status("a").sessions_opened >= 2 and window.is_running)
        await until(lambda: b"EXT-X-DISCONTINUITY\n" in window.playlist())
        assert engine.status("a").inbound_errors >= 1


@pytest.mark.parametrize(
    "cause", [Cause.UNREACHABLE, Cause.LOGIN_REFUSED, Cause.NOT_FOUND, Cause.BUSY]
)
async def test_a_failing_camera_says_why(cause: Cause) -> None:
    async with running(Cameras({"a": failing(cause)})) as engine:
        engine.put("a", config("a", start_timeout_s=0.6))
        with pytest.raises(Unavailable) as caught:
            await engine.window("a")
        assert caught.value.code == f"stream.{cause}"
        await until(lambda: engine.status("a").state == "waiting")
        assert engine.status("a").cause is cause
        assert engine.status("a").next_attempt_at is not None


async def test_who_asks_for_a_camera_that_will_not_be_dialled_soon_is_told_at_once() -> None:
    async with running(Cameras({"a": failing(Cause.LOGIN_REFUSED)})) as engine:
        engine.put("a", config("a", start_timeout_s=15))
        await until(lambda: engine.status("a").cause is not None)
        with pytest.raises(Unavailable):
            await engine.window("a")


async def test_putting_an_equal_configuration_changes_nothing() -> None:
    cameras = Cameras()
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        await engine.window("a")
        for _ in range(5):
            engine.put("a", config("a"))
        received = engine.status("a").inbound_bytes
        await until(lambda: engine.status("a").inbound_bytes > received + 2)
        assert cameras.count("a") == 1
        assert engine.status("a").state == "live"


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


async def test_a_removed_path_is_unknown_and_its_camera_free() -> None:
    cameras = Cameras()
    async with running(cameras) as engine:
        engine.put("a", config("a"))
        await engine.window("a")
        engine.remove("a")
        with pytest.raises(NotFound):
            engine.status("a")
        await until(lambda: cameras.open("a") == 0)
        with pytest.raises(NotFound):
            engine.remove("a")


async def test_who_waits_for_a_path_that_is_removed_is_told() -> None:
    async with running(Cameras({"a": mute})) as engine:
        engine.put("a", config("a", on_demand=True, start_timeout_s=60))
        waiting = asyncio.ensure_future(engine.window("a"))
        await until(lambda: engine.status("a").state == "connecting")
        engine.remove("a")
        with pytest.raises(NotFound):
            await waiting


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
        await until(lambda: engine.abandoned == 1, timeout_s=12)
        assert cameras.count("b") == 0
        assert engine.status("a").state == "waiting"
        assert engine.status("good").state == "live"
        release.set()
        await until(lambda: engine.status("a").ready)
        assert cameras.count("b") == 1


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


async def test_low_latency_gives_parts_and_plain_gives_none() -> None:
    async with running() as engine:
        engine.put("fast", config(low_latency=True))
        engine.put("plain", config())
        fast, plain = await engine.window("fast"), await engine.window("plain")
        assert b"EXT-X-PART:" in fast.playlist(low_latency=True)
        assert b"PART" not in plain.playlist()


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

        await until(lambda: opened(100), timeout_s=30)
        gc.collect()
        before = (process.num_threads(), process.num_fds(), process.memory_info().rss)
        await until(lambda: opened(1_100), timeout_s=50)
        gc.collect()
        after = (process.num_threads(), process.num_fds(), process.memory_info().rss)
        assert after[0] <= before[0] + 2
        assert after[1] <= before[1] + 2
        assert after[2] <= before[2] + 8_000_000


async def test_a_camera_of_stills_has_pictures_and_says_why_it_has_no_video() -> None:
    jpeg = jpeg_in_thread(keyframe((320, 180), luma=90), width_px=320)

    def stills(source: ScriptedSource) -> Iterator[Item]:
        while True:
            yield Picture(jpeg, SystemClock().unix_s())
            source.wait(0.05)

    cameras = Cameras({"a": stills})
    async with running(cameras) as engine:
        engine.put("a", config("a", kind="mjpeg", on_demand=True, close_after_s=0.5))
        await engine.still("a", width_px=320)
        await until(lambda: engine.status("a").ready)
        still = await engine.still("a", width_px=160)
        assert still is not None
        with pytest.raises(Unavailable) as caught:
            await engine.window("a")
        assert caught.value.code == "stream.stills_only"
        await until(lambda: engine.status("a").state == "idle")


async def test_a_window_that_gets_nothing_new_is_not_served_as_live() -> None:
    cameras = Cameras({"a": a_few_pictures(30)})
    clock = HandWoundClock()
    engine = Engine(clock=clock, options=OPTIONS, make_source=cameras.make_source)
    try:
        engine.put("a", config("a"))
        await clock.advance(0.1)
        await until(lambda: engine.status("a").ready)
        window = await engine.window("a")
        cameras.scripts["a"] = mute
        await until(lambda: cameras.open("a") == 0)
        await clock.advance(10)
        assert window.ready
        assert engine.status("a").state == "connecting"
        await clock.advance(10)
        assert not window.ready
        assert not engine.status("a").ready
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await engine.stop(0.1)
