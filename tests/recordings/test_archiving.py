"""Copies of finished recordings in a bucket behind a real socket."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from sqlalchemy import insert, select

from pantau.db.database import Database
from pantau.media.archive.naming import index_key, video_key
from pantau.recordings import keeping_rows
from pantau.recordings.archiving import Archiving
from pantau.recordings.models import SegmentState
from pantau.recordings.rows import SegmentRow
from pantau.recordings.storage.base import Entry, Room, StorageError
from pantau.recordings.storage.object_store import ObjectPlace, open_bucket
from pantau.settings import ArchiveSettings
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


class Folder:
    """A place as far as copying needs one."""

    name = "here"

    def __init__(self, root: Path) -> None:
        self._root = root

    def local_path(self, key: PurePosixPath) -> Path | None:
        return self._root / key

    async def read(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        raise NotImplementedError

    async def size(self, key: PurePosixPath) -> int | None:
        raise NotImplementedError

    async def put(self, key: PurePosixPath, file: Path) -> None:
        raise NotImplementedError

    async def delete(self, key: PurePosixPath) -> bool:
        raise NotImplementedError

    def entries(self, below: PurePosixPath) -> AsyncIterator[Entry]:
        raise NotImplementedError

    async def room(self) -> Room | None:
        return None


@pytest.fixture
def clock() -> HandWoundClock:
    return HandWoundClock()


def _now_ms(clock: HandWoundClock) -> int:
    return round(clock.unix_s() * 1000)


async def _add(database: Database, folder: Path, *, start_ms: int, video: bytes | None) -> None:
    if video is not None:
        for key, data in ((video_key(7, start_ms), video), (index_key(7, start_ms), b"index")):
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(data)
    async with database.write() as work:
        await work.session.execute(
            insert(SegmentRow).values(
                camera_id=7,
                start_ms=start_ms,
                end_ms=start_ms + 1000,
                duration_ms=1000,
                size_bytes=len(video or b""),
                place="here",
                state=SegmentState.CLOSED,
                fragments=1,
                codecs="",
                width_px=0,
                height_px=0,
                has_audio=False,
                created_at=datetime.now(UTC),
            )
        )


async def _copied(database: Database) -> dict[int, str | None]:
    async with database.read() as work:
        rows = await work.session.execute(select(SegmentRow.start_ms, SegmentRow.archived_place))
        return {row.start_ms: row.archived_place for row in rows}


async def _noted(database: Database) -> str | None:
    async with database.read() as work:
        noted = await keeping_rows.note(work, keeping_rows.ARCHIVE)
    return None if noted is None else noted[0]


def _archiving(
    database: Database, folder: Path, bucket: ObjectPlace, clock: HandWoundClock
) -> Archiving:
    here = Folder(folder)
    return Archiving(
        database,
        find={"here": here}.get,
        archive=bucket,
        keep_days=30,
        clock=clock,
    )


async def test_finished_files_are_copied_with_their_index_and_read_back_in_pieces(
    database: Database, tmp_path: Path, archive_settings: ArchiveSettings, clock: HandWoundClock
) -> None:
    bucket, at_ms = open_bucket(archive_settings), _now_ms(clock) - 60_000
    video = bytes(range(256)) * 40_000
    await _add(database, tmp_path, start_ms=at_ms, video=video)
    archiving = _archiving(database, tmp_path, bucket, clock)
    assert await archiving.step()
    assert await _copied(database) == {at_ms: "archive"}
    key = video_key(7, at_ms)
    assert await bucket.size(key) == len(video)
    assert await bucket.read(key, 1_000_003, 17) == video[1_000_003:1_000_020]
    assert await bucket.read(key, len(video) - 5, 100) == video[-5:]
    assert await bucket.read(key, len(video), 100) == b""
    found = [entry async for entry in bucket.entries(PurePosixPath("7"))]
    assert {entry.key for entry in found} == {key, index_key(7, at_ms)}
    assert await bucket.delete(key)
    assert not await bucket.delete(key)
    with pytest.raises(StorageError) as gone:
        await bucket.read(key, 0, 1)
    assert gone.value.is_gone


async def test_one_file_that_is_gone_does_not_hold_up_the_next(
    database: Database, tmp_path: Path, archive_settings: ArchiveSettings, clock: HandWoundClock
) -> None:
    at_ms = _now_ms(clock) - 600_000
    await _add(database, tmp_path, start_ms=at_ms, video=None)
    await _add(database, tmp_path, start_ms=at_ms + 2000, video=b"second")
    archiving = _archiving(database, tmp_path, open_bucket(archive_settings), clock)
    assert await archiving.step()
    assert await _copied(database) == {at_ms: None, at_ms + 2000: "archive"}


async def test_lesson_a08_an_archive_that_refuses_holds_the_position_and_nothing_is_skipped(
    database: Database, tmp_path: Path, archive_settings: ArchiveSettings, clock: HandWoundClock
) -> None:
    at_ms = _now_ms(clock) - 600_000
    await _add(database, tmp_path, start_ms=at_ms, video=b"first")
    missing = open_bucket(archive_settings.model_copy(update={"bucket": "not-there"}))
    archiving = _archiving(database, tmp_path, missing, clock)
    for _ in range(4):
        assert not await archiving.step()
    said = await _noted(database)
    assert said
    assert "secret" not in said
    archiving = _archiving(database, tmp_path, open_bucket(archive_settings), clock)
    assert await archiving.step()
    assert await _copied(database) == {at_ms: "archive"}
    assert await _noted(database) == ""


async def test_what_is_older_than_the_archive_keeps_is_left_alone(
    database: Database, tmp_path: Path, archive_settings: ArchiveSettings, clock: HandWoundClock
) -> None:
    at_ms = _now_ms(clock) - 31 * 86_400_000
    await _add(database, tmp_path, start_ms=at_ms, video=b"old")
    archiving = _archiving(database, tmp_path, open_bucket(archive_settings), clock)
    assert await archiving.step()
    assert await _copied(database) == {at_ms: None}
