"""What services report is known to the pages, so that it can be said in every language."""

import ast
import typing
from pathlib import Path

import pytest

from pantau.accounts.passwords.rules import _SENTENCES, Rule
from pantau.admin.happenings import happenings
from pantau.admin.own_paths import own_path
from pantau.admin.sentences import known_sentences, password_rules, scopes
from pantau.audit.events import all_names
from pantau.web.access import SCOPES
from tests.architecture.tree import modules

PROBLEMS = {"Invalid", "NotFound", "Conflict", "Throttled", "Forbidden"}
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
