"""Stills of cameras that nobody here pulls are made in a process of their own."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from functools import cache
from typing import Any, Literal

import av
import pytest
from aiohttp import web
from av.video.codeccontext import VideoCodecContext

from pantau.cameras.models import Camera, CameraSource
from pantau.core.clock import SystemClock
from pantau.thumbnails.owners import OwnersStills
from tests.media.clips import clip, colour_frame
from tests.support.cameras import camera, key_of

pytestmark = pytest.mark.anyio

LOOPBACK = ("127.0.0.0/8",)


Codec = Literal["mjpeg", "png", "libwebp"]


@cache
def picture(codec: Codec) -> bytes:
    """Return a file of 800 by 450 pixels."""
    kinds: dict[Codec, str] = {"mjpeg": "yuvj420p", "png": "rgb24", "libwebp": "yuv420p"}
    frame = colour_frame(1, 800, 450).reformat(format=kinds[codec])
    encoder = VideoCodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 800, 450, kinds[codec]
    encoder.time_base = Fraction(1, 25)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in encoder.encode(frame) + encoder.encode(None))


def size_of(data: bytes) -> tuple[str, int]:
    """Return format and width of a picture, as a decoder sees it."""
    codec: Literal["webp", "mjpeg"] = "webp" if data[:4] == b"RIFF" else "mjpeg"
    decoder = VideoCodecContext.create(codec, "r")
    (frame,) = decoder.decode(av.Packet(data)) + decoder.decode(None)
    return codec, frame.width


Reaction = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Reaction) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def giving(body: bytes) -> AsyncIterator[tuple[str, list[web.Request]]]:
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return web.Response(body=body, content_type="image/jpeg")

    async with serving(answer) as url:
        yield url, asked


def embedded(url: str, **source: Any) -> Camera:
    page = CameraSource("https://example.org/page", kind="embed", snapshot_url=url, **source)
    return camera(1, source=page)


@pytest.mark.parametrize("codec", ["mjpeg", "png", "libwebp"])
async def test_a_snapshot_of_the_owner_becomes_stills_of_every_size_and_form(codec: Codec) -> None:
    async with giving(picture(codec)) as (url, asked):
        owner = OwnersStills(clock=SystemClock(), allowed_networks=LOOPBACK)
        found = await owner.stills(
            embedded(f"{url}/snap.jpg", headers=(("Referer", "https://example.org/"),))
        )
    assert {(width, form): size_of(still.data) for (width, form), still in found.items()} == {
        (160, "jpg"): ("mjpeg", 160),
        (160, "webp"): ("webp", 160),
        (320, "jpg"): ("mjpeg", 320),
        (320, "webp"): ("webp", 320),
        (640, "jpg"): ("mjpeg", 640),
        (640, "webp"): ("webp", 640),
    }
    assert all(len(still.data) <= 12_000 for (width, _), still in found.items() if width <= 320)
    assert asked[0].headers["Referer"] == "https://example.org/"


async def test_addresses_that_cameras_may_not_have_are_not_asked() -> None:
    async with giving(picture("mjpeg")) as (url, asked):
        assert await OwnersStills(clock=SystemClock()).stills(embedded(url)) == {}
        assert asked == []


@pytest.mark.parametrize(
    "body",
    [b"<html>not a picture</html>", picture("mjpeg")[:200], b"\xff\xd8\xff" + b"x" * 2_000_000],
    ids=["page", "damaged", "too large"],
)
async def test_what_is_no_picture_makes_no_still(body: bytes) -> None:
    async with giving(body) as (url, _):
        owner = OwnersStills(clock=SystemClock(), allowed_networks=LOOPBACK)
        assert await owner.stills(embedded(url)) == {}


async def test_a_camera_without_a_snapshot_of_its_owner_is_not_asked_for() -> None:
    owner = OwnersStills(clock=SystemClock(), program=("/does/not/exist",))
    assert await owner.stills(embedded("")) == {}
    assert await owner.stills(camera(1)) == {}


@pytest.mark.parametrize(
    "program",
    ["import time; time.sleep(60)", "print('nonsense')", "print('{}')", "import os; os.abort()"],
)
async def test_a_process_that_hangs_or_breaks_is_ended_and_makes_no_still(program: str) -> None:
    owner = OwnersStills(
        clock=SystemClock(), program=(sys.executable, "-c", program), deadline_s=0.5
    )
    assert await owner.stills(embedded("http://127.0.0.1:1/")) == {}


async def test_stills_of_another_media_server_come_from_it_and_not_from_the_camera() -> None:
    asked: list[str] = []
    segment = clip(seconds=2.0, container="mpegts")

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path.endswith(".ts"):
            return web.Response(body=segment)
        text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n"
        return web.Response(text=text)

    async with serving(answer) as url:
        owner = OwnersStills(
            clock=SystemClock(),
            stream_url=lambda found: f"{url}/{found.stream_key}/index.m3u8",
        )
        found = await owner.stills(camera(1))
    assert size_of(found[320, "jpg"].data) == ("mjpeg", 320)
    assert asked == [f"/{key_of(1)}/index.m3u8", f"/{key_of(1)}/a.ts"]
