"""What is written about the code is true, and says no more than it must."""

import ast
import re

import pytest

from tests.architecture.tree import ROOT, Module, kept_files, modules

DOCUMENTS = [path for path in kept_files() if path.suffix == ".md"]
PATH_IN_TEXT = re.compile(
    r"`((?:src|tests|docs|bench|tools|deploy|requirements)/[A-Za-z0-9_./<>*-]+)`"
)
HISTORY = re.compile(
    r"\b(no longer|used to be|previously|was renamed|new version of|refactored)\b", re.IGNORECASE
)
STATUS_REPORT = re.compile(r"(status|progress|summary|report|changes)[^/]*\.md$", re.IGNORECASE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_paths_named_in_a_document_exist(path: object) -> None:
    text = (ROOT / str(path)).read_text(encoding="utf-8")
    missing = [
        name
        for name in PATH_IN_TEXT.findall(text)
        if not any(mark in name for mark in "<>*") and not (ROOT / name).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_in_a_document_lead_somewhere(path: object) -> None:
    document = ROOT / str(path)
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("module", modules(folder="src"), ids=lambda module: module.name)
def test_comments_tell_why_and_leave_history_to_git(module: Module) -> None:
    comments = [line for line in module.text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in comments if HISTORY.search(line)] == []


@pytest.mark.parametrize("module", modules(folder="src"), ids=lambda module: module.name)
def test_docstrings_do_not_repeat_the_signature(module: Module) -> None:
    repeating = [
        node.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and re.search(
            r"^\s*(Args|Returns|Raises|Parameters):\s*$",
            ast.get_docstring(node) or "",
            re.MULTILINE,
        )
    ]
    assert repeating == []


def test_the_repository_keeps_no_status_reports() -> None:
    assert [path.name for path in DOCUMENTS if STATUS_REPORT.search(path.as_posix())] == []


def test_readme_can_be_read_in_a_few_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_word_of_the_glossary_stands_once() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    words = [row.strip() for row in rows if row.strip() not in {"Word", "---"}]
    assert len(words) == len(set(words))


def test_every_cited_lesson_is_in_the_list() -> None:
    known = set(
        re.findall(
            r"^\| ([A-Z]\d\d) \|",
            (ROOT / "docs/design/lessons.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    cited = {
        number
        for path in kept_files()
        if path.suffix in {".py", ".md", ".js"}
        for number in re.findall(
            r"\b(?:[Ll]essons?|and|,) ([MRADFXH]\d\d)\b", path.read_text(encoding="utf-8")
        )
    }
    assert cited - known == set()
