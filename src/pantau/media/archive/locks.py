"""Who writes a recording holds its lock; whoever can take the lock knows that nobody writes."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_TAKEN: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK})
_NOT_WRITABLE: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def take(fd: int) -> None:
    """Lock an open file until it is closed, or this process is gone however that went.

    Raises `BlockingIOError` when somebody else has it, `OSError` where locks do not work.
    """
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_being_written(video: Path) -> bool:
    """Tell whether somebody holds the lock of a recording; raises `OSError`, also when it is gone.

    A look: it holds the lock for an instant itself, which no recorder ever runs into, as one locks
    its file in the moment in which it makes it.
    """
    with held(video) as is_mine:
        return not is_mine


@contextmanager
def held(video: Path) -> Iterator[bool]:
    """Hold the lock of a recording that nobody writes; False: somebody does.  Raises `OSError`.

    For repairing and deleting: what is done inside happens to a file that stays as it is.
    """
    fd = _opened(video)
    try:
        try:
            take(fd)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            yield False
        else:
            yield True
    finally:
        os.close(fd)


def _opened(video: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        # NFS makes of this lock one of its own, which asks for a file that is open for writing.
        return os.open(video, os.O_RDWR | flags)
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        return os.open(video, os.O_RDONLY | flags)
