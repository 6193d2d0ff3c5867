"""Street scenes that move: what the demo cameras look at."""

import random
from dataclasses import dataclass, field

from pantau.demo.canvas import Canvas, Colour


@dataclass(frozen=True, slots=True)
class Palette:
    """The light of a scene."""

    sky: tuple[Colour, Colour]
    walls: tuple[Colour, ...]
    road: Colour
    ground: Colour
    leaf: Colour
    lamp: Colour | None = None


DAY = Palette(
    ((146, 180, 206), (222, 230, 230)),
    ((206, 190, 168), (188, 172, 160), (214, 204, 190), (170, 160, 152), (196, 150, 132)),
    (112, 114, 116),
    (172, 164, 150),
    (96, 128, 92),
)
DUSK = Palette(
    ((92, 96, 138), (232, 170, 132)),
    ((128, 108, 112), (112, 98, 110), (142, 116, 112), (98, 90, 104), (132, 96, 96)),
    (76, 76, 84),
    (112, 102, 102),
    (66, 84, 76),
    (255, 224, 160),
)
NIGHT = Palette(
    ((14, 18, 30), (34, 42, 58)),
    ((44, 46, 56), (38, 42, 54), (52, 50, 58), (34, 36, 48), (48, 42, 50)),
    (34, 36, 42),
    (48, 48, 54),
    (26, 38, 34),
    (255, 214, 140),
)
RAIN = Palette(
    ((128, 138, 146), (170, 176, 178)),
    ((146, 142, 138), (134, 132, 132), (154, 148, 142), (124, 122, 124), (140, 124, 118)),
    (84, 88, 92),
    (120, 120, 118),
    (78, 98, 82),
)
_BODIES: tuple[Colour, ...] = (
    (186, 62, 54), (54, 98, 140), (226, 224, 218), (64, 66, 70), (206, 164, 70), (92, 132, 110),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Vehicle:
    lane: int
    start: float
    laps: int
    size: float
    colour: Colour
    is_bus: bool


@dataclass(slots=True)
class Scene:
    """A street with houses behind it; `moment` is the share of the loop that is over, 0 to 1."""

    seed: int
    palette: Palette
    label: str
    width_px: int
    height_px: int
    _still: Canvas = field(init=False)
    _vehicles: list[_Vehicle] = field(init=False)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)  # scenery
        self._still = self._background(chance)
        self._vehicles = [
            _Vehicle(
                lane=number % 4,
                start=chance.random(),
                laps=chance.choice((1, 1, 2)) if number % 4 < 2 else chance.choice((1, 2, 2)),
                size=chance.uniform(0.85, 1.15),
                colour=chance.choice(_BODIES),
                is_bus=chance.random() < 0.2,
            )
            for number in range(11)
        ]

    def draw(self, moment: float, clock: str) -> Canvas:
        """Return the picture at `moment`, with the time burned in."""
        canvas = self._still.copy()
        for vehicle in sorted(self._vehicles, key=lambda one: one.lane):
            self._drive(canvas, vehicle, moment)
        dot = max(1, self.height_px // 180)
        for shade, colour in ((dot, (0, 0, 0)), (0, (255, 255, 255))):
            canvas.text(6 * dot + shade, 6 * dot + shade, clock, dot, colour)
            right = self.width_px - (len(self.label) * 6 + 5) * dot
            canvas.text(right + shade, self.height_px - 13 * dot + shade, self.label, dot, colour)
        return canvas

    def _background(self, chance: random.Random) -> Canvas:
        canvas = Canvas.blank(self.width_px, self.height_px)
        wide, high = self.width_px, self.height_px
        horizon = high * 0.52
        canvas.fade(0, horizon, *self.palette.sky)
        for number in range(3):
            middle = chance.uniform(0, wide)
            peak = horizon - high * chance.uniform(0.08, 0.2)
            tone = tuple(round(part * (0.72 + 0.08 * number)) for part in self.palette.sky[1])
            canvas.slab(
                (peak, middle, middle), (horizon, middle - wide * 0.4, middle + wide * 0.4),
                (tone[0], tone[1], tone[2]),
            )  # fmt: skip
        self._houses(canvas, chance, horizon)
        canvas.rect(0, horizon, wide, high * 0.1, self.palette.ground)
        canvas.rect(0, horizon + high * 0.1, wide, high, self.palette.road)
        stripe = tuple(min(255, part + 70) for part in self.palette.road)
        for x in range(0, wide, wide // 12):
            canvas.rect(x, high * 0.8, wide / 24, high * 0.012, (stripe[0], stripe[1], stripe[2]))
        canvas.rect(0, high * 0.62, wide, high * 0.012, (stripe[0], stripe[1], stripe[2]))
        canvas.rect(0, high * 0.97, wide, high * 0.03, self.palette.ground)
        return canvas

    def _houses(self, canvas: Canvas, chance: random.Random, horizon: float) -> None:
        wide, high = self.width_px, self.height_px
        left = -wide * 0.03
        while left < wide:
            width = wide * chance.uniform(0.09, 0.17)
            height = high * chance.uniform(0.16, 0.4)
            wall = chance.choice(self.palette.walls)
            canvas.rect(left, horizon - height, width, height, wall)
            roof = (round(wall[0] * 0.72), round(wall[1] * 0.6), round(wall[2] * 0.56))
            canvas.rect(left - 2, horizon - height, width + 4, high * 0.02, roof)
            self._windows(canvas, chance, (left, horizon - height, width, height), wall)
            left += width + wide * chance.uniform(0.0, 0.03)
        for _ in range(6):
            self._tree(canvas, chance.uniform(0, wide), horizon, high * chance.uniform(0.1, 0.17))

    def _windows(
        self,
        canvas: Canvas,
        chance: random.Random,
        wall: tuple[float, float, float, float],
        colour: Colour,
    ) -> None:
        left, top, width, height = wall
        step = self.height_px * 0.085
        dark = (round(colour[0] * 0.55), round(colour[1] * 0.62), round(colour[2] * 0.7))
        for row in range(int(height / step)):
            for column in range(int(width / step)):
                lit = self.palette.lamp if chance.random() < 0.35 else None
                x, y = left + (column + 0.3) * step, top + (row + 0.45) * step
                canvas.rect(x, y, step * 0.45, step * 0.42, lit or dark)

    def _tree(self, canvas: Canvas, middle: float, foot: float, size: float) -> None:
        leaf = self.palette.leaf
        shade = (round(leaf[0] * 0.8), round(leaf[1] * 0.8), round(leaf[2] * 0.8))
        canvas.rect(middle - size * 0.06, foot - size * 0.4, size * 0.12, size * 0.5, (84, 70, 58))
        for level, width in enumerate((0.5, 0.8, 0.95, 0.85, 0.6)):
            y = foot - size * (1.1 - level * 0.17)
            canvas.rect(middle - size * width / 2, y, size * width, size * 0.18, leaf)
            canvas.rect(middle, y + size * 0.09, size * width / 2, size * 0.09, shade)

    def _drive(self, canvas: Canvas, vehicle: _Vehicle, moment: float) -> None:
        wide, high = self.width_px, self.height_px
        near = vehicle.lane / 3
        length = wide * (0.07 + 0.06 * near) * vehicle.size * (1.9 if vehicle.is_bus else 1.0)
        height = high * (0.055 + 0.06 * near) * (1.5 if vehicle.is_bus else 1.0)
        ground = high * (0.665 + 0.27 * near)
        span = wide + 2 * length
        way = (vehicle.start + moment * vehicle.laps) % 1.0
        left = -length + span * (way if vehicle.lane >= 2 else 1 - way)
        canvas.rect(left + 2, ground - 2, length, max(2.0, high * 0.012), (40, 40, 42))
        canvas.rect(left, ground - height * 0.62, length, height * 0.55, vehicle.colour)
        cabin = (left + length * 0.18, length * 0.6)
        if vehicle.is_bus:
            cabin = (left, length)
        roof = tuple(round(part * 0.88) for part in vehicle.colour)
        canvas.rect(cabin[0], ground - height, cabin[1], height * 0.42, (roof[0], roof[1], roof[2]))
        for pane in range(5 if vehicle.is_bus else 2):
            share = cabin[1] / (5 if vehicle.is_bus else 2)
            x = cabin[0] + pane * share + share * 0.12
            canvas.rect(x, ground - height * 0.93, share * 0.76, height * 0.28, (72, 86, 96))
        for share in (0.16, 0.72):
            wheel = height * 0.24
            canvas.rect(left + length * share, ground - wheel, wheel * 1.1, wheel, (28, 28, 30))
        if self.palette.lamp is not None:
            front = left + (length - 3 if vehicle.lane >= 2 else 0)
            canvas.rect(front, ground - height * 0.45, 4, 4, self.palette.lamp)
