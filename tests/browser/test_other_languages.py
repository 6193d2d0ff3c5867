"""Every public page in a language that we do not ship: one that runs from right to left.

Its catalogue is made from the texts themselves, each between marks.  So what is read outside the
marks did not come from a catalogue, and stays English for everybody.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pantau.ui import catalogues
from tests.browser.public_pages import KINDS, PublicPage
from tests.browser.sights import OVERFLOW, open_page
from tests.browser.town import AREAS, RESIDENTS, Town, open_town

BEGIN, END = "⟦", "⟧"
HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=1; plural=0;\\n"\n'
)
TEXTS = """() => {
  const said = [];
  const attributes = ["aria-label", "aria-valuetext", "title", "alt", "placeholder"];
  for (const element of document.querySelectorAll("body, body *, title")) {
    if (element.closest("script, style, noscript, textarea, time, [lang]:not(html)")) continue;
    for (const { name, value } of element.attributes)
      if (attributes.includes(name) || name.startsWith("data-say")) said.push(value);
    for (const node of element.childNodes) if (node.nodeType === 3) said.push(node.data);
  }
  return said;
}"""
DATA = {
    *(word for each in RESIDENTS for word in re.findall(r"[^\W\d_]+", f"{each}")),
    *(word for area in AREAS for word in re.findall(r"[^\W\d_]+", area)),
    *re.findall(r"[^\W\d_]+", "Pantau Banjir di Kali Bening Hindari Jl Tanggul WhatsApp"),
    *re.findall(r"[^\W\d_]+", "H WIB UTC Ctrl K Esc zzz km m Website kamera Rupa"),
}
"""Words of the town and of formats: they are in no catalogue."""


def written(text: str) -> str:
    """Return a text as a `.po` holds it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def catalogue() -> str:
    whole = catalogues.catalogue_of("id")
    lines = [HEAD]
    for message in whole.ones:
        said = f"{BEGIN}{message}{END}"
        lines.append(f'msgid "{written(message)}"\nmsgstr "{written(said)}"\n')
    for one, many in whole.pairs:
        lines.append(f'msgid "{written(one)}"\nmsgid_plural "{written(many)}"')
        lines.append(f'msgstr[0] "{written(BEGIN + many + END)}"\n')
    return "\n".join(lines)


@pytest.fixture(scope="module")
def abroad(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("abroad")
    (folder / catalogues.FOLDER).mkdir()
    (folder / catalogues.FOLDER / "ar.po").write_text(catalogue(), encoding="utf-8")
    try:
        with open_town(sqlite_template, folder) as town:
            yield town
    finally:
        catalogues.adopt(folder / "nowhere")


@pytest.fixture(scope="module")
def reader(browser: Browser, abroad: Town) -> Iterator[Page]:
    with open_page(browser, width=360, locale="ar-EG") as page:
        yield page


def english(page: Page) -> list[str]:
    """Return what is read outside of any mark, but for what people and formats write."""
    found = []
    for text in page.evaluate(TEXTS):
        rest = re.sub(rf"{BEGIN}[^{BEGIN}{END}]*{END}", " ", text)
        rest = re.sub(r"\{\w+\}", " ", re.sub(rf"{BEGIN}[^{BEGIN}{END}]*{END}", " ", rest))
        words = [word for word in re.findall(r"[A-Za-z]{2,}", rest) if word not in DATA]
        if words:
            found.append(f"{' '.join(words)} in {text.strip()[:80]}")
    return found


@pytest.mark.parametrize("public", KINDS)
def test_every_text_comes_from_a_catalogue_and_fits_from_right_to_left(
    reader: Page, abroad: Town, public: PublicPage
) -> None:
    reader.goto(abroad.address + public.address)
    reader.wait_for_selector(public.settled)
    root = reader.locator("html")
    expect(root).to_have_attribute("dir", "rtl")
    expect(root).to_have_attribute("lang", "ar")
    assert reader.evaluate(TEXTS), "nothing was read"
    assert english(reader) == []
    found = reader.evaluate(OVERFLOW)
    # What is clipped to a point is for who listens to the page.
    bad = [each for each in found["bad"] if not each.endswith(" > 1")]
    assert (found["document"], bad) == (0, [])


def test_arrows_are_mirrored_and_time_still_runs_from_left_to_right(
    reader: Page, abroad: Town
) -> None:
    reader.goto(f"{abroad.address}/status")
    strips = reader.locator(".strip")
    expect(strips.first).to_have_css("direction", "ltr")
    expect(reader.locator(".ends").first).to_have_css("direction", "ltr")
    reader.evaluate(
        "document.body.append(Object.assign(document.createElement('i'), {className: 'i i--dir'}))"
    )
    expect(reader.locator("body > .i--dir")).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")


def test_somebody_finds_the_way_back_to_a_language_they_read(reader: Page, abroad: Town) -> None:
    reader.goto(f"{abroad.address}/status")
    reader.locator("footer").get_by_role("link", name="English").click()
    expect(reader.locator("html")).to_have_attribute("dir", "ltr")
    reader.goto(f"{abroad.address}/")
    expect(reader.locator("html")).to_have_attribute("lang", "en")
    reader.locator("footer").get_by_role("link", name="العربية").click()
    expect(reader.locator("html")).to_have_attribute("lang", "ar")
