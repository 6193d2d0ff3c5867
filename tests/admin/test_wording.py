"""What services report is known to the pages, so that it can be said in every language."""

import ast
import typing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.accounts.passwords.rules import _SENTENCES, Rule
from pantau.admin.happenings import happenings
from pantau.admin.own_paths import own_path
from pantau.admin.sentences import known_sentences, password_rules, scopes
from pantau.admin.wording import Wording
from pantau.audit.events import all_names
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.access import SCOPES
from tests.architecture.tree import modules

PROBLEMS = {"Invalid", "NotFound", "Conflict", "Throttled", "Forbidden"}
SPOKEN = {
    **dict.fromkeys((*PROBLEMS, "Unavailable", "_failed"), 1),
    **dict.fromkeys(("ValueError", "MaskError", "_bad_header"), 0),
    "_Trait": 2,
}
"""Which argument of what is a sentence for people."""
PROGRAMS_ONLY = {
    "Many cameras at once can be given these only: ",
    "Ask for 1 to 7 rows.",
    "There is no such stream.",
    "This camera is being worked on.",
    "This camera shows still pictures only.",
    "Name at least one field.",
    "There is no such clip, or its link is over.",
    "no number of an export",
    "nothing says what an added camera writes",
    "of another list",
    "of another type",
    "too long",
}
NOT_ON_PAGES = {"Your role does not allow this.", "A link does not open this."}


def plain(text: str) -> str:
    return text


def raised_in_accounts() -> set[str]:
    """The sentences of problems that accounts raise, where they are written out."""
    found = set()
    for module in modules(folder="src/pantau/accounts"):
        if Path(module.name).name == "api.py":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in PROBLEMS:
                for sentence in node.args[1:2]:
                    if isinstance(sentence, ast.Constant):
                        found.add(str(sentence.value))
    return found


def test_every_sentence_of_the_accounts_can_be_translated() -> None:
    raised = raised_in_accounts()
    assert len(raised) > 15
    raised |= set(_SENTENCES.values())
    assert raised - set(known_sentences(plain)) - NOT_ON_PAGES == set()


def raised_in_cameras() -> set[str]:
    """The same of the cameras, with a 7 for what differs each time."""
    return raised_in("src/pantau/cameras", beside={"importing", "api.py"})


def raised_in(folder: str, *, beside: set[str]) -> set[str]:
    found = set()
    for module in modules(folder=folder):
        if beside & set(module.path.parts):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                place = SPOKEN.get(getattr(node.func, "id", ""))
                if place is not None:
                    found |= {written(each) for each in node.args[place : place + 1]}
    return found - {""}


def written(node: ast.expr) -> str:
    """Return a text as the program writes it; nothing for what is told elsewhere."""
    if isinstance(node, ast.BinOp):
        return written(node.left)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values
        )
    return str(node.value) if isinstance(node, ast.Constant) else ""


def test_every_sentence_of_the_cameras_is_said_in_indonesian() -> None:
    raised = raised_in_cameras()
    assert len(raised) > 35
    pages = Pages(assets=read_assets(), site=lambda: Site(zone=ZoneInfo("UTC")), now=datetime.now)
    speak = Wording(Texts("id"), pages)
    assert {each for each in raised if speak.sentence(each) == each} - PROGRAMS_ONLY == set()
    assert speak.sentence("Write at most 40 characters.") == "Tulis paling banyak 40 karakter."
    told = "A camera that is relayed cannot be recorded."
    assert speak.sentence(told) == "Kamera yang diteruskan tidak bisa direkam."


def test_every_sentence_of_the_recordings_is_said_in_indonesian() -> None:
    # What is played back, tokens and archives have pages of their own, or none.
    beside = {"playback", "rights", "storage", "api.py", "keeping_api.py"}
    raised = raised_in("src/pantau/recordings", beside=beside)
    assert len(raised) > 30
    pages = Pages(assets=read_assets(), site=lambda: Site(zone=ZoneInfo("UTC")), now=datetime.now)
    speak = Wording(Texts("id"), pages)
    assert {each for each in raised if speak.sentence(each) == each} - PROGRAMS_ONLY == set()
    assert speak.sentence("A clip may be at most 24 hours long.") == "Klip paling lama 24 jam."


def test_every_name_of_the_trail_has_words() -> None:
    assert set(happenings(plain)) == {str(name) for name in all_names()}


def test_every_rule_and_every_scope_has_words() -> None:
    # Control characters are refused and not asked for: no keyboard types them.
    assert set(password_rules(plain)) == set(typing.get_args(Rule)) - {"signs"}
    assert set(scopes(plain)) == SCOPES


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/users", "/admin/users?q=a&role=admin", "/admin/audit?since=2026-1"]
)
def test_pages_of_our_own_are_gone_to(path: str) -> None:
    assert own_path(path) == path
