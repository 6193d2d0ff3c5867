"""What the relay saw of the owner's server; health verdicts rest on it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How the last exchange with the owner's server ended."""

    GOOD = "good"
    GONE = "gone"
    """404 or 410, or a playlist that says that nothing will follow."""
    REFUSED = "refused"
    """401 or 403: perhaps we asked wrongly, never a reason to call it dead (lesson M23)."""
    BUSY = "busy"
    """429."""
    FAILING = "failing"
    """5xx."""
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BROKEN = "broken"
    """An answer that is no playlist, or none that may be passed on."""
    NOT_ALLOWED = "not_allowed"
    """It leads to an address that cameras may not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayEvidence:
    """Facts about one relayed camera, in this process; all moments are aware UTC."""

    outcome: Outcome
    """Of the last playlist."""
    asked_at: datetime
    """When it was last asked for."""
    last_good_at: datetime | None
    """When a playlist last came that can be played."""
    inbound_bytes: int
    """Everything that came, since this process began to relay the camera."""
    failures: int
    """Failed attempts in a row, whatever their kinds."""
    gone_since: datetime | None
    """When the present, unbroken stretch of `GONE` began (lesson M28)."""
    serves_stale_since: datetime | None
    """Since when viewers get the last good playlist, because there is no newer one."""
