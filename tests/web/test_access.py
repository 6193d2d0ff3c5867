"""The pure part of who may do what: every rule against every kind of principal."""

import pytest

from pantau.web.access import Access, admins, decide, operators, public, signed_in, viewers
from pantau.web.principal import ANONYMOUS, Principal, Role

READING = "cameras:read"


def session(role: Role, *, must_change: bool = False) -> Principal:
    return Principal(kind="session", user_id=1, role=role, must_change_password=must_change)


def key(*scopes: str) -> Principal:
    return Principal(kind="api_key", key_id=1, scopes=frozenset(scopes))


WHO = {
    "nobody": ANONYMOUS,
    "revoked": Principal(refusal="revoked"),
    "unknown yet": Principal(refusal="unavailable"),
    "viewer": session("viewer"),
    "operator": session("operator"),
    "admin": session("admin"),
    "admin with an old password": session("admin", must_change=True),
    "key": key(READING),
    "key of another scope": key("areas:read"),
    "link": Principal(kind="link"),
}
OPEN = dict.fromkeys(WHO, 200)
CLOSED = {
    **dict.fromkeys(WHO, 403),
    "nobody": 401,
    "revoked": 401,
    "unknown yet": 503,
}
PEOPLE = {"viewer": 200, "operator": 200, "admin": 200}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (public(), OPEN),
        (signed_in(), {**CLOSED, **PEOPLE}),
        (
            signed_in(also_with_expired_password=True),
            {**CLOSED, **PEOPLE, "admin with an old password": 200},
        ),
        (viewers(), {**CLOSED, **PEOPLE}),
        (viewers(READING), {**CLOSED, **PEOPLE, "key": 200}),
        (operators(READING), {**CLOSED, "operator": 200, "admin": 200, "key": 200}),
        (admins(), {**CLOSED, "admin": 200}),
        (admins(READING), {**CLOSED, "admin": 200, "key": 200}),
    ],
)
def test_every_rule_against_everybody(rule: Access, expected: dict[str, int]) -> None:
    found = {}
    for name, principal in WHO.items():
        problem = decide(rule, principal)
        found[name] = 200 if problem is None else problem.status
    assert found == expected


def test_a_rule_names_a_scope_that_exists() -> None:
    with pytest.raises(ValueError, match="cameras:everything"):
        viewers("cameras:everything")
