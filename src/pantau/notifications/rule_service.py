"""Rules, windows and maintenance as people manage them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.areas.repository import all_areas
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.db.database import Database, Reading, Writing
from pantau.notifications import repository
from pantau.notifications.inputs import MaintenanceInput, RuleInput, WindowsInput
from pantau.notifications.judging import coverage
from pantau.notifications.target_service import check_targets
from pantau.notifications.values import Maintenance, Rule, Scope, Windows
from pantau.notifications.watching import places_of

MOST_RULES: Final = 100
_MOST_MAINTENANCE: Final = 50


@dataclass(frozen=True, slots=True)
class CoveredRule:
    """A rule and how many cameras it is about that anybody may hear of."""

    rule: Rule
    cameras: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The windows, and the cameras that nobody wants to hear of."""

    windows: Windows
    muted: frozenset[int]


class Rules:
    """Loop only."""

    def __init__(
        self, database: Database, *, catalogue: Catalogue, trail: AuditTrail, clock: Clock
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._trail = trail
        self._clock = clock

    async def all(self) -> Sequence[CoveredRule]:
        """Return all rules."""
        async with self._database.read() as reading:
            rules = await repository.rules(reading)
            muted = await repository.muted(reading)
        return [self._covered(rule, muted) for rule in rules]

    async def one(self, rule_id: int) -> CoveredRule:
        """Return a rule; raises NotFound."""
        async with self._database.read() as reading:
            rule = await _found(reading, rule_id)
            return self._covered(rule, await repository.muted(reading))

    async def add(self, given: RuleInput, *, by: Asker) -> CoveredRule:
        """Add a rule; what is down already is its baseline.  Raises Invalid."""
        async with self._database.write() as writing:
            if len(await repository.rules(writing)) >= MOST_RULES:
                raise Conflict("alerts.too_many_rules", "There are 100 rules, which is the most.")
            await self._check(writing, given)
            rule = self._rule(given)
            rule = replace(rule, id=await repository.add_rule(writing, rule))
            await self._trail.record(
                writing,
                by.actor,
                Action.CREATE_ALERT_RULE,
                target=_named(rule),
                after=_told(rule),
            )
            return self._covered(rule, await repository.muted(writing))

    async def put(self, rule_id: int, given: RuleInput, *, by: Asker) -> CoveredRule:
        """Replace a rule; raises NotFound and Invalid.

        Where it is about something else than before, what is down by then is its baseline.
        """
        async with self._database.write() as writing:
            before = await _found(writing, rule_id)
            await self._check(writing, given)
            after = replace(self._rule(given), id=before.id, purpose=before.purpose)
            if _aim(after) == _aim(before):
                after = replace(after, since_at=before.since_at)
            await repository.put_rule(writing, after)
            await self._trail.record(
                writing,
                by.actor,
                Action.UPDATE_ALERT_RULE,
                target=_named(before),
                before=_told(before),
                after=_told(after),
            )
            return self._covered(after, await repository.muted(writing))

    async def delete(self, rule_id: int, *, by: Asker) -> None:
        """Delete a rule; raises NotFound.  What it has said already is delivered all the same."""
        async with self._database.write() as writing:
            rule = await _found(writing, rule_id)
            await repository.delete_rule(writing, rule_id)
            await self._trail.record(
                writing,
                by.actor,
                Action.DELETE_ALERT_RULE,
                target=_named(rule),
                before=_told(rule),
            )

    async def behaviour(self) -> Behaviour:
        """Return how alerts behave where a rule says nothing else."""
        async with self._database.read() as reading:
            return Behaviour(await repository.windows(reading), await repository.muted(reading))

    async def set_behaviour(self, given: WindowsInput, *, by: Asker) -> Behaviour:
        """Replace it; raises Invalid for a camera that there is not."""
        muted = frozenset(given.muted_camera_ids)
        if any(self._catalogue.by_id(number) is None for number in muted):
            raise Invalid("cameras.unknown", "There is no such camera.", field="muted_camera_ids")
        windows = Windows(**given.model_dump(exclude={"muted_camera_ids"}))
        async with self._database.write() as writing:
            before = Behaviour(await repository.windows(writing), await repository.muted(writing))
            await repository.put_windows(writing, windows)
            await repository.put_muted(writing, muted)
            await self._trail.record(
                writing,
                by.actor,
                Action.UPDATE_ALERT_SETTINGS,
                before=asdict(before.windows) | {"muted": sorted(before.muted)},
                after=asdict(windows) | {"muted": sorted(muted)},
            )
        return Behaviour(windows, muted)

    async def maintenance(self) -> Sequence[Maintenance]:
        """Return maintenance that is on."""
        async with self._database.read() as reading:
            every = await repository.open_maintenance(reading)
        return [each for each in every if each.is_on(self._clock.now())]

    async def begin_maintenance(self, given: MaintenanceInput, *, by: Asker) -> Maintenance:
        """Have nothing be told of something for a while; raises Invalid, Conflict."""
        now = self._clock.now()
        async with self._database.write() as writing:
            every = await repository.open_maintenance(writing)
            if len(every) >= _MOST_MAINTENANCE:
                raise Conflict("alerts.too_much_maintenance", "End some other maintenance first.")
            await self._check_subject(writing, given)
            values = {
                "scope": given.scope.value,
                "subject_id": None if given.scope is Scope.HUB else given.subject_id,
                "reason": given.reason,
                "began_at": now,
                "until_at": now + timedelta(minutes=given.minutes),
                "by": by.actor.name[:100],
            }
            number = await repository.add_maintenance(writing, values)
            await self._trail.record(
                writing,
                by.actor,
                Action.BEGIN_MAINTENANCE,
                target=_subject(given.scope, given.subject_id),
                details={"minutes": given.minutes, "reason": given.reason},
            )
            every = await repository.open_maintenance(writing)
        return next(each for each in every if each.id == number)

    async def end_maintenance(self, number: int, *, by: Asker) -> None:
        """End maintenance now; raises NotFound.  What is still down is told at once."""
        now = self._clock.now()
        async with self._database.write() as writing:
            every = await repository.open_maintenance(writing)
            one = next((each for each in every if each.id == number and each.is_on(now)), None)
            if one is None:
                raise NotFound("alerts.no_such_maintenance", "There is no such maintenance.")
            await repository.shorten_maintenance(writing, number, until_at=now)
            await self._trail.record(
                writing,
                by.actor,
                Action.END_MAINTENANCE,
                target=_subject(one.scope, one.subject_id),
            )

    async def _check(self, reading: Reading, given: RuleInput) -> None:
        check_targets(await repository.targets(reading), frozenset(given.target_ids))
        areas = {int(area.id) for area in await all_areas(reading) if area.removed_at is None}
        if set(given.area_ids) - areas:
            raise Invalid("areas.unknown", "There is no such area.", field="area_ids")
        if any(self._catalogue.by_id(number) is None for number in given.camera_ids):
            raise Invalid("cameras.unknown", "There is no such camera.", field="camera_ids")

    async def _check_subject(self, writing: Writing, given: MaintenanceInput) -> None:
        number = given.subject_id
        if given.scope is Scope.HUB:
            return
        if given.scope is Scope.CAMERA:
            if number is None or self._catalogue.by_id(number) is None:
                raise Invalid("cameras.unknown", "There is no such camera.", field="subject_id")
            return
        areas = {int(area.id) for area in await all_areas(writing) if area.removed_at is None}
        if number not in areas:
            raise Invalid("areas.unknown", "There is no such area.", field="subject_id")

    def _rule(self, given: RuleInput) -> Rule:
        return Rule(
            id=0,
            name=given.name,
            enabled=given.enabled,
            kinds=frozenset(given.kinds),
            area_ids=frozenset(given.area_ids),
            camera_ids=frozenset(given.camera_ids),
            target_ids=frozenset(given.target_ids),
            tells_recovery=given.tells_recovery,
            quiet=None if given.quiet is None else given.quiet.as_hours(),
            critical_passes=given.critical_passes,
            down_after_s=given.down_after_s,
            up_after_s=given.up_after_s,
            since_at=self._clock.now(),
        )

    def _covered(self, rule: Rule, muted: frozenset[int]) -> CoveredRule:
        return CoveredRule(rule, coverage(rule, places_of(self._catalogue, muted)))


async def _found(reading: Reading, rule_id: int) -> Rule:
    for rule in await repository.rules(reading):
        if rule.id == rule_id:
            return rule
    raise NotFound("alerts.no_such_rule", "There is no such rule.")


def _aim(rule: Rule) -> tuple[object, ...]:
    return rule.enabled, rule.kinds, rule.area_ids, rule.camera_ids, rule.target_ids


def _named(rule: Rule) -> str:
    return f"alert rule {rule.id} ({rule.name})" if rule.id else f"alert rule ({rule.name})"


def _told(rule: Rule) -> dict[str, object]:
    told = asdict(replace(rule, quiet=None))
    left_out = {"id", "since_at", "purpose", "quiet"}
    kept = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in told.items()
        if name not in left_out
    }
    return kept | {"quiet": None if rule.quiet is None else list(rule.quiet)}


def _subject(scope: Scope, subject_id: int | None) -> str:
    return "everything" if scope is Scope.HUB else f"{scope.value} {subject_id}"
