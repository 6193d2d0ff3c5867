"""Whether answers take as long as before, under the same kind of load."""

from typing import Final

from pantau.operations.release.evidence import Evidence, Stretch, Times
from pantau.operations.release.rules import Rules, targets_ms
from pantau.operations.release.verdict import Row, back, missed, ok, say, unknown

_AS_BEFORE: Final = 1.1
"""Up to a tenth more counts as the same."""
_FOR_P95: Final = 5
"""A p95 rests on a twentieth of all answers: it is judged among so many times `least_times`."""
_FOR_ONE_OF_OURS: Final = 5
_ASKED_ELSEWHERE: Final = frozenset({"login"})
"""We ask for the page of signing in; the hub counts attempts here."""


def time_row(endpoint: str, evidence: Evidence, before: Stretch | None, rules: Rules) -> Row:
    """Return the row about one endpoint.

    What visitors had is compared with what visitors had, our own questions with our own.
    """
    metric, target_ms = f"time.{endpoint}", targets_ms(rules)[endpoint]
    times, times_before, is_ours = _pair(endpoint, evidence.measured, before, rules)
    target = say("time.target", target_ms=target_ms)
    if times_before is not None:
        target = say(
            "time.target_before",
            target_ms=target_ms,
            p50_ms=times_before.p50_ms,
            p95_ms=times_before.p95_ms,
        )
    if times is None:
        return unknown(metric, target, say("time.too_few", least=rules.least_times))
    told = say(
        "time.ours" if is_ours else "time.visitors",
        p50_ms=times.p50_ms,
        p95_ms=times.p95_ms,
        count=times.count,
    )
    pairs = _compared(times, times_before, rules)
    if any(before_ms is not None and _is_worse(ms, before_ms, rules) for ms, before_ms in pairs):
        return back(metric, target, told, say("time.back", factor=rules.worse_factor))
    # A handful of questions, asked while a release is brought in, differ by themselves; half the
    # slack is more than they did (12 ms), and less than what a statement too many costs (20 ms).
    slack_ms = rules.worse_slack_ms / 2 if is_ours and times.count < rules.least_times else 0.0
    if all(_is_good(ms, before_ms, target_ms, slack_ms) for ms, before_ms in pairs):
        return ok(metric, target, told)
    advice = say("time.nothing_before" if times_before is None else "time.watch")
    return missed(metric, target, told, advice)


def _compared(times: Times, before: Times | None, rules: Rules) -> list[tuple[float, float | None]]:
    """Return what is judged, each with what it was before: p50, and p95 where it means anything."""
    pairs = [(times.p50_ms, before.p50_ms if before else None)]
    least = min(times.count, before.count) if before else times.count
    if least >= _FOR_P95 * rules.least_times:
        pairs.append((times.p95_ms, before.p95_ms if before else None))
    return pairs


def _pair(
    endpoint: str, measured: Stretch, before: Stretch | None, rules: Rules
) -> tuple[Times | None, Times | None, bool]:
    """Return the times to judge, those to compare them with, and whether the questions are ours."""
    visitors, ours = _visitors(endpoint, measured, rules), _ours(endpoint, measured, rules)
    if before is not None:
        for now, then, is_ours in (
            (visitors, _visitors(endpoint, before, rules), False),
            (ours, _ours(endpoint, before, rules), True),
        ):
            if now is not None and then is not None:
                return now, then, is_ours
    return (visitors, None, False) if visitors is not None else (ours, None, True)


def _visitors(endpoint: str, measured: Stretch, rules: Rules) -> Times | None:
    """Return what visitors had, where there are enough of them beside our own questions."""
    times, ours = measured.traffic.get(endpoint), measured.probes.get(endpoint)
    asked = 0 if ours is None or endpoint in _ASKED_ELSEWHERE else ours.count
    # The hub counts our questions as well: where they are many, they are what was measured.
    least = max(rules.least_times, _FOR_ONE_OF_OURS * asked)
    return times if times is not None and times.count >= least else None


def _ours(endpoint: str, measured: Stretch, rules: Rules) -> Times | None:
    """Return what our own questions had; half as many do, because all of them are alike."""
    times = measured.probes.get(endpoint)
    return times if times is not None and 2 * times.count >= rules.least_times else None


def _is_good(ms: float, before_ms: float | None, target_ms: float, slack_ms: float) -> bool:
    if before_ms is None:
        return ms <= target_ms
    return ms <= max(target_ms, before_ms * _AS_BEFORE, before_ms + slack_ms)


def _is_worse(ms: float, before_ms: float, rules: Rules) -> bool:
    return ms > before_ms * rules.worse_factor and ms > before_ms + rules.worse_slack_ms
