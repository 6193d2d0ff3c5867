"""A folder that is gone when the process is: also when somebody kills it."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_GUARD: Final = ("/bin/sh", "-c", 'cat >/dev/null; rm -rf -- "$1"', "sh")


@asynccontextmanager
async def passing_folder(parent: Path, *, prefix: str) -> AsyncIterator[Path]:
    """Give an empty folder in `parent`, for this user alone.

    A shell waits for the end of a pipe whose other end this process alone holds, and deletes the
    folder then: nothing stays after SIGKILL either, and only a power cut leaves it behind.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=prefix, dir=parent))
    try:
        guard = await asyncio.to_thread(_guard_of, folder)
        try:
            yield folder
        finally:
            await asyncio.to_thread(_end_in_thread, guard, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _guard_of(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
        [*_GUARD, str(folder.absolute())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end_in_thread(guard: subprocess.Popen[bytes], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait()
