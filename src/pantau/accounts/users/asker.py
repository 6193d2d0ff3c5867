"""On whose behalf users are managed."""

from dataclasses import dataclass
from typing import Final

from pantau.accounts.client import Client
from pantau.accounts.trail import actor_at
from pantau.audit.actors import CONSOLE, Actor
from pantau.web.principal import ANONYMOUS, Principal


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a change, from where."""

    principal: Principal
    client: Client
    actor: Actor

    @property
    def user_id(self) -> int | None:
        """The account of who asks; nothing at the console."""
        return self.actor.user_id

    def is_self(self, user_id: int) -> bool:
        """Tell whether somebody asks about their own account."""
        return self.user_id == user_id


def asker(principal: Principal, client: Client) -> Asker:
    """Return who sends a request."""
    return Asker(principal, client, actor_at(client, principal))


AT_THE_CONSOLE: Final = Asker(ANONYMOUS, Client(address=""), CONSOLE)
"""Whoever may run commands on the machine."""
