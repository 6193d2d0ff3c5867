"""What is announced at this moment, in memory: visitors cost no query."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.notices import repository
from pantau.notices.values import Announcement

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Board:
    """Knows every announcement and asks the clock which of them hold.  Loop only.

    `stamp` grows whenever what is to be seen becomes another, also when time alone makes it so.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: Sequence[Announcement] = ()
        self._shown: tuple[Announcement, ...] = ()
        self._looked_at = clock.now()
        self._until_at = _NEVER
        self._stamp = 0
        self._changed = asyncio.Event()
        database.changes.on("notices", self._changed.set)

    @property
    def stamp(self) -> int:
        """A number for what is to be seen now; costs a look at the clock."""
        self._look()
        return self._stamp

    def shown(self) -> tuple[Announcement, ...]:
        """Return what is to be seen now, in its order."""
        self._look()
        return self._shown

    async def refresh(self) -> None:
        """Read all of them."""
        async with self._database.read() as reading:
            self._known = await repository.every(reading)
        self._judge(self._clock.now())

    async def follow(self) -> None:
        """Take over every change, wherever it was made; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            self._changed.clear()
            await self.refresh()
            await self._changed.wait()

    def _look(self) -> None:
        now = self._clock.now()
        # A clock that is set back brings back what was over.
        if now >= self._until_at or now < self._looked_at:
            self._judge(now)

    def _judge(self, now: datetime) -> None:
        shown = tuple(each for each in self._known if each.state_at(now) == "now")
        edges = (
            edge
            for each in self._known
            if each.enabled
            for edge in (each.from_at, each.to_at)
            if edge is not None and edge > now
        )
        self._looked_at, self._until_at = now, min(edges, default=_NEVER)
        if shown != self._shown:
            self._shown = shown
            self._stamp += 1
