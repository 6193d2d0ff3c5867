"""What the engine promises of its paths, with the sources it may meet."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import av
import pytest

from pantau.core.clock import SystemClock
from pantau.core.errors import NotFound, Unavailable
from pantau.media.engine import Engine, PathConfig
from pantau.media.errors import Cause
from pantau.media.packets import Item, Picture
from pantau.media.sources.base import SourceConfig
from pantau.media.stills import jpeg_in_thread
from tests.media.clips import clip
from tests.media.engines import OPTIONS, config, running
from tests.media.scripted import Cameras, ScriptedSource, a_few_pictures, failing, mute
from tests.media.test_stills import keyframe
from tests.support.clock import HandWoundClock
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


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
        assert still.data.startswith(b"\xff\xd8")
        assert len(still.data) < 12_000


@pytest.mark.parametrize(
    "cause", [Cause.UNREACHABLE, Cause.LOGIN_REFUSED, Cause.NOT_FOUND, Cause.BUSY]
)
async def test_a_failing_camera_says_why(cause: Cause) -> None:
    async with running(Cameras({"a": failing(cause)})) as engine:
        engine.put("a", config("a", start_timeout_s=0.6))
        await until(lambda: engine.status("a").cause is cause)
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
            await asyncio.wait_for(engine.window("a"), timeout=12)


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


async def test_low_latency_gives_parts_and_plain_gives_none() -> None:
    async with running() as engine:
        engine.put("fast", config(low_latency=True))
        engine.put("plain", config())
        fast, plain = await engine.window("fast"), await engine.window("plain")
        assert b"EXT-X-PART:" in fast.playlist(low_latency=True)
        assert b"PART" not in plain.playlist()


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
