"""The decision matrix.  Pure: the same evidence gives the same verdict, whoever asks.

Unknown is never good, and never by itself a reason to take a release back; only the first rows
(it starts, it is the right build, it stays up, nothing critical) decide without a comparison.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pantau.operations.release.caches import hit_row, repeated_row
from pantau.operations.release.evidence import Baseline, Evidence, ProcessSeen, Stretch
from pantau.operations.release.pool import pool_row
from pantau.operations.release.refusing import refused_row
from pantau.operations.release.rules import HOUR_S, TIMED, Rules
from pantau.operations.release.signing_in import sign_in_row
from pantau.operations.release.timing import time_row
from pantau.operations.release.verdict import (
    Action,
    Row,
    Verdict,
    back,
    missed,
    ok,
    say,
    unknown,
    worst,
)


def judge(evidence: Evidence, baseline: Baseline | None, rules: Rules, now: datetime) -> Verdict:
    """Return what the evidence comes to; without a baseline nothing is worse than before."""
    before = None if baseline is None else baseline.measured
    rows = (
        _starts(evidence, baseline),
        _build(evidence),
        _stable(evidence, rules),
        _critical(evidence, before),
        _errors(evidence, before, rules),
        refused_row(evidence, before, rules),
        sign_in_row(evidence, before),
        hit_row(evidence, rules),
        repeated_row(evidence, baseline),
        pool_row(evidence, before, rules),
        *(time_row(endpoint, evidence, before, rules) for endpoint in TIMED),
    )
    return Verdict(
        at=now,
        version=next((each.version for each in _meant(evidence)), ""),
        build=evidence.build or next((each.build for each in _meant(evidence)), ""),
        running_s=evidence.running_s,
        baseline_build="" if baseline is None else baseline.build,
        action=worst([row.action for row in rows]),
        rows=rows,
    )


def _meant(evidence: Evidence) -> Sequence[ProcessSeen]:
    """Return the processes that must run the release."""
    return [each for each in evidence.processes if each.name in evidence.wanted]


def _starts(evidence: Evidence, baseline: Baseline | None) -> Row:
    target = say("starts.target")
    ready = {each.name for each in _meant(evidence) if each.is_ready}
    missing = [name for name in evidence.wanted if name not in ready]
    if missing:
        told = say("starts.missing", names=", ".join(missing))
        return back("starts", target, told, say("starts.look_at_log"))
    if evidence.is_serving is False:
        told = say("starts.unwell", names=", ".join(evidence.down))
        if baseline is not None and baseline.is_serving is False:
            return missed("starts", target, told, say("starts.unwell_before"))
        return back("starts", target, told, say("starts.look_at_health"))
    if evidence.is_serving is None:
        return unknown("starts", target, say("starts.not_asked"), action=Action.MONITOR)
    return ok("starts", target, say("starts.ready", names=", ".join(evidence.wanted)))


def _build(evidence: Evidence) -> Row:
    seen = _meant(evidence)
    target = say("build.target", build=evidence.build or "–")
    if not seen:
        return unknown("build", target, say("build.nobody"))
    others = [each for each in seen if each.build != (evidence.build or seen[0].build)]
    if others:
        told = ", ".join(f"{each.name} {each.build or '?'}" for each in others)
        return back("build", target, say("build.other", told=told), say("build.again"))
    return ok("build", target, say("build.right", build=seen[0].build))


def _stable(evidence: Evidence, rules: Rules) -> Row:
    target = say("stable.target", seconds=rules.stable_s)
    if evidence.ended:
        told = ", ".join(f"{each.name} ({each.how})" for each in evidence.ended[:5])
        many = say("stable.ended", count=len(evidence.ended), told=told)
        if len(evidence.ended) == 1 and evidence.running_s >= HOUR_S:
            # It ran well for an hour: a machine out of memory ends processes of any release.
            return missed("stable", target, many, say("stable.once"))
        return back("stable", target, many, say("stable.look_at_log"))
    ages = [each.up_s for each in _meant(evidence)]
    known = [age for age in ages if age is not None]
    if not known or len(known) < len(ages):
        return unknown("stable", target, say("stable.no_age"))
    if min(known) < rules.stable_s:
        return unknown("stable", target, say("stable.not_yet", seconds=int(min(known))))
    return ok("stable", target, say("stable.since", seconds=int(min(known))))


def _critical(evidence: Evidence, before: Stretch | None) -> Row:
    target, found = say("critical.target"), evidence.measured.critical
    if found is None:
        return unknown("critical", target, say("critical.no_word"), action=Action.MONITOR)
    count, shards = sum(found.values()), evidence.measured.shard_restarts or 0
    if shards:
        return _shards_row(evidence, before, found)
    if not count:
        return ok("critical", target, say("critical.none"))
    names = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    told = say("critical.found", count=count, names=names)
    if _is_as_before(count, evidence.measured, before):
        # The release before has the same bug: taking this one back would not help, and nobody
        # could ever deploy the repair of another.
        return missed("critical", target, told, say("critical.as_before"))
    return back("critical", target, told, say("critical.look_at_log"))


def _shards_row(evidence: Evidence, before: Stretch | None, found: Mapping[str, int]) -> Row:
    """Return the row where parts of the media engine died, which hold up to fifty cameras each."""
    target, measured = say("critical.target"), evidence.measured
    count, shards = sum(found.values()), measured.shard_restarts or 0
    told_of = {"shards": shards, **{name: number for name, number in found.items() if number}}
    names = ", ".join(f"{name} {number}" for name, number in told_of.items())
    told = say("critical.found", count=count + shards, names=names)
    others_as_before = not count or _is_as_before(count, measured, before)
    if others_as_before and _shards_as_before(shards, measured, before):
        return missed("critical", target, told, say("critical.as_before"))
    if others_as_before and shards == 1:
        # One camera can do that, with any release: the engine parks it.
        return missed("critical", target, told, say("critical.one_shard"))
    return back("critical", target, told, say("critical.shards"))


def _shards_as_before(count: int, measured: Stretch, before: Stretch | None) -> bool:
    if before is None or not before.shard_restarts:
        return False
    before_s = before.shards_s or before.duration_s
    rate_before = before.shard_restarts / before_s if before_s > 0 else 0.0
    return count <= rate_before * max(measured.duration_s, HOUR_S / 4)


def _is_as_before(count: int, measured: Stretch, before: Stretch | None) -> bool:
    if before is None or before.critical is None:
        return False
    hours, hours_before = measured.duration_s / HOUR_S, before.duration_s / HOUR_S
    rate_before = sum(before.critical.values()) / hours_before if hours_before > 0 else 0.0
    # At least a quarter of an hour: one error a day would be a hundred an hour after half a minute.
    return rate_before > 0 and count <= rate_before * max(hours, 0.25)


def _errors(evidence: Evidence, before: Stretch | None, rules: Rules) -> Row:
    measured = evidence.measured
    target = say("errors.target", percent=rules.error_watch_percent)
    share = measured.error_percent
    if measured.requests is None or measured.errors is None:
        return unknown("errors", target, say("errors.no_word"), action=Action.MONITOR)
    if share is None or measured.requests < rules.least_requests:
        told = say("errors.too_few", requests=measured.requests, least=rules.least_requests)
        return unknown("errors", target, told)
    share_before = _share_before(before)
    compared = max(share_before or 0.0, rules.error_floor_percent)
    # Rounded, or exactly 10 % would be a little more or less by the way numbers are kept.
    increase = round(100 * (share - compared) / compared, 6)
    facts = {"percent": share, "errors": measured.errors, "requests": measured.requests}
    told = say("errors.first", **facts)
    if share_before is not None:
        told = say("errors.both", before=share_before, increase=max(0.0, increase), **facts)
    if increase < rules.error_watch_percent:
        return ok("errors", target, told)
    if increase > rules.error_back_percent and measured.errors >= rules.least_errors:
        if share_before is not None:
            advice = say("errors.back", percent=rules.error_back_percent)
            return back("errors", target, told, advice)
        return missed("errors", target, told, say("errors.nothing_before"))
    return missed("errors", target, told, say("errors.watch"))


def _share_before(before: Stretch | None) -> float | None:
    """Return the error rate of the release before; none of no requests is none."""
    if before is None or before.errors is None:
        return None
    return before.error_percent or 0.0
