"""Looks at one decoded picture: a few numbers, in milliseconds."""

from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from typing import Final

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Picture
from pantau.media.stills import KeyFrame, decode_in_thread

_EDGE: Final = 0.13
"""Clocks and names stand in the upper and lower eighth of a picture; they are not looked at."""
_ROWS: Final = 54
_COLUMNS: Final = 96
_SMALL: Final = (32, 18)
_BRIGHT: Final = 0.998
_EIGHT_BIT: Final = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})


@dataclass(frozen=True, slots=True)
class Look:
    """Brightness is 0 to 255, black is 0, whatever range the camera uses."""

    points: bytes
    """Single pixels as they are, row by row, noise and all: averages would look alike."""
    mean: float
    deviation: float
    """Of areas, without noise."""
    edges: float
    """How much neighbouring areas differ: what is left of the scene."""
    grain: float
    """Deviation of single pixels, with noise."""
    brightest: float
    """All but a few single pixels are darker."""
    pixels: int


def look_in_thread(latest: KeyFrame | Picture) -> Look:
    """Decode a picture and look at it; raises `SourceError`.  Costs 5 to 50 ms."""
    frame = decode_in_thread(latest)
    try:
        is_full = frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
        small = frame.reformat(
            *_SMALL,
            "gray",
            dst_color_range=ColorRange.JPEG,
            src_color_range=(ColorRange.JPEG if is_full else ColorRange.MPEG),
            interpolation="AREA",
        )
        if frame.format.name not in _EIGHT_BIT:
            frame = frame.reformat(format="yuv420p")
        points = _points(frame, _ROWS, _COLUMNS)
        areas = _points(small, _SMALL[1], _SMALL[0])
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise SourceError(Cause.BROKEN, f"looking: {type(error).__name__}") from error
    scale = 1.0 if is_full else 255 / 219
    floor = 0 if is_full else 16
    return Look(
        points=points,
        mean=sum(areas) / len(areas),
        deviation=_deviation(areas),
        edges=_edges(areas, _SMALL[0]),
        grain=_deviation(points) * scale,
        brightest=(sorted(points)[int(len(points) * _BRIGHT)] - floor) * scale,
        pixels=frame.width * frame.height,
    )


def _points(frame: VideoFrame, rows: int, columns: int) -> bytes:
    """Take single pixels of the luma plane, evenly spread over all but the upper and lower edge."""
    plane = frame.planes[0]
    data = memoryview(plane)
    top, bottom = round(frame.height * _EDGE), round(frame.height * (1 - _EDGE))
    step_x, step_y = max(1, frame.width // columns), max(1, (bottom - top) // rows)
    width = frame.width // step_x * step_x
    return b"".join(
        bytes(data[row * plane.line_size : row * plane.line_size + width : step_x])
        for row in range(top, bottom, step_y)
    )


def _deviation(values: bytes) -> float:
    count = len(values)
    mean = sum(values) / count
    return float(max(0.0, sum(map(mul, values, values)) / count - mean * mean) ** 0.5)


def _edges(areas: bytes, columns: int) -> float:
    rows = [areas[at : at + columns] for at in range(0, len(areas), columns)]
    across = [abs(left - right) for row in rows for left, right in pairwise(row)]
    down = [
        abs(a - b) for above, below in pairwise(rows) for a, b in zip(above, below, strict=True)
    ]
    steps = across + down
    return sum(steps) / len(steps) if steps else 0.0
