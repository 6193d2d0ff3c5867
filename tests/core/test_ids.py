"""Numbers of things that are named in a file last."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from pantau.core.ids import kept_numbers


def test_reordering_changes_no_number(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    before = kept_numbers(file, ["gate", "yard", "roof"], fixed={})
    assert before == {"gate": 1, "yard": 2, "roof": 3}
    assert kept_numbers(file, ["roof", "gate", "new", "yard"], fixed={}) == {**before, "new": 4}


def test_number_of_what_is_gone_is_never_given_again(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    kept_numbers(file, ["gate", "yard"], fixed={})
    assert kept_numbers(file, ["gate", "roof"], fixed={}) == {"gate": 1, "roof": 3}


def test_chosen_number_wins_and_nobody_else_gets_it(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    kept_numbers(file, ["gate", "yard"], fixed={})
    numbers = kept_numbers(file, ["gate", "yard", "roof"], fixed={"roof": 2})
    assert numbers["roof"] == 2
    assert numbers["gate"] == 1
    assert numbers["yard"] not in {1, 2}


def test_free_numbers_begin_after_the_highest_chosen_one(tmp_path: Path) -> None:
    numbers = kept_numbers(tmp_path / "numbers.json", ["roof", "gate"], fixed={"roof": 2})
    assert numbers == {"roof": 2, "gate": 3}


def test_two_names_cannot_choose_one_number(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same number"):
        kept_numbers(tmp_path / "numbers.json", ["a", "b"], fixed={"a": 1, "b": 1})


def test_damaged_memory_is_told_instead_of_being_started_anew(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    file.write_text(json.dumps({"gate": "one"}), encoding="utf-8")
    with pytest.raises(ValueError, match="damaged"):
        kept_numbers(file, ["gate"], fixed={})


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    names = [f"camera {number}" for number in range(30)]
    for turn in range(10):
        file = tmp_path / f"{turn}.json"
        with ThreadPoolExecutor(8) as together:
            answers = list(together.map(partial(_numbers_from, file, names), range(8), timeout=20))
        final = kept_numbers(file, names, fixed={})
        assert len(set(final.values())) == len(names)
        assert all(final[name] == number for answer in answers for name, number in answer.items())


def _numbers_from(file: Path, names: list[str], first: int) -> dict[str, int]:
    return kept_numbers(file, names[first:], fixed={})
