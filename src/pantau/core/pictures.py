"""Pictures that people upload, made anew: what is stored and shown was written by us.

Nothing of the upload survives but its pixels: no metadata (a phone writes where it stood), no
second file hidden behind the first, no script.  SVG is a document that can hold scripts: refused.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pantau.core.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

MOST_UPLOAD_BYTES: Final = 8 * 2**20
"""As a phone's camera writes them."""
MOST_PIXELS: Final = 24_000_000
"""A hundred megabytes of memory while one is read; more is a bomb or a mistake."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY: Final = 82
_DAMAGED: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    OverflowError,
    TypeError,
    struct.error,
    zlib.error,
)
"""What decoders raise over a file that somebody made up."""

Kind = Literal["webp", "png"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as we wrote it."""

    data: bytes
    width_px: int
    height_px: int
    kind: Kind = "webp"


def reencoded(data: bytes, *, field: str, most_px: int) -> Picture:
    """Return an uploaded picture as WebP, upright, its longer side at most `most_px`.

    PNG, JPEG, WebP and still GIF; raises Invalid with `field` for anything else, for animations,
    for damaged files and for too many pixels.  Up to a second of processor time: call it in a
    thread (`asyncio.to_thread`).
    """
    # Only now, here and below: 20 modules and 4 MB, for what happens a few times in a year.
    from PIL import Image, ImageOps  # noqa: PLC0415

    picture = _opened(data, field)
    try:
        # Has the decoder of JPEG leave out what will not be kept: a quarter of time and memory.
        picture.draft("RGB", (most_px, most_px))
        upright = ImageOps.exif_transpose(picture)
        small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        small.thumbnail((most_px, most_px), Image.Resampling.LANCZOS)
    except _DAMAGED as error:
        raise _damaged(field) from error
    return _written(small, "webp")


def icon(data: bytes, *, field: str, side_px: int) -> Picture:
    """Return an uploaded picture as a square PNG, which is what icons of apps must be.

    A picture that is not square is centred on nothing.  Raises and costs as `reencoded`.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415

    picture = _opened(data, field)
    try:
        whole = ImageOps.exif_transpose(picture).convert("RGBA")
        square = ImageOps.pad(whole, (side_px, side_px), Image.Resampling.LANCZOS, color=(0,) * 4)
    except _DAMAGED as error:
        raise _damaged(field) from error
    return _written(square, "png")


def _opened(data: bytes, field: str) -> "Image.Image":
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    if len(data) > MOST_UPLOAD_BYTES:
        most = MOST_UPLOAD_BYTES // 2**20
        raise Invalid("picture.too_big", f"A picture may have {most} MiB.", field=field)
    try:
        # Reads the head of the file only; its own guard against bombs warns, and we look below.
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise Invalid(
            "picture.format", "A picture is a PNG, JPEG, WebP or GIF file.", field=field
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _bomb(field) from error
    except _DAMAGED as error:
        raise _damaged(field) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise _bomb(field)
    try:
        is_animated = getattr(picture, "is_animated", False)
    except _DAMAGED as error:
        raise _damaged(field) from error
    if is_animated:
        raise Invalid("picture.moves", "A picture may not move: take a still one.", field=field)
    return picture


def _written(picture: "Image.Image", kind: Kind) -> Picture:
    into = io.BytesIO()
    if kind == "webp":
        picture.save(into, "WEBP", quality=_QUALITY, method=4)
    else:
        picture.save(into, "PNG", optimize=True)
    return Picture(
        data=into.getvalue(), width_px=picture.width, height_px=picture.height, kind=kind
    )


def _bomb(field: str) -> Invalid:
    most = MOST_PIXELS // 1_000_000
    return Invalid(
        "picture.too_many_pixels",
        f"A picture may have {most} megapixels: make it smaller.",
        field=field,
    )


def _damaged(field: str) -> Invalid:
    return Invalid("picture.damaged", "This picture is damaged: save it once more.", field=field)
