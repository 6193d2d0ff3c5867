"""Adds up what processes counted over a stretch of time in which some of them were replaced."""

from collections.abc import Iterable, Mapping
from typing import Final

from pantau.core.histograms import BOUNDS_S, quantile_s
from pantau.operations.release.evidence import (
    Facts,
    Hits,
    PoolUse,
    Refusals,
    SignIns,
    Stretch,
    Times,
)
from pantau.operations.vitals import PoolVitals, Vitals

_NO_FAULT_OF_OURS: Final = frozenset({"streams", "stills", "health"})
"""Classes in which 503 says that a camera gives no picture, or that a part is down."""

_SETTLES_S: Final = 10.0
"""So long after it said that it is ready, a process does each of its works for the first time."""


class Counts(Facts):
    """What a process counted since it began, or several of them over some time."""

    requests: int = 0
    errors: int = 0
    critical: Mapping[str, int] = {}
    refusals: Mapping[str, tuple[int, int]] = {}
    """By class of address: all answers, and those from 400 to 499."""
    answered: Mapping[str, tuple[int, int]] = {}
    """The same by shape of address."""
    shard_restarts: int = 0
    sign_ins: tuple[int, int] = (0, 0)
    cache: Mapping[str, tuple[int, int]] = {}
    """Hits and misses by path."""
    ttls: Mapping[str, float] = {}
    exhausted: int = 0
    """Reads that waited noticeably for a connection, or in vain."""
    waits: int = 0
    """Whoever waited for one, however shortly."""
    read_waits: tuple[int, ...] = ()
    """How many reads waited, by bucket."""
    timeouts: int = 0
    latencies: Mapping[str, tuple[int, ...]] = {}
    """By endpoint: how many answers in each bucket."""

    def plus(self, other: "Counts", sign: int = 1) -> "Counts":
        """Return the sum; with `sign` -1 the difference, which never falls below zero."""
        return Counts(
            requests=max(0, self.requests + sign * other.requests),
            errors=max(0, self.errors + sign * other.errors),
            critical=_each(self.critical, other.critical, sign),
            refusals={
                name: _pair(self.refusals.get(name, (0, 0)), other.refusals.get(name, (0, 0)), sign)
                for name in self.refusals.keys() | other.refusals.keys()
            },
            answered={
                path: _pair(self.answered.get(path, (0, 0)), other.answered.get(path, (0, 0)), sign)
                for path in self.answered.keys() | other.answered.keys()
            },
            sign_ins=_pair(self.sign_ins, other.sign_ins, sign),
            shard_restarts=max(0, self.shard_restarts + sign * other.shard_restarts),
            cache={
                path: _pair(self.cache.get(path, (0, 0)), other.cache.get(path, (0, 0)), sign)
                for path in self.cache.keys() | other.cache.keys()
            },
            ttls={**other.ttls, **self.ttls},
            exhausted=max(0, self.exhausted + sign * other.exhausted),
            waits=max(0, self.waits + sign * other.waits),
            read_waits=_buckets(self.read_waits, other.read_waits, sign),
            timeouts=max(0, self.timeouts + sign * other.timeouts),
            latencies={
                name: _buckets(self.latencies.get(name, ()), other.latencies.get(name, ()), sign)
                for name in self.latencies.keys() | other.latencies.keys()
            },
        )


class Tally(Facts):
    """Where each process stood when it was first and last seen, and what those left that went."""

    first: Mapping[str, Counts] = {}
    last: Mapping[str, Counts] = {}
    gone: Counts = Counts()
    has_web: bool = False
    is_begun: bool = False

    def after(self, vitals: Iterable[Vitals]) -> "Tally":
        """Return the tally after one more look.

        Who is there at the first look is counted from there on, who comes later from its start.
        """
        seen = {_key(each): each for each in vitals}
        now = {key: counts_of(each) for key, each in seen.items()}
        nothing = Counts()
        first = {key: self._first(key, each, now[key]) for key, each in seen.items()}
        gone = self.gone
        for key, counts in self.last.items():
            if key not in now:
                gone = gone.plus(counts.plus(self.first.get(key, nothing), -1))
        has_web = self.has_web or any(each.process == "web" for each in seen.values())
        return Tally(first=first, last=now, gone=gone, has_web=has_web, is_begun=True)

    def _first(self, key: str, vitals: Vitals, counts: Counts) -> Counts:
        if not self.is_begun:
            return counts
        known = self.first.get(key)
        if known is not None and _has_settled(vitals):
            return known
        # At a start everything is read at once: that some of it waits says nothing of the pool.
        return (known or Counts()).model_copy(
            update={
                "exhausted": counts.exhausted,
                "waits": counts.waits,
                "read_waits": counts.read_waits,
            }
        )

    def counted(self) -> Counts:
        """Return what was counted between the first look and the last."""
        whole = self.gone
        for key, counts in self.last.items():
            whole = whole.plus(counts.plus(self.first.get(key, Counts()), -1))
        return whole


def _has_settled(vitals: Vitals) -> bool:
    ready_at = vitals.ready_at
    return ready_at is not None and (vitals.at - ready_at).total_seconds() >= _SETTLES_S


