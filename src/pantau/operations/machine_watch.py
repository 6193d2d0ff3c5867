"""Looks at the machine every few seconds and remembers the last hour, in memory."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pantau.core.clock import Clock
from pantau.operations.machine import (
    CpuTimes,
    MachineFacts,
    Memory,
    Process,
    Reading,
    Room,
    Traffic,
    read_facts,
    read_family,
    read_machine,
    read_room,
)

EVERY_S: Final = 5.0
KEPT_S: Final = 3600.0
_SLOW_EVERY: Final = 3
"""Disks and processes are asked at every third look."""
_ANSWER_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How the machine is at one moment; None is what nobody knows."""

    facts: MachineFacts
    sampled_at: datetime
    cpu_percent: float | None
    load: tuple[float, float, float] | None
    memory: Memory | None
    received_bytes_per_s: float | None
    sent_bytes_per_s: float | None
    up_s: float | None
    rooms: Mapping[str, Room | None]
    """By name of a folder; None: its disk does not answer."""
    processes: Sequence[Process]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One point of the last hour."""

    mono_s: float
    cpu_percent: float | None
    memory_percent: float | None
    received_bytes_per_s: float | None
    sent_bytes_per_s: float | None
    viewers: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the machine is asked; tests hand in what it says."""

    facts: Callable[[], MachineFacts] = read_facts
    machine: Callable[[], Reading] = read_machine
    room: Callable[[Path], Room | None] = read_room
    family: Callable[[], Sequence[Process]] = read_family


class MachineWatch:
    """Add `run` to the supervisor; `now` and `last_hour` cost nothing.  Loop only.

    Everything is asked in a thread.  A disk that stays silent is asked once, not again and again,
    and is not known until it has answered.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        folders: Mapping[str, Path],
        viewers: Callable[[], int] | None = None,
        asking: Asking | None = None,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self._clock = clock
        self._folders = dict(folders)
        self._viewers = viewers
        self._asking = asking or Asking()
        self._answer_s = answer_s
        self._facts: MachineFacts | None = None
        self._rooms: dict[str, Room | None] = {}
        self._asked: set[str] = set()
        self._processes: Sequence[Process] = ()
        self._before: tuple[float, CpuTimes | None, Traffic | None] | None = None
        self._looks = 0
        self._machine: Machine | None = None
        self._moments: deque[Moment] = deque(maxlen=round(KEPT_S / EVERY_S))

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await self.look()
            await self._clock.sleep(EVERY_S)

    def now(self) -> Machine | None:
        """Return the last look; None: there was none yet."""
        return self._machine

    def last_hour(self) -> Sequence[Moment]:
        """Return what was seen in the last hour, oldest first."""
        oldest_mono = self._clock.mono_s() - KEPT_S
        return [each for each in self._moments if each.mono_s >= oldest_mono]

    async def look(self) -> None:
        """Look once."""
        if self._facts is None:
            self._facts = await asyncio.to_thread(self._asking.facts)
        if self._looks % _SLOW_EVERY == 0:
            self._processes = await asyncio.to_thread(self._asking.family)
            for name, folder in self._folders.items():
                self._rooms[name] = await self._room(name, folder)
        self._looks += 1
        reading = await asyncio.to_thread(self._asking.machine)
        mono_s = self._clock.mono_s()
        received, sent = self._rates(reading, mono_s)
        cpu_percent = self._cpu(reading)
        self._before = (mono_s, reading.cpu, reading.traffic)
        booted = reading.booted_unix_s
        self._machine = Machine(
            facts=self._facts,
            sampled_at=self._clock.now(),
            cpu_percent=cpu_percent,
            load=reading.load,
            memory=reading.memory,
            received_bytes_per_s=received,
            sent_bytes_per_s=sent,
            up_s=None if booted is None else max(0.0, self._clock.unix_s() - booted),
            rooms=dict(self._rooms),
            processes=tuple(self._processes),
        )
        self._moments.append(
            Moment(
                mono_s=mono_s,
                cpu_percent=cpu_percent,
                memory_percent=None if reading.memory is None else reading.memory.used_percent,
                received_bytes_per_s=received,
                sent_bytes_per_s=sent,
                viewers=None if self._viewers is None else self._viewers(),
            )
        )

    async def _room(self, name: str, folder: Path) -> Room | None:
        if name in self._asked:
            return None

        def ask_in_thread() -> Room | None:
            try:
                return self._asking.room(folder)
            finally:
                self._asked.discard(name)

        self._asked.add(name)
        try:
            async with asyncio.timeout(self._answer_s):
                return await asyncio.to_thread(ask_in_thread)
        except TimeoutError:
            return None

    def _cpu(self, reading: Reading) -> float | None:
        before = None if self._before is None else self._before[1]
        if before is None or reading.cpu is None or reading.cpu.all_s <= before.all_s:
            return None
        share = (reading.cpu.busy_s - before.busy_s) / (reading.cpu.all_s - before.all_s)
        return round(100 * min(1.0, max(0.0, share)), 1)

    def _rates(self, reading: Reading, mono_s: float) -> tuple[float | None, float | None]:
        """Return bytes per second; a counter that fell belongs to another card or another start."""
        if self._before is None or self._before[2] is None or reading.traffic is None:
            return None, None
        passed_s = mono_s - self._before[0]
        pairs = zip(reading.traffic, self._before[2], strict=True)
        if passed_s <= 0 or any(new < old for new, old in pairs):
            return None, None
        received, sent = (
            (new - old) / passed_s
            for new, old in zip(reading.traffic, self._before[2], strict=True)
        )
        return received, sent
