"""The threads of SQLite's driver: whoever closes a database waits for them.

A task that is cancelled while it opens a connection leaves the opening to the driver's thread,
which tells the loop when it is done; a loop that was closed by then makes that an error of nobody.
"""

import asyncio
import threading
from typing import Any, Final

import aiosqlite
from sqlalchemy.util import await_only

_END_S: Final = 5.0


class DriverThreads:
    """Opens connections for one engine, and knows their threads.  Loop only."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()

    async def connect(self, *place: Any, **arguments: Any) -> aiosqlite.Connection:
        """Open a connection as the driver does; a thread of its own works for it."""
        opening: Any = aiosqlite.connect(*place, **arguments)
        # Older drivers are threads themselves.
        thread: threading.Thread = getattr(opening, "_thread", opening)
        thread.daemon = True
        self._threads = {each for each in self._threads if each.is_alive()} | {thread}
        connection: aiosqlite.Connection = await opening
        return connection

    def ended(self, _engine: object) -> None:
        """Wait, five seconds at most, until every thread ended; the engine closed what it had."""
        await_only(self._end())

    async def _end(self) -> None:
        deadline = asyncio.get_running_loop().time() + _END_S
        for thread in self._threads:
            left_s = deadline - asyncio.get_running_loop().time()
            if thread.is_alive() and left_s > 0:
                await asyncio.to_thread(thread.join, left_s)
