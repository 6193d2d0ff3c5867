"""Sends files of footage: any part of them, as fast as somebody reads, in little memory.

`Files.open` finds a file of a place, `answer` makes the reply to one request for it.  Exports and
shared clips are sent the same way.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeVar

from pantau.recordings.playback.ranges import Version, Wanted, wanted
from pantau.recordings.storage.base import Place, StorageError
from pantau.web.exchange import Header, HotRequest, Reply, Streamed
from pantau.web.problems import Refusal, reply_of

_LOCAL_CHUNK_BYTES: Final = 128 * 1024
_REMOTE_CHUNK_BYTES: Final = 1024 * 1024
"""Each is a request of its own to an object store."""
_THREADS: Final = 8
_PRIVATE: Final = b"private, no-store"
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"Accept-Ranges, Content-Length, Content-Range, ETag, X-Request-ID",
)
_Result = TypeVar("_Result")


class Source(Protocol):
    """One open file.  Loop only; one read at a time."""

    @property
    def size_bytes(self) -> int:
        """How large it was when it was opened."""
        ...

    @property
    def chunk_bytes(self) -> int:
        """How much to read at once."""
        ...

    async def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; fewer at the end.  Raises `StorageError`."""
        ...

    def close(self) -> None:
        """Let go of it.  More than once does no harm."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a file beside its bytes."""

    content_type: bytes = b"video/mp4"
    etag: bytes = b""
    """Strong, with quotes; empty while the file grows."""
    modified_s: int | None = None
    cache_control: bytes = _PRIVATE
    headers: tuple[Header, ...] = ()
    """More of them, such as `content-disposition`."""
    cross_origin: bool = True

    def named(self, name: bytes) -> "Told":
        """Return the same for a file to be saved under a name of letters, digits and `-._`."""
        saved: Header = (b"content-disposition", b'attachment; filename="%s"' % name)
        return replace(self, headers=(*self.headers, saved))


class Files:
    """Opens files; reads those of this machine in its own few threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="playback")

    async def open(self, place: Place, key: PurePosixPath) -> Source:
        """Open a file of a place.  Raises `StorageError`, with `is_gone` where there is none."""
        path = place.local_path(key)
        if path is not None:
            return await self.open_path(path)
        size_bytes = await place.size(key)
        if size_bytes is None:
            raise StorageError("no such file", is_gone=True)
        return _Remote(place, key, size_bytes)

    async def open_path(self, path: Path) -> Source:
        """Open a file of this machine.  Raises `StorageError`, with `is_gone` for none."""
        opening = self._threads.submit(_open_in_thread, path)
        try:
            descriptor, size_bytes = await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unclaimed)
            raise
        except FileNotFoundError as error:
            raise StorageError("no such file", is_gone=True) from error
        except OSError as error:
            raise StorageError("the file cannot be opened") from error
        return _Local(self._threads, descriptor, size_bytes)

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Return what `work` returns, which would keep the loop waiting."""
        return await asyncio.wrap_future(self._threads.submit(work))

    def close(self) -> None:
        """Let the threads go; reads under way are finished by them."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def answer(request: HotRequest, source: Source, told: Told) -> Reply | Streamed:
    """Return the reply to a GET or HEAD of `source`, which is closed when it has been sent.

    Nothing is read before the visitor takes it, a piece at a time; no more is read when they leave.
    """
    version = Version(source.size_bytes, told.etag, told.modified_s)
    plan = wanted(request.method, request.header, version)
    common = _headers(told, version)
    if plan.status in {200, 206}:
        headers = (
            (b"content-type", told.content_type),
            (b"content-length", b"%d" % plan.length),
            *common,
        )
        if plan.status == 206:
            shown = (plan.start, plan.start + plan.length - 1, version.size_bytes)
            headers = (*headers, (b"content-range", b"bytes %d-%d/%d" % shown))
        return Streamed(
            plan.status,
            pieces(source, plan),
            headers=headers,
            close=source.close,
            cross_origin=told.cross_origin,
        )
    source.close()
    if plan.status == 304:
        return Reply(304, headers=common, cross_origin=told.cross_origin)
    return _refused(request, plan, version, told)


async def pieces(source: Source, plan: Wanted) -> AsyncIterator[bytes]:
    """Yield the bytes that are wanted.  Raises `StorageError` where the file ends before them."""
    at, end = plan.start, plan.start + plan.length
    while at < end:
        part = await source.read(at, min(source.chunk_bytes, end - at))
        if not part:
            # Only closing the connection says that an answer is not whole.
            raise StorageError("the file ended before its end")
        at += len(part)
        yield part


class _Local:
    """Positioned reads of a descriptor, so that nothing is shared between viewers."""

    chunk_bytes: Final = _LOCAL_CHUNK_BYTES

    def __init__(self, threads: ThreadPoolExecutor, descriptor: int, size_bytes: int) -> None:
        self._threads = threads
        self._descriptor = descriptor
        self._is_closed = False
        self._reading: Future[bytes] | None = None
        self.size_bytes: Final = size_bytes

    async def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes."""
        if self._is_closed:
            raise StorageError("the file is closed")
        reading = self._threads.submit(os.pread, self._descriptor, length, offset)
        self._reading = reading
        try:
            return await asyncio.wrap_future(reading)
        except OSError as error:
            raise StorageError("the file cannot be read") from error

    def close(self) -> None:
        """Close the descriptor, after a read that a thread is still at: numbers are used again."""
        if self._is_closed:
            return
        self._is_closed = True
        descriptor = self._descriptor
        if self._reading is None:
            os.close(descriptor)
        else:
            self._reading.add_done_callback(lambda _: os.close(descriptor))


class _Remote:
    """A file that only its place can read."""

    chunk_bytes: Final = _REMOTE_CHUNK_BYTES

    def __init__(self, place: Place, key: PurePosixPath, size_bytes: int) -> None:
        self._place = place
        self._key = key
        self.size_bytes: Final = size_bytes

    async def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes."""
        return await self._place.read(self._key, offset, length)

    def close(self) -> None:
        """Nothing is held."""


def _open_in_thread(path: Path) -> tuple[int, int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return descriptor, os.fstat(descriptor).st_size
    except OSError:
        os.close(descriptor)
        raise


def _close_unclaimed(opening: "Future[tuple[int, int]]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result()[0])


def _headers(told: Told, version: Version) -> tuple[Header, ...]:
    headers: tuple[Header, ...] = (
        (b"accept-ranges", b"bytes"),
        (b"cache-control", told.cache_control),
        *told.headers,
    )
    if version.etag:
        headers = (*headers, (b"etag", version.etag))
    if version.modified:
        headers = (*headers, (b"last-modified", version.modified))
    return (*headers, _EXPOSED) if told.cross_origin else headers


def _refused(request: HotRequest, plan: Wanted, version: Version, told: Told) -> Reply:
    name = request.request_id.decode("latin-1")
    cache: Header = (b"cache-control", _PRIVATE)
    if plan.status == 416:
        size: Header = (b"content-range", b"bytes */%d" % version.size_bytes)
        refusal = Refusal(
            416,
            "range.unsatisfiable",
            "The file has no such bytes, or several ranges were asked for at once.",
            name,
            headers=(size, (b"accept-ranges", b"bytes"), cache),
        )
    else:
        refusal = Refusal(
            412,
            "request.precondition",
            "The file is another than you have.",
            name,
            headers=(cache,),
        )
    return reply_of(refusal, cross_origin=told.cross_origin)
