"""Whether there are enough connections to the database."""

from typing import Final

from pantau.operations.release.evidence import Evidence, PoolUse, Stretch
from pantau.operations.release.rules import HOUR_S, Rules
from pantau.operations.release.verdict import Action, Row, Saying, back, missed, ok, say, unknown

_MOST_READERS: Final = 64
"""The setting takes no more."""


def pool_row(evidence: Evidence, before: Stretch | None, rules: Rules) -> Row:
    """Return the row about waits for a connection; a larger pool is proposed with its size.

    A stretch below an hour is not blown up to one: what counts is what happened.  A release is
    taken back only for requests that it refused and the one before did not: those are errors.
    """
    target = say("pool.target", count=rules.pool_exhausted_per_hour)
    pool, duration_s = evidence.measured.pool, evidence.measured.duration_s
    if pool is None:
        return unknown("pool", target, say("pool.no_word"), action=Action.MONITOR)
    hours = max(1.0, duration_s / HOUR_S)
    told = say("pool.used", count=pool.exhausted, timeouts=pool.timeouts, minutes=duration_s / 60)
    if pool.timeouts >= rules.least_errors and before is not None and _refused_none(before):
        return back("pool", target, told, say("pool.back"), _larger(pool))
    if pool.exhausted / hours < rules.pool_exhausted_per_hour and not pool.timeouts:
        return ok("pool", target, told)
    return missed("pool", target, told, _larger(pool))


def _refused_none(before: Stretch) -> bool:
    return before.pool is not None and before.pool.timeouts == 0


def _larger(pool: PoolUse) -> Saying:
    if pool.readers is None:
        return say("pool.larger")
    if pool.readers >= _MOST_READERS:
        return say("pool.largest", readers=pool.readers)
    return say("pool.size", readers=pool.readers, more=min(_MOST_READERS, 2 * pool.readers))
