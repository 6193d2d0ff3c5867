"""Habits that cost production days when they slip: bare tasks, hidden clocks, swallowed errors."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.tree import Module, kept_files, modules

SOURCES = modules(folder="src")
CLOCK_READERS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "monotonic_ns"),
    ("time", "sleep"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("asyncio", "sleep"),
}
CLOCK_HOME = {"src/pantau/core/clock.py"}
TASK_HOME = {"src/pantau/core/supervisor.py"}
CATCH_ALL_HOMES = {
    "src/pantau/core/supervisor.py": 2,
    "src/pantau/media/archive/disk.py": 1,
    "src/pantau/media/session.py": 1,
    "src/pantau/web/fast_lane.py": 2,
}
"""The supervisor, the runners of threads and the HTTP boundary, with how many each has."""
MOST_TODOS = 0


def calls(module: Module) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            yield name, node.func.attr, node.lineno


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: module.name)
def test_background_tasks_are_born_in_the_supervisor_only(module: Module) -> None:
    if module.name in TASK_HOME:
        return
    born = [line for _, name, line in calls(module) if name in {"create_task", "ensure_future"}]
    assert born == []


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: module.name)
def test_time_is_an_input(module: Module) -> None:
    if module.name in CLOCK_HOME:
        return
    read = [
        f"{line}: {owner}.{name}"
        for owner, name, line in calls(module)
        if (owner, name) in CLOCK_READERS
    ]
    assert read == []


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: module.name)
def test_errors_are_caught_by_name(module: Module) -> None:
    broad = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
    ]
    assert len(broad) <= CATCH_ALL_HOMES.get(module.name, 0), broad


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: module.name)
def test_framework_middleware_that_costs_sixteen_times_is_not_used(module: Module) -> None:
    assert "BaseHTTPMiddleware" not in module.text


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: module.name)
def test_print_is_for_the_command_line_only(module: Module) -> None:
    if module.name.startswith("src/pantau/cli"):
        return
    printed = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert printed == []


def test_open_ends_are_counted_and_do_not_grow() -> None:
    marks = [
        module.name for module in SOURCES for _ in re.finditer(r"\bTODO\b|\bFIXME\b", module.text)
    ]
    assert len(marks) <= MOST_TODOS, marks


def test_suppressed_type_errors_stay_within_one_per_thousand_lines() -> None:
    lines = sum(len(module.text.splitlines()) for module in SOURCES)
    hidden = [
        module.name
        for module in SOURCES
        for _ in re.finditer(r"type: ignore|\bcast\(", module.text)
    ]
    assert len(hidden) <= 2 + lines // 1000, hidden


def test_no_kept_file_holds_an_address_of_an_index_or_a_private_key() -> None:
    pins = [
        path.name
        for path in kept_files()
        if path.suffix in {".txt", ".json"}
        and re.search("lock|requirements", path.as_posix())
        and re.search(r"https?://", path.read_text(encoding="utf-8"))
        and path.name != "package.json"
    ]
    # The needle is put together here so that this file does not find itself.
    needle = "-----BEGIN " + "PRIVATE KEY"
    keys = [
        path.name
        for path in kept_files()
        if path.stat().st_size < 1_000_000 and needle.encode() in path.read_bytes()
    ]
    assert pins == []
    assert keys == []


def test_kept_texts_are_clean_utf_8() -> None:
    doubled = re.compile("\u00c3[\u0080-\u00bf]|\u00e2\u20ac|\ufffd")
    dirty = []
    for path in kept_files():
        if path.suffix in {".py", ".md", ".html", ".css", ".js", ".toml", ".po", ".svg", ".sh", ""}:
            text = path.read_text(encoding="utf-8")
            if path.name != "test_habits.py" and doubled.search(text):
                dirty.append(path.name)
    assert dirty == []
