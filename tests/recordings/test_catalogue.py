"""Segments, runs, gaps and days, as far as they reach at the moment of asking."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.db.database import Database
from pantau.media.archive.index import Fragment, Index, IndexHead
from pantau.recordings import repository
from pantau.recordings.catalogue import Coverage, RecordingCatalogue, days_in
from pantau.recordings.extents import end_of
from pantau.recordings.models import FOREVER, SegmentState, Span, joined
from pantau.recordings.repository import Draft
from pantau.recordings.run_rows import Run
from pantau.recordings.storage.places import Places
from tests.recordings.footage import AT_MS, footage
from tests.support.clock import START, HandWoundClock
from tests.support.recordings import append_second, being_written, write_recording

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


def draft(
    start_ms: int,
    end_ms: int,
    *,
    camera_id: int = 1,
    state: SegmentState = SegmentState.CLOSED,
    fragments: int = 1,
) -> Draft:
    return Draft(
        camera_id=camera_id,
        start_ms=start_ms,
        end_ms=end_ms,
        duration_ms=end_ms - start_ms,
        size_bytes=1_000,
        place="disk-1",
        state=state,
        fragments=fragments,
    )


async def filled(database: Database, drafts: Sequence[Draft]) -> RecordingCatalogue:
    async with database.write() as writing:
        await repository.insert_many(writing, drafts, at=START)
    return RecordingCatalogue(database, Places([]), HandWoundClock())


async def test_segments_that_touch_a_span_are_found_and_no_others(database: Database) -> None:
    catalogue = await filled(
        database,
        [draft(AT_MS + n * 10_000, AT_MS + n * 10_000 + 10_000) for n in range(5)]
        + [draft(AT_MS, AT_MS + 90_000, camera_id=2)],
    )

    async def starts(from_ms: int, to_ms: int) -> list[int]:
        found = await catalogue.segments(1, Span(AT_MS + from_ms, AT_MS + to_ms))
        return [each.start_ms - AT_MS for each in found]

    assert await starts(10_000, 20_000) == [10_000]
    assert await starts(9_999, 20_001) == [20_000, 10_000, 0]
    assert await starts(50_000, 90_000) == []
    assert await starts(-9_000, 0) == []
    assert await starts(15_000, 16_000) == [10_000]


async def test_a_limit_cuts_the_end_that_nobody_looks_at(database: Database) -> None:
    catalogue = await filled(
        database, [draft(AT_MS + n * 1_000, AT_MS + n * 1_000 + 900) for n in range(10)]
    )
    newest = await catalogue.segments(1, limit=3)
    assert [each.start_ms - AT_MS for each in newest] == [9_000, 8_000, 7_000]
    oldest = await catalogue.segments(1, newest_first=False, limit=2)
    assert [each.start_ms - AT_MS for each in oldest] == [0, 1_000]


async def test_only_what_can_be_played_is_listed_unless_states_are_named(
    database: Database,
) -> None:
    states = SegmentState
    catalogue = await filled(
        database,
        [
            draft(AT_MS, AT_MS + 1),
            draft(AT_MS + 10, AT_MS + 11, state=states.MISSING),
            draft(AT_MS + 20, AT_MS + 21, state=states.DAMAGED),
            draft(AT_MS + 30, AT_MS + 30, state=states.DAMAGED, fragments=0),
            draft(AT_MS + 40, AT_MS + 40, state=states.OPEN, fragments=0),
        ],
    )
    assert [each.start_ms - AT_MS for each in await catalogue.segments(1)] == [40, 20, 0]
    everything = await catalogue.segments(1, states=list(states))
    assert len(everything) == 5
    at = await catalogue.segment_at(1, AT_MS + 10)
    assert at is not None
    assert at.state is states.MISSING
    assert await catalogue.segment_at(1, AT_MS + 1) is None


async def test_runs_join_what_follows_and_gaps_are_what_lies_between(database: Database) -> None:
    catalogue = await filled(
        database,
        [
            draft(AT_MS, AT_MS + 10_000),
            draft(AT_MS + 10_500, AT_MS + 20_000),
            draft(AT_MS + 30_000, AT_MS + 40_000),
            # The clock was set back: one lies inside another.
            draft(AT_MS + 32_000, AT_MS + 33_000),
            draft(AT_MS + 41_000, AT_MS + 50_000),
        ],
    )
    covered = await catalogue.coverage(1, Span(AT_MS - HOUR_MS, AT_MS + HOUR_MS))
    assert covered.runs == (
        Run(AT_MS, AT_MS + 20_000, 2, 2_000),
        Run(AT_MS + 30_000, AT_MS + 50_000, 3, 3_000),
    )
    (gap,) = covered.gaps
    assert (gap.from_ms - AT_MS, gap.duration_ms) == (20_000, 10_000)
    assert covered.recorded_ms == 40_000
    assert len(await catalogue.runs(1, covered.span, gap_ms=0)) == 4
    partly = await catalogue.coverage(1, Span(AT_MS + 35_000, AT_MS + 36_000))
    assert partly.recorded_ms == 1_000
    assert partly.runs[0].from_ms <= AT_MS + 35_000


async def test_what_is_being_written_reaches_to_the_last_second(
    database: Database, tmp_path: Path
) -> None:
    write_recording(tmp_path, 1, AT_MS, seconds=2)
    recorded = write_recording(tmp_path, 1, AT_MS + 2_000, shape="open")
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        with being_written(recorded.video):
            await hub.indexer.look()
            for _ in range(3):
                recorded = append_second(recorded)
            span = Span(AT_MS, AT_MS + HOUR_MS)
            (run,) = await hub.catalogue.runs(1, span)
            assert (run.from_ms, run.to_ms, run.segments) == (AT_MS, AT_MS + 8_000, 2)
            found = await hub.catalogue.covering(1, AT_MS + 7_500)
            assert found is not None
            assert (found.start_ms, found.end_ms) == (AT_MS + 2_000, AT_MS + 8_000)
            assert await hub.catalogue.covering(1, AT_MS + 8_000) is None
            late = Span(AT_MS + 7_000, AT_MS + HOUR_MS)
            (one,) = await hub.catalogue.segments(1, late, live=True)
            assert one.size_bytes == recorded.size_bytes
            beyond = Span(AT_MS + 9_000, AT_MS + HOUR_MS)
            assert await hub.catalogue.segments(1, beyond, live=True) == []
            assert await hub.catalogue.runs(1, beyond) == ()


async def test_runs_of_several_cameras_are_what_each_of_them_has(database: Database) -> None:
    catalogue = await filled(
        database,
        [
            draft(AT_MS, AT_MS + 10_000),
            draft(AT_MS + 10_000, AT_MS + 20_000),
            draft(AT_MS + 60_000, AT_MS + 61_000, state=SegmentState.OPEN),
            draft(AT_MS + 5_000, AT_MS + 15_000, camera_id=2),
            draft(AT_MS + 30_000, AT_MS + 40_000, camera_id=2),
            draft(AT_MS, AT_MS + 50_000, camera_id=3, state=SegmentState.MISSING),
            draft(AT_MS, AT_MS + 50_000, camera_id=4),
        ],
    )
    span = Span(AT_MS - HOUR_MS, AT_MS + HOUR_MS)
    found = await catalogue.runs_of([1, 2, 3], span, written={1: None})
    assert found.keys() == {1, 2, 3}
    for number in (1, 2, 3):
        assert list(found[number]) == list(await catalogue.runs(number, span))
    found = await catalogue.runs_of([1, 2], span, written={1: AT_MS + 90_000, 2: AT_MS + 90_000})
    assert [run.span for run in found[1]][-1] == Span(AT_MS + 60_000, AT_MS + 90_000)
    assert [run.span for run in found[2]][-1] == Span(AT_MS + 30_000, AT_MS + 40_000)


async def test_totals_are_told_of_every_camera_and_count_nothing_that_is_gone(
    database: Database,
) -> None:
    catalogue = await filled(
        database,
        [
            draft(AT_MS, AT_MS + 5),
            draft(AT_MS + 10, AT_MS + 15),
            draft(AT_MS + 20, AT_MS + 25, state=SegmentState.MISSING),
            draft(AT_MS, AT_MS + 9, camera_id=99),
        ],
    )
    totals = await catalogue.totals()
    assert totals[1] == (2, 2_000, AT_MS, AT_MS + 15)
    assert totals[99].segments == 1
    assert await catalogue.totals_of(99) == totals[99]
    assert await catalogue.totals_of(5) is None
    assert await catalogue.extent(1) == Span(AT_MS, AT_MS + 15)
    assert await catalogue.extent(5) is None


async def test_what_is_inserted_twice_is_there_once(database: Database) -> None:
    drafts = [draft(AT_MS + n, AT_MS + n + 1) for n in range(1_200)]
    async with database.write() as writing:
        assert await repository.insert_many(writing, drafts, at=START) == 1_200
    async with database.write() as writing:
        assert await repository.insert_many(writing, drafts[:7], at=START) == 0
    async with database.read() as reading:
        assert len(await repository.segments(reading, 1, FOREVER)) == 1_200


async def test_one_row_of_a_folder_is_known_by_its_utc_day(database: Database) -> None:
    day_ms = 86_400_000
    await filled(database, [draft(day_ms - 1, day_ms), draft(day_ms, day_ms + 1)])
    async with database.read() as reading:
        days = await repository.days_known(reading, day_ms=day_ms)
    assert sorted(days) == [("disk-1", 1, 0), ("disk-1", 1, 1)]


def covered(*spans: tuple[int, int], within: Span = FOREVER) -> Coverage:
    return Coverage(within, tuple(Run(a, b, 1, 1) for a, b in spans))


JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")


def test_days_are_those_of_the_zone_that_is_asked_for() -> None:
    # 16:30 to 17:30 UTC is half an hour before and after midnight in Jakarta.
    at = int(START.timestamp() * 1000) // (24 * HOUR_MS) * (24 * HOUR_MS) + 16 * HOUR_MS
    days = list(days_in(covered((at + 30 * MINUTE_MS, at + 90 * MINUTE_MS)), JAKARTA))
    assert [(day.on, day.recorded_ms) for day in days] == [
        (date(2026, 3, 1), 30 * MINUTE_MS),
        (date(2026, 3, 2), 30 * MINUTE_MS),
    ]


@pytest.mark.parametrize(
    ("on", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)],
)
def test_days_on_which_clocks_are_changed_are_as_long_as_they_are(on: date, hours: int) -> None:
    at = int(START.timestamp() * 1000)
    days = {day.on: day for day in days_in(covered((at, at + 300 * 24 * HOUR_MS)), BERLIN)}
    assert days[on].recorded_ms == hours * HOUR_MS


def test_days_without_footage_are_not_marked_and_gaps_are_counted() -> None:
    day = 24 * HOUR_MS
    first = int(START.timestamp() * 1000) // day * day
    days = list(
        days_in(
            covered(
                (first, first + HOUR_MS),
                (first + 2 * HOUR_MS, first + 3 * HOUR_MS),
                (first + 40 * day, first + 40 * day + 5),
            ),
            ZoneInfo("UTC"),
        )
    )
    assert [(each.recorded_ms, each.gaps) for each in days] == [(2 * HOUR_MS, 1), (5, 0)]


_spans = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=400 * HOUR_MS),
        st.integers(min_value=1, max_value=60 * HOUR_MS),
    ),
    max_size=12,
)


@given(spans=_spans, zone=st.sampled_from([JAKARTA, BERLIN, ZoneInfo("America/St_Johns")]))
def test_days_hold_exactly_what_is_recorded(spans: list[tuple[int, int]], zone: ZoneInfo) -> None:
    base = int(START.timestamp() * 1000)
    sorted_spans = sorted(Span(base + a, base + a + n) for a, n in spans)
    runs = list(joined(sorted_spans))
    found = covered(*runs)
    days = list(days_in(found, zone))
    assert sum(day.recorded_ms for day in days) == found.recorded_ms
    assert [day.on for day in days] == sorted({day.on for day in days})
    assert all(day.recorded_ms > 0 for day in days)


@pytest.mark.parametrize(
    ("wall_ms", "ends"),
    [(9_000, 10_000), (9_400, 10_400), (3_609_000, 10_000), (-3_600_000, 10_000), (0, 10_000)],
)
def test_the_end_is_by_the_wall_clock_unless_somebody_set_it(wall_ms: int, ends: int) -> None:
    head = IndexHead(1, AT_MS, 0, 10, "avc1", 1, 1, has_audio=False)
    second = 90_000
    first = Fragment(10, 1, 0, second, 0, is_key=True)
    last = Fragment(11, 1, 9 * second, second, wall_ms, is_key=True)
    assert end_of(Index(head, (first, last), None)) == AT_MS + ends
    assert end_of(Index(head, (), None)) == AT_MS
