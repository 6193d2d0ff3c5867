"""What people type, and the cameras that it finds; the browser is held to the same table."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.portal.finding import Index, distance_to_beginning, natural_key
from tests.portal.cameras import camera

TABLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "search_cases.json").read_text(encoding="utf-8")
)
INDEX: Final = Index(
    camera(number, name=name, location=location, area_name=area)
    for number, name, location, area in TABLE["cameras"]
)


@pytest.mark.parametrize(("text", "found"), TABLE["cases"])
def test_what_is_typed_finds_what_was_meant(text: str, found: Sequence[int]) -> None:
    assert [each.id for each in INDEX.find(text)] == found


@pytest.mark.parametrize(
    ("typed", "word", "far"),
    [
        ("pasar", "pasar", 0),
        ("pas", "pasar", 0),
        ("psaar", "pasar", 1),
        ("psr", "pasar", 2),
        ("simpagn", "simpang", 1),
        ("xyz", "pasar", 3),
        ("", "pasar", 0),
        ("pasar", "", 5),
    ],
)
def test_mistakes_are_counted_up_to_where_typing_ended(typed: str, word: str, far: int) -> None:
    assert distance_to_beginning(typed, word) == far


@given(st.text(max_size=100))
def test_whatever_is_typed_breaks_nothing(text: str) -> None:
    INDEX.find(text)


def test_names_stand_as_in_a_list_of_contents() -> None:
    names = ["Terminal 10", "Émile 2", "terminal 2", "Zebra", "Alun", "9 Naga"]
    assert sorted(names, key=natural_key) == [
        "9 Naga",
        "Alun",
        "Émile 2",
        "terminal 2",
        "Terminal 10",
        "Zebra",
    ]


def test_a_thousand_cameras_are_searched_by_the_way() -> None:
    index = Index(
        camera(
            number, name=f"Simpang {number} Jalan Kenanga{number % 300}", location="Jl. Pahlawan"
        )
        for number in range(1_000)
    )
    began = time.process_time()
    index.find("perempatan kenangga pahlavan simpnag raya selatann kusumadilaga gedungg")
    assert time.process_time() - began < 1.0
