"""Runs, gaps, days and files as a timeline shows them, cut to what may be seen."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.clock import always
from pantau.db.database import Database
from pantau.recordings import repository
from pantau.recordings.models import FOREVER, Reach, SegmentState, Span
from pantau.recordings.playback.asked import iso, midnight, moment_of, month_of
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.repository import Draft
from tests.recordings.playback.house import NOTHING, NOW_MS, House, open_house, preview
from tests.support.recordings import append_second, being_written, write_recording
from tests.web.http_peer import Answer, visiting

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


async def add(house: House, *spans: Span, camera_id: int = 1) -> None:
    """Put rows without files into the catalogue."""
    drafts = [
        Draft(
            camera_id=camera_id,
            start_ms=span.from_ms,
            end_ms=span.to_ms,
            duration_ms=span.to_ms - span.from_ms,
            size_bytes=1_000,
            place="elsewhere",
            state=SegmentState.CLOSED,
            fragments=10,
        )
        for span in spans
    ]
    async with house.footage.database.write() as writing:
        await repository.insert_many(writing, drafts, at=datetime.now(UTC))


async def ask(house: House, path: str) -> Answer:
    async with visiting(house.port) as visitor:
        return await visitor.ask(house.path(path))


async def data_of(house: House, path: str) -> dict[str, object]:
    answer = await ask(house, path)
    assert answer.status == 200, answer.body
    told = json.loads(answer.body)
    assert told["success"] is True
    data: dict[str, object] = told["data"]
    return data


def pairs(told: object) -> list[tuple[int, int]]:
    assert isinstance(told, list)
    return [(each["from_ms"], each["to_ms"]) for each in told]


async def test_runs_and_gaps_fill_the_span(database: Database, tmp_path: Path) -> None:
    begins = NOW_MS - 4 * HOUR_MS
    ten = 10 * MINUTE_MS
    async with open_house(database, tmp_path) as house:
        await add(
            house,
            Span(begins, begins + ten),
            # A hair later than its predecessor ended: no gap.
            Span(begins + ten + 40, begins + 2 * ten),
            Span(begins + 4 * ten, begins + 5 * ten),
        )
        told = await data_of(house, f"timeline?from={begins - ten}&to={begins + 6 * ten}")
    assert pairs(told["runs"]) == [
        (begins, begins + 2 * ten),
        (begins + 4 * ten, begins + 5 * ten),
    ]
    assert pairs(told["gaps"]) == [
        (begins - ten, begins),
        (begins + 2 * ten, begins + 4 * ten),
        (begins + 5 * ten, begins + 6 * ten),
    ]
    assert told["is_cut"] is False
    assert told["now_ms"] == NOW_MS


async def test_a_run_reaches_to_the_last_second_of_what_is_being_written(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        recording = write_recording(house.folder, 1, NOW_MS - 9_000, seconds=2, shape="open")
        with being_written(recording.video):
            await house.index()
            for _ in range(3):
                recording = append_second(recording)
            told = await data_of(house, "timeline")
        assert pairs(told["runs"]) == [(NOW_MS - 9_000, NOW_MS - 4_000)]
        assert told["to_ms"] == NOW_MS


async def test_too_many_runs_are_cut_at_the_far_end_and_it_is_said(
    sqlite_database: Database, tmp_path: Path
) -> None:
    begins = NOW_MS - 24 * HOUR_MS
    spans = [Span(begins + n * HOUR_MS, begins + n * HOUR_MS + MINUTE_MS) for n in range(20)]
    async with open_house(sqlite_database, tmp_path) as house:
        await add(house, *spans)
        told = await data_of(house, f"timeline?from={begins}&to={NOW_MS}&limit=3")
        assert told["is_cut"] is True
        assert pairs(told["runs"]) == [tuple(span) for span in spans[-3:]]
        assert told["from_ms"] == spans[-3].from_ms
        told = await data_of(house, "segments?limit=3")
        assert told["is_cut"] is True
        assert told["total_segments"] == 3
        files = told["segments"]
        assert isinstance(files, list)
        assert [each["start_ms"] for each in files] == [
            span.from_ms for span in reversed(spans[-3:])
        ]


async def test_nobody_learns_what_lies_beyond_their_window(
    sqlite_database: Database, tmp_path: Path
) -> None:
    window = Span(NOW_MS - HOUR_MS, NOW_MS - 10_000)
    async with open_house(sqlite_database, tmp_path) as house:
        for number in (1, 3, 5):
            house.tape(NOW_MS - number * 20 * MINUTE_MS)
        house.tape(NOW_MS - 12_000)
        await add(house, Span(NOW_MS - 90 * 24 * HOUR_MS, NOW_MS - 89 * 24 * HOUR_MS))
        await house.index()
        answers = {}
        for deep in (True, False):
            house.reach[1] = preview(window)
            paths = (
                "segments",
                "segments?from=0",
                f"timeline?from={NOW_MS - 20 * 24 * HOUR_MS}&to={NOW_MS}",
                "timeline",
                "days?month=2026-03",
                "days?month=2025-12",
                "playlist.m3u8",
                f"playback.m3u8?from={NOW_MS - 23 * HOUR_MS}&to={NOW_MS}",
            )
            answers[deep] = [(await ask(house, path)).body for path in paths]
            if deep:
                for video in house.folder.glob("*/*/*.mp4"):
                    if video.stem < "20260301T0700":
                        video.unlink()
                        video.with_suffix(".idx").unlink()
                async with house.footage.database.write() as writing:
                    old = [
                        row.id
                        for row in (await house.footage.rows()).values()
                        if row.end_ms < window.from_ms
                    ]
                    assert len(old) == 2
                    await repository.forget(writing, old)
        assert answers[True] == answers[False]
        told = json.loads(answers[True][0])["data"]
        assert told["total_segments"] == 3
        # Of the newest file what is older than the delay: one second and a half of eight.
        assert told["segments"][0]["end_ms"] == window.to_ms


async def test_segments_have_the_shape_that_clients_know(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(NOW_MS - HOUR_MS)
        await house.index()
        told = await data_of(house, "segments")
    assert told["camera_id"] == 1
    assert isinstance(told["camera_name"], str)
    assert told["total_segments"] == 1
    files = told["segments"]
    assert isinstance(files, list)
    (file,) = files
    assert file["filename"] == tape.video.name
    assert file["start_time"] == "2026-03-01T07:00:00.000Z"
    assert file["end_time"].startswith("2026-03-01T07:00:08")
    assert file["duration"] == 8
    assert file["file_size"] == len(tape.video.read_bytes())
    assert {"id", "created_at"} <= file.keys()


async def test_a_camera_that_nobody_may_replay_is_a_camera_that_never_was(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(NOW_MS - HOUR_MS)
        await house.index()
        house.reach[1] = NOTHING
        bodies = set()
        for camera_id in (1, 99):
            for name in ("segments", "timeline", "days", "playlist.m3u8", "playback.m3u8?from=5"):
                async with visiting(house.port) as visitor:
                    answer = await visitor.ask(house.path(name, camera_id=camera_id))
                assert answer.status == 404
                bodies.add(answer.body.partition(b"request_id")[0])
        assert len(bodies) == 1


async def test_days_are_those_of_the_sites_zone(sqlite_database: Database, tmp_path: Path) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        # 17:00 UTC is midnight in Jakarta.
        late = moment_of("2026-02-10T16:50:00Z", field="at")
        await add(house, Span(late, late + 20 * MINUTE_MS))
        told = await data_of(house, "days?month=2026-02")
        assert told["zone"] == "Asia/Jakarta"
        days = told["days"]
        assert isinstance(days, list)
        assert [(day["date"], day["recorded_s"]) for day in days] == [
            ("2026-02-10", 600),
            ("2026-02-11", 600),
        ]
        assert days[1]["from_ms"] == late + 10 * MINUTE_MS
        assert (await ask(house, "days?month=2026-13")).status == 400
        assert (await ask(house, "days?month=march")).status == 400


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Berlin", "2026-03", 31 * 24 - 1),
        ("Europe/Berlin", "2026-10", 31 * 24 + 1),
        ("America/Sao_Paulo", "2018-11", 30 * 24 - 1),
        ("Asia/Jakarta", "2026-03", 31 * 24),
    ],
)
async def test_months_in_which_clocks_change_are_whole(
    sqlite_database: Database, tmp_path: Path, zone: str, month: str, hours: int
) -> None:
    place = ZoneInfo(zone)
    found = month_of(month, now_ms=0, zone=place)
    assert found.span.to_ms - found.span.from_ms == hours * HOUR_MS
    async with open_house(sqlite_database, tmp_path) as house:
        await add(house, found.span)
        timelines = Timelines(house.footage.catalogue, always(place))
        days, is_cut = await timelines.days(1, found, Reach((FOREVER,)))
    assert not is_cut
    assert len({day.on for day in days}) == len(days) in {30, 31}
    assert sum(day.recorded_ms for day in days) == hours * HOUR_MS
    begins = [midnight(day.on, place) for day in days]
    assert begins[0] == found.span.from_ms
    assert sorted(begins) == begins


moments = st.integers(0, 4_000_000_000_000)


@given(at_ms=moments)
def test_a_moment_is_read_as_it_is_written(at_ms: int) -> None:
    assert moment_of(iso(at_ms), field="at") == at_ms
    assert moment_of(str(at_ms), field="at") == at_ms


@given(
    recorded=st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60)), max_size=12),
    allowed=st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90)), max_size=4),
)
async def test_runs_and_gaps_are_exactly_what_may_be_seen(
    recorded: Sequence[tuple[int, int]], allowed: Sequence[tuple[int, int]]
) -> None:
    from pantau.recordings.catalogue import Coverage  # noqa: PLC0415
    from pantau.recordings.models import joined  # noqa: PLC0415
    from pantau.recordings.run_rows import Run  # noqa: PLC0415

    runs = list(joined(sorted(Span(at, at + length) for at, length in recorded)))
    spans = tuple(joined(sorted(Span(at, at + length) for at, length in allowed)))

    class Known:
        async def coverage(self, camera_id: int, span: Span) -> Coverage:
            return Coverage(span, tuple(Run(*run, 1, 1) for run in runs if run.overlap(span)))

    timelines = Timelines(Known(), always(ZoneInfo("UTC")))  # type: ignore[arg-type]
    found = await timelines.of(1, Span(50, 450), Reach(spans))
    seen = {ms for run in found.runs for ms in range(*run)}
    assert seen == {
        ms
        for ms in range(50, 450)
        if any(a <= ms < b for a, b in runs) and any(a <= ms < b for a, b in spans)
    }
    told = sorted((*found.runs, *found.gaps))
    assert sum(b - a for a, b in told) == found.span.to_ms - found.span.from_ms
    assert list(joined(told)) in ([found.span], [])
