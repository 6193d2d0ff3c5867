"""Copies every finished recording to the archive, in the worker.

What is wrong with one file is that file's trouble, and the next one follows; what is wrong with
the archive holds everything where it is, until it answers again (lesson A08).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
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


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """How copying goes."""

    copied: int
    """Since this process began."""
    failing_since: datetime | None
    """None: the archive answers."""
    cause: str


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
        self._copied = 0
        self._failing_since: datetime | None = None
        self._cause = ""
        self._has_told = False
        """Whether what an earlier process said is still what holds."""

    def status(self) -> ArchiveStatus:
        """Return how it goes."""
        return ArchiveStatus(self._copied, self._failing_since, self._cause)

    async def run(self) -> None:
        """Copy for ever."""
        began_mono, failures = self._clock.mono_s(), 0
        while True:
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
        files = [None if place is None else place.local_path(key) for key in keys]
        try:
            # The index last: whoever finds it in the archive finds the video too.
            for key, file in zip(keys, files, strict=True):
                if file is not None:
                    await self._archive.put(key, file)
        except StorageError as error:
            if error.is_gone:
                # Retention or the disk was quicker, or the file is damaged: the indexer's matter.
                self._tries[segment.id] = self._tries.get(segment.id, 0) + 1
                return True
            await self._note_failure(error)
            return False
        if files[0] is not None:
            async with self._database.write() as work:
                await archive_repository.note_copy(work, segment.id, self._archive.name)
                work.changed("recordings")
            self._copied += 1
        await self._note_success()
        return True

    async def _note_failure(self, error: StorageError) -> None:
        self._cause = str(error)
        if self._failing_since is None:
            self._failing_since = self._clock.now()
            log.warning("archive_failed", cause=self._cause)
            await self._tell(self._cause)

    async def _note_success(self) -> None:
        if self._failing_since is not None or not self._has_told:
            if self._failing_since is not None:
                log.info("archive_works_again")
            self._failing_since, self._cause = None, ""
            await self._tell("")

    async def _tell(self, cause: str) -> None:
        """Have pages know it, which are in other processes."""
        async with self._database.write() as work:
            await keeping_rows.save_note(work, keeping_rows.ARCHIVE, cause, at=self._clock.now())
            work.changed("recordings")
        self._has_told = True
