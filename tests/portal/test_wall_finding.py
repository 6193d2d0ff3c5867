"""What people type, and the cameras that it finds; the browser is held to the same table."""

import json
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.names import natural_key
from pantau.portal import finding
from pantau.portal.finding import (
    Index,
    _column,
    _Spelt,
    distance_to_beginning,
    forgiven,
)
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


@given(
    st.text(alphabet="abc", min_size=4, max_size=9),
    st.lists(st.text(alphabet="abc", min_size=1, max_size=9), max_size=12),
)
def test_words_are_near_as_the_table_of_distances_says(typed: str, words: list[str]) -> None:
    most = forgiven(typed)
    distances = {word: distance_to_beginning(typed, word) for word in words}
    near = {word: far for word, far in distances.items() if far <= most}
    assert dict(_Spelt(words).near(typed, most)) == near


def test_no_search_keeps_a_processor_busy() -> None:
    """Letters are counted, not seconds: every word of ours would be compared letter by letter."""
    syllables = ("an", "ga", "ra", "la", "ta", "ka", "sa", "na")
    words = ["".join(four) for four in product(syllables, repeat=4)]
    compared = 0

    def counted(*asked: Any) -> list[int]:
        nonlocal compared
        compared += 1
        return _column(*asked)

    with mock.patch.object(finding, "_column", counted):
        assert dict(_Spelt(words).near("anganganan", 2))
    assert 10 * compared < sum(map(len, words))
