"""Who did something, kept as text: the trail outlives the people in it."""

from dataclasses import dataclass
from typing import Final, Literal

from pantau.web.principal import Principal

ActorKind = Literal["anonymous", "session", "api_key", "link", "system", "console"]
"""`system` is Pantau itself, `console` a command that somebody ran on the machine."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, from where, with what."""

    kind: ActorKind
    user_id: int | None = None
    name: str = ""
    address: str = ""
    user_agent: str = ""
    endpoint: str = ""
    """Method and path of the request, such as `POST /api/users`."""


SYSTEM: Final = Actor("system", name="pantau")
CONSOLE: Final = Actor("console", name="console")


def actor_of(
    principal: Principal, address: str = "", user_agent: str = "", *, endpoint: str = ""
) -> Actor:
    """Return the actor behind a request."""
    name = principal.username
    if not name and principal.key_id is not None:
        name = f"api key {principal.key_id}"
    return Actor(principal.kind, principal.user_id, name, address, user_agent, endpoint)
