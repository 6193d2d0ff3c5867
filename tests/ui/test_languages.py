"""Languages come from catalogues: those of this build, and those that an operator laid beside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import babel.core
import pytest

from pantau.operations.doctor.basics import check_languages
from pantau.ui import catalogues
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts, choose_language, languages, speech_of
from pantau.ui.numbers import decimal
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.ui.times import clock, full

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"{more}"\n'
ONE_FORM = "Plural-Forms: nplurals=1; plural=0;\\n"
ARABIC = (
    "Plural-Forms: nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 ? 4 : 5;\\n"
)
CAMERAS = "%(num)s camera", "%(num)s cameras"
JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A folder for catalogues of an operator; what was taken from it is forgotten at the end."""
    yield tmp_path
    catalogues.adopt(tmp_path / "nowhere")


def write(folder: Path, name: str, *texts: tuple[str, str], more: str = ONE_FORM) -> None:
    body = "".join(f'\nmsgid "{one}"\nmsgstr "{said}"\n' for one, said in texts)
    (folder / f"{name}.po").write_text(HEAD.format(more=more) + body, encoding="utf-8")


def test_a_file_in_the_folder_is_a_language(own: Path) -> None:
    assert languages() == ("id", "en")
    write(own, "jv", ("Cameras", "Kamera-kamera"))
    write(own, "pt_BR", ("Cameras", "Câmeras"))
    assert catalogues.adopt(own) == []
    assert languages() == ("id", "en", "jv", "pt_BR")
    assert Texts("jv").gettext("Cameras") == "Kamera-kamera"
    assert Texts("jv").gettext("Map") == "Map"
    assert choose_language(accepted="pt-PT,pt;q=0.9,en;q=0.5") == "pt_BR"
    assert choose_language(asked="pt-BR", remembered="id") == "pt_BR"
    assert speech_of("pt_BR").tag == "pt-BR"
    catalogues.adopt(own / "nowhere")
    assert languages() == ("id", "en")
    assert choose_language(remembered="jv", accepted="en") == "en"


def test_an_own_catalogue_says_single_texts_otherwise(own: Path) -> None:
    write(own, "id", ("Map", "Denah"))
    write(own, "en", ("Map", "Chart"))
    catalogues.adopt(own)
    assert languages() == ("id", "en")
    assert Texts("id").gettext("Map") == "Denah"
    assert Texts("id").gettext("Cameras") == "Kamera"
    assert Texts("id").ngettext(*CAMERAS, 1) == "%(num)s kamera"
    assert Texts("en").gettext("Map") == "Chart"


def test_every_number_takes_the_form_that_its_language_has_for_it(own: Path) -> None:
    forms = "".join(f'msgstr[{number}] "%(num)s f{number}"\n' for number in range(6))
    entry = f'\nmsgid "{CAMERAS[0]}"\nmsgid_plural "{CAMERAS[1]}"\n{forms}'
    (own / "ar.po").write_text(HEAD.format(more=ARABIC) + entry, encoding="utf-8")
    assert catalogues.adopt(own) == []
    said = {n: Texts("ar").ngettext(*CAMERAS, n)[-2:] for n in (0, 1, 2, 5, 11, 100)}
    assert said == {0: "f0", 1: "f1", 2: "f2", 5: "f3", 11: "f4", 100: "f5"}
    assert speech_of("ar").direction == "rtl"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("jv", "this is no catalogue", "is no catalogue"),
        ("jv", 'msgid "unfinished', "is no catalogue"),
        ("jv", HEAD.format(more=ONE_FORM), "holds no text"),
        ("jv", HEAD.format(more=ONE_FORM).replace("utf-8", "nonsense"), "holds no text"),
        ("jv", HEAD.format(more="Plural-Forms: nplurals=2; plural=n;\\n"), "a form too many"),
        ("jv", HEAD.format(more="Plural-Forms: nplurals=2; plural=n/0;\\n"), "is no catalogue"),
        ("jv", HEAD.format(more="Plural-Forms: nplurals=99; plural=0;\\n"), "forms of plurals"),
        ("xq", HEAD.format(more=ONE_FORM), "nobody knows"),
        ("../id", HEAD.format(more=ONE_FORM), "not named after a language"),
        ("Jawa", HEAD.format(more=ONE_FORM), "not named after a language"),
    ],
)
def test_a_broken_catalogue_is_refused_with_a_sentence_and_nothing_else_happens(
    own: Path, name: str, text: str, why: str
) -> None:
    safe = name.replace("/", "_")
    (own / f"{safe}.po").write_text(text, encoding="utf-8")
    write(own, "su", ("Map", "Peta"))
    told = catalogues.adopt(own)
    assert [(each.file, each.is_refused) for each in told] == [(f"{safe}.po", True)]
    assert why in told[0].sentence
    assert languages() == ("id", "en", "su")


