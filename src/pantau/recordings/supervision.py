"""When a recorder is begun anew, and when that has been in vain: a pure calculation.

Success is a closed segment that began after the last restart, and nothing less: not a process that
runs, not a byte (lessons R06, R07).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from pantau.core.backoff import Backoff
from pantau.recordings.recorders import RestartReason


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient to be."""

    silent_s: float = 45.0
    """How long a live camera may go without a fragment; key pictures can be ten seconds apart."""
    most_failures: int = 5
    """After how many restarts without a closed segment it is left alone for a while."""
    suspend_s: float = 900.0
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=20.0, most_s=300.0))


LIMITS: Final = Limits()


class Verdict(Enum):
    """What is to be thought of a recorder."""

    WELL = "well"
    TROUBLED = "troubled"
    """Something is wrong, and the next restart is not due yet."""
    RESTART = "restart"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Glance:
    """One look at a recorder that is to record."""

    is_live: bool
    """Whether its camera sends."""
    has_progressed: bool
    """Whether a fragment was written since the look before."""
    has_failed: bool = False
    """Whether the recorder says that it cannot go on."""
    may_wait: bool = False
    """Whether it says why it writes nothing: a full disk is no matter for restarts."""


@dataclass(slots=True)
class Supervision:
    """One recorder, from look to look."""

    limits: Limits = LIMITS
    random: Callable[[], float] = random.random
    failures: int = 0
    """Restarts since the last success."""
    reason: RestartReason = RestartReason.STALLED
    """Of the last trouble."""
    _quiet_since_mono: float | None = None
    _again_mono: float = float("-inf")
    _until_mono: float | None = None
    _was_live: bool = True
    _is_in_doubt: bool = False
    """Begun anew, and nothing written since."""
    _may_forgive: bool = True

    def succeeded(self) -> None:
        """Take note of a closed segment."""
        self.failures = 0
        self._again_mono = float("-inf")
        self._until_mono = None
        self._may_forgive = True

    def rest(self) -> None:
        """Nobody wants it to record: nothing counts."""
        self.succeeded()
        self._quiet_since_mono = None
        self._was_live = True
        self._is_in_doubt = False

    def step(self, now_mono: float, glance: Glance) -> Verdict:
        """Judge one look; `RESTART` counts as done."""
        if self._quiet_since_mono is None or glance.has_progressed:
            self._quiet_since_mono = now_mono
            self._is_in_doubt = False
        if glance.is_live and not self._was_live:
            self._come_back(now_mono)
        self._was_live = glance.is_live
        if not glance.is_live or glance.may_wait:
            # A camera that sends nothing is the matter of who pulls it, with a breaker of its own.
            self._quiet_since_mono = now_mono
            return Verdict.SUSPENDED if self._is_suspended(now_mono) else Verdict.WELL
        is_silent = now_mono - self._quiet_since_mono >= self.limits.silent_s
        if not (glance.has_failed or is_silent):
            return Verdict.TROUBLED if self._is_in_doubt else Verdict.WELL
        self.reason = RestartReason.FAILED if glance.has_failed else RestartReason.STALLED
        return self._troubled(now_mono)

    def _troubled(self, now_mono: float) -> Verdict:
        if self._is_suspended(now_mono):
            return Verdict.SUSPENDED
        if now_mono < self._again_mono:
            return Verdict.TROUBLED
        if self.failures >= self.limits.most_failures:
            # One more try afterwards, and then again: without a success it never gets more.
            self.failures = self.limits.most_failures - 1
            self._until_mono = now_mono + self.limits.suspend_s
            return Verdict.SUSPENDED
        self.failures += 1
        self._again_mono = now_mono + self.limits.backoff.delay_s(self.failures, random=self.random)
        self._quiet_since_mono = now_mono
        self._is_in_doubt = True
        return Verdict.RESTART

    def _is_suspended(self, now_mono: float) -> bool:
        if self._until_mono is not None and now_mono >= self._until_mono:
            self._until_mono = None
        return self._until_mono is not None

    def _come_back(self, now_mono: float) -> None:
        """Forget old failures once for each outage: its camera may be another one (R29)."""
        self._quiet_since_mono = now_mono
        if self._may_forgive:
            self.failures = 0
            self._again_mono = float("-inf")
            self._until_mono = None
            self._may_forgive = False
