"""Who a request acts for: anonymous, a session, an API key, or a signed link."""

from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from pantau.web.exchange import Scope

Role = Literal["admin", "operator", "viewer"]
ROLES: Final[tuple[Role, ...]] = ("admin", "operator", "viewer")
Kind = Literal["anonymous", "session", "api_key", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Immutable; made anew for every request from a snapshot that never lags behind a logout."""

    kind: Kind = "anonymous"
    user_id: int | None = None
    username: str = ""
    role: Role | None = None
    """Of sessions only: a key opens what its scopes say and nothing else."""
    area_ids: frozenset[int] | None = None
    """The areas that an operator may change; None: all of them."""
    session_id: int | None = None
    """The sign-in (its family of tokens), not one of its tokens."""
    key_id: int | None = None
    scopes: frozenset[str] = frozenset()
    must_change_password: bool = False
    refusal: str = ""
    """Why a credential that was sent counts for nothing: `missing`, `invalid`, `expired`,
    `revoked`, for the words of a 401 only; `unavailable` where nobody can tell, which is a 503."""

    @property
    def is_known(self) -> bool:
        """Tell whether a valid credential was sent."""
        return self.kind != "anonymous"

    def may_change_area(self, area_id: int | None) -> bool:
        """Tell whether this principal's areas include `area_id`; None is no area at all."""
        return self.area_ids is None or (area_id is not None and area_id in self.area_ids)


ANONYMOUS: Final = Principal(refusal="missing")


class Resolver(Protocol):
    """Finds the principal of a request; the accounts implement it."""

    async def resolve(self, scope: Scope) -> Principal:
        """Return who asks; never raises for a bad credential.  Costs a dictionary look-up."""
        ...


def principal_of(scope: Scope) -> Principal:
    """Return the principal that the guard in the fast lane put into this request."""
    state: dict[str, Any] = scope.get("state", {})
    principal: Principal = state.get("principal", ANONYMOUS)
    return principal


def put_principal(scope: Scope, principal: Principal) -> None:
    """Let everything that follows know who asks."""
    scope.setdefault("state", {})["principal"] = principal
