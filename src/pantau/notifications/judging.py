"""Decides what is told to whom: from what is seen, what was told, rules and time.  Pure.

There is one mechanism against flapping (lesson H05): a change counts once it has lasted for the
window of the rule.  What comes back inside it was never there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from pantau.notifications.kinds import COMMON_FAULTS, MANNERS, OF_CAMERAS, Edge, Kind
from pantau.notifications.quiet import quiet_until
from pantau.notifications.values import (
    Happening,
    Item,
    Maintenance,
    Rule,
    Scope,
    Sight,
    Subject,
    Target,
    Told,
    Windows,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A camera as far as rules ask: where it is, and whether anybody may hear of it at all."""

    area_id: int | None
    is_told: bool
    """False for cameras that are disabled, in maintenance, announced offline or muted (H08)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that a decision rests on, at one moment."""

    now: datetime
    zone: ZoneInfo
    sights: Mapping[Subject, Sight]
    told: Mapping[tuple[int, Subject], Told]
    rules: Sequence[Rule]
    targets: Mapping[int, Target]
    windows: Windows
    maintenance: Sequence[Maintenance]
    places: Mapping[int, Place]


@dataclass(slots=True)
class Decision:
    """What follows; everything of it is written in one transaction."""

    items: list[Item] = field(default_factory=list)
    put: dict[tuple[int, Subject], Told] = field(default_factory=dict)
    gone: set[tuple[int, Subject]] = field(default_factory=set)
    ended: list[int] = field(default_factory=list)
    """Maintenance that is over now."""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not (self.items or self.put or self.gone or self.ended)


def decide(picture: Picture, happenings: Iterable[Happening] = ()) -> Decision:
    """Return what is to be told now."""
    return _Judge(picture).judge(happenings)


def passes(rule: Rule, subject: Subject, places: Mapping[int, Place]) -> bool:
    """Tell whether a rule is about something, whatever the time."""
    if subject.kind in COMMON_FAULTS and (not rule.kinds or rule.kinds & OF_CAMERAS):
        # It stands for cameras of the rule, of which nothing is told meanwhile.
        return True
    if rule.kinds and subject.kind not in rule.kinds:
        return False
    if not rule.is_scoped:
        return True
    camera_id = subject.camera_id
    place = None if camera_id is None else places.get(camera_id)
    return camera_id is not None and place is not None and _is_in_scope(rule, camera_id, place)


def coverage(rule: Rule, places: Mapping[int, Place]) -> int:
    """Return how many cameras a rule is about that anybody may hear of (lesson H04)."""
    return sum(
        place.is_told and _is_in_scope(rule, camera_id, place)
        for camera_id, place in places.items()
    )


def _is_in_scope(rule: Rule, camera_id: int, place: Place) -> bool:
    return not rule.is_scoped or camera_id in rule.camera_ids or place.area_id in rule.area_ids


class _Due(TypedDict):
    due_at: datetime
    is_held: bool


