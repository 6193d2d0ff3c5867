"""The files of delayed cameras: written, read and deleted in threads, so that no disk stops us."""

import asyncio
import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

_FOLDERS: Final = "late-"
_READERS: Final = 2


class SpoolDisk:
    """Loop only.  Writes and deletes happen one after the other, in the order they were asked for.

    `reserve_bytes` of the file system stay free for everybody else.
    """

    def __init__(self, *, reserve_bytes: int) -> None:
        self._reserve_bytes = reserve_bytes
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="spool read")

    def folder(self, root: Path, path: str) -> Path:
        """Return a new folder for a camera; what an earlier process left of it is deleted."""
        mine = f"{_FOLDERS}{hashlib.sha256(path.encode()).hexdigest()[:16]}-"
        folder = root / f"{mine}{secrets.token_hex(4)}"
        self._writer.submit(_begin_in_thread, folder, mine)
        return folder

    def write(self, file: Path, pieces: Sequence[bytes]) -> "asyncio.Future[None]":
        """Write a file; the future raises `OSError`."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(
            self._writer, _write_in_thread, file, pieces, self._reserve_bytes
        )

    async def read(self, file: Path) -> bytes | None:
        """Return what is in a file; None when it is gone or cannot be read."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, _read_in_thread, file)

    def delete(self, file: Path) -> None:
        """Delete a file when those before are written."""
        self._writer.submit(_delete_in_thread, file)

    def delete_folder(self, folder: Path) -> None:
        """Delete a folder with all that is in it."""
        self._writer.submit(shutil.rmtree, folder, True)  # noqa: FBT003 - by position only

    def close(self) -> None:
        """Take nothing more; what was asked for is still done."""
        self._writer.shutdown(wait=False)
        self._readers.shutdown(wait=False, cancel_futures=True)


def clear_in_thread(root: Path) -> None:
    """Delete what cameras left in `root`, and nothing else there."""
    for folder in root.glob(f"{_FOLDERS}*"):
        shutil.rmtree(folder, ignore_errors=True)


def is_full(error: OSError) -> bool:
    """Whether there was no room, as opposed to a disk that does not work."""
    return error.errno in {ENOSPC, EDQUOT}


def _begin_in_thread(folder: Path, mine: str) -> None:
    for old in folder.parent.glob(f"{mine}*"):
        shutil.rmtree(old, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        # The first write fails for the same reason, and is heard.
        log.info("spool_folder_failed", reason=error.strerror)


def _write_in_thread(file: Path, pieces: Sequence[bytes], reserve_bytes: int) -> None:
    room = os.statvfs(file.parent)
    if room.f_bavail * room.f_frsize < reserve_bytes + sum(map(len, pieces)):
        raise OSError(ENOSPC, os.strerror(ENOSPC))
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in pieces:
            out.write(piece)


def _read_in_thread(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _delete_in_thread(file: Path) -> None:
    file.unlink(missing_ok=True)
