import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.errors import Exhausted
from pantau.streaming.segment_store import SegmentStore

STEPS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 30_000), st.booleans()), max_size=60
)


@given(STEPS)
def test_what_is_held_never_exceeds_the_limit(steps: list[tuple[str, int, bool]]) -> None:
    store: SegmentStore[str, int] = SegmentStore(50_000)
    arriving = 0
    for key, size_bytes, is_fetch in steps:
        if is_fetch:
            try:
                store.arriving(size_bytes)
            except Exhausted:
                assert arriving + size_bytes > 50_000
            else:
                arriving += size_bytes
        else:
            store.put(key, size_bytes, size_bytes, 10.0)
        assert arriving <= store.held_bytes <= 50_000
    store.arrived(arriving)
    store.drop_expired(10.0)
    assert (len(store), store.held_bytes) == (0, 0)


def test_reading_keeps_a_value_and_peeking_does_not() -> None:
    for read in (True, False):
        store: SegmentStore[str, str] = SegmentStore(6_000)
        store.put("old", "o", 1_000, 10.0)
        store.put("new", "n", 1_000, 10.0)
        assert (store.get("old", 0.0) if read else store.peek("old")) == "o"
        store.put("third", "t", 1_000, 10.0)
        assert (store.peek("old") is not None) is read


def test_a_value_ends_when_it_was_said_to() -> None:
    store: SegmentStore[str, str] = SegmentStore(10_000)
    store.put("a", "a", 1, 10.0)
    assert store.get("a", 9.9) == "a"
    assert store.get("a", 10.0) is None
    assert store.peek("a") == "a"


def test_replacing_a_value_counts_it_once() -> None:
    store: SegmentStore[str, str] = SegmentStore(10_000)
    for _ in range(10):
        store.put("a", "a", 1_000, 10.0)
    assert store.held_bytes == 2_024


def test_what_arrives_makes_room_and_is_refused_when_it_cannot() -> None:
    store: SegmentStore[str, str] = SegmentStore(10_000)
    store.put("a", "a", 5_000, 10.0)
    store.arriving(9_000)
    assert len(store) == 0
    with pytest.raises(Exhausted):
        store.arriving(2_000)
