"""Draws the picture that chats show beside a link: the newest still with what it shows, and whose.

1200 by 630 pixels as JPEG below 300 kB: what every chat takes, the pickiest included.  The only
font is the one inside Pillow, because a server may have none: Latin letters without marks.  What it
lacks is written with the letters that it has ("é" as "e"), words in other scripts are left out; the
title beside the picture says them all.
"""

import io
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from pantau.portal.sharing.card_content import HEIGHT_PX, WIDTH_PX, CardColours, CardWords, Rgb

MOST_BYTES: Final = 290_000
_QUALITIES: Final = (84, 72, 58, 40)
_EDGE_PX: Final = 56
_NAME_PX: Final = 64
_SMALL_PX: Final = 34
_GAP_PX: Final = 10
_NAME_LINES: Final = 2
_MOST_LETTERS: Final = 200
_SHADE: Final = (10, 16, 18)
_WHITE: Final = (255, 255, 255)
_PALE: Final = (214, 223, 226)
_LIKE: Final = str.maketrans({"–": "-", "—": "-", "’": "'", "№": "No. ", "×": "x", "\u00a0": " "})
_NO_LETTER: Final = "\U0010fffe"
_DAMAGED: Final = (OSError, ValueError, SyntaxError, EOFError, TypeError, struct.error, zlib.error)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_card_in_thread(still: bytes | None, words: CardWords, colours: CardColours) -> bytes:
    """Return the JPEG; some 50 ms of processor time.  A still that is damaged counts as none."""
    picture = _ground(still, colours)
    brush = ImageDraw.Draw(picture)
    name = _wrapped(_drawable(words.name), _NAME_PX, _NAME_LINES)
    below = _below(_drawable(words.place), _drawable(words.time))
    bottom = HEIGHT_PX - _EDGE_PX
    if below:
        bottom -= round(_SMALL_PX * 1.3)
        _write(brush, (_EDGE_PX, bottom), below, _SMALL_PX, _PALE)
        bottom -= _GAP_PX
    for line in reversed(name):
        bottom -= round(_NAME_PX * 1.15)
        _write(brush, (_EDGE_PX, bottom), line, _NAME_PX, _WHITE)
    _sign(picture, _drawable(words.site), colours)
    return _encoded(picture)


def _below(place: str, time: str) -> str:
    beside = f" · {time}" if place and time else time
    room_px = WIDTH_PX - 2 * _EDGE_PX - round(_width(beside, _SMALL_PX))
    return "".join(_wrapped(place, _SMALL_PX, 1, room_px=room_px)) + beside


