"""Modules are left out for a moment, and whoever wants them afterwards gets them."""

import importlib
import sys

import pytest

from pantau.core.left_out import hollow, left_out

NAME = "colorsys"


@pytest.fixture(autouse=True)
def _not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, NAME, raising=False)


def test_what_is_left_out_is_not_to_be_had_and_is_there_again_afterwards() -> None:
    with left_out(NAME), pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)
    assert callable(importlib.import_module(NAME).rgb_to_hsv)


def test_hollow_modules_hold_nothing_but_their_names_and_are_whole_afterwards() -> None:
    with hollow({NAME: ("rgb_to_hsv",)}):
        assert importlib.import_module(NAME).rgb_to_hsv is None
    assert callable(importlib.import_module(NAME).rgb_to_hsv)


def test_what_is_loaded_already_is_left_alone() -> None:
    loaded = importlib.import_module(NAME)
    with left_out(NAME), hollow({NAME: ("rgb_to_hsv",)}):
        assert importlib.import_module(NAME) is loaded
    assert sys.modules[NAME] is loaded


def test_a_library_that_fails_to_load_leaves_nothing_behind() -> None:
    with pytest.raises(ValueError, match="broken"), left_out(NAME):
        raise ValueError("broken")
    assert NAME not in sys.modules
