"""What had its time: nothing before it, nothing that is held or open, and all of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.recordings.keeping_values import Extent, Footage
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.recordings.retention import (
    HOUR_MS,
    Keepers,
    Misdated,
    cutoff_ms,
    grace_ms,
    is_held,
    over_age,
    to_free,
)

NOW_MS = 1_780_000_000_000
spans = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(
    lambda pair: Span(min(pair) * HOUR_MS, max(pair) * HOUR_MS)
)


def footage(number: int = 1, *, ended_h: float = 0, **values: object) -> Footage:
    end_ms = NOW_MS - round(ended_h * HOUR_MS)
    each = Footage(
        id=number,
        camera_id=1,
        start_ms=end_ms - 600_000,
        end_ms=end_ms,
        size_bytes=100,
        place="disk",
        state=SegmentState.CLOSED,
        archived_place=None,
        is_local=True,
    )
    return each._replace(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keep_hours", "grace_min"), [(1, 10), (1.5, 10), (5, 30), (24, 144), (720, 4320)]
)
def test_grace_is_ten_minutes_or_a_tenth(keep_hours: float, grace_min: int) -> None:
    assert grace_ms(round(keep_hours * HOUR_MS)) == grace_min * 60_000
    kept_ms = NOW_MS - cutoff_ms(NOW_MS, keep_hours)
    assert kept_ms == keep_hours * HOUR_MS + grace_min * 60_000


@pytest.mark.parametrize("state", [SegmentState.CLOSED, SegmentState.DAMAGED, SegmentState.MISSING])
@pytest.mark.parametrize(("ended_h", "goes"), [(5.4, False), (5.5, False), (5.6, True)])
def test_footage_goes_after_its_time_and_the_grace_and_for_no_other_reason(
    state: SegmentState, ended_h: float, goes: bool
) -> None:
    one = footage(ended_h=ended_h, state=state, size_bytes=0)
    done = over_age(
        [one],
        before_ms=cutoff_ms(NOW_MS, 5),
        archived_before_ms=0,
        keepers=Keepers(),
    )
    assert [(each.extent, each.reason) for each in done] == (
        [(Extent.ALL, Reason.RETENTION)] if goes else []
    )


@pytest.mark.parametrize(
    ("is_local", "is_archived", "disk_over", "archive_over", "extent"),
    [
        (True, False, True, True, Extent.ALL),
        (True, False, False, True, None),
        (True, True, True, False, Extent.LOCAL),
        (True, True, False, True, Extent.ARCHIVED),
        (True, True, True, True, Extent.ALL),
        (False, True, True, False, None),
        (False, True, True, True, Extent.ALL),
        (False, True, False, True, Extent.ALL),
    ],
)
def test_copies_go_each_at_their_time_and_the_footage_with_the_last(
    is_local: bool, is_archived: bool, disk_over: bool, archive_over: bool, extent: Extent | None
) -> None:
    one = footage(ended_h=10, is_local=is_local, archived_place="archive" if is_archived else None)
    done = list(
        over_age(
            [one],
            before_ms=NOW_MS if disk_over else 0,
            archived_before_ms=NOW_MS if archive_over else 0,
            keepers=Keepers(),
        )
    )
    assert [each.extent for each in done] == ([] if extent is None else [extent])


def test_what_a_clock_that_was_behind_has_named_is_as_young_as_it_is() -> None:
    one = footage(ended_h=50_000)
    wrong = Misdated(Span(one.start_ms - HOUR_MS, one.end_ms + HOUR_MS), 49_990 * HOUR_MS)
    for misdated, goes in (((), 1), ((wrong,), 0)):
        done = over_age(
            [one],
            before_ms=cutoff_ms(NOW_MS, 24),
            archived_before_ms=0,
            keepers=Keepers(),
            misdated=misdated,
        )
        assert len(list(done)) == goes


segments = st.lists(
    st.builds(
        lambda at, length, state, size, archived, is_local: Footage(
            id=0,
            camera_id=1 + at % 3,
            start_ms=at * HOUR_MS,
            end_ms=(at + length) * HOUR_MS,
            size_bytes=size,
            place="disk",
            state=state,
            archived_place="archive" if archived else None,
            is_local=is_local or not archived,
        ),
        st.integers(0, 200),
        st.integers(0, 3),
        st.sampled_from(SegmentState),
        st.integers(0, 1_000),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
).map(lambda found: [each._replace(id=number) for number, each in enumerate(found)])
holds = st.dictionaries(st.integers(1, 3), st.lists(spans, max_size=3), max_size=3)


@given(segments, holds, st.integers(0, 200), st.integers(0, 200))
def test_kept_and_deleted_are_all_and_nothing_held_or_open_goes(
    found: list[Footage], held: dict[int, list[Span]], before_h: int, archived_h: int
) -> None:
    before_ms, archived_ms = before_h * HOUR_MS, archived_h * HOUR_MS
    done = list(
        over_age(
            found,
            before_ms=before_ms,
            archived_before_ms=archived_ms,
            keepers=Keepers(held=held),
        )
    )
    gone = {each.footage.id: each for each in done}
    assert len(gone) == len(done)
    for each in found:
        is_kept = each.state is SegmentState.OPEN or is_held(
            held.get(each.camera_id, ()), each.span
        )
        disk = each.is_local and each.end_ms < before_ms
        archive = each.archived_place is not None and each.end_ms < archived_ms
        if is_kept or not (disk or archive):
            assert each.id not in gone
            continue
        left = (each.is_local and not disk) or (each.archived_place is not None and not archive)
        assert (gone[each.id].extent is Extent.ALL) == (not left)


@given(segments, holds, st.integers(0, 10_000))
def test_freeing_takes_the_first_that_may_go_and_no_more_than_is_needed(
    found: list[Footage], held: dict[int, list[Span]], wanted: int
) -> None:
    keepers = Keepers(held=held)
    done = list(to_free(found, bytes_=wanted, reason=Reason.DISK_LOW, keepers=keepers))
    may_go = [each for each in found if each.is_local and not keepers.keep(each)]
    assert [each.footage for each in done] == may_go[: len(done)]
    freed = sum(each.footage.size_bytes for each in done)
    if done:
        assert freed - done[-1].footage.size_bytes < wanted
    assert freed >= wanted or len(done) == len(may_go)
    for each in done:
        assert (each.extent is Extent.LOCAL) == (each.footage.archived_place is not None)


def test_a_hold_of_one_moment_holds_the_whole_file() -> None:
    one = footage()
    inside = Span(one.start_ms + 5, one.start_ms + 6)
    assert Keepers(held={1: [inside]}).keep(one)
    assert not Keepers(held={2: [inside]}).keep(one)
    assert not Keepers(held={1: [Span(one.end_ms, one.end_ms + 1)]}).keep(one)
    empty = one._replace(end_ms=one.start_ms)
    assert Keepers(held={1: [inside._replace(from_ms=one.start_ms)]}).keep(empty)
