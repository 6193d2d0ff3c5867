"""Copies every finished recording to the archive, in the worker.

What is wrong with one file is that file's trouble, and the next one follows; what is wrong with
the archive holds everything where it is, until it answers again (lesson A08).
"""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.jobs import timed_job
from pantau.db.database import Database
from pantau.media.archive.naming import index_key, video_key
from pantau.recordings import archive_repository, keeping_rows
from pantau.recordings.archive_repository import Uncopied
from pantau.recordings.storage.base import Place, StorageError

log = structlog.get_logger()

_EVERY_S: Final = 10.0
_PAUSES: Final = Backoff(first_s=_EVERY_S, most_s=600.0)
_AGAIN_FROM_THE_START_S: Final = 3_600.0
"""Files that were put in order long after they ended are found then."""
_AT_ONCE: Final = 50
_MOST_TRIES: Final = 3
_MILLISECONDS_A_DAY: Final = 86_400_000


class Archiving:
    """`find` gives the place of a name, None where it is not there.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        find: Callable[[str], Place | None],
        archive: Place,
        keep_days: int,
        clock: Clock,
    ) -> None:
        self._database = database
        self._find = find
        self._archive = archive
        self._keep_ms = keep_days * _MILLISECONDS_A_DAY
        self._clock = clock
        self._after = (0, 0)
        self._tries: dict[int, int] = {}
        self._said: str | None = None
        """Why the archive takes nothing, as pages were told; None: by an earlier process only."""

    async def run(self) -> None:
        """Copy for ever."""
        began_mono, failures = self._clock.mono_s(), 0
        while True:
            with timed_job("recordings.archiving", every_s=_EVERY_S):
                failures = 0 if await self.step() else failures + 1
            wait_s = _PAUSES.delay_s(failures, random=random.random) if failures else _EVERY_S
            await self._clock.sleep(wait_s)
            if self._clock.mono_s() - began_mono > _AGAIN_FROM_THE_START_S:
                began_mono = self._clock.mono_s()
                self._after, self._tries = (0, 0), {}

    async def step(self) -> bool:
        """Copy what waits; False where the archive does not take it."""
        while True:
            from_ms = round(self._clock.unix_s() * 1000) - self._keep_ms
            async with self._database.read() as work:
                waiting = await archive_repository.uncopied(
                    work, from_ms=from_ms, after=self._after, limit=_AT_ONCE
                )
            for segment in waiting:
                if self._tries.get(segment.id, 0) < _MOST_TRIES and not await self._copy(segment):
                    return False
                self._after = (segment.end_ms, segment.id)
            if len(waiting) < _AT_ONCE:
                return True

    async def _copy(self, segment: Uncopied) -> bool:
        """Copy one file and its index; False where that is the archive's fault."""
        place = self._find(segment.place)
        keys = [make(segment.camera_id, segment.start_ms) for make in (video_key, index_key)]
        files = [file for key in keys if place and (file := place.local_path(key))]
        if not files:
            return True
        try:
            # The index last: whoever finds it in the archive finds the video too.
            for key, file in zip(keys, files, strict=True):
                await self._archive.put(key, file)
        except StorageError as error:
            if error.is_gone:
                # Retention or the disk was quicker, or the file is damaged: the indexer's matter.
                self._tries[segment.id] = self._tries.get(segment.id, 0) + 1
                return True
            await self._say(str(error))
            return False
        async with self._database.write() as work:
            await archive_repository.note_copy(work, segment.id, self._archive.name)
            work.changed("recordings")
        await self._say("")
        return True

    async def _say(self, cause: str) -> None:
        """Have people know why the archive takes nothing; empty: it does."""
        if cause == self._said:
            return
        if cause:
            log.warning("archive_failed", cause=cause)
        elif self._said:
            log.info("archive_works_again")
        await note_archive(self._database, cause, at=self._clock.now())
        self._said = cause


async def note_archive(database: Database, cause: str, *, at: datetime) -> None:
    """Have pages know it, which are in other processes; writes only what is new."""
    async with database.write() as work:
        noted = await keeping_rows.note(work, keeping_rows.ARCHIVE)
        if (noted[0] if noted else "") != cause:
            await keeping_rows.save_note(work, keeping_rows.ARCHIVE, cause, at=at)
            work.changed("recordings")
