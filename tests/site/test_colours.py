"""The operator's colour: any colour gives two numbers within bounds, and text that can be read."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pantau.site.colours import ENOUGH, LEAST_CHROMA, MOST_CHROMA, Theme, reading_of, theme_of
from pantau.site.kinds import zone_key
from pantau.site.showing import phone_url
from pantau.site.theme import theme_path
from pantau.site.values import Branding

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_every_colour_can_be_read_as_pages_draw_it(colour: str) -> None:
    theme = theme_of(colour)
    assert 0 <= theme.hue < 360
    assert LEAST_CHROMA <= theme.chroma <= MOST_CHROMA
    assert reading_of(colour).as_drawn >= ENOUGH
    assert re.fullmatch(r"/warna/\d{1,3}-0\.\d\d\.css", theme_path(theme))


def test_known_colours() -> None:
    assert theme_of(Branding().primary_color) == Theme(hue=200, chroma=0.09)
    assert theme_of("#ff0000").hue == 29
    assert theme_of("#808080") == Theme(hue=200, chroma=LEAST_CHROMA)
    assert reading_of("#ffff00").is_darkened
    assert not reading_of("#000000").is_darkened
    assert round(reading_of("#767676").as_chosen, 2) == 4.54


def test_zones_and_telephone_numbers_by_the_names_that_people_use() -> None:
    assert [zone_key(name) for name in (" wib ", "WITA", "wit", "Europe/Berlin")] == [
        "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin",
    ]  # fmt: skip
    assert phone_url("0812-345 678") == phone_url("+62 812 345 678") == "https://wa.me/62812345678"
    assert phone_url("") == ""
