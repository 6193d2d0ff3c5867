"""The outbox as people see it: what waits, what arrived, what did not; trying again, and drills."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.db.database import Database
from pantau.notifications import outbox_rows, repository
from pantau.notifications.channel import Words
from pantau.notifications.composing import Composer
from pantau.notifications.delivering import add_message
from pantau.notifications.inputs import DrillInput
from pantau.notifications.previewing import Preview, SampleCamera, previews
from pantau.notifications.target_service import found
from pantau.notifications.values import Message, MessageState, Rule, Target

ANSWER_S: Final = 15.0
"""How long somebody waits for what becomes of a drill."""
_LOOK_EVERY_S: Final = 1.0
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Drilled:
    """What became of a drill at one target; `waiting` when the worker has not said yet."""

    target: Target
    state: MessageState
    reason: str
    words: Words


class Outbox:
    """Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        composer: Composer,
        zone: Callable[[], ZoneInfo],
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._composer = composer
        self._zone = zone
        self._trail = trail
        self._clock = clock
        self._changed = asyncio.Event()
        database.changes.on("notifications", self._changed.set)

    async def messages(self, *, state: MessageState | None = None) -> Sequence[Message]:
        """Return the newest messages."""
        async with self._database.read() as reading:
            return await outbox_rows.newest_messages(reading, limit=_SHOWN, state=state)

    async def counts(self) -> Counter[str]:
        """Return how many messages are in each state, and under `items` what waits for one."""
        async with self._database.read() as reading:
            return await outbox_rows.counts(reading)

    async def retry(self, number: int, *, by: Asker) -> Message:
        """Try a dead message again; raises NotFound, and Conflict for one that is not dead."""
        async with self._database.write() as writing:
            message = await outbox_rows.one_message(writing, number)
            if message is None:
                raise NotFound("alerts.no_such_message", "There is no such message.")
            if message.state is not MessageState.DEAD:
                raise Conflict("alerts.not_dead", "This message was sent or is still being tried.")
            now = self._clock.now()
            await outbox_rows.change_message(
                writing,
                number,
                {"state": MessageState.WAITING.value, "tries": 0, "due_at": now},
            )
            await self._trail.record(
                writing, by.actor, Action.RETRY_ALERT, target=f"alert message {number}"
            )
            again = await outbox_rows.one_message(writing, number)
        assert again is not None
        return again

    async def preview(self, rule: Rule, camera: SampleCamera | None) -> Sequence[Preview]:
        """Return what the targets of a rule would read; sends and keeps nothing."""
        async with self._database.read() as reading:
            targets = _told_by(rule, await repository.targets(reading))
            windows = await repository.windows(reading)
        return previews(
            rule,
            targets,
            camera=camera,
            windows=windows,
            composer=self._composer,
            now=self._clock.now(),
            zone=self._zone(),
        )

    async def drill(self, given: DrillInput, *, by: Asker) -> Sequence[Drilled]:
        """Really send a marked message to a target, or to all of a rule; return what became of it.

        Waits up to `ANSWER_S` for the worker.  Raises Invalid, NotFound, and Conflict where there
        is nobody to send to.
        """
        if (given.target_id is None) is (given.rule_id is None):
            raise Invalid(
                "alerts.drill", "Choose either a target or a rule to try.", field="target_id"
            )
        numbers: list[tuple[Target, int, Words]] = []
        async with self._database.write() as writing:
            name, targets = (
                "",
                [] if given.target_id is None else [await found(writing, given.target_id)],
            )
            if given.rule_id is not None:
                rules = {rule.id: rule for rule in await repository.rules(writing)}
                rule = rules.get(given.rule_id)
                if rule is None:
                    raise NotFound("alerts.no_such_rule", "There is no such rule.")
                name = rule.name
                targets = _told_by(rule, await repository.targets(writing))
            if not targets:
                raise Conflict("alerts.no_targets", "There is no target that is on. Add one first.")
            for target in targets:
                words = self._composer.drill(
                    target, rule=name, now=self._clock.now(), zone=self._zone()
                )
                number = await add_message(
                    writing, target, words, clock=self._clock, item_ids=[], is_drill=True
                )
                numbers.append((target, number, words))
            await self._trail.record(
                writing,
                by.actor,
                Action.DRILL_ALERTS,
                details={"targets": [target.name for target, _, _ in numbers]},
            )
        states = await self._outcome([number for _, number, _ in numbers])
        return [
            Drilled(target, states[number].state, states[number].fault, words)
            for target, number, words in numbers
        ]

    async def _outcome(self, numbers: Sequence[int]) -> dict[int, Message]:
        states = await self._states(numbers)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while any(each.state is MessageState.WAITING for each in states.values()):
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_EVERY_S):
                            await self._changed.wait()
                    self._changed.clear()
                    states = await self._states(numbers)
        return states

    async def _states(self, numbers: Sequence[int]) -> dict[int, Message]:
        async with self._database.read() as reading:
            known = {number: await outbox_rows.one_message(reading, number) for number in numbers}
        return {number: message for number, message in known.items() if message is not None}


def _told_by(rule: Rule, targets: Sequence[Target]) -> list[Target]:
    return [
        target
        for target in targets
        if target.enabled and (not rule.target_ids or target.id in rule.target_ids)
    ]
