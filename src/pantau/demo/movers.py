"""What moves in a street: vehicles and walkers, where they are and how they look."""

import random
from dataclasses import dataclass
from typing import Final

from pantau.demo.canvas import Canvas, Colour, Point
from pantau.demo.lens import GLASS, Lens, towards

NEAR_M: Final = 7.0
_FAR_M: Final = 131.0
_BODIES: Final[tuple[Colour, ...]] = (
    (178, 64, 58), (58, 92, 134), (222, 220, 214), (70, 72, 78), (198, 162, 84), (96, 128, 112),
    (150, 154, 158), (226, 224, 220),
)  # fmt: skip
CLOTHS: Final[tuple[Colour, ...]] = (
    (196, 72, 62), (66, 104, 156), (214, 170, 76), (86, 140, 110), (204, 118, 70), (216, 212, 202),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mover:
    """A vehicle or a walker; metres, `x` from the middle to the right; `start` in laps."""

    x: float
    start: float
    is_coming: bool
    laps: int
    size: tuple[float, float, float]
    colour: Colour
    is_walker: bool = False


def traffic(chance: random.Random) -> list[Mover]:
    """Fill four lanes: two away on the left, two coming on the right."""
    movers = []
    for lane, (x, is_coming) in enumerate(((-4.9, False), (-1.9, False), (1.9, True), (4.9, True))):
        places = 4 if lane in {1, 2} else 5
        for place in range(places):
            start = (place + chance.uniform(0.1, 0.6)) / places
            colour = chance.choice(_BODIES)
            size = (1.8, 1.5, 4.2)
            if lane in {0, 3} and chance.random() < 0.6:
                size = (0.7, 1.6, 1.9)
            elif chance.random() < 0.2:
                size, colour = (2.4, 3.1, 9.0), chance.choice(CLOTHS)
            movers.append(Mover(x + chance.uniform(-0.3, 0.3), start, is_coming, 1, size, colour))
    return movers


def walkers(chance: random.Random) -> list[Mover]:
    """Fill a lane of a market."""
    return [
        Mover(
            chance.uniform(-2.3, 2.3), chance.random(), number % 2 == 0, 1,
            (0.5, chance.uniform(1.5, 1.75), 0.4), chance.choice(CLOTHS), is_walker=True,
        )
        for number in range(34)
    ]  # fmt: skip


def where(mover: Mover, moment: float) -> float:
    """Return how far ahead a mover is at a share of the loop; the same at 0 and 1."""
    way = (mover.start + moment * mover.laps) % 1.0
    if mover.is_walker:
        # Up and down a stretch of its own, so that nobody jumps where the clip begins again.
        return 13 + (mover.start * 61) % 50 + 9 * abs(2 * way - 1)
    span = _FAR_M - NEAR_M
    return _FAR_M - way * span if mover.is_coming else NEAR_M + way * span


def draw_mover(canvas: Canvas, lens: Lens, mover: Mover, z: float, *, moment: float) -> None:
    """Draw a mover at a distance; draw the farthest first."""
    if mover.is_walker:
        _walk(canvas, lens, mover, z, moment)
    else:
        _drive(canvas, lens, mover, z)


def _walk(canvas: Canvas, lens: Lens, mover: Mover, z: float, moment: float) -> None:
    scale = lens.scale(z)
    x, foot = lens.at(mover.x, 0, z)
    stride = 0.1 * (1 if int(moment * 48 + mover.start * 7) % 2 else -1)
    canvas.rect(
        x - scale * 0.3,
        foot - 2,
        scale * 0.75,
        max(2.0, scale * 0.12),
        lens.hazy((70, 70, 70), z),
    )
    for leg in (-0.14, 0.02):
        up = scale * abs(stride) * (leg < 0) if stride > 0 else scale * abs(stride) * (leg > 0)
        canvas.rect(
            x + scale * leg,
            foot - scale * 0.8,
            scale * 0.13,
            scale * 0.8 - up,
            lens.hazy((52, 54, 62), z),
        )
    canvas.rect(
        x - scale * 0.22,
        foot - scale * 1.4,
        scale * 0.44,
        scale * 0.66,
        lens.hazy(mover.colour, z),
    )
    canvas.disc(x, foot - scale * 1.55, scale * 0.15, lens.hazy((128, 92, 72), z))


def _drive(canvas: Canvas, lens: Lens, mover: Mover, z: float) -> None:
    wide, high, long = mover.size
    x0, x1 = mover.x - wide / 2, mover.x + wide / 2
    shadow = [(x0 - 0.2, z), (x1 + 0.2, z), (x1 + 0.2, z + long), (x0 - 0.2, z + long)]
    dark = towards(lens.palette.road, (0, 0, 0), 0.4)
    canvas.polygon([lens.at(x, 0, far) for x, far in shadow], dark)
    if wide < 1:
        _ride(canvas, lens, mover, z)
    else:
        is_bus = long > 6
        body = high if is_bus else high * 0.62
        _box(canvas, lens, (x0, x1), (0.25, body), (z, z + long), colour=mover.colour)
        if is_bus:
            _pane(canvas, lens, (x0, x1), (body * 0.5, body * 0.86), z)
        else:
            inset = 0.16
            _box(
                canvas,
                lens,
                (x0 + inset, x1 - inset),
                (body, high),
                (z + 0.9, z + 3.3),
                colour=GLASS,
            )
            roof = [
                (x0 + inset, z + 1.1),
                (x1 - inset, z + 1.1),
                (x1 - inset, z + 3.1),
                (x0 + inset, z + 3.1),
            ]
            canvas.polygon(
                [lens.at(x, high, far) for x, far in roof], lens.hazy(mover.colour, z, 0.96)
            )
    _lights(canvas, lens, mover, z)


def _box(
    canvas: Canvas, lens: Lens, across: Point, up: Point, along: Point, *, colour: Colour
) -> None:
    (x0, x1), (y0, y1), (near, far) = across, up, along
    top = [(x0, near), (x1, near), (x1, far), (x0, far)]
    canvas.polygon([lens.at(x, y1, z) for x, z in top], lens.hazy(colour, near, 1.08))
    side = x1 if x0 < 0 else x0
    flank = [(y0, near), (y0, far), (y1, far), (y1, near)]
    if x0 > 0 or x1 < 0:
        canvas.polygon([lens.at(side, y, z) for y, z in flank], lens.hazy(colour, near, 0.72))
    face = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    canvas.polygon([lens.at(x, y, near) for x, y in face], lens.hazy(colour, near, 0.9))


def _pane(canvas: Canvas, lens: Lens, across: Point, up: Point, z: float) -> None:
    (left, top), (right, bottom) = (
        lens.at(across[0] + 0.15, up[1], z),
        lens.at(across[1] - 0.15, up[0], z),
    )
    canvas.rect(left, top, right - left, bottom - top, lens.hazy(GLASS, z))


def _ride(canvas: Canvas, lens: Lens, mover: Mover, z: float) -> None:
    scale = lens.scale(z)
    x, foot = lens.at(mover.x, 0, z)
    canvas.rect(
        x - scale * 0.1,
        foot - scale * 0.75,
        scale * 0.2,
        scale * 0.75,
        lens.hazy((44, 44, 48), z),
    )
    canvas.rect(
        x - scale * 0.3,
        foot - scale * 1.4,
        scale * 0.6,
        scale * 0.75,
        lens.hazy(mover.colour, z),
    )
    canvas.disc(x, foot - scale * 1.55, scale * 0.19, lens.hazy((214, 208, 196), z))


def _lights(canvas: Canvas, lens: Lens, mover: Mover, z: float) -> None:
    wide = mover.size[0]
    places = (0.0,) if wide < 1 else (-wide * 0.38, wide * 0.38)
    tone: Colour = (255, 244, 214) if mover.is_coming else (214, 52, 44)
    size = lens.width_px * 0.085 / z
    for place in places:
        x, y = lens.at(mover.x + place, 0.72, z)
        if lens.is_dark and mover.is_coming:
            canvas.glow(x, y, size * 6)
        canvas.disc(x, y, max(1.5, size * (1.4 if lens.is_dark else 1.0)), tone)
