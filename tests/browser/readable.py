"""Contrast of text as it is painted: from pixels, whatever style sheets say (lesson F11).

Three pictures of one page: as it is, with its text away, and with its text in a colour that
nothing else has.  The third tells where text is painted, the first in which colour, the second
what is behind it.
"""

import io
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page

LARGE_PX: Final = 24
LARGE_BOLD_PX: Final = 18.66
ENOUGH: Final = 4.5
ENOUGH_WHEN_LARGE: Final = 3.0
"""WCAG 2.2, 1.4.3."""
_ROUNDING: Final = 0.1
_SHADE: Final = 0.1
"""This share of what is behind a text may be worse: an edge, a shade, a spot of a picture."""
_LINES: Final = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const owner = texts.currentNode.parentElement;
    const text = texts.currentNode.data.trim();
    const isSeen = owner.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!text || !isSeen) continue;
    if (owner.closest(".sr, .skip, :disabled, [aria-disabled=true], script, style")) continue;
    const style = getComputedStyle(owner);
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const box of range.getClientRects()) {
      if (box.width < 4 || box.height < 6) continue;
      found.push({
        text: text.slice(0, 40), x: box.left + scrollX, y: box.top + scrollY,
        width: box.width, height: box.height,
        size_px: parseFloat(style.fontSize), weight: Number(style.fontWeight),
      });
    }
  }
  return found;
}"""
_COLOURED: Final = """(colour) => {
  window.pantauSeen ??= new CSSStyleSheet();
  window.pantauSeen.replaceSync(!colour ? "" : `
    *, *::before, *::after { color: ${colour} !important; text-shadow: none !important;
      -webkit-text-fill-color: ${colour} !important;
      text-decoration-color: transparent !important; }
    svg, svg * { visibility: hidden !important; }`);
  if (!document.adoptedStyleSheets.includes(window.pantauSeen))
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, window.pantauSeen];
}"""
_SCALE: Final = 2
"""Pictures are taken on screens with two pixels to one: strokes have a core then."""


@dataclass(frozen=True, slots=True)
class Painted:
    """One line of text as it is painted."""

    text: str
    contrast: float
    wanted: float

    @property
    def is_readable(self) -> bool:
        return self.contrast >= self.wanted - _ROUNDING


def painted_texts(page: Page) -> list[Painted]:
    """Return every line of text that is painted at this moment.

    The page must have been opened with two pixels to one, and stand still.
    """
    # What is fixed to the edge of a screen would lie over the middle of a longer picture.
    size = page.viewport_size or {"width": 360, "height": 740}
    tall_px = page.evaluate("document.scrollingElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(tall_px, size["height"])})
    lines = page.evaluate(_LINES)
    as_is = _picture(page, "")
    behind = _picture(page, "transparent")
    marked = _picture(page, "#ff00ff")
    page.evaluate(_COLOURED, "")
    page.set_viewport_size(size)
    found = (_judged(line, as_is, behind, marked) for line in lines)
    return [each for each in found if each is not None]


def _picture(page: Page, colour: str) -> Image.Image:
    page.evaluate(_COLOURED, colour)
    shot = page.screenshot(animations="disabled", caret="hide", scale="device")
    return Image.open(io.BytesIO(shot)).convert("RGB")


def _judged(
    line: dict[str, Any], as_is: Image.Image, behind: Image.Image, marked: Image.Image
) -> Painted | None:
    box = (
        max(round(line["x"] * _SCALE), 0),
        max(round(line["y"] * _SCALE), 0),
        min(round((line["x"] + line["width"]) * _SCALE), as_is.width),
        min(round((line["y"] + line["height"]) * _SCALE), as_is.height),
    )
    if box[2] - box[0] < 4 or box[3] - box[1] < 4:
        return None
    core = _core(marked.crop(box), behind.crop(box))
    if core is None:
        return None
    ink = tuple(ImageStat.Stat(as_is.crop(box), core).median)
    ground_picture = behind.crop(box)
    # No more colours than pixels: room for a million took ten milliseconds for every line.
    most = ground_picture.width * ground_picture.height
    grounds: list[tuple[int, Any]] = ground_picture.getcolors(most) or []
    contrasts = sorted((contrast(ink, ground), count) for count, ground in grounds)
    passed, allowed = 0, _SHADE * sum(count for _, count in contrasts)
    worst = contrasts[-1][0]
    for each, count in contrasts:
        passed += count
        if passed > allowed:
            worst = each
            break
    size_px, is_bold = line["size_px"], line["weight"] >= 700
    is_large = size_px >= LARGE_PX or (is_bold and size_px >= LARGE_BOLD_PX)
    return Painted(line["text"], round(worst, 2), ENOUGH_WHEN_LARGE if is_large else ENOUGH)


def _core(marked: Image.Image, behind: Image.Image) -> Image.Image | None:
    """Return where text is painted whole, as a mask; None where there is none to be seen."""
    magenta = Image.new("RGB", marked.size, (255, 0, 255))
    away = ImageChops.difference(marked, magenta).convert("L").point(lambda far: 255 * (far < 24))
    moved = ImageChops.difference(marked, behind).convert("L").point(lambda far: 255 * (far > 8))
    core = ImageChops.multiply(away, moved)
    return core if core.getbbox() else None


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the contrast of two sRGB colours, from 1 to 21."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(rgb: tuple[float, ...]) -> float:
    shares = (each / 255 for each in rgb)
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
