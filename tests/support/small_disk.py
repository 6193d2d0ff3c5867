"""A small file system of its own, for tests that fill it or take it away."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A mounted tmpfs; `folder` is below its root, as settings should have it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "recordings"
        self._root = root
        self._filler = root / "filler"

    def fill(self, *, leave_bytes: int = 0) -> None:
        """Write a file that leaves so much room."""
        room = os.statvfs(self._root)
        size_bytes = room.f_bavail * room.f_frsize - leave_bytes
        with self._filler.open("ab") as filler:
            while size_bytes > 0:
                size_bytes -= os.write(filler.fileno(), bytes(min(size_bytes, 1 << 20)))

    def free(self) -> None:
        """Remove that file."""
        self._filler.unlink()

    def remount(self, how: str) -> None:
        """Mount it again, `ro` or `rw`."""
        _run("mount", "-o", f"remount,{how}", str(self._root))


@contextmanager
def small_disk(root: Path, *, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount one at `root`, which is made; skips the test where that is not allowed."""
    root.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(root)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    disk = SmallDisk(root)
    try:
        disk.folder.mkdir()
        yield disk
    finally:
        _run("umount", "-l", str(root))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
