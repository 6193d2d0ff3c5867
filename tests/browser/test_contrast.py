"""Text on every public page stands out from what is painted behind it, in both themes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page

from pantau.site.colours import LEAST_CHROMA, MOST_CHROMA
from tests.browser.public_pages import PUBLIC_PAGES, PublicPage, settle
from tests.browser.readable import painted_texts
from tests.browser.test_budgets import REFUSES_TO_PLAY
from tests.browser.town import Town

THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
BRANDS: Final = ((30, MOST_CHROMA), (110, MOST_CHROMA), (265, MOST_CHROMA), (330, LEAST_CHROMA))
"""Hue and chroma at the ends of what an operator's colour becomes (site/colours.py)."""
LEAST_LINES: Final = 8


@contextmanager
def sharp_phone(browser: Browser) -> Iterator[Page]:
    """Give a page with two pixels to one, on which nothing moves."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
        locale="id-ID",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.add_init_script(REFUSES_TO_PLAY)
    try:
        yield page
    finally:
        context.close()


def all_readable(page: Page, *about: object, least: int = LEAST_LINES) -> None:
    found = painted_texts(page)
    assert len(found) >= least, about
    assert [each for each in found if not each.is_readable] == [], about


@pytest.mark.parametrize(
    "public", [each for each in PUBLIC_PAGES if each.has_own_look], ids=lambda page: page.address
)
def test_text_can_be_read_in_both_themes(browser: Browser, town: Town, public: PublicPage) -> None:
    with sharp_phone(browser) as page:
        page.goto(town.address + public.address)
        settle(page, public)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            all_readable(page, theme, least=1 if public.is_framed else LEAST_LINES)


def test_whatever_colour_an_operator_chose(browser: Browser, town: Town) -> None:
    with sharp_phone(browser) as page:
        page.goto(town.address + "/?q=zzz")
        page.wait_for_selector("main h1")
        for hue, chroma in BRANDS:
            page.evaluate(
                "([hue, chroma]) => { const { style } = document.documentElement;"
                "style.setProperty('--brand-h', hue); style.setProperty('--brand-c', chroma); }",
                [hue, chroma],
            )
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                all_readable(page, hue, theme)


def test_the_guard_sees_text_that_cannot_be_read(browser: Browser, town: Town) -> None:
    with sharp_phone(browser) as page:
        page.goto(town.address + "/?q=zzz")
        page.wait_for_selector("main h1")
        name = page.inner_text(".mark span")
        for style in (
            "color: #e8eaeb; background: #f6f8f9",
            # No style sheet knows what is behind the end of this line.
            "color: #fff; background: linear-gradient(90deg, #000, #fff)",
        ):
            page.evaluate(
                "(style) => { document.querySelector('.mark span').style = style }", style
            )
            unreadable = [each.text for each in painted_texts(page) if not each.is_readable]
            assert unreadable == [name]
