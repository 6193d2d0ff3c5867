"""One disk for recordings: a thread that does its writing, and what is known of its room.

Each disk has its own thread, so that one that hangs holds up nobody but the files on it; who asks
how a disk is gets what that thread found out last, and never waits.
"""

import errno
import os
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.media.archive.orders import PauseCause

log = structlog.get_logger()

PROBE: Final = ".pantau-place.probe"
"""Written and removed to see whether a disk works again."""
_PROBE_BYTES: Final = 4096
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_MISSING: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_MARGIN: Final = 4
"""A disk that was full is used again with a quarter more room than the reserve."""

Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class DiskRules:
    """Waits and limits; tests shorten them."""

    look_every_s: float = 2.0
    stale_s: float = 15.0
    """A disk that said nothing for so long hangs, and gets no new file."""
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=2.0, most_s=60.0))
    most_queued_bytes: int = 16 * 2**20
    """What may wait for a disk, of one camera …"""
    most_queued_bytes_in_all: int = 128 * 2**20
    """… and of all cameras of a process."""


class Budget:
    """How many bytes may wait at a time.  Any thread."""

    def __init__(self, most_bytes: int) -> None:
        self.held_bytes = 0
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    def take(self, size_bytes: int) -> bool:
        """Take some of it; False: there is not enough left.  One piece alone always fits."""
        with self._lock:
            if self.held_bytes and self.held_bytes + size_bytes > self._most_bytes:
                return False
            self.held_bytes += size_bytes
            return True

    def give(self, size_bytes: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self.held_bytes -= size_bytes


class Disk:
    """Made anywhere; `submit` and what is asked may come from any thread and never block."""

    def __init__(self, root: Path, *, reserve_bytes: int, rules: DiskRules, clock: Clock) -> None:
        self.root = root
        self.budget = Budget(rules.most_queued_bytes_in_all)
        self._reserve_bytes = reserve_bytes
        self._rules = rules
        self._clock = clock
        self._jobs: deque[Job] = deque()
        self._has_jobs = threading.Event()
        self._is_stopping = False
        self._free_bytes: int | None = None
        self._seen_mono = clock.mono_s()
        self._cause: PauseCause | None = None
        self._failures = 0
        self._retry_mono = 0.0
        self._thread = threading.Thread(target=self._run_in_thread, name="recordings", daemon=True)
        self._thread.start()

    @property
    def cause(self) -> PauseCause | None:
        """Why it takes no new file; None: it does."""
        if self._cause is not None:
            return self._cause
        is_stale = self._clock.mono_s() - self._seen_mono > self._rules.stale_s
        return PauseCause.DISK_SLOW if is_stale else None

    @property
    def free_bytes(self) -> int:
        """How much room it had when it was looked at last; 0 before the first time."""
        return self._free_bytes or 0

    @property
    def is_stopped(self) -> bool:
        """Whether everything that was submitted is done and the thread is gone."""
        return not self._thread.is_alive()

    def submit(self, job: Job) -> None:
        """Have `job` done after those before it; what it raises is logged."""
        self._jobs.append(job)
        self._has_jobs.set()

    def has_room_in_thread(self) -> bool:
        """Tell whether more may be written at this moment; raises `OSError`."""
        free_bytes = self._measure()
        if free_bytes < self._reserve_bytes:
            self._set(PauseCause.DISK_FULL)
        return free_bytes >= self._reserve_bytes

    def failed_in_thread(self, error: OSError) -> None:
        """Note that writing failed: nothing more is tried before a wait that grows."""
        self._failures += 1
        wait_s = self._rules.backoff.delay_s(self._failures, random=random.random)
        self._retry_mono = self._clock.mono_s() + wait_s
        self._set(cause_of(error), reason=error.strerror or type(error).__name__)

    def closed_in_thread(self) -> None:
        """Note that a file was finished: the one success there is (lesson R07)."""
        self._failures = 0

    def retry_soon(self) -> None:
        """Try a disk that failed at once."""
        self._retry_mono = 0.0
        self._has_jobs.set()

    def stop(self) -> None:
        """Take what is submitted already, then end."""
        self._is_stopping = True
        self._has_jobs.set()

    def _run_in_thread(self) -> None:
        next_look_mono = 0.0
        while True:
            self._seen_mono = self._clock.mono_s()
            if self._seen_mono >= next_look_mono:
                self._look()
                next_look_mono = self._clock.mono_s() + self._rules.look_every_s
            if self._jobs:
                self._do(self._jobs.popleft())
                continue
            if self._is_stopping:
                return
            self._clock.wait_in_thread(self._has_jobs, self._rules.look_every_s)
            self._has_jobs.clear()

    def _do(self, job: Job) -> None:
        try:
            job()
        except Exception:
            # A mistake of ours costs one file; the disk goes on for all others.
            log.exception("recording_broke")

    def _look(self) -> None:
        """See whether there is room, and whether a disk that failed works again."""
        try:
            free_bytes = self._measure()
            if self._cause not in {None, PauseCause.DISK_FULL}:
                self._probe()
        except OSError as error:
            # Not counted as one more failure: nobody's footage was at stake.
            self._set(cause_of(error), reason=error.strerror or type(error).__name__)
            return
        if self._clock.mono_s() < self._retry_mono:
            return
        margin = self._reserve_bytes // _MARGIN if self._cause is PauseCause.DISK_FULL else 0
        is_full = free_bytes < self._reserve_bytes + margin
        self._set(PauseCause.DISK_FULL if is_full else None)

    def _measure(self) -> int:
        room = os.statvfs(self.root)
        self._free_bytes = room.f_bavail * room.f_frsize
        return self._free_bytes

    def _probe(self) -> None:
        file = self.root / PROBE
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.pwrite(fd, bytes(_PROBE_BYTES), 0)
            os.fdatasync(fd)
        finally:
            os.close(fd)
            file.unlink(missing_ok=True)

    def _set(self, cause: PauseCause | None, *, reason: str = "") -> None:
        before, self._cause = self._cause, cause
        if cause is before:
            return
        if cause is None:
            log.info("recordings_disk_usable", free_mb=self.free_bytes >> 20)
        else:
            log.warning("recordings_disk_unusable", cause=cause, reason=reason)


def cause_of(error: OSError) -> PauseCause:
    """Return what an error of the disk means for recording."""
    if error.errno in _FULL:
        return PauseCause.DISK_FULL
    if error.errno in _REFUSED:
        return PauseCause.DISK_READ_ONLY
    return PauseCause.DISK_MISSING if error.errno in _MISSING else PauseCause.DISK_BROKEN
