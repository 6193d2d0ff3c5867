"""A folder on a disk of this machine as a place for footage.

Every key is walked folder by folder from the root, and no step follows a symbolic link: whatever
lies in the tree, nothing outside of it is read, written or deleted.
"""

import asyncio
import contextlib
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar
from uuid import uuid4

from pantau.recordings.storage.base import Entry, Room, StorageError

_THREADS: Final = 4
"""For each place of its own: a disk that hangs holds up nobody but those who want its files."""
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""NONBLOCK: a pipe that somebody put there does not wait for a writer."""
_COPY_BYTES: Final = 1 << 20
_PART_SUFFIX: Final = ".copying"
_Result = TypeVar("_Result")


class LocalPlace:
    """Files below `root`.  Loop only, but for the methods that end in `_in_thread`."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.root: Final = root
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"place {name}")

    async def read(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        return await self.in_thread(lambda: self.read_in_thread(key, offset, length))

    async def size(self, key: PurePosixPath) -> int | None:
        return await self.in_thread(lambda: self._size(key))

    async def put(self, key: PurePosixPath, file: Path) -> None:
        await self.in_thread(lambda: self._put(key, file))

    async def delete(self, key: PurePosixPath) -> bool:
        return await self.in_thread(lambda: self._delete(key))

    async def entries(self, below: PurePosixPath) -> AsyncIterator[Entry]:
        waiting = [below]
        while waiting:
            folder = waiting.pop()
            found, folders = await self.in_thread(partial(self._listed, folder))
            for entry in found:
                yield entry
            waiting += reversed(folders)

    async def room(self) -> Room | None:
        return await self.in_thread(self._room)

    def local_path(self, key: PurePosixPath) -> Path | None:
        """Return the file itself; raises `StorageError` for a key that is none."""
        return self.root.joinpath(*_parts(key))

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Run `work` in a thread of this place; OSErrors become `StorageError`."""
        try:
            return await self.begun(work)
        except OSError as error:
            raise failure(error) from None

    def begun(self, work: Callable[[], _Result]) -> asyncio.Future[_Result]:
        """Have `work` done in a thread of this place, for who will not wait for a disk for ever."""
        return asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Let go of the threads without waiting for one that hangs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def folder_in_thread(self, key: PurePosixPath, *, makes: bool = False) -> Iterator[int]:
        """Give a descriptor of a folder; raises OSError, also for a link on the way."""
        descriptor = os.open(self.root, _FOLDER & ~os.O_NOFOLLOW)
        try:
            for part in _parts(key):
                if makes:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=descriptor)
                inner = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def open_in_thread(self, key: PurePosixPath) -> Iterator[int]:
        """Give a descriptor for reading; raises OSError, also for what is no ordinary file."""
        with self._parent(key) as folder:
            descriptor = os.open(key.name, _READ, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileNotFoundError(key.name)
            yield descriptor
        finally:
            os.close(descriptor)

    def _parent(self, key: PurePosixPath, *, makes: bool = False) -> AbstractContextManager[int]:
        _parts(key)
        return self.folder_in_thread(key.parent, makes=makes)

    def read_in_thread(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; raises OSError."""
        with self.open_in_thread(key) as descriptor:
            return os.pread(descriptor, max(0, length), offset)

    def _size(self, key: PurePosixPath) -> int | None:
        try:
            with self._parent(key) as folder:
                found = os.stat(key.name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def _put(self, key: PurePosixPath, file: Path) -> None:
        part = f".{uuid4().hex}{_PART_SUFFIX}"
        with self._parent(key, makes=True) as folder:
            try:
                new = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=folder)
                with file.open("rb") as source, os.fdopen(new, "wb") as target:
                    shutil.copyfileobj(source, target, _COPY_BYTES)
                    target.flush()
                    os.fsync(target.fileno())
                os.rename(part, key.name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(part, dir_fd=folder)
                raise
            os.fsync(folder)

    def _delete(self, key: PurePosixPath) -> bool:
        try:
            with self._parent(key) as folder:
                if not stat.S_ISREG(
                    os.stat(key.name, dir_fd=folder, follow_symlinks=False).st_mode
                ):
                    return False
                os.unlink(key.name, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def _listed(self, key: PurePosixPath) -> tuple[list[Entry], list[PurePosixPath]]:
        """Return files and folders of one folder, by name."""
        files: list[Entry] = []
        folders: list[PurePosixPath] = []
        try:
            with self.folder_in_thread(key) as folder, os.scandir(folder) as listing:
                for item in sorted(listing, key=lambda each: each.name):
                    if item.is_dir(follow_symlinks=False):
                        folders.append(key / item.name)
                    elif item.is_file(follow_symlinks=False):
                        with contextlib.suppress(FileNotFoundError):
                            size_bytes = item.stat(follow_symlinks=False).st_size
                            files.append(Entry(key / item.name, size_bytes))
        except FileNotFoundError:
            if not self.root.is_dir():
                raise
        return files, folders

    def _room(self) -> Room:
        found = os.statvfs(self.root)
        return Room(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)


def failure(error: OSError) -> StorageError:
    """Return what is told of an error of the disk: never a path."""
    is_gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    return StorageError(
        error.strerror or type(error).__name__, is_gone=is_gone, errno=error.errno or 0
    )


def _parts(key: PurePosixPath) -> tuple[str, ...]:
    parts = key.parts
    if key.is_absolute() or ".." in parts or any("\0" in part for part in parts):
        raise StorageError("this is no key of a file")
    return parts