class _Judge:
    def __init__(self, picture: Picture) -> None:
        self._p = picture
        self._done = Decision()
        self._quiet: dict[int, datetime | None] = {}
        self._on = [each for each in picture.maintenance if each.is_on(picture.now)]
        self._over = [
            each
            for each in picture.maintenance
            if each.ended_at is None and picture.now >= each.until_at
        ]

    def judge(self, happenings: Iterable[Happening]) -> Decision:
        self._done.ended = [each.id for each in self._over]
        rules = [rule for rule in self._p.rules if rule.enabled]
        for rule in rules:
            for sight in self._p.sights.values():
                if sight.is_bad:
                    self._bad(rule, sight)
                else:
                    self._good(rule, sight)
        self._forget({rule.id for rule in rules})
        for happening in happenings:
            for rule in rules:
                self._happened(rule, happening)
        return self._done

    def _bad(self, rule: Rule, sight: Sight) -> None:
        key = (rule.id, sight.subject)
        told = self._p.told.get(key)
        if told is not None:
            self._remind(rule, sight, told)
            return
        if not passes(rule, sight.subject, self._p.places) or not self._may_tell(sight.subject):
            return
        is_silent = sight.since_at <= rule.since_at
        if not is_silent and not self._has_lasted(sight, self._down_after(rule)):
            return
        if not is_silent and self._is_hidden(sight.subject, rule):
            return
        now = self._p.now
        self._done.put[key] = Told(
            rule_id=rule.id,
            subject=sight.subject,
            began_at=sight.since_at,
            is_silent=is_silent,
            cause=sight.cause,
            facts=sight.facts,
            decided_at=now,
            reminded_at=now,
        )
        if not is_silent:
            self._say(rule, sight.subject, Edge.BEGAN, sight.since_at, sight=sight)

    def _good(self, rule: Rule, sight: Sight) -> None:
        key = (rule.id, sight.subject)
        told = self._p.told.get(key)
        if told is None or self._is_in_maintenance(sight.subject):
            return
        if not self._has_lasted(sight, self._up_after(rule)):
            return
        self._done.gone.add(key)
        if not told.is_silent and rule.tells_recovery:
            self._say(rule, sight.subject, Edge.ENDED, sight.since_at, sight=sight, before=told)

    def _remind(self, rule: Rule, sight: Sight, told: Told) -> None:
        every = timedelta(hours=self._p.windows.remind_hours)
        if not every or told.is_silent or self._p.now - told.reminded_at < every:
            return
        if self._is_in_maintenance(sight.subject):
            return
        self._done.put[rule.id, sight.subject] = replace(told, reminded_at=self._p.now)
        self._say(rule, sight.subject, Edge.STILL, self._p.now, sight=sight, before=told)

    def _happened(self, rule: Rule, happening: Happening) -> None:
        camera_id = happening.camera_id
        name = "" if camera_id is None else str(camera_id)
        if happening.at <= rule.since_at:
            return
        if not passes(rule, Subject(happening.kind, name), self._p.places):
            return
        if any(each.scope is Scope.HUB for each in self._on):
            return
        # Two reports of the same camera in the same second are still two.
        subject = Subject(happening.kind, happening.key)
        for target in self._targets(rule):
            self._done.items.append(
                Item(
                    target_id=target.id,
                    rule_id=rule.id,
                    subject=subject,
                    edge=Edge.HAPPENED,
                    at=happening.at,
                    facts=dict(happening.facts)
                    | ({} if camera_id is None else {"camera_id": camera_id}),
                    **self._due(rule, happening.kind),
                )
            )

    def _forget(self, rule_ids: set[int]) -> None:
        """Let go of what is not seen any more, as of cameras that were deleted."""
        for key, told in self._p.told.items():
            if key in self._done.gone:
                continue
            is_told = told.subject.kind not in OF_CAMERAS or self._is_open(told.subject)
            if key[0] not in rule_ids or told.subject not in self._p.sights or not is_told:
                self._done.put.pop(key, None)
                self._done.gone.add(key)

    def _say(
        self,
        rule: Rule,
        subject: Subject,
        edge: Edge,
        at: datetime,
        *,
        sight: Sight,
        before: Told | None = None,
    ) -> None:
        """Have every target of a rule be told, once."""
        is_after = edge is Edge.BEGAN and self._was_in_maintenance(subject)
        for target in self._targets(rule):
            self._done.items.append(
                Item(
                    target_id=target.id,
                    rule_id=rule.id,
                    subject=subject,
                    edge=Edge.STILL if is_after else edge,
                    at=at,
                    began_at=None if before is None else before.began_at,
                    cause=sight.cause or ("" if before is None else before.cause),
                    facts=sight.facts,
                    is_after_maintenance=is_after,
                    **self._due(rule, subject.kind),
                )
            )

    def _targets(self, rule: Rule) -> list[Target]:
        return [
            target
            for target in self._p.targets.values()
            if target.enabled and (not rule.target_ids or target.id in rule.target_ids)
        ]

    def _due(self, rule: Rule, kind: Kind) -> _Due:
        until = self._quiet_until(rule)
        if until is not None and not (rule.critical_passes and MANNERS[kind].is_critical):
            return {"due_at": until, "is_held": True}
        gather = timedelta(seconds=self._p.windows.gather_s)
        return {"due_at": self._p.now + gather, "is_held": False}

    def _quiet_until(self, rule: Rule) -> datetime | None:
        if rule.quiet is None:
            return None
        if rule.id not in self._quiet:
            self._quiet[rule.id] = quiet_until(self._p.now, rule.quiet, self._p.zone)
        return self._quiet[rule.id]

    def _has_lasted(self, sight: Sight, window: timedelta) -> bool:
        return self._p.now - sight.since_at >= window

    def _down_after(self, rule: Rule) -> timedelta:
        own = rule.down_after_s
        return timedelta(seconds=self._p.windows.down_after_s if own is None else own)

    def _up_after(self, rule: Rule) -> timedelta:
        own = rule.up_after_s
        return timedelta(seconds=self._p.windows.up_after_s if own is None else own)

    def _may_tell(self, subject: Subject) -> bool:
        return self._is_open(subject) and not self._is_in_maintenance(subject)

    def _is_open(self, subject: Subject) -> bool:
        if subject.kind not in OF_CAMERAS or subject.camera_id is None:
            return True
        place = self._p.places.get(subject.camera_id)
        return place is not None and place.is_told

    def _is_in_maintenance(self, subject: Subject) -> bool:
        return any(self._covers(each, subject) for each in self._on)

    def _was_in_maintenance(self, subject: Subject) -> bool:
        return any(self._covers(each, subject) for each in self._over)

    def _covers(self, maintenance: Maintenance, subject: Subject) -> bool:
        if maintenance.scope is Scope.HUB:
            return True
        if subject.kind not in OF_CAMERAS or subject.camera_id is None:
            return False
        if maintenance.scope is Scope.CAMERA:
            return subject.camera_id == maintenance.subject_id
        place = self._p.places.get(subject.camera_id)
        return place is not None and place.area_id == maintenance.subject_id

    def _is_hidden(self, subject: Subject, rule: Rule) -> bool:
        """Tell whether a common fault explains it, or did until a moment ago."""
        if subject.kind not in OF_CAMERAS:
            return False
        grace = self._down_after(rule)
        return any(
            sight.is_bad or self._p.now - sight.since_at < grace
            for sight in self._p.sights.values()
            if sight.subject.kind in COMMON_FAULTS
        )
