"""Pictures out of recordings: the right second, from a child whose end costs one request."""

import asyncio
import base64
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.core.clock import SystemClock
from pantau.media.archive.picture_client import (
    PROGRAM,
    PictureError,
    PictureForm,
    PictureMaker,
    PicturesBusyError,
    SpriteSheet,
    sheet_vtt,
)
from pantau.media.archive.pictures import answer
from tests.media.archive.tapes import START_MS, Tape, closed_tape, open_tape
from tests.media.live.coded import coded
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

PLAIN = coded(seconds=6.0, size=(320, 180), key_every=50)
"""A ramp that moves by four grey levels with each picture."""


@asynccontextmanager
async def maker(**more: object) -> AsyncIterator[PictureMaker]:
    one = PictureMaker(clock=SystemClock(), **more)  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


def decoded(data: bytes) -> VideoFrame:
    with av.open(io.BytesIO(data), "r") as file:
        return next(file.decode(video=0))


def shown(tape: Tape, number: int) -> VideoFrame:
    """Decode picture `number` of a recording from its beginning."""
    with av.open(str(tape.video), "r") as file:
        return [frame for _, frame in zip(range(number + 1), file.decode(video=0), strict=False)][
            -1
        ]


def difference(one: VideoFrame, other: VideoFrame) -> float:
    """Return by how many grey levels two pictures differ on average."""
    size = (160, 90)
    greys = [bytes(frame.reformat(*size, format="gray").planes[0]) for frame in (one, other)]
    apart = [abs(a - b) for a, b in zip(greys[0], greys[1], strict=True)]
    return sum(apart) / len(apart)


