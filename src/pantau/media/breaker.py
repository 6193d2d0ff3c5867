"""Decides when a camera may be dialled again, so that our retries never keep it dead."""

import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pantau.core.backoff import Backoff
from pantau.media.errors import Cause

_MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """Limits and waits.  The defaults are the product's; tests shorten them."""

    most_a_minute: int = 12
    """Attempts in any 60 seconds, whatever the reason for them."""
    most_a_minute_refused: int = 2
    """The same while the camera refuses the login: cheap firmware locks the account, or leaks a
    session with each attempt until it refuses everybody."""
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=2.0, most_s=60.0, jitter=0.8))
    refused: Backoff = field(default_factory=lambda: Backoff(first_s=60.0, most_s=900.0))
    busy: Backoff = field(default_factory=lambda: Backoff(first_s=60.0, most_s=60.0, jitter=0.5))
    """A session that died with its client stays taken for some 30 s (measured)."""
    steady_s: float = 10.0
    """A session with pictures for this long was a success; a shorter one counts as a failure."""
    enough_footage_s: float = 5.0
    """A session that left so much on a disk was a success too, however it ended: a camera that
    breaks off every few seconds is dialled at once, as each wait is lost footage."""
    may_park: bool = True
    """The kill switch: False never parks."""
    park_after_s: float = 1_800.0
    """Without a picture for this long, though attempts were made all the time …"""
    park_after_attempts: int = 15
    """… and that many of them: an engine that slept has no evidence.  Far above what one outage of
    a few minutes gives, and far more often than a parked camera is dialled."""
    parked: Backoff = field(
        default_factory=lambda: Backoff(first_s=360.0, most_s=360.0, jitter=0.4)
    )
    """How often a parked camera is asked whether it is back."""
    demand_gap_s: float = 10.0
    """A viewer who asks is not made to wait for the end of a longer wait than this …"""
    demand_gap_parked_s: float = 30.0
    """… or this, if the camera is parked or busy.  A refused login waits for its full time."""


_SOON: Final = Backoff(first_s=1.0, most_s=4.0)
RELAYED: Final = BreakerRules(
    most_a_minute=30,
    most_a_minute_refused=6,
    backoff=_SOON,
    refused=Backoff(first_s=10.0, most_s=60.0),
    busy=_SOON,
    may_park=False,
)
"""For a media server that dials the camera itself: there every wait is footage that nobody gets
back, and no camera feels the attempts.  A refused login still waits: it is a setting of ours."""


@dataclass(slots=True)
class Breaker:
    """The memory of one camera's attempts.  Pure: times are monotonic seconds, handed in.

    Parked is a camera that gave pictures before, then for half an hour none, in spite of attempts
    that this breaker saw itself.  Only a picture ends it.  What never gave a picture is not
    parked: it may be going through its installation, and nothing is known about it.
    """

    rules: BreakerRules = field(default_factory=BreakerRules)
    random: Callable[[], float] = random.random
    is_parked: bool = False
    _dialled: deque[float] = field(default_factory=deque)
    _failures: int = 0
    _cause: Cause | None = None
    _next_mono: float = 0.0
    _ended_mono: float = -math.inf
    _has_footage: bool = False
    _has_been_online: bool = False
    _picture_mono: float | None = None
    _outage_since_mono: float | None = None
    _outage_attempts: int = 0

    def may_dial_at(self, *, is_demanded: bool) -> float:
        """Return from when on an attempt is allowed; `is_demanded`: somebody is waiting for it."""
        at = self._next_mono
        if is_demanded and self._cause is not Cause.LOGIN_REFUSED:
            patient = self.is_parked or self._cause is Cause.BUSY
            gap_s = self.rules.demand_gap_parked_s if patient else self.rules.demand_gap_s
            at = min(at, self._ended_mono + gap_s)
        return max(at, self._after_limit())

    def dialled(self, now_mono: float) -> None:
        """Note an attempt that starts."""
        while self._dialled and self._dialled[0] <= now_mono - _MINUTE_S:
            self._dialled.popleft()
        self._dialled.append(now_mono)
        self._picture_mono = None
        self._has_footage = False

    def saw_picture(self, now_mono: float) -> None:
        """Note the first picture of an attempt: proof of life."""
        self._picture_mono = now_mono
        self._has_been_online = True
        self.is_parked = False
        self._outage_since_mono = None
        self._outage_attempts = 0

    def saw_footage(self, duration_s: float) -> None:
        """Note how much of the session that is about to end was recorded."""
        self._has_footage = duration_s >= self.rules.enough_footage_s

    def ended(self, now_mono: float, cause: Cause) -> None:
        """Note that a session failed or broke off."""
        was_steady = self._has_footage or (
            self._picture_mono is not None and now_mono - self._picture_mono >= self.rules.steady_s
        )
        self._failures = 1 if was_steady else self._failures + 1
        self._cause = cause
        self._ended_mono = now_mono
        self._picture_mono = None
        if self._outage_since_mono is None:
            self._outage_since_mono = now_mono
        self._outage_attempts += 1
        self._park_if_dead(now_mono)
        self._next_mono = now_mono + self._wait_s(cause)

    def left(self, now_mono: float) -> None:
        """Note that we closed a session ourselves: neither failure nor evidence."""
        self._ended_mono = now_mono
        self._next_mono = now_mono
        self._picture_mono = None

    def forget_failures(self) -> None:
        """Start afresh with another configuration; the limits a minute still hold."""
        self._failures = 0
        self._cause = None
        self._next_mono = 0.0
        self._ended_mono = -math.inf
        self.is_parked = False
        self._has_been_online = False
        self._outage_since_mono = None
        self._outage_attempts = 0

    def _park_if_dead(self, now_mono: float) -> None:
        assert self._outage_since_mono is not None
        self.is_parked = self.is_parked or (
            self.rules.may_park
            and self._has_been_online
            and now_mono - self._outage_since_mono >= self.rules.park_after_s
            and self._outage_attempts >= self.rules.park_after_attempts
        )

    def _wait_s(self, cause: Cause) -> float:
        if self.is_parked:
            return self.rules.parked.delay_s(1, random=self.random)
        if cause is Cause.LOGIN_REFUSED:
            return self.rules.refused.delay_s(self._failures, random=self.random)
        if cause is Cause.BUSY:
            return self.rules.busy.delay_s(self._failures, random=self.random)
        return self.rules.backoff.delay_s(self._failures, random=self.random)

    def _after_limit(self) -> float:
        """Return when the oldest attempt that fills this minute's allowance is a minute old."""
        is_refused = self._cause is Cause.LOGIN_REFUSED
        most = self.rules.most_a_minute_refused if is_refused else self.rules.most_a_minute
        return self._dialled[-most] + _MINUTE_S if len(self._dialled) >= most else -math.inf
