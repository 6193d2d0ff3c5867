"""Takes what is in the outbox to the message services, until it has arrived.

Each target has one message on its way at a time, in order.  What comes up while it does not answer
becomes one message afterwards.  A message counts as sent once its service said so (lesson H02);
should the process end between the two, it is sent again rather than lost.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.jobs import timed_job
from pantau.core.sealing import Sealer, SealingError
from pantau.db.database import Database, Writing
from pantau.notifications import outbox_rows, repository, state_rows
from pantau.notifications.channel import Channel, Outcome, Words
from pantau.notifications.composing import Composer
from pantau.notifications.rows import ADDRESS_PURPOSE
from pantau.notifications.values import Message, MessageState, Target

log = structlog.get_logger()

MOST_TRIES: Final = 20
"""With the pauses between them some eight hours: a line that is down over night."""
PAUSES: Final = Backoff(first_s=15.0, most_s=1_800.0, jitter=0.0)
_EVERY_S: Final = 5.0
_LONGEST_WISH_S: Final = 3_600.0
_AT_ONCE: Final = 4
_UNREADABLE: Final = "The address of this target cannot be read. Enter it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a deliverer needs of the house."""

    sealer: Sealer
    channel: Channel
    composer: Composer
    zone: Callable[[], ZoneInfo]
    clock: Clock


class Deliverer:
    """Loop only."""

    def __init__(self, database: Database, around: Around) -> None:
        self._database = database
        self._around = around
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._changed = asyncio.Event()
        database.changes.on("notifications", self._changed.set)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._changed.clear()
            try:
                with timed_job("alerts.delivering"):
                    while await self.deliver():
                        pass
            except Problem as problem:
                log.info("alerts_not_delivered", reason=problem.code)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S):
                    await self._changed.wait()

    async def deliver(self) -> int:
        """Send what is due, one message to each target; return how many were tried."""
        now = self._around.clock.now()
        async with self._database.read() as reading:
            targets = {each.id: each for each in await repository.targets(reading)}
            messages = await outbox_rows.next_messages(reading)
            with_items = await outbox_rows.targets_with_items(reading, due_at=now)
        for target_id in sorted(with_items - messages.keys()):
            target = targets.get(target_id)
            if target is not None and target.enabled:
                messages[target_id] = await self._compose(target)
        due = [
            (targets[target_id], message)
            for target_id, message in messages.items()
            if message.due_at <= now and target_id in targets
            if targets[target_id].enabled or message.is_drill
        ]
        await asyncio.gather(*(self._send(target, message) for target, message in due))
        return len(due)

    async def _compose(self, target: Target) -> Message:
        """Make one message of what a target is to be told by now."""
        around = self._around
        now = around.clock.now()
        async with self._database.write() as writing:
            items = [
                item
                for item in await outbox_rows.waiting_items(writing, target.id)
                # What waits to be told together need not wait for its own time any more.
                if item.due_at <= now or not item.is_held
            ]
            words = around.composer.compose(items, target, now=now, zone=around.zone())
            number = await add_message(
                writing, target, words, clock=around.clock, item_ids=[item.id for item in items]
            )
            message = await outbox_rows.one_message(writing, number)
        assert message is not None
        return message

    async def _send(self, target: Target, message: Message) -> None:
        async with self._gate:
            outcome = await self._tried(target, Words(message.title, message.text, message.html))
        async with self._database.write() as writing:
            if outcome.is_sent:
                await self._note_sent(writing, target, message)
            else:
                await self._note_failed(writing, target, message, outcome)

    async def _tried(self, target: Target, words: Words) -> Outcome:
        try:
            address = self._around.sealer.open(target.sealed, ADDRESS_PURPOSE, target.key)
        except SealingError:
            return Outcome(is_sent=False, reason=_UNREADABLE, is_final=True)
        return await self._around.channel.send(address, words)

    async def _note_sent(self, writing: Writing, target: Target, message: Message) -> None:
        now = self._around.clock.now()
        await outbox_rows.change_message(
            writing,
            message.id,
            {
                "state": MessageState.SENT.value,
                "tries": message.tries + 1,
                "sent_at": now,
                "fault": "",
            },
        )
        await repository.change_target(writing, target.id, {"last_ok_at": now})
        items = await outbox_rows.items_of(writing, message.id)
        await state_rows.note_announced(
            writing,
            ((item.rule_id, item.subject) for item in items if item.rule_id is not None),
            at=now,
        )

    async def _note_failed(
        self, writing: Writing, target: Target, message: Message, outcome: Outcome
    ) -> None:
        tries = message.tries + 1
        is_dead = outcome.is_final or message.is_drill or tries >= MOST_TRIES
        pause_s = PAUSES.delay_s(tries, random=lambda: 0.0)
        if outcome.retry_after_s is not None:
            pause_s = min(max(pause_s, outcome.retry_after_s), _LONGEST_WISH_S)
        now = self._around.clock.now()
        await outbox_rows.change_message(
            writing,
            message.id,
            {
                "state": (MessageState.DEAD if is_dead else MessageState.WAITING).value,
                "tries": tries,
                "due_at": now + timedelta(seconds=pause_s),
                "fault": outcome.reason,
            },
        )
        await repository.change_target(
            writing, target.id, {"last_fault": outcome.reason, "last_fault_at": now}
        )
        say = log.error if is_dead else log.warning
        say("alert_not_sent", target=target.name, tries=tries, reason=outcome.reason)


async def add_message(
    writing: Writing,
    target: Target,
    words: Words,
    *,
    clock: Clock,
    item_ids: list[int],
    is_drill: bool = False,
) -> int:
    """Put a message in front of whoever delivers; return its number."""
    now = clock.now()
    values = {
        "target_id": target.id,
        "title": words.title[:300],
        "text": words.text,
        "html": words.html,
        "edge_count": len(item_ids),
        "state": MessageState.WAITING.value,
        "is_drill": is_drill,
        "created_at": now,
        "due_at": now,
    }
    return await outbox_rows.add_message(writing, values, item_ids)
