"""The way into the trail: `record` for what people do, `note` for what strangers try."""

from collections.abc import Mapping

from pantau.audit.actors import Actor
from pantau.audit.events import Name, SecurityEvent
from pantau.core.clock import Clock
from pantau.db.database import Database, Writing


class AuditTrail:
    """Appends to the chain.  Loop only; `key` is derived from the installation's secret."""

    def __init__(self, database: Database, *, key: bytes, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock

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
        raise NotImplementedError

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
        raise NotImplementedError

    async def run(self) -> None:
        """Write what was noted, until cancelled."""
        raise NotImplementedError

    async def close(self) -> None:
        """Write what is left; call it before the database is closed."""
        raise NotImplementedError
