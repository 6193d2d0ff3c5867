"""The way into the trail: `record` for what people do, `note` for what strangers try."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final

import structlog

from pantau.audit.actors import Actor
from pantau.audit.appending import append
from pantau.audit.chain import ChainKey, Draft
from pantau.audit.details import details_text, written
from pantau.audit.events import Name, SecurityEvent, kind_of
from pantau.audit.notes import Bounds, NoteBook
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.request_ids import current_request_id
from pantau.db.database import Database, Writing

log = structlog.get_logger()

_GATHER_S: Final = 1.0
_LAST_WRITE_S: Final = 2.0


class AuditTrail:
    """Appends to the chain.  Loop only; `key` is derived from the installation's secret."""

    def __init__(
        self, database: Database, *, key: bytes, clock: Clock, bounds: Bounds | None = None
    ) -> None:
        self._database = database
        self._chain = ChainKey(key)
        self._clock = clock
        self._notes = NoteBook(clock, bounds)
        self._noted = asyncio.Event()
        self._writing = asyncio.Lock()
        self.seen: Final[Counter[str]] = Counter()
        """How often each name was recorded or noted by this process, for metrics."""

    @property
    def dropped(self) -> int:
        """How many notes were only counted."""
        return self._notes.dropped

    async def record(
        self,
        work: Writing,
        actor: Actor,
        name: Name,
        *,
        target: str = "",
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Append what `actor` did in the transaction that does it: both happen or neither.

        `target` says what it was done to as people say it: `camera 3 (North gate)`.  Of `before`
        and `after` only what differs is kept; secrets in them are masked, never stored.  Call it
        last in the block: until the commit, every other writer waits for it.
        """
        draft = Draft(
            at=self._clock.now(),
            kind=kind_of(name),
            name=name,
            actor_kind=actor.kind,
            user_id=actor.user_id,
            username=written("username", actor.name),
            address=written("address", actor.address),
            user_agent=written("user_agent", actor.user_agent),
            endpoint=written("endpoint", actor.endpoint),
            target=written("target", target),
            details=details_text(_with_request(details), before=before, after=after),
        )
        await append(work, self._chain, [draft])
        self.seen[name] += 1

    def note(
        self,
        event: SecurityEvent,
        *,
        address: str = "",
        username: str = "",
        endpoint: str = "",
        user_agent: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Remember what a stranger did, to be written within seconds.  Never waits, never raises.

        Equal (event, address, username) within a minute are one entry with a count; what exceeds
        the room in memory or the day's share of the disk is counted by event alone.
        """
        self.seen[event] += 1
        address = written("address", address)
        username = written("username", username)
        if self._notes.find(event, address=address, username=username):
            return
        self._notes.add(
            Draft(
                at=self._clock.now(),
                kind=kind_of(event),
                name=event,
                actor_kind="anonymous",
                username=username,
                address=address,
                user_agent=written("user_agent", user_agent),
                endpoint=written("endpoint", endpoint),
                details=details_text(_with_request(details)),
            )
        )
        self._noted.set()

    async def run(self) -> None:
        """Write what was noted, until cancelled; what could not be written is tried again."""
        while True:
            if not self._notes:
                self._noted.clear()
                await self._noted.wait()
            await self._clock.sleep(_GATHER_S)
            await self.flush()

    async def close(self) -> None:
        """Write what is left; call it before the database is closed."""
        try:
            async with asyncio.timeout(_LAST_WRITE_S):
                await self.flush(everything=True)
        except (Problem, TimeoutError) as error:
            log.warning("audit_notes_lost", events=len(self._notes), error=error)

    async def flush(self, *, everything: bool = False) -> None:
        """Write what is due, or everything that was noted."""
        # Two at once would write the same notes twice.
        async with self._writing:
            while batch := self._notes.due(everything=everything):
                async with self._database.write() as work:
                    await append(work, self._chain, batch.drafts)
                self._notes.written(batch)
                if batch.merged:
                    log.warning("audit_notes_merged", events=batch.merged.total())


def _with_request(details: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """Return the details with the id that the answer and the log lines of this request carry."""
    request_id = current_request_id()
    return {**(details or {}), "request_id": request_id} if request_id else details
