"""Whether a release refuses what the one before answered: bursts of 400 to 499.

Programs that try addresses make such answers as well, on every hub and at any time.  So a release
is taken back for what *we* were refused, who ask the same before and after; for what visitors were
refused only where they also get fewer answers than before: no program that tries takes those away.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pantau.operations.release.evidence import Evidence, Refusals, Stretch
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Row, back, missed, ok, say, unknown

_OF_STAFF: Final = frozenset({"admin", "admin_pages"})
"""Where people without rights are refused as well: only that hardly anybody is served is a sign."""
_NOT_JUDGED: Final = frozenset({"auth", "refused"}) | _OF_STAFF
"""Classes in which refusals say something of who asks: wrong passwords, people without rights."""


_LEAST_OF_ONE: Final = 20
"""Questions to one address, before and after: fewer have no share."""
_LEAST_EXPECTED: Final = 5.0
"""Good answers that an address would have given as before: with fewer, nobody may have come but a
program that tries."""
_STAFF_ADDRESSES: Final = ("/admin", "/api/admin", "/api/users", "/api/cache", "/metrics")
_NOT_JUDGED_ADDRESSES: Final = ("/hls", "/api/auth", "/health", "/api/health")
"""Where refusals say something of a camera, or of who asks."""


def refused_row(evidence: Evidence, before: Stretch | None, rules: Rules) -> Row:
    """Return the row about answers that refuse."""
    measured, target = evidence.measured, say("refused.target", percent=rules.error_watch_percent)
    if before is None or before.refusals is None or measured.refusals is None:
        return unknown("refused", target, say("refused.nothing_before"))
    ours = list(_grown(measured.questions, before.questions, rules, rules.least_errors))
    visitors = [
        name
        for name in _grown(measured.refusals, before.refusals, rules, rules.least_requests)
        if name not in _NOT_JUDGED
    ]
    # Nobody can tell an expired session from one that was dropped: a look, and never more.
    staff = [
        name
        for name in _grown(measured.refusals, before.refusals, rules, rules.least_errors)
        if name in _OF_STAFF and _fewer_answered(measured, before, name)
    ]
    gone = list(_gone_addresses(measured, before))
    counted = {name for name in measured.refusals if name not in _NOT_JUDGED} | set(staff)
    asked = [measured.refusals[name] for name in counted]
    facts = {"refused": sum(each.refused for each in asked), "asked": sum(e.asked for e in asked)}
    if not ours and not visitors and not staff and not gone:
        return ok("refused", target, say("refused.none", **facts))
    worst = [
        *(name for name in ours if _is_back(measured.questions, before.questions, name, rules)),
        *(name for name in visitors if _fewer_answered(measured, before, name)),
        *(path for path in gone if _served_by_none(measured, before, path)),
    ]
    names = _shares(measured, before, ours, visitors + staff, gone)
    told = say("refused.some", names=names, **facts)
    if worst:
        return back("refused", target, told, say("refused.back"))
    return missed("refused", target, told, say("refused.look"))


def _grown(
    now: Mapping[str, Refusals], before: Mapping[str, Refusals], rules: Rules, least: int
) -> Iterator[str]:
    """Yield where the share of refusals grew, among enough questions before and after."""
    for name, each in sorted(now.items()):
        then = before.get(name)
        if then is None or min(each.asked, then.asked) < least:
            continue
        if each.refused < rules.least_errors:
            continue
        if _increase(each, then, rules) >= rules.error_watch_percent:
            yield name


def _increase(now: Refusals, before: Refusals, rules: Rules) -> float:
    compared = max(before.percent, rules.refused_floor_percent)
    return round(100 * (now.percent - compared) / compared, 6)


def _is_back(
    now: Mapping[str, Refusals], before: Mapping[str, Refusals], name: str, rules: Rules
) -> bool:
    return _increase(now[name], before[name], rules) > rules.error_back_percent


def _fewer_answered(now: Stretch, before: Stretch, name: str) -> bool:
    """Tell whether most are refused who were not, and fewer than half get what they did before."""
    assert now.refusals is not None
    assert before.refusals is not None
    each, then = now.refusals[name], before.refusals[name]
    if each.percent <= 50 or then.percent > 50 or now.duration_s <= 0 or before.duration_s <= 0:
        return False
    return each.answered / now.duration_s < then.answered / before.duration_s / 2


def _gone_addresses(now: Stretch, before: Stretch) -> Iterator[str]:
    """Yield the addresses that answered before and mostly refuse: too rare for their class."""
    for path, each in sorted(now.answered.items()):
        then = before.answered.get(path)
        if then is None or min(each.asked, then.asked) < _LEAST_OF_ONE:
            continue
        if each.percent > 50 >= then.percent and not path.startswith(_NOT_JUDGED_ADDRESSES):
            yield path


def _served_by_none(now: Stretch, before: Stretch, path: str) -> bool:
    """Tell whether those are refused who were served, and not just a program that tries.

    Of staff nobody can tell: a look, and never more.
    """
    if path.startswith(_STAFF_ADDRESSES) or now.duration_s <= 0 or before.duration_s <= 0:
        return False
    each, then = now.answered[path], before.answered[path]
    expected = then.answered * now.duration_s / before.duration_s
    return expected >= _LEAST_EXPECTED and each.answered < expected / 2


def _shares(
    now: Stretch, before: Stretch, ours: list[str], visitors: list[str], gone: list[str]
) -> str:
    told = []
    for names, new, old in (
        (ours, now.questions, before.questions),
        (visitors, now.refusals or {}, before.refusals or {}),
        (gone, now.answered, before.answered),
    ):
        told += [f"{name} {old[name].percent:.1f} → {new[name].percent:.1f} %" for name in names]
    return ", ".join(told)
