"""Looking down a road: views in perspective that move, as cameras on poles see towns."""

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from pantau.demo.canvas import Canvas, Colour
from pantau.demo.lens import GLASS, HORIZON, Lens, towards
from pantau.demo.movers import CLOTHS, NEAR_M, Mover, draw_mover, traffic, walkers, where
from pantau.demo.scenes import Palette

Kind = Literal["avenue", "market", "bridge", "river"]


@dataclass(slots=True)
class View:
    """Drawn large, so that scaling it down smooths the edges; loops without a step.

    `moment` is the share of the loop that is over, 0 to 1.
    """

    seed: int
    palette: Palette
    label: str
    width_px: int
    height_px: int
    kind: Kind = "avenue"
    _lens: Lens = field(init=False)
    _still: Canvas = field(init=False)
    _movers: list[Mover] = field(init=False)
    _ripples: list[tuple[float, float, float]] = field(init=False)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self._lens = Lens(self.palette, self.width_px, self.height_px)
        self._movers = walkers(chance) if self.kind == "market" else traffic(chance)
        self._ripples = [
            (chance.uniform(-16, 16), chance.random(), chance.uniform(1.5, 5)) for _ in range(46)
        ]
        self._still = self._background(chance)

    def draw(self, moment: float, clock: str) -> Canvas:
        """Return the picture at `moment`, with the time burned in."""
        canvas = self._still.copy()
        if self.kind == "river":
            self._flow(canvas, moment)
        else:
            placed = [(where(mover, moment), mover) for mover in self._movers]
            for z, mover in sorted(placed, key=lambda one: -one[0]):
                draw_mover(canvas, self._lens, mover, z, moment=moment)
        dot = max(2, self.height_px // 180)
        for shade, colour in ((dot, (0, 0, 0)), (0, (255, 255, 255))):
            canvas.text(6 * dot + shade, 6 * dot + shade, clock, dot, colour)
            right = self.width_px - (len(self.label) * 6 + 5) * dot
            canvas.text(right + shade, self.height_px - 13 * dot + shade, self.label, dot, colour)
        return canvas

    def _ground(self, canvas: Canvas, x0: float, x1: float, colour: Colour) -> None:
        """Fill a strip along the road, hazier far away."""
        edges = (3.0, 16.0, 26.0, 42.0, 70.0, 120.0, 400.0)
        for near, far in reversed(list(pairwise(edges))):
            corners = [
                self._lens.at(x, 0, z) for x, z in ((x0, near), (x1, near), (x1, far), (x0, far))
            ]
            canvas.polygon(corners, towards(colour, self.palette.sky[1], min(0.55, far / 500)))

    def _background(self, chance: random.Random) -> Canvas:
        canvas = Canvas.blank(self.width_px, self.height_px)
        wide, horizon = self.width_px, self.height_px * HORIZON
        canvas.fade(0, horizon + 2, *self.palette.sky)
        for layer in (0.5, 0.68):
            x = -wide * 0.1
            tone = towards(self.palette.leaf, self.palette.sky[1], 1.1 - layer)
            while x < wide:
                peak = horizon - self.height_px * chance.uniform(0.02, 0.09) * (1.4 - layer)
                canvas.polygon(
                    [(x, horizon), (x + wide * 0.14, peak), (x + wide * 0.3, horizon)], tone
                )
                x += wide * chance.uniform(0.08, 0.16)
        canvas.rect(0, horizon - 1, wide, self.height_px, self.palette.ground)
        if self.kind in {"river", "bridge"}:
            water = towards((92, 112, 118), self.palette.sky[1], 0.25)
            if self._lens.is_night:
                water = (24, 30, 42)
            canvas.fade(horizon, self.height_px, towards(water, self.palette.sky[1], 0.4), water)
        if self.kind == "river":
            self._banks(canvas, chance)
        else:
            self._road(canvas)
        if self.kind == "bridge":
            self._railings(canvas)
        elif self.kind != "river":
            self._sides(canvas, chance)
        return canvas

    def _road(self, canvas: Canvas) -> None:
        half = 4.2 if self.kind == "market" else 6.6
        self._ground(
            canvas, -half - 2.4, half + 2.4, towards(self.palette.ground, (150, 150, 150), 0.3)
        )
        self._ground(canvas, -half, half, self.palette.road)
        if self.kind == "market":
            return
        paint = towards(self.palette.road, (255, 255, 255), 0.55)
        for step in range(24):
            z = 8 + step * 6
            stripe = [(-0.1, z), (0.1, z), (0.1, z + 3), (-0.1, z + 3)]
            canvas.polygon([self._lens.at(x, 0, near) for x, near in stripe], paint)
            for side in (-half, half):
                for part in range(2):
                    near = z + part * 3
                    kerb = [
                        (side, near),
                        (side + 0.3, near),
                        (side + 0.3, near + 3),
                        (side, near + 3),
                    ]
                    tone = self._lens.hazy((226, 224, 218) if part else (60, 60, 62), near)
                    canvas.polygon([self._lens.at(x, 0.1, far) for x, far in kerb], tone)
        if self.seed % 2 and self.kind == "avenue":
            for bar in range(9):
                x = -half + 0.5 + bar * 1.4
                zebra = [(x, 24), (x + 0.7, 24), (x + 0.7, 27.5), (x, 27.5)]
                canvas.polygon([self._lens.at(px, 0, z) for px, z in zebra], paint)

    def _railings(self, canvas: Canvas) -> None:
        for side in (-8.6, 8.6):
            tone = self._lens.hazy((176, 96, 74), 20)
            for low, high in ((0.45, 0.62), (1.0, 1.2)):
                rail = [(low, 4.0), (high, 4.0), (high, 170.0), (low, 170.0)]
                canvas.polygon([self._lens.at(side, y, z) for y, z in rail], tone)
            for step in range(26, 0, -1):
                (x, top), (_, foot) = (
                    self._lens.at(side, 1.2, 4 + step * 4),
                    self._lens.at(side, 0, 4 + step * 4),
                )
                canvas.rect(x, top, max(2, 500 / (4 + step * 4) / 6), foot - top, tone)
        for z in (108, 84, 60, 36):
            for side in (-8.2, 8.2):
                self._lamp(canvas, side, z)

    def _sides(self, canvas: Canvas, chance: random.Random) -> None:
        edge = 6.8 if self.kind == "market" else 9.4
        z = 150.0
        while z > 13:
            deep = chance.uniform(8, 13)
            for side in (-1, 1):
                self._house(canvas, chance, side * edge, z - deep, z)
            if self.kind == "market":
                for side in (-1, 1):
                    for part in range(3):
                        self._stall(canvas, chance, side, z - deep + part * deep / 3, deep / 3.4)
            else:
                for side in (-1, 1):
                    self._tree(
                        canvas, chance, side * (edge - 1.2), z - deep * chance.uniform(0.2, 1)
                    )
                    if int(z) % 2:
                        self._lamp(canvas, side * (edge - 1.9), z - deep)
            z -= deep

    def _house(
        self, canvas: Canvas, chance: random.Random, x: float, near: float, far: float
    ) -> None:
        near = max(near, 6.0)
        outer = x * 2.6
        high = chance.uniform(3.6, 5.4) if chance.random() < 0.45 else chance.uniform(6.5, 12.5)
        wall = towards(chance.choice(self.palette.walls), (190, 180, 168), 0.12)
        front = [
            self._lens.at(px, y, near) for px, y in ((x, 0), (outer, 0), (outer, high), (x, high))
        ]
        flank = [
            self._lens.at(x, y, z) for y, z in ((0, near), (0, far), (high, far), (high, near))
        ]
        far_tone = towards(wall, self.palette.sky[1], min(0.55, far / 260))
        canvas.polygon(front, far_tone)
        canvas.polygon(flank, towards(far_tone, (0, 0, 0), 0.14))
        roof = towards(far_tone, (112, 56, 44), 0.6)
        canvas.polygon(
            [self._lens.at(x * 0.96, y, z)
             for y, z in ((high, near), (high, far), (high + 0.5, far), (high + 0.5, near))],
            roof,
        )  # fmt: skip
        canvas.polygon(
            [self._lens.at(px, y, near)
             for px, y in (
                 (x * 0.96, high), (outer, high), (outer, high + 0.5), (x * 0.96, high + 0.5)
             )],
            towards(roof, (255, 255, 255), 0.1),
        )  # fmt: skip
        for floor in range(int(high / 3)):
            for column in range(int((far - near) / 2.6)):
                self._window(canvas, chance, x, near + 0.8 + column * 2.6, floor * 3 + 1.1)

    def _window(self, canvas: Canvas, chance: random.Random, x: float, z: float, y: float) -> None:
        lit = self.palette.lamp if chance.random() < 0.4 else None
        pane = self._lens.hazy(GLASS, z)
        corners = [(y, z), (y, z + 1.3), (y + 1.3, z + 1.3), (y + 1.3, z)]
        canvas.polygon([self._lens.at(x, py, pz) for py, pz in corners], lit or pane)

    def _stall(
        self, canvas: Canvas, chance: random.Random, side: int, z: float, deep: float
    ) -> None:
        if z < 9:
            return
        x0, x1 = side * 3.1, side * 5.4
        goods = self._lens.hazy(chance.choice(CLOTHS), z, 0.8)
        table = [(x0, 0.0), (x1, 0.0), (x1, 1.0), (x0, 1.0)]
        canvas.polygon(
            [self._lens.at(x, y, z) for x, y in table], self._lens.hazy((120, 92, 66), z)
        )
        top = [(x0, z), (x1, z), (x1, z + deep), (x0, z + deep)]
        canvas.polygon([self._lens.at(x, 1.0, far) for x, far in top], goods)
        cloth = chance.choice(CLOTHS)
        roof = [
            (x0 - side * 0.5, 2.3, z),
            (x1, 2.9, z),
            (x1, 2.9, z + deep),
            (x0 - side * 0.5, 2.3, z + deep),
        ]
        canvas.polygon([self._lens.at(*corner) for corner in roof], self._lens.hazy(cloth, z))
        lip = [(x0 - side * 0.5, 2.3), (x1, 2.9), (x1, 2.7), (x0 - side * 0.5, 2.05)]
        canvas.polygon([self._lens.at(x, y, z) for x, y in lip], self._lens.hazy(cloth, z, 0.8))

    def _tree(self, canvas: Canvas, chance: random.Random, x: float, z: float) -> None:
        if z < 14:
            return
        (left, top), (right, foot) = self._lens.at(x - 0.14, 2.6, z), self._lens.at(x + 0.14, 0, z)
        canvas.rect(left, top, max(2, right - left), foot - top, self._lens.hazy((92, 76, 62), z))
        scale = self._lens.scale(z)
        for shade in (0.78, 0.9, 1.0, 1.08):
            px, py = self._lens.at(x + chance.uniform(-0.9, 0.9), chance.uniform(2.8, 4.4), z)
            tone = towards(
                self.palette.leaf, (0, 0, 0) if shade < 1 else (255, 255, 230), abs(1 - shade)
            )
            tone = towards(tone, self.palette.sky[1], min(0.5, z / 260))
            canvas.disc(px, py, scale * chance.uniform(0.8, 1.25), tone)

    def _lamp(self, canvas: Canvas, x: float, z: float) -> None:
        if z < 14:
            return
        pole = self._lens.hazy((110, 114, 118), z)
        (left, top), (_, foot) = self._lens.at(x, 6.2, z), self._lens.at(x, 0, z)
        thick = max(2.0, self.width_px * 0.1 / z)
        canvas.rect(left, top, thick, foot - top, pole)
        arm, _ = self._lens.at(x - (1.4 if x > 0 else -1.4), 6.2, z)
        canvas.rect(min(left, arm), top, abs(left - arm), thick, pole)
        if self._lens.is_dark and self.palette.lamp is not None:
            canvas.glow(arm, top + thick, self.width_px * 1.1 / z)
            canvas.disc(arm, top + thick, max(2.0, self.width_px * 0.16 / z), self.palette.lamp)

    def _banks(self, canvas: Canvas, chance: random.Random) -> None:
        for side in (-1, 1):
            stone = towards(self.palette.ground, (120, 116, 108), 0.4)
            self._ground(canvas, side * 17, side * 90, self.palette.leaf)
            self._ground(canvas, side * 14, side * 18, stone)
            for z in (120, 100, 82, 66, 52, 40, 30):
                self._tree(canvas, chance, side * chance.uniform(19, 24), z)
                self._lamp(canvas, side * 16.5, z - 4)
        deck = self._lens.hazy((150, 146, 140), 90)
        left, right = self._lens.at(-20, 4.0, 96), self._lens.at(20, 2.8, 96)
        canvas.rect(left[0], left[1], right[0] - left[0], right[1] - left[1], deck)
        for x in (-14, -5, 4, 13):
            (px, top), (wide, foot) = self._lens.at(x, 3, 96), self._lens.at(x + 1.6, 0, 96)
            canvas.rect(px, top, wide - px, foot - top, towards(deck, (0, 0, 0), 0.25))

    def _flow(self, canvas: Canvas, moment: float) -> None:
        shine = self.palette.lamp or (226, 234, 236)
        for x, start, length in self._ripples:
            z = NEAR_M + (1 - (start + moment) % 1.0) * (90 - NEAR_M)
            (left, y), (right, _) = (
                self._lens.at(x * 0.8, 0, z),
                self._lens.at(x * 0.8 + length, 0, z),
            )
            tone = towards((60, 74, 84) if self._lens.is_dark else (120, 138, 142), shine, 0.3)
            canvas.rect(left, y, right - left, max(2.0, 60 / z), tone)
