"""Who is shown when: by the days of the hub's zone, the largest package first."""

import asyncio
from pathlib import Path

import pytest

from pantau.db.database import Database
from pantau.sponsors import repository
from pantau.sponsors.board import SponsorBoard
from pantau.sponsors.values import SponsorDraft
from tests.sponsors.house import Office, office_on
from tests.support.clock import START
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


def names(board: SponsorBoard) -> list[str]:
    return [each.name for each in board.shown()]


async def test_days_begin_and_end_in_the_hubs_zone(database: Database, tmp_path: Path) -> None:
    office = await office_on(database, tmp_path)
    board = office.board
    await office.add("hari ini", end_date="2026-03-01")
    await office.add("besok", start_date="2026-03-02")
    await board.refresh()
    first = board.stamp
    # It is 15:00 in Jakarta; the day is over at 17:00 UTC, not at midnight of UTC.
    await office.clock.advance(9 * 3600 - 1)
    assert (names(board), board.stamp) == (["hari ini"], first)
    await office.clock.advance(1)
    assert names(board) == ["besok"]
    assert board.stamp == first + 1
    # The hub moves west: the day before goes on there.
    office.zone.name = "Europe/London"
    assert names(board) == ["hari ini"]


async def test_the_largest_package_comes_first(sqlite_database: Database, tmp_path: Path) -> None:
    office = await office_on(sqlite_database, tmp_path)
    for name, package in (("a", "bronze"), ("b", "silver"), ("c", "gold"), ("D", "silver")):
        await office.add(name, package=package)
    await office.board.refresh()
    assert names(office.board) == ["c", "b", "D", "a"]


async def test_a_camera_shows_its_sponsor_for_as_long_as_that_is_shown(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    number = await office.add("Toko", end_date="2026-03-01")
    await office.assign(1, number)
    address = await office.show_logo(number)
    await office.board.refresh()
    shown = office.board.of_camera(1)
    assert shown is not None
    assert (shown.name, shown.logo, shown.width_px, shown.height_px) == ("Toko", address, 40, 20)
    await office.clock.advance(86_400)
    assert office.board.of_camera(1) is None


async def test_a_name_that_only_a_camera_carries_is_shown_without_what_could_harm(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    await write_by_hand(office, name="Desa", url="http://desa.example", logo="/admin/sign-out")
    await office.board.refresh()
    shown = office.board.of_camera(2)
    assert shown is not None
    assert (shown.id, shown.name, shown.url, shown.logo) == (None, "Desa", "", "")
    assert office.board.of_camera(1) is None


async def test_changes_made_elsewhere_are_followed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    following = asyncio.create_task(office.board.follow())
    await office.add("Toko")
    await until(lambda: names(office.board) == ["Toko"])
    await write_by_hand(office, name="Desa", url="", logo="")
    await until(lambda: office.board.of_camera(2) is not None)
    following.cancel()


async def write_by_hand(office: Office, *, name: str, url: str, logo: str) -> None:
    """Have camera 2 carry a sponsor that nobody added."""
    async with office.database.write() as writing:
        draft = SponsorDraft(name=name, url=url, logo=logo)
        await repository.give_camera(writing, 2, draft, at=START)
