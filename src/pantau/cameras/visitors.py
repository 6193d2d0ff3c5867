"""Who somebody is to one camera; asked only where the public alone may not have it plainly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import parse_qs

from pantau.cameras.access import Visitor
from pantau.cameras.models import Camera
from pantau.core.errors import Problem
from pantau.web.exchange import HotRequest
from pantau.web.principal import ANONYMOUS, Principal, Resolver

SCOPE: Final = "cameras:read"
"""What an API key must be allowed."""
_RANK: Final[dict[Visitor, int]] = {"public": 0, "partner": 1, "operator": 2}

ReadTicket: TypeAlias = Callable[[str, Camera], Visitor]
"""Returns for whom a stream token was issued; raises the problem where it opens nothing here."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who asks, and the valid stream token that came along, if any."""

    visitor: Visitor
    ticket: str = ""


STRANGER: Final = Guest("public")


def visitor_of(principal: Principal, camera: Camera) -> Visitor:
    """Return what `principal` is to `camera`."""
    match principal.kind:
        case "api_key":
            return "operator" if SCOPE in principal.scopes else "public"
        case "session":
            return _by_role(principal, camera)
        case "anonymous" | "link":
            return "public"


def has_credential(request: HotRequest) -> bool:
    """Tell whether it is worth asking who this is.  No coroutine, no look at the credential."""
    return (
        b"token=" in request.query
        or b"token=" in request.header(b"cookie")
        or bool(request.header(b"authorization") or request.header(b"x-api-key"))
    )


class Visitors:
    """Finds out who asks for a camera's pictures.  Loop only."""

    def __init__(self, resolver: Resolver | None, read_ticket: ReadTicket | None = None) -> None:
        self._resolver = resolver
        self._read_ticket = read_ticket

    async def of(self, request: HotRequest, camera: Camera) -> Guest:
        """Return who asks.

        Raises the problem of a stream token that opens nothing here, unless another credential
        makes up for it: a stale one must not be worse than none (lesson X13).
        """
        ticket = ticket_in(request)
        problem: Problem | None = None
        guest = STRANGER
        if ticket and self._read_ticket is not None:
            try:
                guest = Guest(self._read_ticket(ticket, camera), ticket)
            except Problem as refused:
                problem = refused
        principal = ANONYMOUS
        if self._resolver is not None:
            principal = await self._resolver.resolve(request.scope)
        known_as = visitor_of(principal, camera)
        if _RANK[known_as] > _RANK[guest.visitor]:
            return Guest(known_as)
        if problem is not None and known_as == "public":
            raise problem
        return guest


def ticket_in(request: HotRequest) -> str:
    """Return the text that must be a stream token: `?token=`, or a Bearer that looks like one."""
    if b"token=" in request.query:
        try:
            values = parse_qs(request.query.decode("latin-1"), max_num_fields=20).get("token", [])
        except ValueError:
            values = []
        if values:
            return values[-1]
    scheme, _, text = request.header(b"authorization").decode("latin-1").strip().partition(" ")
    # The tokens of sessions have no dots; a stream token is a JWT, which has two.
    is_ours = scheme.lower() == "bearer" and text.count(".") == 2
    return text.strip() if is_ours else ""


def _by_role(principal: Principal, camera: Camera) -> Visitor:
    if principal.must_change_password:
        return "public"
    match principal.role:
        case "admin":
            return "operator"
        case "operator":
            return "operator" if principal.may_change_area(camera.area_id) else "partner"
        case "viewer":
            return "partner"
        case None:
            return "public"
