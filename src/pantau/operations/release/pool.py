"""Whether there are enough connections to the database."""

from typing import Final

from pantau.operations.release.evidence import Evidence, PoolUse, Stretch
from pantau.operations.release.rules import HOUR_S, Rules
from pantau.operations.release.verdict import Action, Row, Saying, back, missed, ok, say, unknown

_MOST_READERS: Final = 64
"""The setting takes no more."""
_SHORT_S: Final = 120.0
"""Shorter stretches are told in seconds: nobody reads 0.08 minutes."""
_LEAST_HOURS: Final = 0.25
"""Shorter stretches count as so long: five waits within a minute are not three hundred an hour."""
_CROWDED_MS: Final = 50.0
"""Where half of the reads that wait do so longer than this, readers are always in use.

A queue that only evens out what comes at once has many short waits and few long ones: measured with
ten viewers, half of them took less than 20 ms.
"""


def pool_row(evidence: Evidence, before: Stretch | None, rules: Rules) -> Row:
    """Return the row about waits for a connection; a larger pool is proposed with its size.

    A stretch below an hour is not blown up to one: what counts is what happened.  A release is
    taken back only for requests that it refused and the one before did not: those are errors.
    Where the one before had people wait as often, the pool is too small for the hub and not for
    this release: a larger one is proposed, and nobody need look at the release.
    """
    target = say("pool.target", count=rules.pool_exhausted_per_hour)
    pool, duration_s = evidence.measured.pool, evidence.measured.duration_s
    if pool is None:
        return unknown("pool", target, say("pool.no_word"), action=Action.MONITOR)
    hours = max(1.0, duration_s / HOUR_S)
    told = _told(pool, duration_s)
    if pool.timeouts >= rules.least_errors and before is not None and _refused_none(before):
        return back("pool", target, told, say("pool.back"), _larger(pool))
    is_seldom = pool.exhausted / hours < rules.pool_exhausted_per_hour and not pool.timeouts
    is_crowded = _is_crowded(pool, hours, rules)
    if is_seldom and not is_crowded:
        return ok("pool", target, told)
    row = missed("pool", target, told, _larger(pool))
    if is_crowded and not _was_crowded(before, rules):
        return row
    if _is_as_before(pool, duration_s, before):
        return row.model_copy(update={"action": Action.KEEP})
    return row


def _told(pool: PoolUse, duration_s: float) -> Saying:
    facts: dict[str, float] = {"count": pool.exhausted, "timeouts": pool.timeouts}
    is_short = duration_s < _SHORT_S
    facts |= {"seconds": round(duration_s)} if is_short else {"minutes": round(duration_s / 60)}
    if pool.waits is None or pool.p95_wait_ms is None:
        return say("pool.used_soon" if is_short else "pool.used", **facts)
    facts |= {"waits": pool.waits, "p95_ms": pool.p95_wait_ms}
    return say("pool.waited_soon" if is_short else "pool.waited", **facts)


def _is_as_before(pool: PoolUse, duration_s: float, before: Stretch | None) -> bool:
    """Tell whether the release before had as many wait noticeably, and refused nobody either."""
    if before is None or before.pool is None or before.pool.waits is None or pool.timeouts:
        return False
    rate = before.pool.exhausted / max(_LEAST_HOURS, before.duration_s / HOUR_S)
    return pool.exhausted <= rate * max(_LEAST_HOURS, duration_s / HOUR_S)


def _is_crowded(pool: PoolUse, hours: float, rules: Rules) -> bool:
    """Tell whether waits are long as a rule although none is noticeable by itself."""
    half_ms = pool.p50_wait_ms
    return (
        half_ms is not None
        and half_ms >= _CROWDED_MS
        and pool.read_waits / hours >= rules.least_requests
    )


def _was_crowded(before: Stretch | None, rules: Rules) -> bool:
    if before is None or before.pool is None:
        return False
    return _is_crowded(before.pool, max(1.0, before.duration_s / HOUR_S), rules)


def _refused_none(before: Stretch) -> bool:
    return before.pool is not None and before.pool.timeouts == 0


def _larger(pool: PoolUse) -> Saying:
    if pool.readers is None:
        return say("pool.larger")
    if pool.readers >= _MOST_READERS:
        return say("pool.largest", readers=pool.readers)
    return say("pool.size", readers=pool.readers, more=min(_MOST_READERS, 2 * pool.readers))
