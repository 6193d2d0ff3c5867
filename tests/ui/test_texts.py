"""No text is missing in a language, and no class or icon is missing or left over."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from pantau.ui.catalogues import catalogue_of, misfit
from pantau.ui.files import read_assets
from pantau.ui.i18n import Language, Texts, languages

SOURCE = Path("src/pantau")
UI = SOURCE / "ui"
TEMPLATES = sorted((UI / "templates").rglob("*.html"))
SCRIPTS = sorted((UI / "static/js").glob("*.js"))
CSS = "".join(path.read_text() for path in (UI / "static").glob("*.css"))


@cache
def messages() -> set[str | tuple[str, ...]]:
    return {
        message
        for _, _, message, _, _ in extract_from_dir(
            str(SOURCE),
            method_map=[("ui/templates/**.html", "jinja2"), ("**.py", "python")],
            options_map={"ui/templates/**.html": {"extensions": "jinja2.ext.i18n"}},
            keywords={"_": None, "gettext": None, "ngettext": (1, 2), "speak": None},
        )
    }


@pytest.mark.parametrize("language", languages())
def test_every_text_exists_in_every_language(language: Language) -> None:
    texts = Texts(language)
    found = messages()
    assert len(found) > 50
    assert sorted(str(each) for each in found if not texts.has(each)) == []


@pytest.mark.parametrize("language", languages())
def test_translations_fill_the_same_gaps_and_bring_no_markup(language: Language) -> None:
    catalogue = catalogue_of(language)
    wrong = [(one, misfit(one, said)) for one, said in catalogue.ones.items() if misfit(one, said)]
    # Where one form serves every number it says the number.
    wrong += [
        (pair[1], misfit(pair[1], forms[-1]))
        for pair, forms in catalogue.pairs.items()
        if misfit(pair[1], forms[-1])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", languages())
def test_no_translation_is_left_over(language: Language) -> None:
    catalogue = catalogue_of(language)
    assert {*catalogue.ones, *catalogue.pairs} - messages() == set()


def test_every_class_in_a_template_has_a_rule() -> None:
    defined = set(re.findall(r"\.([a-z][\w-]*)", CSS))
    used: dict[str, str] = {}
    for path in TEMPLATES:
        for value in re.findall(r'class="([^"]*)"', path.read_text()):
            words = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", value).split()
            used |= dict.fromkeys(words, path.name)
    assert len(used) > 30
    assert {name: path for name, path in used.items() if name not in defined} == {}


def test_every_rule_has_something_to_style() -> None:
    text = "".join(path.read_text() for path in [*TEMPLATES, *SCRIPTS])
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", CSS, flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][\w-]*)", selectors))
    assert {name for name in classes if name not in text} == set()


PORTAL_ICONS = ("icons.svg", ["_macros.html", "portal"], "portal")
ADMIN_ICONS = ("admin-icons.svg", ["admin"], "admin")


@pytest.mark.parametrize(("sprite", "folders", "package"), [PORTAL_ICONS, ADMIN_ICONS])
def test_every_icon_that_is_used_is_drawn_and_the_other_way_round(
    sprite: str, folders: list[str], package: str
) -> None:
    drawn = set(re.findall(r'id="(\w+)"', (UI / "static" / sprite).read_text()))
    root = UI / "templates"
    places = [path for path in TEMPLATES if path.relative_to(root).parts[0] in folders]
    code = sorted((SOURCE / package).glob("*.py"))
    text = "".join(path.read_text() for path in [*places, *code])
    used = set(re.findall(r"\bi\('(\w+)'", text)) | {"mark"}
    assert used <= drawn
    assert {name for name in drawn if not re.search(rf"['\"#]{name}\b", text)} == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 150


def test_every_script_that_is_imported_has_a_name() -> None:
    known = set(re.findall(r'"([\w./]+)":', read_assets().import_map))
    for path in SCRIPTS:
        for name in re.findall(r'(?:from|import\(|bring\()\s*"([^"]+)"', path.read_text()):
            assert name in known | {"hls.js/light", "leaflet"}, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_inline_script_style_or_address_of_others(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"<style|\sstyle=|\son\w+=|https?://|javascript:", text) == []
    blocks = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert [block for block in blocks if block != '<script type="importmap">'] == []


OTHER_WORDS = {
    "offline": "luring",
    "online": "menyala",
    "browser": "peramban",
    "stream": "siaran",
    "live": "langsung",
    "upload": "unggah",
    "download": "unduh",
    "password": "sandi",
    "email": "surel",
    "e-mail": "surel",
    "pemeliharaan": "perawatan",
    "area": "wilayah",
    "kamu": "Anda",
    "foto": "gambar",
    "pusat": "layanan",
}
"""Words that no Indonesian text of ours holds, and the one that stands for the notion instead."""


def test_one_notion_has_one_word_in_indonesian() -> None:
    catalogue = catalogue_of("id")
    said = [
        *catalogue.ones.values(),
        *(form for forms in catalogue.pairs.values() for form in forms),
    ]
    bare = [re.sub(r"%\(\w+\)s|\{\w+\}|`[^`]*`|\w+-\w+(?==)", " ", text) for text in said]
    found = [
        (word, text)
        for text in bare
        for word in re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())
        if word in OTHER_WORDS
    ]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_page_says_its_language_and_where_its_lines_begin(path: Path) -> None:
    for begin in re.findall(r"<html[^>]*", path.read_text()):
        assert 'lang="{{ speech.tag }}" dir="{{ speech.direction }}"' in begin
