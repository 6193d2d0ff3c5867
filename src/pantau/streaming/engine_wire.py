"""One kept connection to our own engine: GET after GET, bodies read straight into their place.

A general client copies a segment three times on its way; at fifty streams that was most of what
the edge cost (`make bench`, 250 viewers).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pantau.core.errors import Exhausted, Problem

_MOST_HEAD_BYTES: Final = 16 * 1024
_END_OF_HEAD: Final = b"\r\n\r\n"


class WireError(OSError):
    """The connection broke, or what came over it was no answer."""


@dataclass(slots=True)
class Answer:
    """Status, headers by lower-case name, and the whole body."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class EngineWire(asyncio.BufferedProtocol):
    """Speaks as much HTTP/1.1 as our engine does: every answer has a `Content-Length`.  Loop only.

    Anything else is a WireError, and the connection is dropped: no byte after a surprise is
    believed.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._head = bytearray(_MOST_HEAD_BYTES)
        self._head_bytes = 0
        self._body: bytearray | None = None
        self._body_bytes = 0
        self._answer: Answer | None = None
        self._done: asyncio.Future[Answer] | None = None
        self._count: Callable[[int], None] = lambda _: None
        self._most_bytes = 0

    @property
    def is_usable(self) -> bool:
        """Tell whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport

    async def get(self, target: str, *, count: Callable[[int], None], most_bytes: int) -> Answer:
        """Ask for `target`; `count` hears of every piece of the body, and may refuse it by raising.

        Raises WireError, and Exhausted for a body above `most_bytes`.  Cancelling drops the
        connection.
        """
        if self._transport is None or self._transport.is_closing():
            raise WireError("the media server closed the connection")
        self._count, self._most_bytes = count, most_bytes
        self._done = asyncio.get_running_loop().create_future()
        request = f"GET {target} HTTP/1.1\r\nHost: media\r\nUser-Agent: Pantau\r\n\r\n"
        self._transport.write(request.encode("ascii"))
        is_whole = False
        try:
            answer = await self._done
            is_whole = True
        finally:
            self._done = None
            if not is_whole:
                self.drop()
        return answer

    def drop(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # asyncio's signature
        if self._body is not None:
            return memoryview(self._body)[self._body_bytes :]
        return memoryview(self._head)[self._head_bytes :]

    def buffer_updated(self, nbytes: int) -> None:
        if self._done is None:
            # Nothing was asked.
            self.drop()
            return
        try:
            if self._body is None:
                self._head_bytes += nbytes
                self._read_head()
            else:
                self._arrived(nbytes)
        except (Problem, WireError) as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(WireError(str(exc) if exc else "the media server closed the connection"))

    def _read_head(self) -> None:
        end = self._head.find(_END_OF_HEAD, 0, self._head_bytes)
        if end < 0:
            if self._head_bytes >= _MOST_HEAD_BYTES:
                raise WireError("the head of the answer is too long")
            return
        status, headers = _parsed(bytes(self._head[:end]))
        length = headers.get(b"content-length", b"")
        if not length.isdigit() or status < 200:
            raise WireError("the answer does not say how long it is")
        if int(length) > self._most_bytes:
            raise Exhausted(
                "stream.file_too_large", "The media server sent a file larger than the edge keeps."
            )
        begun = bytes(self._head[end + len(_END_OF_HEAD) : self._head_bytes])
        self._head_bytes = 0
        self._answer = Answer(status, headers, b"")
        self._body = bytearray(int(length))
        if len(begun) > len(self._body):
            raise WireError("the answer is longer than it says")
        self._body[: len(begun)] = begun
        self._body_bytes = 0
        self._arrived(len(begun))

    def _arrived(self, size_bytes: int) -> None:
        assert self._body is not None
        self._body_bytes += size_bytes
        if size_bytes:
            self._count(size_bytes)
        if self._body_bytes < len(self._body):
            return
        answer, self._answer = self._answer, None
        body, self._body = self._body, None
        assert answer is not None
        answer.body = bytes(body)
        if answer.headers.get(b"connection", b"").lower() == b"close":
            self.drop()
        if self._done is not None and not self._done.done():
            self._done.set_result(answer)

    def _fail(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)
        self.drop()


def _parsed(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    status_line, *lines = head.split(b"\r\n")
    version, _, rest = status_line.partition(b" ")
    code = rest[:3]
    if version != b"HTTP/1.1" or not code.isdigit():
        raise WireError("that is no HTTP answer")
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise WireError("that is no HTTP answer")
        headers[name.strip().lower()] = value.strip()
    return int(code), headers
