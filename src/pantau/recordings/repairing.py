"""Puts recordings in order that nobody closed, in the worker.

Fresh ones before those that were tried before; after twelve attempts a file rests (lesson R14).  It
is kept until its time is over all the same, and whatever of it can be read is played (lesson R10).
"""

import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

import structlog

from pantau.core.clock import Clock
from pantau.core.jobs import timed_job
from pantau.db.database import Database
from pantau.media.archive import locks, reading
from pantau.media.archive.index import Index
from pantau.media.archive.naming import video_key
from pantau.recordings import repository
from pantau.recordings.disks import Disks
from pantau.recordings.models import EndCause, SegmentState
from pantau.recordings.repository import WRITE_ERRORS, Known
from pantau.recordings.sightings import Found
from pantau.recordings.storage.base import StorageError
from pantau.recordings.storage.local import LocalPlace

log = structlog.get_logger()

MOST_ATTEMPTS: Final = 12
_EVERY_S: Final = 5.0
_AT_ONCE: Final = 8
_FIRST_AGAIN_MS: Final = 60_000
_LAST_AGAIN_MS: Final = 6 * 3_600_000
_DISK_AGAIN_MS: Final = 600_000
_OF_THE_DISK: Final = frozenset(
    {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.ESTALE}
)
"""What is wrong with the disk and not with the file: no attempt of the file's."""

RemoveEmpty: TypeAlias = Callable[[Known], Awaitable[None]]
"""Deletes a file that never held a picture, and its row; the one deletion authority's."""


@dataclass(slots=True)
class Repairer:
    """Loop only; files are read and written in threads of their places."""

    database: Database
    disks: Disks
    clock: Clock
    remove_empty: RemoveEmpty | None = None
    """None: files without a picture wait for whoever may delete them."""

    async def run(self) -> None:
        """Repair what is due, for ever."""
        while True:
            with timed_job("recordings.repairing", every_s=_EVERY_S):
                tried = await self.step()
            if not tried:
                await self.clock.sleep(_EVERY_S)

    async def step(self) -> int:
        """Try some files once, one after the other; return how many."""
        async with self.database.read() as work:
            due = await repository.due_repairs(work, now_ms=self._now_ms(), limit=_AT_ONCE)
        there = await self.disks.present()
        tried = 0
        for row in due:
            place = there.get(row.place)
            if place is None or not row.is_local:
                # Comes back when its disk does.
                await self._again(row, row.attempts, self._now_ms() + _DISK_AGAIN_MS)
                continue
            await self._try(place, row)
            tried += 1
        return tried

    async def _try(self, place: LocalPlace, row: Known) -> None:
        look = await self.disks.looked_at(place, row.camera_id, row.start_ms)
        if look is None:
            await self._again(row, row.attempts, self._now_ms() + _DISK_AGAIN_MS)
        elif look.found is Found.GONE:
            await self._settle(row, replace(look.draft, state=SegmentState.MISSING))
        elif look.found in {Found.CLOSED, Found.WRITING}:
            await self._settle(row, look.draft)
        elif look.found is Found.EMPTY and self.remove_empty is None:
            await self._again(row, row.attempts, self._now_ms() + _FIRST_AGAIN_MS)
        elif look.found is Found.EMPTY and self.remove_empty is not None:
            # Once: where it cannot be deleted it stays until its time is over.
            await self._again(row, row.attempts + 1, None)
            await self.remove_empty(row)
        else:
            await self._finish(place, row)

    async def _finish(self, place: LocalPlace, row: Known) -> None:
        video = place.root / video_key(row.camera_id, row.start_ms)
        try:
            index = await place.in_thread(lambda: _in_order(place, video))
        except reading.BrokenRecordingError as error:
            await self._failed(row, str(error))
        except StorageError as error:
            if error.is_gone:
                await self._again(row, row.attempts, self._now_ms())
            elif error.errno in _OF_THE_DISK:
                await self._again(row, row.attempts, self._now_ms() + _DISK_AGAIN_MS)
            else:
                await self._failed(row, str(error))
        else:
            if index is not None:
                await self._finished(place, row, index)

    async def _finished(self, place: LocalPlace, row: Known, index: Index) -> None:
        look = await self.disks.looked_at(place, row.camera_id, row.start_ms)
        if look is None or look.found is not Found.CLOSED:
            if look is not None and look.draft.state is row.state:
                await self._settle(row, look.draft)
            await self._failed(row, "not whole after it was finished")
            return
        cause = look.draft.cause or EndCause.CRASHED
        await self._settle(row, replace(look.draft, cause=cause))
        log.info(
            "recording_repaired",
            camera=row.camera_id,
            start_ms=row.start_ms,
            seconds=index.duration_ms // 1000,
        )

    async def _settle(self, row: Known, draft: repository.Draft) -> None:
        if draft.state is SegmentState.MISSING:
            draft = replace(
                draft, end_ms=row.end_ms, size_bytes=row.size_bytes, fragments=row.fragments
            )
        try:
            async with self.database.write() as writing:
                await repository.revise(writing, row.id, row.state, draft)
        except WRITE_ERRORS as error:
            await self._failed(row, type(error).__name__)

    async def _failed(self, row: Known, why: str) -> None:
        attempts = row.attempts + 1
        wait_ms = min(_LAST_AGAIN_MS, _FIRST_AGAIN_MS * 2 ** min(attempts - 1, 20))
        is_over = attempts >= MOST_ATTEMPTS
        await self._again(row, attempts, None if is_over else self._now_ms() + wait_ms)
        if attempts == 1 or is_over:
            log.warning(
                "recording_not_repaired",
                camera=row.camera_id,
                start_ms=row.start_ms,
                attempts=attempts,
                rests=is_over,
                why=why,
            )

    async def _again(self, row: Known, attempts: int, at_ms: int | None) -> None:
        async with self.database.write() as writing:
            await repository.note_attempt(writing, row.id, attempts=attempts, next_attempt_ms=at_ms)

    def _now_ms(self) -> int:
        return int(self.clock.unix_s() * 1000)


def _in_order(place: LocalPlace, video: Path) -> Index | None:
    """Return the index of a file that is in order from here on; None: somebody writes it."""
    key = video.relative_to(place.root)
    with place.open_in_thread(PurePosixPath(key)):
        pass
    with locks.held(video) as is_mine:
        return reading.finish(video) if is_mine else None
