"""Uploaded pictures: made anew, small, upright, nothing of the upload but its pixels."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pantau.core.errors import Invalid
from pantau.core.pictures import MOST_UPLOAD_BYTES, icon, reencoded

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def drawn(
    kind: str, size: tuple[int, int] = (640, 320), mode: str = "RGB", **more: object
) -> bytes:
    into = io.BytesIO()
    Image.new(mode, size, "red").save(into, kind, **more)
    return into.getvalue()


def moving(kind: str) -> bytes:
    into = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(into, kind, save_all=True, append_images=frames[1:])
    return into.getvalue()


def bomb() -> bytes:
    """Return a PNG of some bytes that says it has four thousand megapixels."""
    head = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_kind_becomes_a_small_webp(kind: str) -> None:
    picture = reencoded(drawn(kind), field="logo", most_px=256)
    assert (picture.width_px, picture.height_px, picture.kind) == (256, 128, "webp")
    assert Image.open(io.BytesIO(picture.data)).format == "WEBP"


def test_a_small_one_is_not_blown_up_and_stays_see_through() -> None:
    picture = reencoded(drawn("PNG", (40, 20), "RGBA"), field="logo", most_px=256)
    assert (picture.width_px, picture.height_px) == (40, 20)
    see_through = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(see_through, "PNG")
    kept = Image.open(io.BytesIO(reencoded(see_through.getvalue(), field="l", most_px=9).data))
    assert kept.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


def test_nothing_of_the_upload_survives_but_its_pixels_the_right_way_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where the phone was"
    photo = drawn("JPEG", (64, 32), exif=exif, comment=b"secret") + b"<script>alert(1)</script>"
    picture = reencoded(photo, field="logo", most_px=256)
    assert (picture.width_px, picture.height_px) == (32, 64)
    for told in (b"phone", b"secret", b"script", b"EXIF"):
        assert told not in picture.data


def test_an_icon_is_a_square_png() -> None:
    picture = icon(drawn("JPEG", (640, 320)), field="icon", side_px=192)
    assert (picture.width_px, picture.height_px, picture.kind) == (192, 192, "png")
    kept = Image.open(io.BytesIO(picture.data)).convert("RGBA")
    assert kept.getpixel((0, 0)) == (0, 0, 0, 0)
    assert kept.getpixel((96, 96)) == (254, 0, 0, 255)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "picture.format"),
        (lambda: SVG, "picture.format"),
        (lambda: b"<html><script>alert(1)</script>", "picture.format"),
        (lambda: drawn("BMP"), "picture.format"),
        (lambda: drawn("TIFF"), "picture.format"),
        (bomb, "picture.too_many_pixels"),
        (lambda: drawn("PNG", (5000, 5000)), "picture.too_many_pixels"),
        (lambda: moving("GIF"), "picture.moves"),
        (lambda: moving("PNG"), "picture.moves"),
        (lambda: moving("WEBP"), "picture.moves"),
        (lambda: drawn("PNG")[:-200], "picture.damaged"),
        (lambda: b"\0" * (MOST_UPLOAD_BYTES + 1), "picture.too_big"),
    ],
)
def test_what_is_no_still_picture_is_refused_by_name(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        reencoded(make(), field="logo", most_px=64)
    assert (refused.value.code, refused.value.field) == (code, "logo")
    with pytest.raises(Invalid) as again:
        icon(make(), field="icon", side_px=64)
    assert (again.value.code, again.value.field) == (code, "icon")


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.data())
def test_no_damage_is_anything_but_a_refusal(kind: str, data: st.DataObject) -> None:
    whole = bytearray(drawn(kind, (16, 16)))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = reencoded(bytes(whole), field="logo", most_px=16)
    except Invalid:
        return
    assert max(picture.width_px, picture.height_px) <= 16
