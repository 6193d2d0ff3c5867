"""Time as an input: the only module that may read the machine's clocks or sleep."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

Zone: TypeAlias = Callable[[], ZoneInfo]
"""Tells whose clock people read at this moment; operators can change it, so nobody keeps it."""


def always(zone: ZoneInfo) -> Zone:
    """Return what tells `zone` at every moment."""
    return lambda: zone


class Clock(Protocol):
    """What code asks for instead of reading the time itself; tests hand in one they wind."""

    def now(self) -> datetime:
        """Return the aware UTC date and time."""
        ...

    def unix_s(self) -> float:
        """Return wall time in seconds since 1970; may jump when the machine's clock is set."""
        ...

    def mono_s(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""
        ...

    async def sleep(self, duration_s: float) -> None:
        """Let the loop go on for `duration_s`."""
        ...

    def wait_in_thread(self, event: threading.Event, duration_s: float) -> bool:
        """Block until `event` is set or `duration_s` is over; return whether it is set."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def unix_s(self) -> float:
        return time.time()

    def mono_s(self) -> float:
        return time.monotonic()

    async def sleep(self, duration_s: float) -> None:
        await asyncio.sleep(duration_s)

    def wait_in_thread(self, event: threading.Event, duration_s: float) -> bool:
        return event.wait(duration_s)
