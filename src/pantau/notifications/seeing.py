"""What sources report becomes what is believed to last, and since when.  Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from pantau.notifications.judging import Place
from pantau.notifications.kinds import Kind
from pantau.notifications.values import Happening, Sight, Subject, Windows

_TOGETHER: Final = timedelta(minutes=5)
_LEAST_FLEET: Final = 5
_FLEET: Final = Subject(Kind.FLEET)


@dataclass(slots=True)
class Report:
    """What one source says at one look."""

    kinds: frozenset[Kind]
    """What it looks after; what it does not mention of these is not there any more."""
    sights: dict[Subject, Sight] = field(default_factory=dict)
    unsure: set[Subject] = field(default_factory=set)
    """Of these nothing is known at the moment: what was believed stays."""
    unmentioned_good_at: datetime | None = None
    """Since when what it does not mention is well; None: that is not there any more."""
    happenings: list[Happening] = field(default_factory=list)
    watermark: str | None = None


@dataclass(slots=True)
class Seen:
    """What is believed after a report, and what of it differs from before."""

    sights: dict[Subject, Sight]
    changed: list[Sight]
    gone: list[Subject]


def merged(before: Mapping[Subject, Sight], reports: Sequence[Report]) -> Seen:
    """Return what is believed now.

    What was never bad is not kept, and who is bad for another cause is bad since before.
    """
    seen = Seen(dict(before), [], [])
    for report in reports:
        for subject, sight in report.sights.items():
            _take(seen, before.get(subject), sight)
        for subject, sight in before.items():
            is_ours = subject.kind in report.kinds
            if is_ours and subject not in report.sights and subject not in report.unsure:
                _leave(seen, sight, report.unmentioned_good_at)
    return seen


def _leave(seen: Seen, sight: Sight, good_at: datetime | None) -> None:
    if good_at is None:
        del seen.sights[sight.subject]
        seen.gone.append(sight.subject)
    elif sight.is_bad:
        _take(seen, sight, replace(sight, is_bad=False, since_at=good_at))


def _take(seen: Seen, before: Sight | None, sight: Sight) -> None:
    if before is None and not sight.is_bad:
        return
    if before is not None and before.is_bad is sight.is_bad:
        if (before.cause, before.facts) == (sight.cause, sight.facts):
            return
        sight = replace(sight, since_at=before.since_at)
    seen.sights[sight.subject] = sight
    seen.changed.append(sight)


def fleet_report(
    now: datetime,
    sights: Mapping[Subject, Sight],
    places: Mapping[int, Place],
    windows: Windows,
    *,
    has_other_fault: bool,
) -> Report:
    """Return whether a large part of all cameras fell together.

    Those that were down before do not count: a hundred that are dead for weeks say nothing about
    this minute.  `has_other_fault`: something else is known to be the cause.
    """
    report = Report(kinds=frozenset({Kind.FLEET}))
    before = sights.get(_FLEET)
    was_bad = before is not None and before.is_bad
    edge_at = before.since_at if before is not None and was_bad else now - _TOGETHER
    down = [
        sight.since_at
        for subject, sight in sights.items()
        if subject.kind is Kind.CAMERA and sight.is_bad and _is_told(subject, places)
    ]
    fresh = [since_at for since_at in down if since_at >= edge_at]
    others = sum(place.is_told for place in places.values()) - len(down)
    total = others + len(fresh)
    needed = max(_LEAST_FLEET, ceil(total * windows.fleet_percent / 100))
    is_bad = len(fresh) >= (needed + 1) // 2 if was_bad else len(fresh) >= needed
    if is_bad and not has_other_fault:
        report.sights[_FLEET] = Sight(
            subject=_FLEET,
            is_bad=True,
            since_at=edge_at if was_bad else min(fresh),
            # While it lasts the number it began with stays: it is what was told.
            facts=before.facts
            if before is not None and was_bad
            else {"cameras": len(fresh), "of": total},
        )
    elif before is not None:
        since_at = now if was_bad else before.since_at
        report.sights[_FLEET] = replace(before, is_bad=False, since_at=since_at)
    return report


def _is_told(subject: Subject, places: Mapping[int, Place]) -> bool:
    place = None if subject.camera_id is None else places.get(subject.camera_id)
    return place is not None and place.is_told
