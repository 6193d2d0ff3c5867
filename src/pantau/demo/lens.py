"""From metres in a street to dots in a picture, and what distance and light do to a colour."""

from dataclasses import dataclass
from typing import Final

from pantau.demo.canvas import Colour, Point
from pantau.demo.scenes import Palette

HORIZON: Final = 0.36
"""Of the height, from the top."""
GLASS: Final[Colour] = (62, 76, 88)
_POLE_M: Final = 7.0


@dataclass(frozen=True, slots=True)
class Lens:
    """A camera on a pole that looks along a road: x to the right, y up, z ahead, in metres."""

    palette: Palette
    width_px: int
    height_px: int

    @property
    def is_dark(self) -> bool:
        """Whether lamps burn."""
        return self.palette.lamp is not None

    @property
    def is_night(self) -> bool:
        """Whether the sky is black."""
        return sum(self.palette.sky[1]) < 250

    def scale(self, z: float) -> float:
        """Return how many dots a metre is at a distance."""
        return self.width_px * 0.78 / max(z, 1.5)

    def at(self, x: float, y: float, z: float) -> Point:
        """Return where a place in the street is in the picture."""
        scale = self.scale(z)
        return self.width_px * 0.5 + scale * x, self.height_px * HORIZON + scale * (_POLE_M - y)

    def hazy(self, colour: Colour, z: float, shade: float = 1.0) -> Colour:
        """Return a colour as it looks from afar and in this light."""
        light = 0.34 if self.is_night else 0.74 if self.is_dark else 1.0
        haze, far = min(0.6, max(0.0, z / 230)), self.palette.sky[1]
        mixed = [
            round(min(255.0, part * light * shade) * (1 - haze) + sky * haze)
            for part, sky in zip(colour, far, strict=True)
        ]
        return mixed[0], mixed[1], mixed[2]


def towards(colour: Colour, other: Colour, share: float) -> Colour:
    """Return `colour` mixed with a share of `other`."""
    mixed = [round(a + (b - a) * share) for a, b in zip(colour, other, strict=True)]
    return mixed[0], mixed[1], mixed[2]
