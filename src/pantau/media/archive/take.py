"""One file on its way to one disk: a session hands over, the disk's own thread writes."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.media.archive.cutter import Piece
from pantau.media.archive.disk import Disk
from pantau.media.archive.index import Ending
from pantau.media.archive.naming import video_key
from pantau.media.archive.writer import Recipe, Recording
from pantau.media.packets import VIDEO_TIME_BASE

log = structlog.get_logger()

_RATE_OVER_S: Final = 30.0


class Written:
    """What a recorder has to show for itself.  Written by a disk's thread, read by anybody."""

    def __init__(self) -> None:
        self.last_at: datetime | None = None
        self.last_mono: float | None = None
        self.closed = 0
        self.last_closed_start_ms: int | None = None
        self.last_closed_end_ms: int | None = None
        self.dropped = 0
        self.bytes_per_second = 0.0
        self._footage_ticks = 0
        self._lock = threading.Lock()

    def fragment(self, size_bytes: int, ticks: int, clock: Clock) -> None:
        """Note a fragment that was written."""
        duration_s = max(ticks / VIDEO_TIME_BASE, 0.001)
        share = min(1.0, duration_s / _RATE_OVER_S) if self.bytes_per_second else 1.0
        with self._lock:
            self.bytes_per_second += (size_bytes / duration_s - self.bytes_per_second) * share
            self._footage_ticks += ticks
        self.last_at, self.last_mono = clock.now(), clock.mono_s()

    def file(self, start_ms: int, end_ms: int) -> None:
        """Note a file that was finished."""
        self.last_closed_start_ms, self.last_closed_end_ms = start_ms, end_ms
        self.closed += 1

    def drop(self, pictures: int) -> None:
        """Note pictures that were given up."""
        with self._lock:
            self.dropped += pictures

    def taken_footage_s(self) -> float:
        """Return how long the fragments are that came since this was asked last."""
        with self._lock:
            ticks, self._footage_ticks = self._footage_ticks, 0
        return ticks / VIDEO_TIME_BASE


class Take:
    """A file from its first picture to its last.  Made in the first moment something is written.

    `put` and `end` never block; after a failure nothing more is written: `is_over`.
    """

    def __init__(
        self,
        recipe: Recipe,
        started_unix_s: float,
        *,
        disk: Disk,
        others: Sequence[Disk],
        sync_s: float,
        clock: Clock,
        written: Written,
    ) -> None:
        self.disk = disk
        self.is_over = False
        self.start_ms: int | None = None
        self.size_bytes = 0
        self._recipe = recipe
        self._started_unix_s = started_unix_s
        self._others = others
        self._sync_s = sync_s
        self._clock = clock
        self._written = written
        self._file: Recording | None = None
        self._synced_mono = 0.0

    def put(self, piece: Piece, done: Callable[[], None]) -> None:
        """Have a piece written; `done` follows, in the disk's thread, whatever comes of it."""
        self.disk.submit(partial(self._write_in_thread, piece, done))

    def end(self, ending: Ending) -> None:
        """Have the file finished after what was put."""
        self.disk.submit(partial(self._end_in_thread, ending))

    def _write_in_thread(self, piece: Piece, done: Callable[[], None]) -> None:
        is_settled = False
        try:
            if self.is_over or not self.disk.has_room_in_thread():
                self._written.drop(len(piece.video))
                self._end_in_thread(Ending.DISK)
            else:
                self._append_in_thread(piece)
            is_settled = True
        except OSError as error:
            self._written.drop(len(piece.video))
            self._fail_in_thread(error)
            is_settled = True
        finally:
            if not is_settled:
                self._abandon_in_thread()
            done()

    def _append_in_thread(self, piece: Piece) -> None:
        if self._file is None:
            self._file = Recording.create(
                self.disk.root, self._recipe, self._started_unix_s, is_taken=self._is_taken
            )
            self._synced_mono = self._clock.mono_s()
        record = self._file.append(piece)
        self.start_ms, self.size_bytes = self._file.start_ms, self._file.size_bytes
        self._written.fragment(record.size, record.duration_ticks, self._clock)
        if self._clock.mono_s() - self._synced_mono >= self._sync_s:
            self._file.sync()
            self._synced_mono = self._clock.mono_s()

    def _end_in_thread(self, ending: Ending) -> None:
        self.is_over = True
        file, self._file = self._file, None
        if file is None:
            return
        try:
            is_kept = file.close(ending)
        except OSError as error:
            self.disk.failed_in_thread(error)
            return
        if is_kept:
            self._written.file(file.start_ms, file.end_ms)
            self.disk.closed_in_thread()

    def _fail_in_thread(self, error: OSError) -> None:
        """Save what can be saved; the rest is as after a crash, and is put in order later."""
        self.is_over = True
        self.disk.failed_in_thread(error)
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close(Ending.DISK)

    def _abandon_in_thread(self) -> None:
        """Give up a file over a mistake of ours, which the disk's thread logs."""
        self.is_over = True
        file, self._file = self._file, None
        if file is not None:
            file.abandon()

    def _is_taken(self, start_ms: int) -> bool:
        """Whether another disk has a file of that name; one that does not answer is not asked."""
        key = video_key(self._recipe.camera_id, start_ms)
        return any(other.cause is None and (other.root / key).exists() for other in self._others)
