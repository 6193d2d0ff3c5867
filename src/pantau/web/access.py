"""Who may use an endpoint: one value per endpoint, one pure function that decides."""

from dataclasses import dataclass
from typing import Final

from pantau.core.errors import Forbidden, Problem, Unauthenticated, Unavailable
from pantau.web.principal import Principal, Role

SCOPES: Final = frozenset(
    {
        "analytics:read",
        "areas:read",
        "areas:write",
        "cache:write",
        "cameras:read",
        "cameras:write",
        "metrics:read",
        "recordings:read",
        "recordings:write",
        "site:read",
        "site:write",
    }
)
"""What an API key may be given.  People, keys, sessions, audit and backups are for people only."""

_SENTENCES: Final = {
    "missing": "Sign in first.",
    "invalid": "This sign-in is not valid. Sign in again.",
    "expired": "This sign-in has expired. Sign in again.",
    "revoked": "This sign-in has been ended. Sign in again.",
}
_UNAVAILABLE: Final = "Who you are cannot be checked at the moment. Try again shortly."


@dataclass(frozen=True, slots=True)
class Access:
    """The rule of one endpoint; make them with the functions below."""

    name: str
    roles: frozenset[Role] = frozenset()
    """Roles whose sessions may use it."""
    scope: str | None = None
    """The scope that lets an API key use it; None: no key may."""
    is_public: bool = False
    allows_expired_password: bool = False
    """Whether somebody who must first choose a new password may use it all the same."""


def public() -> Access:
    """Anybody, also with a credential that is no good."""
    return Access("public", is_public=True, allows_expired_password=True)


def signed_in(*, also_with_expired_password: bool = False) -> Access:
    """Any session, whatever its role: for what people do with their own account."""
    return Access(
        "signed_in",
        frozenset({"admin", "operator", "viewer"}),
        allows_expired_password=also_with_expired_password,
    )


def viewers(scope: str | None = None) -> Access:
    """Whoever may look at the admin: every role, and keys with `scope`."""
    return Access("viewers", frozenset({"admin", "operator", "viewer"}), _known(scope))


def operators(scope: str | None = None) -> Access:
    """Whoever runs cameras: operators (the service checks their areas) and admins."""
    return Access("operators", frozenset({"admin", "operator"}), _known(scope))


def admins(scope: str | None = None) -> Access:
    """Admins."""
    return Access("admins", frozenset({"admin"}), _known(scope))


def decide(access: Access, principal: Principal) -> Problem | None:
    """Return nothing, or the problem to answer with."""
    if access.is_public:
        return None
    match principal.kind:
        case "session":
            return _judge_session(access, principal)
        case "api_key":
            if access.scope is not None and access.scope in principal.scopes:
                return None
            return Forbidden("access.scope", "This API key does not allow this.")
        case "link":
            return Forbidden("access.link", "A link does not open this.")
        case "anonymous":
            return _judge_nobody(principal)


def _judge_nobody(principal: Principal) -> Problem:
    if principal.refusal == "unavailable":
        return Unavailable("access.unavailable", _UNAVAILABLE, retry_after_s=5)
    sentence = _SENTENCES.get(principal.refusal, _SENTENCES["missing"])
    return Unauthenticated("access.unauthenticated", sentence)


def _judge_session(access: Access, principal: Principal) -> Problem | None:
    if principal.role not in access.roles:
        return Forbidden("access.role", "Your role does not allow this.")
    if principal.must_change_password and not access.allows_expired_password:
        return Forbidden(
            "access.password_expired", "Your password has expired. Choose a new one first."
        )
    return None


def _known(scope: str | None) -> str | None:
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"{scope} is not a scope of API keys")
    return scope
