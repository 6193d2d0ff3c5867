"""Files and functions stay small, and nothing is called after a drawer."""

import ast

import pytest

from tests.architecture.tree import Module, modules

MOST_LINES = 400
MOST_FUNCTION_LINES = 60
MOST_POSITIONAL = 5
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
EXCEPTIONS: set[str] = set()
"""Adding a name here is a decision that somebody reviews."""

EVERYWHERE = [*modules(folder="src"), *modules(folder="tests"), *modules(folder="bench")]


def functions(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(module.tree) if isinstance(node, kinds)]


@pytest.mark.parametrize("module", EVERYWHERE, ids=lambda module: module.name)
def test_file_is_short_enough_to_be_read_in_one_go(module: Module) -> None:
    if module.name in EXCEPTIONS:
        return
    assert len(module.text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", EVERYWHERE, ids=lambda module: module.name)
def test_functions_fit_on_a_screen(module: Module) -> None:
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in functions(module)
        if (node.end_lineno or 0) - node.lineno + 1 > MOST_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("module", modules(folder="src"), ids=lambda module: module.name)
def test_calls_can_be_read_because_most_arguments_have_names(module: Module) -> None:
    wide = [
        node.name
        for node in functions(module)
        if len([arg for arg in node.args.args if arg.arg not in {"self", "cls"}]) > MOST_POSITIONAL
    ]
    assert wide == []


@pytest.mark.parametrize("module", EVERYWHERE, ids=lambda module: module.name)
def test_no_module_is_a_drawer_for_odds_and_ends(module: Module) -> None:
    assert not DRAWERS & {part.removesuffix(".py") for part in module.path.parts}


@pytest.mark.parametrize("module", modules(folder="src"), ids=lambda module: module.name)
def test_module_says_what_it_is_for(module: Module) -> None:
    assert ast.get_docstring(module.tree)