def test_bytes_that_are_no_text_and_folders_are_refused(own: Path) -> None:
    (own / "jv.po").write_bytes(bytes(range(256)))
    (own / "su.po").mkdir()
    assert [each.file for each in catalogues.adopt(own)] == ["jv.po"]
    assert catalogues.adopt(own / "jv.po") == []


@pytest.mark.parametrize(
    ("one", "said", "why"),
    [
        ("Offline since %(time)s", "Mati", "gaps"),
        ("Offline since %(time)s", "Mati %(when)s", "gaps"),
        ("Offline since %(time)s", "Mati %(time)d", "gaps"),
        ("Loading…", "100 % siap", "per cent"),
        ("Map", "<script>alert(1)</script>", "markup"),
        ("Map", "Peta &lt;b&gt;", "markup"),
    ],
)
def test_a_text_that_would_break_a_page_stays_out_and_the_rest_stays(
    own: Path, one: str, said: str, why: str
) -> None:
    write(own, "jv", (one, said), ("Cameras", "Kamera-kamera"))
    (told,) = catalogues.adopt(own)
    assert why in told.sentence
    assert not told.is_refused
    assert Texts("jv").gettext(one) == one
    assert Texts("jv").gettext("Cameras") == "Kamera-kamera"


def test_doctor_names_the_file_and_says_what_to_do(own: Path) -> None:
    assert check_languages(own / "nowhere").ok
    write(own, "jv", ("Map", "Denah"))
    assert check_languages(own).message == "own texts: jv"
    write(own, "su", ("Map", "<b>Peta</b>"), ("Cameras", "Kamera"))
    (own / "fr.po").write_text("nonsense", encoding="utf-8")
    finding = check_languages(own)
    assert not finding.ok
    assert "fr.po is no catalogue" in finding.message
    assert "su.po “Map” has markup" in finding.message
    assert str(own) in finding.fix
    assert languages() == ("id", "en")


def test_a_page_names_its_language_and_the_others(own: Path) -> None:
    write(own, "ar", ("Map", "خريطة"), more=ARABIC)
    catalogues.adopt(own)
    site = Site(zone=JAKARTA)
    pages = Pages(
        assets=read_assets(), site=lambda: site, now=lambda: datetime(2026, 11, 22, tzinfo=UTC)
    )
    html = pages.render("portal/feedback_closed.html", "ar", {}).decode()
    assert '<html lang="ar" dir="rtl"' in html
    assert "خريطة</a>" in html
    assert 'href="?lang=id" lang="id" hreflang="id">Bahasa Indonesia<' in html
    assert 'href="?lang=en" lang="en" hreflang="en">English<' in html
    assert 'hreflang="ar">العربية<' not in html
    indonesian = pages.render("portal/feedback_closed.html", "id", {}).decode()
    assert 'hreflang="ar">العربية<' in indonesian


def test_clocks_and_numbers_follow_the_language() -> None:
    at = datetime(2026, 3, 2, 4, 47, 5, tzinfo=UTC)
    assert [clock(at, JAKARTA, each) for each in ("id", "en", "ar", "fi")] == [
        "11.47",
        "11:47",
        "11:47",
        "11.47",
    ]
    assert full(at, JAKARTA, "id") == "2 Maret 2026 11.47.05 WIB"
    assert (decimal(0.5, "id"), decimal(0.5, "en")) == ("0,5", "0.5")


def test_pages_keep_nothing_of_what_is_known_of_all_other_languages() -> None:
    at, site = datetime(2026, 3, 2, 4, 47, 5, tzinfo=UTC), Site(zone=JAKARTA)
    Pages(assets=read_assets(), site=lambda: site, now=lambda: at)
    assert vars(babel.core)["_global_data"] is None
    for language in languages():
        assert speech_of(language).locale in {"id_ID", "en_US"}
        assert full(at, JAKARTA, language)
        assert decimal(1.5, language)
    # Nor is it read again for a page.
    assert vars(babel.core)["_global_data"] is None
