"""The operator's colour as the two numbers that our pages are drawn with, and how readable it is.

Lightness stays ours (`ui/static/tokens.css`), so that text is readable whatever was chosen.
"""

import math
from dataclasses import dataclass
from typing import Final

LEAST_CHROMA: Final = 0.03
MOST_CHROMA: Final = 0.14
"""Between these, text and controls were measured to keep their contrast in both themes."""
OWN_HUE: Final = 200
_GREY: Final = 0.015
"""Below, a hue is only noise of rounding."""
_TEXT_L: Final = 0.43
"""Lightness of coloured text in the light theme."""
ENOUGH: Final = 4.5
"""Contrast that text needs (WCAG 2.2, 1.4.3)."""
_WHITE: Final = (255, 255, 255)

_Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """`--brand-h` in degrees and `--brand-c`."""

    hue: int
    chroma: float

    @property
    def css(self) -> str:
        """The style sheet."""
        return f":root{{--brand-h:{self.hue};--brand-c:{self.chroma:.2f}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How readable a colour is on white: as it was chosen, and as pages draw it."""

    as_chosen: float
    as_drawn: float

    @property
    def is_darkened(self) -> bool:
        """Whether it would be hard to read as it was chosen."""
        return self.as_chosen < ENOUGH


def theme_of(colour: str) -> Theme:
    """Return the theme for `#rrggbb`.  A grey has no hue: it gets ours, as pale as there is."""
    _, chroma, hue = _oklch(_rgb(colour))
    if chroma < _GREY:
        return Theme(hue=OWN_HUE, chroma=LEAST_CHROMA)
    bound = min(max(chroma, LEAST_CHROMA), MOST_CHROMA)
    return Theme(hue=round(hue) % 360, chroma=round(bound, 2))


def reading_of(colour: str) -> Reading:
    """Return how readable text in `#rrggbb` is."""
    theme = theme_of(colour)
    return Reading(
        as_chosen=contrast(_rgb(colour), _WHITE),
        as_drawn=contrast(_from_oklch(_TEXT_L, theme.chroma, theme.hue), _WHITE),
    )


def drawn(colour: str, lightness: float) -> tuple[int, int, int]:
    """Return the sRGB colour (0–255) that has the hue of `#rrggbb` and that lightness (0–1)."""
    theme = theme_of(colour)
    red, green, blue = _from_oklch(lightness, theme.chroma, theme.hue)
    return round(red), round(green), round(blue)


def contrast(one: _Rgb, other: _Rgb) -> float:
    """Return the contrast of two sRGB colours (0–255), from 1 to 21."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _rgb(colour: str) -> _Rgb:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def _luminance(rgb: _Rgb) -> float:
    red, green, blue = (_linear(each) for each in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _gamma(share: float) -> float:
    # What no screen can show is drawn as the nearest that it can.
    share = min(max(share, 0.0), 1.0)
    return 255 * (12.92 * share if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055)


def _oklch(rgb: _Rgb) -> tuple[float, float, float]:
    """Return lightness, chroma and hue in degrees (https://bottosson.github.io/posts/oklab/)."""
    red, green, blue = (_linear(each) for each in rgb)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _from_oklch(lightness: float, chroma: float, hue: float) -> _Rgb:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )
