"""What is done with sessions now and then: when they were used is written, old ones leave."""

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from pantau.accounts.sessions import session_rows
from pantau.accounts.sessions.memory import SessionMemory
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.db.database import Database

log = structlog.get_logger()

_EVERY_S: Final = 60.0
_KEPT_AFTER_END: Final = timedelta(days=1)
_MOST_OF_ONE_USER: Final = 100


class SessionKeeper:
    """Writes in batches what requests only note: reading never writes."""

    def __init__(self, database: Database, memory: SessionMemory, *, clock: Clock) -> None:
        self._database = database
        self._memory = memory
        self._clock = clock

    async def run(self) -> None:
        """Keep house once a minute, until cancelled."""
        while True:
            await self._clock.sleep(_EVERY_S)
            try:
                await self.keep()
            except Unavailable:
                log.info("sessions_not_kept", retry_s=_EVERY_S)

    async def keep(self) -> None:
        """Write when sessions were used, end what is too many, forget what is long over."""
        now = self._clock.now()
        seen = {
            session_id: datetime.fromtimestamp(at_s, UTC)
            for session_id, at_s in self._memory.take_seen()
        }
        async with self._database.write() as work:
            await session_rows.note_seen(work, seen)
            if await session_rows.end_surplus(work, at=now, most=_MOST_OF_ONE_USER):
                work.changed("accounts")
            await session_rows.purge(work, before=now - _KEPT_AFTER_END)
