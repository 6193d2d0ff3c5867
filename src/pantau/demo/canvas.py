"""A YUV picture to draw on with nothing but bytes."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Colour = tuple[int, int, int]
"""Red, green, blue, 0–255."""
Point = tuple[float, float]

_RUNS: Final = tuple(bytes([value]) * 2560 for value in range(256))
"""Rows of one value, as long as the widest picture."""
_LIGHTER: Final = bytes(min(235, value + 1 + (235 - value) // 18) for value in range(256))
_RINGS: Final = 14
_LESS_BLUE: Final = bytes(max(96, value - 2) if value > 96 else value for value in range(256))
_MORE_RED: Final = bytes(min(148, value + 2) if value < 148 else value for value in range(256))

# Five columns by seven rows for each sign, one bit a dot, rows from the top.
_GLYPHS: Final = {
    "0": "0e11191513110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808",
    "8": "0e11110e11110e", "9": "0e11110f01020c", ":": "000c0c000c0c00", "-": "0000001f000000",
    " ": "00000000000000", "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e",
    "D": "1c12111111121c", "E": "1f10101e10101f", "F": "1f10101e101010", "G": "0e11101711110f",
    "H": "1111111f111111", "I": "0e04040404040e", "J": "0702020202120c", "K": "11121418141211",
    "L": "1010101010101f", "M": "111b1515111111", "N": "11111915131111", "O": "0e11111111110e",
    "P": "1e11111e101010", "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e",
    "T": "1f040404040404", "U": "1111111111110e", "V": "11111111110a04", "W": "1111111515150a",
    "X": "11110a040a1111", "Y": "1111110a040404", "Z": "1f01020408101f", ".": "00000000000c0c",
}  # fmt: skip


def _strokes(bits: int) -> tuple[tuple[int, int], ...]:
    """Return first column and length of each run of dots in a row of a sign."""
    row = f"{bits:05b}"
    return tuple((found.start(), len(found[0])) for found in re.finditer("1+", row))


_STROKES: Final = tuple(_strokes(bits) for bits in range(32))


def _yuv(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = colour
    luma = 16 + (65.7 * red + 129.1 * green + 25.1 * blue) / 256
    first = 128 + (-37.9 * red - 74.5 * green + 112.4 * blue) / 256
    second = 128 + (112.4 * red - 94.2 * green - 18.3 * blue) / 256
    return round(luma), round(first), round(second)


@dataclass(slots=True)
class Canvas:
    """Planar 4:2:0; sizes are even.  Drawing outside is cut off."""

    width_px: int
    height_px: int
    luma: bytearray
    blue: bytearray
    red: bytearray

    @classmethod
    def blank(cls, width_px: int, height_px: int) -> "Canvas":
        """Return a black picture."""
        quarter = width_px * height_px // 4
        return cls(
            width_px,
            height_px,
            bytearray(b"\x10" * (quarter * 4)),
            bytearray(b"\x80" * quarter),
            bytearray(b"\x80" * quarter),
        )

    def copy(self) -> "Canvas":
        """Return the same picture for drawing over."""
        return Canvas(self.width_px, self.height_px, self.luma[:], self.blue[:], self.red[:])

    def rect(self, left: float, top: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle."""
        x0, x1 = max(0, int(left)), min(self.width_px, int(left + width))
        y0, y1 = max(0, int(top)), min(self.height_px, int(top + height))
        if x1 <= x0 or y1 <= y0:
            return
        luma, blue, red = _yuv(colour)
        row = bytes([luma]) * (x1 - x0)
        for y in range(y0, y1):
            offset = y * self.width_px
            self.luma[offset + x0 : offset + x1] = row
        half = self.width_px // 2
        first, last = x0 // 2, max(x0 // 2 + 1, x1 // 2)
        blues, reds = bytes([blue]) * (last - first), bytes([red]) * (last - first)
        for y in range(y0 // 2, max(y0 // 2 + 1, y1 // 2)):
            offset = y * half
            self.blue[offset + first : offset + last] = blues
            self.red[offset + first : offset + last] = reds

    def fade(self, top: float, bottom: float, above: Colour, below: Colour) -> None:
        """Fill whole rows with a vertical gradient."""
        rows = max(1, int(bottom) - int(top))
        for y in range(rows):
            share = y / rows
            mixed = (
                round(above[0] + (below[0] - above[0]) * share),
                round(above[1] + (below[1] - above[1]) * share),
                round(above[2] + (below[2] - above[2]) * share),
            )
            self.rect(0, top + y, self.width_px, 1, mixed)

    def slab(
        self, top: tuple[float, float, float], bottom: tuple[float, float, float], colour: Colour
    ) -> None:
        """Fill a shape with level edges: (y, left, right) above and below; triangles allowed."""
        rows = max(1, int(bottom[0] - top[0]))
        for row in range(rows):
            share = row / rows
            left = top[1] + (bottom[1] - top[1]) * share
            right = top[2] + (bottom[2] - top[2]) * share
            self.rect(left, top[0] + row, max(1.0, right - left), 1, colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a convex shape; corners in order."""
        top = max(0, math.ceil(min(y for _, y in points)))
        bottom = min(self.height_px, math.ceil(max(y for _, y in points)))
        if bottom <= top:
            return
        lefts, rights = [1e9] * (bottom - top), [-1e9] * (bottom - top)
        for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0  # noqa: PLW2901  # edges run downwards
            if y1 <= y0:
                continue
            slope = (x1 - x0) / (y1 - y0)
            for y in range(max(top, math.ceil(y0)), min(bottom, math.ceil(y1))):
                x = x0 + (y - y0) * slope
                lefts[y - top] = min(lefts[y - top], x)
                rights[y - top] = max(rights[y - top], x)
        self._fill(top, lefts, rights, colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        top, bottom = max(0, int(y - radius)), min(self.height_px, int(y + radius) + 1)
        halves = [math.sqrt(max(0.0, radius**2 - (row - y) ** 2)) for row in range(top, bottom)]
        self._fill(top, [x - half for half in halves], [x + half for half in halves], colour)

    def glow(self, x: float, y: float, radius: float) -> None:
        """Lighten a round spot the way a lamp does, strongest in the middle."""
        half = self.width_px // 2
        rings = min(_RINGS, max(3, int(radius / 3)))
        for ring in range(rings, 0, -1):
            reach = radius * (ring / rings) ** 1.5
            for row in range(max(0, int(y - reach)), min(self.height_px, int(y + reach) + 1)):
                wide = math.sqrt(max(0.0, reach**2 - (row - y) ** 2))
                first, last = max(0, int(x - wide)), min(self.width_px, int(x + wide))
                if last <= first:
                    continue
                at = row * self.width_px
                line = self.luma[at + first : at + last]
                self.luma[at + first : at + last] = line.translate(_LIGHTER)
                if row % 2 == 0 and ring % 2 == 0:
                    at = row // 2 * half
                    for plane, table in ((self.blue, _LESS_BLUE), (self.red, _MORE_RED)):
                        part = plane[at + first // 2 : at + last // 2]
                        plane[at + first // 2 : at + last // 2] = part.translate(table)

    def _fill(
        self, top: int, lefts: Sequence[float], rights: Sequence[float], colour: Colour
    ) -> None:
        luma, blue, red = _yuv(colour)
        wide, half = self.width_px, self.width_px // 2
        for y, (left, right) in enumerate(zip(lefts, rights, strict=True), top):
            x0, x1 = max(0, int(left + 0.5)), min(wide, int(right + 0.5))
            if x1 <= x0:
                continue
            at = y * wide
            self.luma[at + x0 : at + x1] = _RUNS[luma][: x1 - x0]
            if y % 2 == 0:
                at, c0, c1 = y // 2 * half, x0 // 2, (x1 + 1) // 2
                self.blue[at + c0 : at + c1] = _RUNS[blue][: c1 - c0]
                self.red[at + c0 : at + c1] = _RUNS[red][: c1 - c0]

    def text(self, left: float, top: float, words: str, dot_px: int, colour: Colour) -> None:
        """Write in capitals of seven dots."""
        for number, sign in enumerate(words.upper()):
            rows = bytes.fromhex(_GLYPHS.get(sign, _GLYPHS[" "]))
            for y, bits in enumerate(rows):
                for x, dots in _STROKES[bits]:
                    at = left + (number * 6 + x) * dot_px
                    self.rect(at, top + y * dot_px, dots * dot_px, dot_px, colour)
