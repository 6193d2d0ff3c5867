"""Facts of an entry are canonical, bounded and free of secrets."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.audit.details import details_text, printable, written
from pantau.audit.events import (
    Action,
    AdminAction,
    SecurityEvent,
    TrailEvent,
    all_names,
    event_called,
    event_of,
    kind_of,
    names_meant_by,
)

ANYTHING = st.recursive(
    st.text(max_size=30) | st.integers() | st.floats() | st.booleans() | st.none() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=10), ANYTHING, max_size=5))
def test_any_facts_become_json_that_can_be_stored(facts: Mapping[str, object]) -> None:
    text = details_text(facts, before=facts, after={})
    assert isinstance(json.loads(text), dict)
    assert printable(text) == text
    assert len(text) < 8_100
    text.encode()


def test_same_facts_in_another_order_are_the_same_text() -> None:
    assert details_text({"a": 1, "b": 2}) == details_text({"b": 2, "a": 1}) == '{"a":1,"b":2}'


def test_object_that_holds_itself_does_no_harm() -> None:
    endless: dict[str, object] = {}
    endless["self"] = endless
    assert json.loads(details_text(endless)) == {"shortened": "nested too deep"}


def test_long_texts_and_lists_are_shortened() -> None:
    text = details_text({"a": "x y " * 10**6, "b": ["z " * 10**6]})
    assert len(text) < 8_100


@pytest.mark.parametrize("field", ["username", "address", "user_agent", "endpoint", "target"])
def test_no_field_grows_beyond_its_column(field: str) -> None:
    assert len(written(field, "rtsp://a b " * 10_000)) <= 300


def test_before_without_after_is_kept_whole() -> None:
    assert details_text(before={"name": "Gate"}) == '{"before":{"name":"Gate"}}'


def test_field_that_came_or_went_counts_as_changed() -> None:
    told = json.loads(details_text(before={"a": 1, "b": 2}, after={"b": 2, "c": 3}))
    assert told == {"changed": ["a", "c"], "before": {"a": 1}, "after": {"c": 3}}


def test_every_name_has_a_kind_and_an_event_and_none_is_there_twice() -> None:
    names = [str(name) for name in all_names()]
    assert len(names) == len(set(names))
    assert max(len(name) for name in names) <= 64
    assert {kind_of(name) for name in all_names()} == {"action", "security"}
    assert {event_of(name) for name in AdminAction} == {SecurityEvent.ADMIN_ACTION}


def test_search_for_an_event_means_the_actions_that_count_as_it() -> None:
    assert names_meant_by("PASSWORD_CHANGED") == (
        "PASSWORD_CHANGED",
        "CHANGE_PASSWORD",
        "CHANGE_OWN_PASSWORD",
    )
    assert names_meant_by("LOGIN") == ("LOGIN",)
    assert names_meant_by("anything") == ("anything",)
    assert event_called(Action.DELETE_CAMERA) == "CAMERA_DELETED"
    assert event_called(TrailEvent.NOTES_MERGED) == "AUDIT_NOTES_MERGED"
    assert event_called("of a later version") == "of a later version"
