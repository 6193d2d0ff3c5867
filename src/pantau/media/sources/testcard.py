"""A camera that is always there: colour bars, a running clock and a moving block (`testcard:`).

`testcard:frozen`, `testcard:black` and `testcard:covered` are cameras with something wrong.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pantau.core.clock import Clock
from pantau.media import codecs
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Tracks
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.pace import Pace

WIDTH_PX: Final = 640
HEIGHT_PX: Final = 360
PICTURES_PER_S: Final = 12
_LOOP_S: Final = 10
_PICTURES: Final = PICTURES_PER_S * _LOOP_S
_GROUP: Final = 2 * PICTURES_PER_S
_TICKS: Final = VIDEO_TIME_BASE // PICTURES_PER_S
# 75 % bars of BT.601 in limited range: luma, blue and red difference.
_BARS: Final = (
    (180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58),
    (84, 184, 198), (65, 100, 212), (35, 212, 114), (16, 128, 128),
)  # fmt: skip
# Which of the seven strokes a digit has: top, two upper, middle, two lower, bottom.
_DIGITS: Final = (
    "1110111", "0010010", "1011101", "1011011", "0111010",
    "1101011", "1101111", "1010010", "1111111", "1111011",
)  # fmt: skip
_STROKES: Final = (
    (1, 0, 3, 1), (0, 1, 1, 3), (4, 1, 1, 3), (1, 4, 3, 1), (0, 5, 1, 3), (4, 5, 1, 3),
    (1, 8, 3, 1),
)  # fmt: skip
_UNIT_PX: Final = 12
_WHITE: Final = 235
_BLACK: Final = 16
_GREY: Final = 128
_BLOCK_PX: Final = HEIGHT_PX // 8
_FLOOR: Final = (0, HEIGHT_PX * 3 // 4, WIDTH_PX, HEIGHT_PX // 4)
_CLOCK: Final = (210, 80, 220, 9 * _UNIT_PX + 40)
_encoding = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Loop:
    tracks: Tracks
    packets: tuple[Packet, ...]


class TestCardSource:
    """Replays one short loop that the process encodes once: a card costs no more than a camera."""

    __test__ = False  # not for pytest, in spite of its name

    def __init__(self, config: SourceConfig, *, clock: Clock) -> None:
        self._clock = clock
        self._pace = Pace(clock)
        self._bytes = 0
        scene = urlsplit(config.url).path
        self._scene = scene if scene in _SCENES else ""

    @property
    def inbound_bytes(self) -> int:
        return self._bytes

    def interrupt(self) -> None:
        self._pace.stop()

    def items(self) -> Iterator[Item]:
        with _encoding:
            loop = _encoded_loop(self._scene)
        yield loop.tracks
        at = 0
        while True:
            for packet in loop.packets:
                self._pace.wait_in_thread(at / VIDEO_TIME_BASE)
                self._bytes += len(packet.data)
                yield packet._replace(pts=at, dts=at, received_unix_s=self._clock.unix_s())
                at += _TICKS


@lru_cache(maxsize=4)
def _encoded_loop(scene: str) -> _Loop:
    draw = _SCENES[scene] if scene else _draw
    # One group of pictures again and again, where they do not change anyway.
    pictures = _GROUP if scene in {"frozen", "black"} else _PICTURES
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    encoder.time_base = Fraction(1, PICTURES_PER_S)
    encoder.framerate = Fraction(PICTURES_PER_S)
    encoder.gop_size = _GROUP
    encoder.options = {"preset": "veryfast", "bf": "0", "sc_threshold": "0", "crf": "26"}
    encoder.thread_count = 1
    packets = []
    sets: list[bytes] = []
    for number in [*range(pictures), None]:
        for coded in encoder.encode(None if number is None else draw(number)):
            nals = codecs.annexb_to_nals(bytes(coded))
            sets += [nal for nal in nals if codecs.is_parameter_set("h264", nal)]
            slices = [nal for nal in nals if codecs.is_slice("h264", nal)]
            packets.append(
                Packet(
                    is_video=True,
                    pts=0,
                    dts=0,
                    is_keyframe=coded.is_keyframe,
                    data=codecs.nals_to_sample(slices),
                    received_unix_s=0.0,
                )
            )
    return _Loop(Tracks(codecs.video_track("h264", sets)), tuple(packets))


def _draw(number: int) -> VideoFrame:
    luma = bytearray(_bars(0, WIDTH_PX) * HEIGHT_PX)
    half_px = WIDTH_PX // 2
    blue, red = (bytearray(_bars(part, half_px) * (HEIGHT_PX // 2)) for part in (1, 2))
    for left, top, width, height in (_FLOOR, _CLOCK):
        _fill(luma, WIDTH_PX, (left, top, width, height), _BLACK)
        for colour in (blue, red):
            _fill(colour, half_px, (left // 2, top // 2, width // 2, height // 2), _GREY)
    way_px = (WIDTH_PX - _BLOCK_PX) * number // _PICTURES
    _fill(luma, WIDTH_PX, (way_px, HEIGHT_PX * 13 // 16, _BLOCK_PX, _BLOCK_PX), _WHITE)
    tenths = number * 10 // PICTURES_PER_S
    _digit(luma, tenths // 10 % 10, 240, 100)
    _fill(luma, WIDTH_PX, (315, 100 + 8 * _UNIT_PX, _UNIT_PX, _UNIT_PX), _WHITE)
    _digit(luma, tenths % 10, 345, 100)
    return _framed(luma, blue, red, number)


def _grey(number: int, value: int, *, grain: int = 0) -> VideoFrame:
    size = WIDTH_PX * HEIGHT_PX
    luma = bytearray([value]) * size
    if grain:
        noise = hashlib.shake_128(number.to_bytes(4)).digest(size)
        table = bytes(value + dot % (grain + 1) for dot in range(256))
        luma = bytearray(noise.translate(table))
    colour = bytearray([_GREY]) * (size // 4)
    return _framed(luma, colour, colour, number)


def _frozen(number: int) -> VideoFrame:
    frame = _draw(0)
    frame.pts = number
    return frame


_SCENES: Final[dict[str, Callable[[int], VideoFrame]]] = {
    "frozen": _frozen,
    "black": lambda number: _grey(number, _BLACK),
    "covered": lambda number: _grey(number, 90, grain=6),
}


def _framed(luma: bytearray, blue: bytearray, red: bytearray, number: int) -> VideoFrame:
    frame = VideoFrame(WIDTH_PX, HEIGHT_PX, "yuv420p")
    for plane, data in zip(frame.planes, (luma, blue, red), strict=True):
        gap = bytes(plane.line_size - plane.width)
        rows = (data[at : at + plane.width] for at in range(0, len(data), plane.width))
        plane.update(b"".join(bytes(row) + gap for row in rows))
    frame.pts = number
    return frame


def _bars(part: int, width_px: int) -> bytes:
    return b"".join(bytes([bar[part]]) * (width_px // len(_BARS)) for bar in _BARS)


def _fill(plane: bytearray, row_px: int, box: tuple[int, int, int, int], value: int) -> None:
    left, top, width, height = box
    for row in range(top, top + height):
        start = row * row_px + left
        plane[start : start + width] = bytes([value]) * width


def _digit(luma: bytearray, digit: int, x: int, y: int) -> None:
    for stroke, (left, top, width, height) in zip(_DIGITS[digit], _STROKES, strict=True):
        if stroke == "1":
            corner = (x + left * _UNIT_PX, y + top * _UNIT_PX)
            _fill(luma, WIDTH_PX, (*corner, width * _UNIT_PX, height * _UNIT_PX), _WHITE)
