"""Numbers that names had before their things were rows."""

import json
from pathlib import Path

import pytest

from pantau.core.ids import remembered_numbers


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    file.write_text(json.dumps({"gate": 1, "門": 7}), encoding="utf-8")
    assert remembered_numbers(file) == {"gate": 1, "門": 7}


def test_no_file_means_no_numbers(tmp_path: Path) -> None:
    assert remembered_numbers(tmp_path / "numbers.json") == {}


@pytest.mark.parametrize("written", ['{"gate": "one"}', "[1]", "", '{"gate": 1'])
def test_damaged_memory_is_told_instead_of_being_started_anew(tmp_path: Path, written: str) -> None:
    file = tmp_path / "numbers.json"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(ValueError):  # noqa: PT011 - JSON has words of its own
        remembered_numbers(file)
