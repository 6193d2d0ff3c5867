"""Entries of the audit trail, taken apart for a table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pantau.admin.wording import Wording
from pantau.audit.chain import Entry


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """What a row of the trail says."""

    id: int
    at: datetime
    what: str
    name: str
    is_security: bool
    is_alarming: bool
    who: str
    address: str
    target: str
    count: int
    changes: tuple[Change, ...]
    facts: tuple[tuple[str, str], ...]
    user_agent: str
    endpoint: str
    hash: str


_ALARMING = frozenset(
    {
        "ACCOUNT_LOCKOUT",
        "AUTH_FAILURE",
        "TOKEN_BLACKLISTED",
        "FINGERPRINT_MISMATCH",
        "API_KEY_INVALID",
        "CSRF_INVALID",
        "ORIGIN_VALIDATION_FAILURE",
        "RATE_LIMIT_EXCEEDED",
        "first_admin_created",
    }
)
"""Worth a second look: what strangers try, and who becomes admin without another one."""


def shown_entry(entry: Entry, speak: Wording) -> ShownEntry:
    """Return an entry in the reader's words."""
    draft = entry.draft
    details: dict[str, Any] = json.loads(draft.details or "{}")
    return ShownEntry(
        id=entry.id,
        at=draft.at,
        what=speak.happening(draft.name),
        name=draft.name,
        is_security=draft.kind == "security",
        is_alarming=draft.name in _ALARMING,
        who=_who(draft.actor_kind, draft.username, speak),
        address=draft.address,
        target=speak.target(draft.target),
        count=draft.count,
        changes=changes_of(details),
        facts=tuple(
            (speak.fact(name), speak.fact(shown_value(value)))
            for name, value in details.items()
            if name not in {"before", "after", "changed"}
        ),
        user_agent=draft.user_agent,
        endpoint=draft.endpoint,
        hash=entry.hash[:16],
    )


def _who(kind: str, name: str, speak: Wording) -> str:
    if kind == "system" and name == "automatic":
        return speak("Pantau itself, automatically")
    if kind == "console" and name not in {"", "console"}:
        # An account of the machine: it may be called as somebody here.
        return speak("%(account)s, at the server's console") % {"account": name}
    return name or _nobody(kind, speak)


def _nobody(kind: str, speak: Wording) -> str:
    return {
        "system": speak("Pantau itself"),
        "console": speak("The server's console"),
        "api_key": speak("An API key"),
        "link": speak("A link"),
    }.get(kind, speak("A stranger"))


def changes_of(details: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the fields of `before` and `after` beside each other."""
    before, after = details.get("before") or {}, details.get("after") or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    fields = list(dict.fromkeys([*before, *after]))
    return tuple(
        Change(field, shown_value(before.get(field)), shown_value(after.get(field)))
        for field in fields
    )


def shown_value(value: object) -> str:
    """Return a value of JSON as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(str(each) for each in value) or "–"
    return json.dumps(value, ensure_ascii=False)
