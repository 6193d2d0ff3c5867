"""What is announced when: by the clock, in the hub's zone, without a query."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pantau.admin.announcement_form import draft_of, local_text
from pantau.admin.typed import Typed
from pantau.core.errors import Invalid
from pantau.db.database import Database
from pantau.notices import repository
from pantau.notices.board import Board
from pantau.notices.values import Draft
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio


async def board_with(database: Database, *drafts: Draft) -> tuple[Board, HandWoundClock]:
    clock = HandWoundClock()
    board = Board(database, clock)
    async with database.write() as writing:
        for draft in drafts:
            await repository.add(writing, draft, at=START)
    await board.refresh()
    return board, clock


def titles(board: Board) -> list[str]:
    return [each.title_id for each in board.shown()]


async def test_announcements_begin_and_end_by_the_clock(database: Database) -> None:
    planned = Draft(
        title_id="nanti", from_at=START + timedelta(hours=1), to_at=START + timedelta(hours=2)
    )
    board, clock = await board_with(database, planned, Draft(title_id="selalu", position=5))
    assert titles(board) == ["selalu"]
    first = board.stamp
    await clock.advance(3599)
    assert (titles(board), board.stamp) == (["selalu"], first)
    await clock.advance(1)
    assert titles(board) == ["nanti", "selalu"]
    assert board.stamp == first + 1
    await clock.advance(3600)
    assert titles(board) == ["selalu"]
    # A clock that is set back brings back what was over.
    clock.set_wall_back(60)
    assert titles(board) == ["nanti", "selalu"]


async def test_what_is_switched_off_is_not_shown(database: Database) -> None:
    board, _ = await board_with(database, Draft(title_id="mati", enabled=False))
    assert titles(board) == []


async def test_other_processes_hear_of_changes(sqlite_database: Database) -> None:
    board, _ = await board_with(sqlite_database)
    assert not board._changed.is_set()
    async with sqlite_database.write() as writing:
        number = await repository.add(writing, Draft(title_id="baru"), at=START)
    assert board._changed.is_set()
    await board.refresh()
    assert titles(board) == ["baru"]
    async with sqlite_database.write() as writing:
        await repository.remove(writing, number)
    await board.refresh()
    assert titles(board) == []


def form(**fields: str) -> Typed:
    return Typed([("title_id", "Judul"), ("on_wall", "1"), *fields.items()])


@pytest.mark.parametrize(
    ("zone", "written", "at"),
    [
        ("Asia/Jakarta", "2026-12-01T08:00", datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ("Asia/Jayapura", "2026-12-01T08:00", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-24T12:00", datetime(2026, 10, 24, 10, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-25T12:00", datetime(2026, 10, 25, 11, tzinfo=UTC)),
        # An hour that comes twice: the first of them.
        ("Europe/Berlin", "2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
async def test_times_are_those_of_the_hubs_clocks(zone: str, written: str, at: datetime) -> None:
    draft = draft_of(form(starts_at=written), ZoneInfo(zone))
    assert draft.from_at == at
    assert local_text(draft.from_at, ZoneInfo(zone)) == written


@pytest.mark.parametrize("written", ["2026-03-29T02:30", "2026-02-31T10:00", "besok", "1e9"])
async def test_times_that_no_clock_shows_are_refused(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        draft_of(form(ends_at=written), ZoneInfo("Europe/Berlin"))
    assert refused.value.field == "ends_at"
