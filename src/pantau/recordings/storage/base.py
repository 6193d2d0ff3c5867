"""What every place that keeps footage can do; `storage.places` lists them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a place."""

    key: PurePosixPath
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Room:
    """Of a file system; object stores have none."""

    total_bytes: int
    free_bytes: int
    """What an ordinary process may still write."""


class StorageError(Exception):
    """A place could not do what was asked.  `is_gone`: there is no such file.

    `errno` is the system's number of it, 0 where there is none.
    """

    def __init__(self, message: str, *, is_gone: bool = False, errno: int = 0) -> None:
        super().__init__(message)
        self.is_gone = is_gone
        self.errno = errno


class Place(Protocol):
    """Files under keys like `17/2026-11-22/20261122T095000040Z.mp4`.  Never blocks the loop."""

    @property
    def name(self) -> str:
        """What rows call it, at most 32 characters."""
        ...

    async def read(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; fewer at the end.  Raises `StorageError`."""
        ...

    async def size(self, key: PurePosixPath) -> int | None:
        """Return how large a file is, None where there is none.  Raises `StorageError`."""
        ...

    async def put(self, key: PurePosixPath, file: Path) -> None:
        """Copy a local file there, whole or not at all.  Raises `StorageError`."""
        ...

    async def delete(self, key: PurePosixPath) -> bool:
        """Delete a file; False: there was none.  Raises `StorageError`."""
        ...

    def entries(self, below: PurePosixPath) -> AsyncIterator[Entry]:
        """Yield all files below a folder.  Raises `StorageError`."""
        ...

    async def room(self) -> Room | None:
        """Return how much room there is; None: not a question here.

        Raises `StorageError` when it cannot be told: never a zero (defect 44).
        """
        ...

    def local_path(self, key: PurePosixPath) -> Path | None:
        """Return the file itself where it is one of this machine; it need not exist."""
        ...
