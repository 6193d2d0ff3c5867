"""Who uses a data folder: its processes side by side, or a restore alone."""

import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from pantau.core.clock import Clock
from pantau.core.errors import Conflict
from pantau.settings import Settings

_IN_USE: Final = "in-use.lock"
_END: Final = "restore-end.lock"
_SERVE_LOCK: Final = "serve.lock"
_LOOK_EVERY_S: Final = 0.1
_BEGIN_WITHIN_S: Final = 600.0
"""A start waits for a restore that is under way as long as a large one takes."""


@asynccontextmanager
async def using_folder(data_dir: Path, clock: Clock) -> AsyncIterator[None]:
    """Say that a process uses the data folder; waits for a restore that is under way."""
    async with _locked(data_dir / _IN_USE, clock, exclusive=False, within_s=_BEGIN_WITHIN_S):
        yield


@asynccontextmanager
async def alone_in_folder(data_dir: Path, clock: Clock, *, within_s: float) -> AsyncIterator[None]:
    """Keep everybody out; raises Conflict when somebody does not leave within so many seconds."""
    async with _locked(data_dir / _IN_USE, clock, exclusive=True, within_s=within_s):
        yield


@asynccontextmanager
async def only_one_ends_restore(data_dir: Path, clock: Clock) -> AsyncIterator[None]:
    """Let one of those who start at once end a restore that was interrupted."""
    async with _locked(data_dir / _END, clock, exclusive=True, within_s=_BEGIN_WITHIN_S):
        yield


def is_serving(settings: Settings) -> bool:
    """Tell whether `pantau serve` runs with this data folder, and so can restart all of itself."""
    path = settings.sockets_dir / _SERVE_LOCK
    if not path.exists():
        return False
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@asynccontextmanager
async def _locked(
    path: Path, clock: Clock, *, exclusive: bool, within_s: float
) -> AsyncIterator[None]:
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    deadline_mono = clock.mono_s() + within_s
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if clock.mono_s() > deadline_mono:
                    raise _in_use(exclusive=exclusive) from error
            await clock.sleep(_LOOK_EVERY_S)
        yield


def _in_use(*, exclusive: bool) -> Conflict:
    if exclusive:
        return Conflict(
            "backup.in_use",
            "Pantau runs with this data folder, in processes that were started one by one. Stop "
            "all of them, and run this again.",
        )
    return Conflict("backup.restoring", "A backup is being restored. Start again when it is done.")