def counts_of(vitals: Vitals) -> Counts:
    """Return what a process counted since it began."""
    errors = sum(
        count
        for name, by_status in vitals.requests.items()
        for status, count in by_status.items()
        if status.startswith("5") and not (status == "503" and name in _NO_FAULT_OF_OURS)
    )
    # Buckets of other widths, of another release, cannot be added to ours.
    is_ours = tuple(vitals.bounds_s) == BOUNDS_S
    pool = vitals.pool or PoolVitals()
    return Counts(
        requests=vitals.answers,
        errors=errors,
        critical={vitals.process: vitals.unhandled_errors + vitals.lines.get("critical", 0)},
        refusals={
            name: (
                sum(by_status.values()),
                sum(count for status, count in by_status.items() if status.startswith("4")),
            )
            for name, by_status in vitals.requests.items()
        },
        answered=vitals.answered,
        sign_ins=vitals.sign_ins,
        shard_restarts=vitals.shard_restarts,
        cache={path: (each.total.hits, each.total.misses) for path, each in vitals.cache.items()},
        ttls={path: each.ttl_s for path, each in vitals.cache.items() if each.ttl_s is not None},
        # A release that tells no waits calls each of them exhaustion, a millisecond as well.
        exhausted=pool.timeouts if pool.waits is None else pool.exhausted,
        waits=pool.exhausted if pool.waits is None else pool.waits,
        read_waits=pool.read_waits if is_ours else (),
        timeouts=pool.timeouts,
        latencies={name: each.counts for name, each in vitals.latencies.items()} if is_ours else {},
    )


def stretch_of(
    counts: Counts,
    duration_s: float,
    *,
    hits_s: float | None = None,
    has_web: bool,
    is_anybody_there: bool,
    readers: int | None,
    probes: Mapping[str, Times],
    questions: Mapping[str, Refusals],
) -> Stretch:
    """Return counts as a stretch; what no process could count is not known."""
    return Stretch(
        duration_s=duration_s,
        requests=counts.requests if has_web else None,
        errors=counts.errors if has_web else None,
        critical=counts.critical if is_anybody_there else None,
        hits=_hits(counts) if has_web else None,
        hits_s=hits_s,
        pool=_pool_use(counts, readers) if has_web else None,
        traffic={
            name: times
            for name, buckets in counts.latencies.items()
            if (times := _times(buckets)) is not None
        },
        refusals={
            name: Refusals(asked=asked, refused=refused)
            for name, (asked, refused) in sorted(counts.refusals.items())
        }
        if has_web
        else None,
        answered={
            name: Refusals(asked=asked, refused=refused)
            for name, (asked, refused) in sorted(counts.answered.items())
        },
        sign_ins=SignIns(succeeded=counts.sign_ins[0], known_failed=counts.sign_ins[1])
        if has_web
        else None,
        shard_restarts=counts.shard_restarts if is_anybody_there else None,
        questions=questions,
        probes=probes,
    )


def _pool_use(counts: Counts, readers: int | None) -> PoolUse:
    half_s, most_s = (quantile_s(counts.read_waits, share) for share in (0.5, 0.95))
    return PoolUse(
        exhausted=counts.exhausted,
        waits=counts.waits,
        read_waits=sum(counts.read_waits),
        p50_wait_ms=None if half_s is None else round(half_s * 1000, 3),
        p95_wait_ms=None if most_s is None else round(most_s * 1000, 3),
        timeouts=counts.timeouts,
        readers=readers,
    )


def _hits(counts: Counts) -> tuple[Hits, ...]:
    return tuple(
        Hits(endpoint=path, hits=hits, misses=misses, ttl_s=counts.ttls.get(path))
        for path, (hits, misses) in sorted(counts.cache.items())
        if hits + misses
    )


def _times(buckets: tuple[int, ...]) -> Times | None:
    half, most = quantile_s(buckets, 0.5), quantile_s(buckets, 0.95)
    if half is None or most is None:
        return None
    return Times(count=sum(buckets), p50_ms=round(half * 1000, 3), p95_ms=round(most * 1000, 3))


def _key(vitals: Vitals) -> str:
    return f"{vitals.process}-{vitals.pid}-{vitals.kernel_start or vitals.started_at.isoformat()}"


def _each(some: Mapping[str, int], others: Mapping[str, int], sign: int) -> dict[str, int]:
    return {
        name: max(0, some.get(name, 0) + sign * others.get(name, 0))
        for name in some.keys() | others.keys()
    }


def _pair(some: tuple[int, int], others: tuple[int, int], sign: int) -> tuple[int, int]:
    return max(0, some[0] + sign * others[0]), max(0, some[1] + sign * others[1])


def _buckets(some: tuple[int, ...], others: tuple[int, ...], sign: int) -> tuple[int, ...]:
    length = max(len(some), len(others))
    pairs = zip(_filled(some, length), _filled(others, length), strict=True)
    return tuple(max(0, a + sign * b) for a, b in pairs)


def _filled(buckets: tuple[int, ...], length: int) -> tuple[int, ...]:
    return (*buckets, *(0 for _ in range(length - len(buckets))))
