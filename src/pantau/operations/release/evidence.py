"""What was measured of a release; None is what nobody could measure, and never means zero.

These values stand in files that the release before and the one after read as well: every field
has a default or was there from the beginning, and what is not known is left out of reading.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ConfigDict

from pantau.core.shapes import Shape


class Facts(Shape):
    """A value that is kept as JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Times(Facts):
    """How long the answers of one endpoint took."""

    count: int
    p50_ms: float
    p95_ms: float


class Hits(Facts):
    """How often the cached answers of one endpoint were ready."""

    endpoint: str
    hits: int
    misses: int
    ttl_s: float | None = None
    """None where the answer is rebuilt when data changes, or where nobody knows."""

    @property
    def asked(self) -> int:
        """How often they were asked for."""
        return self.hits + self.misses

    @property
    def percent(self) -> float | None:
        """The share that was ready; None where nobody asked."""
        return 100 * self.hits / self.asked if self.asked else None


class Refusals(Facts):
    """How many questions were answered with a status from 400 to 499."""

    asked: int
    refused: int

    @property
    def percent(self) -> float:
        """Their share; none of no questions is none."""
        return 100 * self.refused / self.asked if self.asked else 0.0

    @property
    def answered(self) -> int:
        """How many got something else."""
        return self.asked - self.refused


class SignIns(Facts):
    """How signing in went."""

    succeeded: int
    known_failed: int = 0
    """From a device that had signed in to that account before; others may be guesses."""


class PoolUse(Facts):
    """What the pool of database connections did."""

    exhausted: int
    """How often a read waited noticeably or in vain, because every connection was in use."""
    waits: int | None = None
    """How often somebody waited at all; None: written by a release that called that exhaustion."""
    read_waits: int = 0
    """How many reads waited, however shortly."""
    p50_wait_ms: float | None = None
    """Of the reads that waited: half of them took at most so long."""
    p95_wait_ms: float | None = None
    """The same of 95 % of them."""
    timeouts: int
    """How often somebody waited in vain, and was refused."""
    readers: int | None = None
    """How many connections for reading it may open."""


class Stretch(Facts):
    """What was measured over some time, by counters that begin with each process."""

    duration_s: float
    requests: int | None = None
    errors: int | None = None
    """Answers with a status from 500 on."""
    critical: Mapping[str, int] | None = None
    """Errors that nobody had foreseen, by name of the process."""
    hits: tuple[Hits, ...] | None = None
    hits_s: float | None = None
    """Over how long the hits were counted, where that is not `duration_s`."""
    pool: PoolUse | None = None
    traffic: Mapping[str, Times] = {}
    """By endpoint: what visitors had."""
    refusals: Mapping[str, Refusals] | None = None
    """By class of address: what visitors were refused; None: written by a release before."""
    answered: Mapping[str, Refusals] = {}
    """By shape of address: the same."""
    sign_ins: SignIns | None = None
    """None: written by a release that does not tell."""
    shard_restarts: int | None = None
    """How often a part of the media engine ended unasked; None: nobody tells."""
    shards_s: float | None = None
    """Over how long that was counted, where that is not `duration_s`."""
    questions: Mapping[str, Refusals] = {}
    """By endpoint: what we ourselves were refused."""
    probes: Mapping[str, Times] = {}
    """By endpoint: what our own questions had."""

    @property
    def error_percent(self) -> float | None:
        """The share of requests that ended in an error; None where nobody asked."""
        if not self.requests or self.errors is None:
            return None
        return 100 * self.errors / self.requests


class ProcessSeen(Facts):
    """One process of the hub."""

    name: str
    pid: int
    version: str
    build: str
    is_ready: bool
    up_s: float | None = None
    """By the kernel's clock, which nobody sets."""


class Ended(Facts):
    """A process that ended although nobody asked it to."""

    name: str
    how: str
    """Such as `SIGKILL` or `exit code 1`."""


class Repeated(Facts):
    """An endpoint that was asked the same thing several times in a row."""

    endpoint: str
    asked: int
    ready: int
    """How many of the answers after the first came from the cache."""


class Evidence(Facts):
    """Everything that a verdict rests on."""

    at: datetime
    running_s: float
    """For how long the release has run, by a clock that nobody sets."""
    build: str
    """The build that should run."""
    wanted: tuple[str, ...] = ("web", "worker")
    """The processes that must run it; media keeps the build that it was started with."""
    processes: tuple[ProcessSeen, ...] = ()
    ended: tuple[Ended, ...] = ()
    is_serving: bool | None = None
    """Whether the hub says that everything essential works."""
    down: tuple[str, ...] = ()
    """The parts that it says are down, where something essential is."""
    repeated: tuple[Repeated, ...] = ()
    measured: Stretch


class Baseline(Facts):
    """How the release before did, recorded before it was replaced."""

    format: int = 1
    version: str
    build: str
    recorded_at: datetime
    measured: Stretch
    repeated: tuple[Repeated, ...] = ()
    is_serving: bool | None = None