@pytest.mark.parametrize("form", ["jpeg", "webp"])
@pytest.mark.parametrize("at_ms", [0, 40, 1_999, 2_000, 3_333, 5_960, 5_999, 60_000])
async def test_still_is_the_picture_of_that_moment(
    tmp_path: Path, at_ms: int, form: PictureForm
) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    told = answer(
        {"do": "still", "video": str(tape.video), "at_ms": at_ms, "width_px": 320, "form": form}
    )
    number = min(at_ms // 40, 149)
    assert told["ok"] is True
    assert told["at_ms"] == number * 40
    assert (told["width_px"], told["height_px"]) == (320, 180)
    picture = decoded(base64.b64decode(told["data_base64"]))
    near = difference(picture, shown(tape, number))
    assert near < 8
    assert near < difference(picture, shown(tape, (number + 20) % 150))


async def test_pictures_out_of_order_are_shown_in_order(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, coded(seconds=3.0, size=(320, 180), b_frames=2))
    async with maker() as pictures:
        for at_ms in (0, 500, 1_000, 2_300):
            made = await pictures.still(tape.video, at_ms)
            assert at_ms - 40 <= made.at_ms <= max(at_ms, 120)


async def test_sheet_has_a_tile_for_every_step_and_text_for_it(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    async with maker() as pictures:
        sheet = await pictures.sheet(tape.video, every_s=2, tile_px=(160, 160))
    picture = decoded(sheet.data)
    assert sheet.at_ms == (0, 2_000, 4_000)
    assert sheet.tile_px == (160, 90)
    assert (picture.width, picture.height) == (160 * 3, 90)
    whole = picture.reformat(format="rgb24").to_rgb()
    for tile in range(3):
        part = VideoFrame(160, 90, "gray")
        plane = bytes(whole.reformat(format="gray").planes[0])
        line = whole.reformat(format="gray").planes[0].line_size
        rows = [plane[y * line + tile * 160 :][:160] for y in range(90)]
        padding = bytes(part.planes[0].line_size - 160)
        part.planes[0].update(b"".join(row + padding for row in rows))
        assert difference(part, shown(tape, tile * 50)) < 10
    assert sheet_vtt(sheet, "sheet.webp", until_ms=5_960) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:02.000\nsheet.webp#xywh=0,0,160,90\n\n"
        "00:00:02.000 --> 00:00:04.000\nsheet.webp#xywh=160,0,160,90\n\n"
        "00:00:04.000 --> 00:00:05.960\nsheet.webp#xywh=320,0,160,90\n"
    )


def test_text_of_a_long_sheet_names_rows_and_hours() -> None:
    sheet = SpriteSheet(b"", 2, (160, 90), (0, 10_000, 20_000), 10_000)
    text = sheet_vtt(sheet, "/a?b=c", until_ms=25_000, offset_ms=3_600_000)
    assert "01:00:20.000 --> 01:00:25.000\n/a?b=c#xywh=0,90,160,90" in text


async def test_recording_under_way_gives_its_last_picture(tmp_path: Path) -> None:
    tape = open_tape(tmp_path, PLAIN)
    with tape.video.open("ab") as file:
        file.write(b"\0\0\1\0moof and half a fragm")
    async with maker() as pictures:
        assert (await pictures.still(tape.video, 5_999)).at_ms == 5_960
        assert len((await pictures.sheet(tape.video, every_s=1)).at_ms) == 6


async def test_what_is_not_there_or_none_of_ours_is_told_apart(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    broken = tmp_path / "7" / "2026-03-01" / "20260301T090000000Z.mp4"
    broken.write_bytes(os.urandom(10_000))
    empty = closed_tape(tmp_path, PLAIN, start_ms=START_MS + 60_000)
    empty.video.unlink()
    async with maker() as pictures:
        for file, cause in ((empty.video, "gone"), (broken, "broken")):
            with pytest.raises(PictureError) as raised:
                await pictures.still(file, 0)
            assert raised.value.cause == cause
            with pytest.raises(PictureError):
                await pictures.sheet(file)
        assert (await pictures.still(tape.video, 0)).data


async def test_one_child_serves_many_and_ends_when_it_is_let_go(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    async with maker() as pictures:
        for at_ms in range(0, 4_000, 1_000):
            await pictures.still(tape.video, at_ms, width_px=160)
        (child,) = pictures._idle
        assert child.returncode is None
    await until(lambda: child.returncode is not None, timeout_s=45)


async def test_child_that_dies_costs_one_request(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    lethal = tmp_path / "lethal.py"
    lethal.write_text(
        "import sys, os, json\n"
        "from pantau.media.archive import pictures\n"
        "real = pictures.answer\n"
        "def answer(given):\n"
        "    if given['width_px'] == 666:\n"
        "        os.kill(os.getpid(), 11)\n"
        "    return real(given)\n"
        "pictures.answer = answer\n"
        "pictures.run()\n"
    )
    async with maker(program=(sys.executable, str(lethal))) as pictures:
        assert (await pictures.still(tape.video, 0)).data
        with pytest.raises(PictureError) as raised:
            await pictures.still(tape.video, 0, width_px=666)
        assert raised.value.cause == "broken"
        assert (await pictures.still(tape.video, 0)).data


async def test_child_that_hangs_is_killed_at_its_deadline(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    sleeper = "import sys, signal; sys.stdin.readline(); signal.pause()"
    async with maker(program=(sys.executable, "-c", sleeper), deadline_s=0.2) as pictures:
        with pytest.raises(PictureError) as raised:
            await pictures.still(tape.video, 0)
        assert raised.value.cause == "timed_out"
        assert not pictures._working
        assert not pictures._idle


async def test_at_most_two_work_and_a_crowd_is_turned_away(tmp_path: Path) -> None:
    waiter = "import signal; signal.pause()"
    program = (sys.executable, "-c", waiter)
    async with maker(program=program, deadline_s=60, most_waiting=3) as pictures:
        asked = [asyncio.ensure_future(pictures.still(tmp_path, 0)) for _ in range(5)]
        await until(lambda: len(pictures._working) == 2 and pictures._waiting == 3, timeout_s=45)
        with pytest.raises(PicturesBusyError):
            await pictures.still(tmp_path, 0)
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert not pictures._working


async def test_idle_child_that_ended_is_replaced(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, PLAIN)
    async with maker() as pictures:
        await pictures.still(tape.video, 0)
        (child,) = pictures._idle
        # As it ends by itself: the loop has not heard of it yet.
        os.kill(child.pid, signal.SIGKILL)
        assert (await pictures.still(tape.video, 1_000)).at_ms == 1_000


def test_program_names_nothing_secret() -> None:
    assert PROGRAM[1:] == ("-m", "pantau.media.archive.pictures")


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=3),
)


@given(
    asked=st.fixed_dictionaries(
        {},
        optional={
            "do": st.sampled_from(["still", "sheet", "dance"]),
            "video": VALUES,
            "at_ms": VALUES,
            "width_px": VALUES,
            "every_ms": VALUES,
            "tile_px": VALUES,
            "form": VALUES,
        },
    )
)
@settings(max_examples=60)
def test_any_request_is_answered(asked: dict[str, object]) -> None:
    assert answer(asked)["ok"] is False


@given(
    edits=st.lists(st.tuples(st.floats(0, 0.9999), st.binary(min_size=1, max_size=40)), max_size=8),
    at_ms=st.integers(-10, 7_000),
)
@settings(max_examples=25)
def test_damaged_recordings_are_answered(
    edits: list[tuple[float, bytes]], at_ms: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tape = closed_tape(tmp_path_factory.mktemp("damaged"), coded(seconds=2.0, size=(64, 48)))
    data = bytearray(tape.video.read_bytes())
    for place, noise in edits:
        at = int(place * len(data))
        data[at : at + len(noise)] = noise
    tape.video.write_bytes(data)
    asked = {"do": "still", "video": str(tape.video), "at_ms": at_ms, "width_px": 64, "form": "x"}
    assert set(answer(asked)) >= {"ok"}
    assert set(answer({**asked, "do": "sheet", "every_ms": 500, "tile_px": [64, 64]})) >= {"ok"}
