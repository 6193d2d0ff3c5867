"""A hub whose cameras do what the test says, and a channel that it scripts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pantau.cameras.models import Camera, HealthState
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.health import repository as health
from pantau.health.values import Change
from pantau.health.verdict import Belief
from pantau.notifications import outbox_rows, repository, state_rows
from pantau.notifications.addresses import other
from pantau.notifications.channel import Outcome, Words
from pantau.notifications.composing import Composer
from pantau.notifications.delivering import Around, Deliverer
from pantau.notifications.rows import ADDRESS_PURPOSE
from pantau.notifications.sources import (
    AlarmSource,
    CameraSource,
    FeedbackSource,
    RecorderSource,
    StorageSource,
    TrailSource,
)
from pantau.notifications.values import Message, MessageState, Rule, Told, Windows
from pantau.notifications.watching import Watcher
from pantau.ui.i18n import Texts, languages
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock

SENT = Outcome(is_sent=True)
STEP_S = 30.0


@dataclass
class ScriptedChannel:
    """Answers what it was told to, one answer a message; `SENT` when nothing is left to say."""

    answers: list[Outcome] = field(default_factory=list)
    arrived: list[tuple[str, Words]] = field(default_factory=list)
    tried: int = 0

    async def send(self, address: str, words: Words) -> Outcome:
        self.tried += 1
        answer = self.answers.pop(0) if self.answers else SENT
        if answer.is_sent:
            self.arrived.append((address, words))
        return answer

    async def send_file(self, address: str, path: Path, caption: str) -> Outcome:
        raise AssertionError("no file is sent here")


class AlarmHouse:
    """One worker on one database; `restarted` gives the next one, which remembers nothing."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        cameras: Sequence[Camera],
        clock: HandWoundClock | None = None,
        zone: str = "Asia/Jakarta",
    ) -> None:
        self.database = database
        self.sealer = sealer
        self.clock = clock or HandWoundClock()
        self.channel = ScriptedChannel()
        self.catalogue = Catalogue(cameras, clock=self.clock)
        self.zone = ZoneInfo(zone)
        self.begin()

    def begin(self) -> None:
        """Start a worker; the one before is forgotten with everything it knew."""
        self.watcher = Watcher(
            self.database,
            catalogue=self.catalogue,
            sources=(
                CameraSource(self.catalogue),
                AlarmSource(),
                RecorderSource(self.catalogue),
                StorageSource(self.clock),
                TrailSource(),
                FeedbackSource(),
            ),
            zone=lambda: self.zone,
            clock=self.clock,
        )
        self.deliverer = Deliverer(
            self.database,
            Around(
                sealer=self.sealer,
                channel=self.channel,
                composer=Composer(
                    hub=lambda: "Hub",
                    texts={language: Texts(language) for language in languages()},
                ),
                zone=lambda: self.zone,
                clock=self.clock,
            ),
        )
        self._is_loaded = False

    async def add_target(self, address: str = "json://127.0.0.1/a", **changes: Any) -> int:
        key = f"key-{address}"
        values: dict[str, Any] = {
            "key": key[:32],
            "name": "Chat",
            "form": "other",
            "schema": other(address).schema,
            "shown": "…",
            "language": "en",
            "enabled": True,
            "sealed": self.sealer.seal(address, ADDRESS_PURPOSE, key[:32]),
            "created_at": START,
            **changes,
        }
        async with self.database.write() as writing:
            return await repository.add_target(writing, values)

    async def add_rule(self, **changes: Any) -> int:
        values: dict[str, Any] = {"id": 0, "name": "Rule", "since_at": self.clock.now(), **changes}
        async with self.database.write() as writing:
            return await repository.add_rule(writing, Rule(**values))

    async def set_windows(self, **changes: Any) -> None:
        async with self.database.write() as writing:
            await repository.put_windows(writing, Windows(**changes))

    async def maintain(
        self, minutes: float, scope: str = "hub", subject: int | None = None
    ) -> None:
        now = self.clock.now()
        values = {
            "scope": scope,
            "subject_id": subject,
            "reason": "",
            "began_at": now,
            "until_at": now + timedelta(minutes=minutes),
            "by": "rini",
        }
        async with self.database.write() as writing:
            await repository.add_maintenance(writing, values)

    async def set_state(self, state: HealthState, *numbers: int, cause: str = "") -> None:
        """Have cameras be in a state from this moment on."""
        now = self.clock.now()
        changes = [
            Change(
                CameraId(number),
                Belief(state=state, cause=cause, since_at=now, checked_at=now),
                now,
            )
            for number in numbers
        ]
        async with self.database.write() as writing:
            await health.save(writing, changes)

    async def down(self, *numbers: int, cause: str = "timed_out") -> None:
        await self.set_state(HealthState.OFFLINE, *numbers, cause=cause)

    async def up(self, *numbers: int) -> None:
        await self.set_state(HealthState.ONLINE, *numbers)

    async def tick(self) -> None:
        """Look and deliver once."""
        if not self._is_loaded:
            await self.watcher.load()
            self._is_loaded = True
        await self.watcher.look()
        while await self.deliverer.deliver():
            pass

    async def pass_s(self, duration_s: float, *, step_s: float = STEP_S) -> None:
        """Let time pass with the worker at work."""
        left_s = duration_s
        await self.tick()
        while left_s > 0:
            step = min(step_s, left_s)
            await self.clock.advance(step)
            left_s -= step
            await self.tick()

    async def messages(self, state: MessageState) -> list[Message]:
        async with self.database.read() as reading:
            return await outbox_rows.newest_messages(reading, limit=100, state=state)

    async def told(self) -> list[Told]:
        async with self.database.read() as reading:
            return list((await state_rows.told(reading)).values())

    async def change_rule(self, **changes: Any) -> None:
        async with self.database.write() as writing:
            (rule,) = await repository.rules(writing)
            await repository.put_rule(writing, replace(rule, **changes))

    def said(self) -> list[str]:
        """Return what arrived since the last time: titles, and the texts below them."""
        arrived, self.channel.arrived = self.channel.arrived, []
        return [f"{words.title}\n{words.text}" for _, words in arrived]

    def titles(self) -> list[str]:
        return [said.split("\n")[0].removeprefix("[Hub] ") for said in self.said()]


def wall(count: int, **changes: Any) -> list[Camera]:
    return [camera(number, name=f"Gate {number}", **changes) for number in range(1, count + 1)]
