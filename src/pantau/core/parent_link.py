"""A child's line to the process that started it: says ready, hears go, notices its death."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Self

READY: Final = b"ready\n"
"""The child does its work."""
LOADED: Final = b"loaded\n"
"""The child could do its work, and waits for TAKE: whoever did it until now has to let go."""
TAKE: Final = b"take\n"
GO: Final = b"go\n"
"""Everything is up: what was held back may be told."""
_MOST_BYTES: Final = 64


class ParentLink:
    """One end of a socket pair that was inherited under the number `descriptor`.  Loop only."""

    def __init__(self, descriptor: int) -> None:
        self._line = socket.socket(fileno=descriptor)
        self._line.settimeout(0)
        self._taken = asyncio.Event()

    @classmethod
    def inherited(cls, descriptor: int | None) -> Self | None:
        """Return the link, or None for a process that somebody started by itself."""
        return None if descriptor is None else cls(descriptor)

    async def tell_ready(self) -> None:
        """Tell the parent that this process does its work."""
        await asyncio.get_running_loop().sock_sendall(self._line, READY)

    async def take_over(self) -> None:
        """Tell the parent that this process could begin, and wait until it is its turn."""
        await asyncio.get_running_loop().sock_sendall(self._line, LOADED)
        await self._taken.wait()

    async def listen(self, *, on_go: Callable[[], None]) -> None:
        """Call `on_go` when the parent has announced the whole; return when the parent is gone."""
        loop = asyncio.get_running_loop()
        try:
            while heard := await loop.sock_recv(self._line, _MOST_BYTES):
                if TAKE in heard:
                    self._taken.set()
                if GO in heard:
                    on_go()
        except ConnectionError:
            return
