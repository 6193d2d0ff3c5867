"""The guide for bad days promises what tests prove, and nothing else."""

import ast
import hashlib
import re
from pathlib import Path

import pytest

from tests.fault.promises import PROOFS, WORDS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide" / "degradation.md"
ROW = re.compile(r"^\| (?P<about>\w[^|]*) \| (?P<promised>[^|]+) \|$", re.MULTILINE)


def tables() -> dict[str, dict[str, str]]:
    """Return what the guide promises, by heading and first column."""
    sections = GUIDE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {
        section.partition("\n")[0]: {row["about"]: row["promised"] for row in ROW.finditer(section)}
        for section in sections
    }


def digest(promises: dict[str, str]) -> str:
    text = "\n".join(f"{about}: {promised}" for about, promised in promises.items())
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def test_every_line_of_the_guide_has_its_proof_and_every_proof_its_line() -> None:
    assert {heading: list(rows) for heading, rows in tables().items()} == {
        heading: list(rows) for heading, rows in PROOFS.items()
    }


def test_words_that_change_are_compared_with_their_proofs() -> None:
    """Another digest here says: somebody looked whether the tests still prove the new words."""
    assert {heading: digest(rows) for heading, rows in tables().items()} == WORDS


@pytest.mark.parametrize(
    "proof",
    sorted({each for rows in PROOFS.values() for proofs in rows.values() for each in proofs}),
)
def test_every_proof_is_a_test(proof: str) -> None:
    path, _, name = proof.partition("::")
    assert name.startswith("test_")
    assert name in names_in(ROOT / path)
