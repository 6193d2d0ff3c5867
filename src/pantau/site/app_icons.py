"""Icons of the installed apps: squares of PNG, made of the operator's icon or of our mark."""

import io
from typing import TYPE_CHECKING, Final, Literal

from pantau.site.colours import drawn

if TYPE_CHECKING:
    from PIL import Image

App = Literal["portal", "admin"]
Shape = Literal["any", "maskable"]
SIDES_PX: Final = (180, 192, 512)
"""What iOS, Android and splash screens ask for."""
_PAPER: Final = (246, 248, 249)
_NIGHT: Final = (20, 25, 27)
"""The admin's icon lies on it, so that nobody takes one app for the other (lesson F19)."""
_ACCENT_L: Final = 0.45
"""As `--accent` of the light theme: white on it can be read whatever hue was chosen."""
_SAFE: Final = 0.58
"""A square of this share lies inside of the circle that every mask leaves (of 80 %)."""
_CORNER: Final = 0.2
_FINE_PX: Final = 1024
"""Shapes are drawn this large and made smaller: Pillow draws without smoothing."""
_MARK_UNITS: Final = 32


def app_icon(own: bytes | None, *, app: App, shape: Shape, side_px: int, colour: str) -> bytes:
    """Return the icon; `own` is the operator's PNG, `colour` the hub's as `#rrggbb`.

    Some tens of milliseconds of processor time: call it in a thread.
    """
    # Only now, here and below: 20 modules and 4 MB, for a few icons after a start.
    from PIL import Image, ImageDraw, ImageOps  # noqa: PLC0415

    if own is not None and app == "portal" and shape == "any":
        return _png(_opened(own).resize((side_px, side_px), Image.Resampling.LANCZOS))
    ground = _NIGHT if app == "admin" else drawn(colour, _ACCENT_L) if own is None else _PAPER
    icon = Image.new("RGBA", (_FINE_PX, _FINE_PX), (0, 0, 0, 0))
    corner_px = 0 if shape == "maskable" else round(_FINE_PX * _CORNER)
    ImageDraw.Draw(icon).rounded_rectangle((0, 0, _FINE_PX - 1, _FINE_PX - 1), corner_px, ground)
    inner_px = round(_FINE_PX * _SAFE)
    inner = _mark(inner_px) if own is None else ImageOps.contain(_opened(own), (inner_px, inner_px))
    at = ((_FINE_PX - inner.width) // 2, (_FINE_PX - inner.height) // 2)
    icon.alpha_composite(inner, at)
    return _png(icon.resize((side_px, side_px), Image.Resampling.LANCZOS))


def _opened(own: bytes) -> "Image.Image":
    from PIL import Image  # noqa: PLC0415

    # Written by us when it was uploaded (core/pictures.py).
    return Image.open(io.BytesIO(own), formats=("PNG",)).convert("RGBA")


def _mark(side_px: int) -> "Image.Image":
    """Draw the pole and the lens of `ui/static/logo.svg` in white."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    mark = Image.new("RGBA", (side_px, side_px), (0, 0, 0, 0))
    draw = ImageDraw.Draw(mark)

    def px(units: float) -> float:
        return units * side_px / _MARK_UNITS

    # Centred: in its own square the mark stands to the left of the middle.
    left, half = 7.5, 1.5
    white = (255, 255, 255, 255)
    pole = (px(left - half), px(2), px(left + half), px(30.5))
    draw.rounded_rectangle(pole, px(half), white)
    for radius, width in ((10.5, 3.0), (2.1, 2.1)):
        middle_x, middle_y = left + 9, 12
        box = (middle_x - radius, middle_y - radius, middle_x + radius, middle_y + radius)
        draw.ellipse([px(each) for each in box], outline=white, width=round(px(width)))
    return mark


def _png(picture: "Image.Image") -> bytes:
    into = io.BytesIO()
    picture.save(into, "PNG", optimize=True)
    return into.getvalue()
