"""What the accounts need of the audit trail."""

from collections.abc import Mapping
from typing import Protocol

from pantau.accounts.client import Client
from pantau.audit.actors import Actor
from pantau.audit.events import Name, SecurityEvent
from pantau.db.database import Writing
from pantau.web.principal import Principal


class Trail(Protocol):
    """Implemented by `audit.trail.AuditTrail`, and by a list in tests."""

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
        """Append what somebody did in the transaction that does it; the last in its block."""
        ...

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
        """Remember what a stranger did; never waits, never raises."""
        ...


def actor_at(client: Client, principal: Principal) -> Actor:
    """Return `principal` as an actor who sends from `client`."""
    return Actor(
        principal.kind,
        principal.user_id,
        principal.username or (f"api key {principal.key_id}" if principal.key_id else ""),
        client.address,
        client.user_agent,
        client.endpoint,
    )


def note_at(
    trail: Trail,
    event: SecurityEvent,
    client: Client,
    username: str,
    details: Mapping[str, object] | None = None,
) -> None:
    """Note what came from `client`."""
    trail.note(
        event,
        address=client.address,
        username=username,
        endpoint=client.endpoint,
        user_agent=client.user_agent,
        details=details,
    )
