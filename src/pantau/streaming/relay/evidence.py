"""What the relay saw of the owner's server; health verdicts rest on it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pantau.core.clock import Clock


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
    grew_at: datetime | None
    """When a segment was last added; a server that answers may still have lost its camera."""
    inbound_bytes: int
    """Everything that came, since this process began to relay the camera."""
    failures: int
    """Failed attempts in a row, whatever their kinds."""
    gone_since: datetime | None
    """When the present, unbroken stretch of `GONE` began (lesson M28)."""
    serves_stale_since: datetime | None
    """Since when viewers get the last good playlist, because there is no newer one."""


class Sightings:
    """Collects facts about one camera.  Loop only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._outcome: Outcome | None = None
        self._asked_at = clock.now()
        self._last_good_at: datetime | None = None
        self._grew_at: datetime | None = None
        self._failures = 0
        self._gone_since: datetime | None = None
        self._stale_since: datetime | None = None
        self.inbound_bytes = 0

    def evidence(self) -> RelayEvidence | None:
        """Return the facts; None before the first answer."""
        if self._outcome is None:
            return None
        return RelayEvidence(
            outcome=self._outcome,
            asked_at=self._asked_at,
            last_good_at=self._last_good_at,
            grew_at=self._grew_at,
            inbound_bytes=self.inbound_bytes,
            failures=self._failures,
            gone_since=self._gone_since,
            serves_stale_since=self._stale_since,
        )

    def failed(self, outcome: Outcome, *, is_bridged: bool) -> None:
        """Note that a playlist could not be had; `is_bridged`: viewers get the last good one."""
        now = self._asked_at = self._clock.now()
        self._outcome = outcome
        self._failures += 1
        if outcome is Outcome.GONE:
            self._gone_since = self._gone_since or now
        self._stale_since = (self._stale_since or now) if is_bridged else None

    def came(self, *, is_media: bool, is_ended: bool, has_grown: bool) -> None:
        """Note that a playlist came; one that only names others proves little."""
        now = self._asked_at = self._clock.now()
        self._outcome = Outcome.GONE if is_ended else Outcome.GOOD
        self._failures = 0
        self._stale_since = None
        if is_ended:
            self._gone_since = self._gone_since or now
            return
        self._last_good_at = now
        if is_media:
            self._gone_since = None
            if has_grown:
                self._grew_at = now
