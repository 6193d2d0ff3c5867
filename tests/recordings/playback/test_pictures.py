"""Pictures of footage: at a moment, and small ones of a segment; made once, kept for a while."""

import asyncio
from pathlib import Path

import pytest

from pantau.db.database import Database
from pantau.media.archive.picture_client import (
    PictureError,
    PictureForm,
    PicturesBusyError,
    StillPicture,
)
from pantau.recordings import repository
from pantau.recordings.models import Span
from pantau.recordings.playback.shelf import Preview, Shelf, forget_preview, preview_files
from tests.recordings.playback.house import NOW_MS, House, open_house, preview
from tests.support.recordings import being_written
from tests.web.http_peer import Answer, visiting

pytestmark = pytest.mark.anyio
START_MS = NOW_MS - 3_600_000


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


async def ask(house: House, path: str) -> Answer:
    async with visiting(house.port) as visitor:
        return await visitor.ask(house.path(path))


async def test_the_picture_of_a_moment_comes_from_the_file_that_holds_it(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        second = house.tape(START_MS + 8_000)
        await house.index()
        answer = await ask(house, f"still.jpg?at={START_MS + 9_500}&width=320")
        assert answer.status == 200
        assert answer.header("content-type") == "image/jpeg"
        assert answer.body == f"{second.video.stem} 1500 jpeg".encode()
        answer = await ask(house, f"still.webp?at={START_MS + 9_500}")
        assert answer.header("content-type") == "image/webp"
        asked = len(house.maker.asked)
        for _ in range(3):
            await ask(house, f"still.webp?at={START_MS + 9_500}")
        assert len(house.maker.asked) == asked


async def test_a_still_of_a_gap_or_of_a_hidden_second_is_not_there(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        await house.index()
        house.reach[1] = preview(Span(START_MS, START_MS + 4_200))
        assert (await ask(house, f"still.jpg?at={START_MS + 3_000}")).status == 200
        for at_ms in (START_MS - 1, START_MS + 4_000, START_MS + 7_000, START_MS + 20_000):
            assert (await ask(house, f"still.jpg?at={at_ms}")).status == 404
        assert [at_ms for _, at_ms in house.maker.asked] == [3_000]
        for query in ("", "?at=noon", f"?at={START_MS}&width=9", f"?at={START_MS}&width=x"):
            assert (await ask(house, f"still.jpg{query}")).status == 400


async def test_many_who_ask_at_once_cost_one_picture(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        await house.index()
        go_on = asyncio.Event()
        real = house.maker.still

        async def slow(
            video: Path, at_ms: int, *, width_px: int = 1280, form: PictureForm = "jpeg"
        ) -> StillPicture:
            await go_on.wait()
            return await real(video, at_ms, width_px=width_px, form=form)

        house.maker.still = slow  # type: ignore[method-assign]
        asking = [
            asyncio.create_task(ask(house, f"still.jpg?at={START_MS + 1_000}")) for _ in range(6)
        ]
        await asyncio.wait(asking, timeout=0.05)
        go_on.set()
        assert {(await one).status for one in asking} == {200}
        assert len(house.maker.asked) == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [(PicturesBusyError(), 503), (PictureError("broken"), 404), (PictureError("timed_out"), 404)],
)
async def test_no_picture_is_an_honest_answer(
    sqlite_database: Database, tmp_path: Path, error: Exception, status: int
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        await house.index()

        async def fail(
            video: Path, at_ms: int, *, width_px: int = 1280, form: PictureForm = "jpeg"
        ) -> StillPicture:
            raise error

        house.maker.still = fail  # type: ignore[method-assign]
        answer = await ask(house, f"still.jpg?at={START_MS}")
        assert answer.status == status
        assert bool(answer.header("retry-after")) == (status == 503)


async def test_previews_are_made_once_and_found_again_by_another_process(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(START_MS)
        await house.index()
        name = tape.video.stem
        image = await ask(house, f"previews/{name}.webp")
        cues = await ask(house, f"previews/{name}.vtt")
        assert (image.status, image.header("content-type")) == (200, "image/webp")
        assert cues.header("content-type").startswith("text/vtt")
        assert cues.body.startswith(b"WEBVTT")
        assert f"{name}.webp#xywh=".encode() in cues.body
        assert len(house.maker.asked) == 1
    async with open_house(sqlite_database, tmp_path) as again:
        assert (await ask(again, f"previews/{name}.webp")).body == image.body
        assert again.maker.asked == []


async def test_previews_of_what_is_open_or_partly_hidden_are_not_there(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        closed = house.tape(START_MS)
        growing = house.tape(NOW_MS - 9_000, is_open=True)
        with being_written(growing.video):
            await house.index()
            assert (await ask(house, f"previews/{growing.video.stem}.vtt")).status == 404
        assert (await ask(house, f"previews/{closed.video.stem}.vtt")).status == 200
        house.reach[1] = preview(Span(START_MS + 2_000, NOW_MS))
        assert (await ask(house, f"previews/{closed.video.stem}.vtt")).status == 404
        house.reach[1] = preview(Span(START_MS + 2_000, NOW_MS), lead_from_ms=0)
        assert (await ask(house, f"previews/{closed.video.stem}.vtt")).status == 200


async def test_the_shelf_never_takes_more_than_it_may(tmp_path: Path) -> None:
    most_bytes = 2 * 2**20
    shelf = Shelf(tmp_path, most_bytes=most_bytes)
    one = Preview(bytes(300_000), b"WEBVTT")
    try:
        for number in range(20):
            await shelf.make_room()
            await shelf.put(1, number * 1000, one)
            assert shelf.kept_bytes <= most_bytes
            # What is asked for again and again stays.
            assert await shelf.get(1, 0) is not None
        assert size_of(tmp_path) == shelf.kept_bytes
        assert await shelf.get(1, 1000) is None
        await shelf.put(1, 77_000, Preview(bytes(most_bytes + 1), b""))
        assert await shelf.get(1, 77_000) is None
    finally:
        shelf.close()


async def test_previews_go_with_their_footage(sqlite_database: Database, tmp_path: Path) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        names = [house.tape(START_MS + number * 60_000).video.stem for number in range(3)]
        await house.index()
        for name in names:
            assert (await ask(house, f"previews/{name}.vtt")).status == 200
        rows = await house.footage.rows()
        async with house.footage.database.write() as writing:
            await repository.forget(writing, [rows[START_MS + 60_000].id])
        # Whoever fetches a file in pieces asks for its row once in a while.
        house.clock.wind(3)
        assert (await ask(house, f"previews/{names[1]}.vtt")).status == 404
        await house.pictures.tidy()
        assert await house.shelf.kept() == {1: {START_MS, START_MS + 120_000}}
        assert size_of(tmp_path / "previews") == house.shelf.kept_bytes


async def test_a_preview_that_somebody_deleted_is_made_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, most_bytes=2**20)
    try:
        await shelf.put(1, 5_000, Preview(b"image", b"cues"))
        forget_preview(tmp_path, 1, 5_000)
        forget_preview(tmp_path, 1, 5_000)
        assert await shelf.get(1, 5_000) is None
        assert shelf.kept_bytes == 0
        assert not any(file.exists() for file in preview_files(tmp_path, 1, 5_000))
    finally:
        shelf.close()