def _ground(still: bytes | None, colours: CardColours) -> Image.Image:
    """Return what the words stand on: the still, dark below, or else the operator's colour."""
    size = (WIDTH_PX, HEIGHT_PX)
    shown = None if still is None else _opened(still)
    if shown is None:
        shade = Image.linear_gradient("L").resize(size)
        return Image.composite(
            Image.new("RGB", size, colours.deep), Image.new("RGB", size, colours.accent), shade
        )
    picture = ImageOps.fit(shown, size, Image.Resampling.BICUBIC)
    shade = Image.linear_gradient("L").resize((WIDTH_PX, HEIGHT_PX * 3 // 5))
    veil = Image.new("L", size, 0)
    veil.paste(
        shade.point([min(225, value * 21 // 16) for value in range(256)]), (0, HEIGHT_PX * 2 // 5)
    )
    picture.paste(Image.new("RGB", size, _SHADE), (0, 0), veil)
    return picture


def _opened(still: bytes) -> Image.Image | None:
    try:
        return Image.open(io.BytesIO(still), formats=("JPEG", "WEBP")).convert("RGB")
    except (*_DAMAGED, Image.DecompressionBombError):
        return None


def _sign(picture: Image.Image, site: str, colours: CardColours) -> None:
    """Write whose picture it is into the upper corner, on a chip of the operator's colour."""
    lines = _wrapped(site, _SMALL_PX, 1, room_px=WIDTH_PX // 2)
    brush = ImageDraw.Draw(picture)
    text = lines[0] if lines else ""
    width_px = 76 + (round(_width(text, _SMALL_PX)) + 16 if text else 0)
    box = (_EDGE_PX, _EDGE_PX, _EDGE_PX + width_px, _EDGE_PX + 68)
    brush.rounded_rectangle(box, radius=14, fill=colours.deep)
    mark = _mark(44)
    picture.paste(_WHITE, (_EDGE_PX + 16, _EDGE_PX + 12), mark)
    if text:
        _write(brush, (_EDGE_PX + 70, _EDGE_PX + 13), text, _SMALL_PX, _WHITE)


def _mark(side_px: int) -> Image.Image:
    """Return our mark, a pole and a lens, as a mask."""
    scale = side_px * 4 / 32
    mask = Image.new("L", (side_px * 4, side_px * 4), 0)
    brush = ImageDraw.Draw(mask)
    brush.line((9 * scale, 3.5 * scale, 9 * scale, 29 * scale), fill=255, width=round(3 * scale))
    for radius, hole in ((10.5, 7.5), (3.6, 0.0)):
        for size, ink in ((radius, 255), (hole, 0)):
            box = [(centre + sign * size) * scale for sign in (-1, 1) for centre in (18, 12)]
            if size:
                brush.ellipse(box, fill=ink)
    return mask.resize((side_px, side_px), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        into = io.BytesIO()
        picture.save(into, "JPEG", quality=quality, optimize=True, progressive=True)
        data = into.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data


def _drawable(text: str) -> str:
    """Return `text` in letters that the font has; words without any are left out."""
    plain = " ".join(text[:_MOST_LETTERS].translate(_LIKE).split())
    return " ".join(word for word in map(_drawable_word, plain.split(" ")) if word)


def _drawable_word(word: str) -> str:
    letters: list[str] = []
    for letter in word:
        if _has(letter):
            letters.append(letter)
            continue
        folded = [part for part in unicodedata.normalize("NFKD", letter) if _has(part)]
        if folded:
            letters += folded
        elif unicodedata.category(letter)[0] in "LN":
            # Half a word would be another one.
            return ""
    written = "".join(letters)
    return written if any(letter.isalnum() for letter in written) or written == word else ""


@lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable()
    font = _font(_SMALL_PX)
    return _shape(font, letter) not in {_shape(font, _NO_LETTER), b""}


def _shape(font: _Font, letter: str) -> bytes:
    return bytes(font.getmask(letter))


def _wrapped(
    text: str, size_px: int, most_lines: int, *, room_px: int = WIDTH_PX - 2 * _EDGE_PX
) -> Sequence[str]:
    """Return `text` in lines that fit; what is too long for them ends in dots."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most_lines:
        fitting = _fitting(rest, size_px, room_px)
        if fitting < len(rest):
            space = rest.rfind(" ", 0, fitting + 1)
            is_last = len(lines) == most_lines - 1
            if is_last:
                fitting = _fitting(rest, size_px, room_px - round(_width("...", size_px)))
                lines.append(rest[:fitting].rstrip() + "...")
                break
            fitting = space if space > 0 else fitting
        lines.append(rest[:fitting].rstrip())
        rest = rest[fitting:].lstrip()
    return lines


def _fitting(text: str, size_px: int, room_px: int) -> int:
    """Return how many letters of `text` fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _width(text[:middle], size_px) <= room_px:
            low = middle
        else:
            high = middle - 1
    return low


def _width(text: str, size_px: int) -> float:
    return _font(size_px).getlength(text)


def _write(
    brush: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size_px: int, ink: Rgb
) -> None:
    # The font has one weight: a rim of its own colour makes large letters bold.
    rim = 1 if size_px == _NAME_PX else 0
    brush.text(at, text, font=_font(size_px), fill=ink, stroke_width=rim, stroke_fill=ink)


@lru_cache(maxsize=4)
def _font(size_px: int) -> _Font:
    return ImageFont.load_default(size_px)
