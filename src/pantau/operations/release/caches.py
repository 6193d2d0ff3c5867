"""Whether cached answers are ready when somebody asks: the rows, and what would make them so."""

import math
from collections.abc import Sequence
from typing import Final

from pantau.operations.release.evidence import Baseline, Evidence, Hits, Repeated
from pantau.operations.release.rules import DAY_S, HOUR_S, Rules
from pantau.operations.release.verdict import Action, Row, Saying, back, missed, ok, say, unknown

_MOST_NAMED: Final = 8
_LEAST_ASKED: Final = 20
"""An endpoint that was asked less often cannot have a rate."""
_REPEATED_PERCENT: Final = 80.0
"""Of the answers to the same question a moment later; one may fall on a change of data."""


def hit_row(evidence: Evidence, rules: Rules) -> Row:
    """Return the row about the share of answers that were ready, after an hour and after a day."""
    is_day = evidence.running_s >= DAY_S
    wanted = rules.hit_day_percent if is_day else rules.hit_hour_percent
    target = say("hits.target", percent=wanted, hours=24 if is_day else 1)
    hits = evidence.measured.hits
    if hits is None:
        return unknown("hits", target, say("hits.no_word"), action=Action.MONITOR)
    whole = _sum(hits)
    if whole.percent is None or whole.asked < rules.least_requests:
        told = say("hits.too_few", asked=whole.asked, least=rules.least_requests)
        return unknown("hits", target, told)
    told = say("hits.share", percent=whole.percent, asked=whole.asked)
    if evidence.running_s < HOUR_S:
        return unknown("hits", target, say("hits.too_early", percent=whole.percent))
    if whole.percent > wanted:
        return ok("hits", target, told)
    over_s = evidence.measured.hits_s or evidence.measured.duration_s
    return missed("hits", target, told, *_proposals(hits, wanted, over_s))


def repeated_row(evidence: Evidence, baseline: Baseline | None) -> Row:
    """Return the row about the same question asked several times in a row.

    It needs no hour: an answer that is kept at all is ready the second time.
    """
    target = say("repeated.target", percent=_REPEATED_PERCENT)
    if not evidence.repeated:
        return unknown("repeated", target, say("repeated.not_asked"))
    cold = [each for each in evidence.repeated if _is_cold(each)]
    if not cold:
        asked = sum(each.asked - 1 for each in evidence.repeated)
        ready = sum(each.ready for each in evidence.repeated)
        return ok("repeated", target, say("repeated.share", ready=ready, asked=asked))
    names = ", ".join(f"{each.endpoint} {each.ready}/{each.asked - 1}" for each in cold)
    told = say("repeated.cold", names=names)
    before = () if baseline is None else baseline.repeated
    was_warm = {each.endpoint for each in before if not _is_cold(each)}
    if any(each.endpoint in was_warm for each in cold):
        return back("repeated", target, told, say("repeated.back"))
    return missed("repeated", target, told, say("repeated.look"))


def _is_cold(repeated: Repeated) -> bool:
    followers = repeated.asked - 1
    return followers > 0 and 100 * repeated.ready < _REPEATED_PERCENT * followers


def _sum(hits: Sequence[Hits]) -> Hits:
    return Hits(
        endpoint="", hits=sum(each.hits for each in hits), misses=sum(each.misses for each in hits)
    )


def _proposals(hits: Sequence[Hits], wanted: float, duration_s: float) -> tuple[Saying, ...]:
    """Return what to change, endpoint by endpoint, the one that costs most first."""
    poor = [
        each
        for each in hits
        if each.asked >= _LEAST_ASKED and each.percent is not None and each.percent <= wanted
    ]
    poor.sort(key=lambda each: each.misses, reverse=True)
    found = tuple(_proposal(each, wanted, duration_s) for each in poor[:_MOST_NAMED])
    return found or (say("hits.spread"),)


def _proposal(hits: Hits, wanted: float, duration_s: float) -> Saying:
    facts: dict[str, str | float] = {
        "endpoint": hits.endpoint,
        "percent": hits.percent or 0.0,
        "asked": hits.asked,
    }
    per_s = hits.asked / duration_s if duration_s > 0 else 0.0
    if hits.ttl_s is None or per_s <= 0:
        # A snapshot is rebuilt when data changes: only changes can make visitors wait for it.
        return say("hits.changes", **facts)
    # Answers are built anew when somebody asks after they ran out: of all that is asked, the share
    # of hits is λT/(1+λT), with λ questions a second and answers that are kept for T seconds.
    reachable = 100 * per_s * hits.ttl_s / (1 + per_s * hits.ttl_s)
    if reachable > wanted:
        return say("hits.dropped", ttl_s=hits.ttl_s, reachable=reachable, **facts)
    share = min(wanted, 95.0) / 100
    # Rounded first: 144.0000001 is 144.
    longer_s = math.ceil(round(share / ((1 - share) * per_s), 3))
    return say("hits.longer", ttl_s=hits.ttl_s, longer_s=longer_s, every_s=1 / per_s, **facts)
