"""Announcements of areas: whole on the wall of their area, as titles on the wall of all."""

from dataclasses import replace

import pytest

from pantau.db.database import Database
from pantau.notices import repository
from pantau.notices.board import Board
from pantau.notices.values import Draft
from pantau.portal.beside import MOST_OF_AREAS, Banner, wall_banners
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

AREAS = {1: "Wanasari", 3: "Margaluyu"}
FLOOD = Draft(title_id="Banjir", text_id="Jalan ditutup.", target="area", area_id=1)


async def board_with(database: Database, *drafts: Draft) -> Board:
    clock = HandWoundClock()
    async with database.write() as writing:
        for draft in drafts:
            await repository.add(writing, draft, at=clock.now())
    board = Board(database, clock)
    await board.refresh()
    return board


def titles(banners: tuple[Banner, ...]) -> list[tuple[str, str, str, str]]:
    return [(each.title, str(each.text), each.area, each.area_url) for each in banners]


async def test_the_wall_of_all_areas_names_what_is_announced_in_each(
    sqlite_database: Database,
) -> None:
    board = await board_with(
        sqlite_database,
        FLOOD,
        Draft(title_id="Semua"),
        replace(FLOOD, title_id="Tanpa kamera", area_id=2),
        replace(FLOOD, title_id="Hanya di kamera", on_wall=False),
        Draft(title_id="Satu kamera", target="camera", camera_id=4),
    )
    assert titles(wall_banners(board.shown(), None, "id", AREAS)) == [
        ("Semua", "", "", ""),
        ("Banjir", "", "Wanasari", "/wilayah/1-wanasari"),
    ]
    assert {*titles(wall_banners(board.shown(), 1, "id", AREAS))} == {
        ("Banjir", "<p>Jalan ditutup.</p>", "", ""),
        ("Semua", "", "", ""),
    }
    assert [title for title, *_ in titles(wall_banners(board.shown(), 3, "id", AREAS))] == ["Semua"]


async def test_the_wall_stays_small_however_much_is_announced(sqlite_database: Database) -> None:
    many = [replace(FLOOD, title_id=f"Banjir {number}") for number in range(MOST_OF_AREAS + 9)]
    board = await board_with(sqlite_database, *many)
    assert len(wall_banners(board.shown(), None, "id", AREAS)) == MOST_OF_AREAS
    assert len(wall_banners(board.shown(), 1, "id", AREAS)) == len(many)
