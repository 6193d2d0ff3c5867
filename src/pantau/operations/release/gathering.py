"""Looks at a running hub from outside: its vitals, its family, and its answers over HTTP."""

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pantau.core.clock import Clock
from pantau.operations.release.counting import Counts, counts_of, stretch_of
from pantau.operations.release.evidence import Baseline, Evidence, Stretch
from pantau.operations.release.probing import Prober
from pantau.operations.release.sighting import Sighting

_ROUNDS: Final = 30
_FASTEST_S: Final = 0.2
_SLOWEST_S: Final = 3.0
_LOOK_EVERY_S: Final = 1.0
_AGAIN_EVERY: Final = 10
"""At every so many rounds the same is asked several times in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Where a hub is, and what should run there."""

    address: str
    """Such as http://127.0.0.1:3000, without a slash at its end."""
    sockets_dir: Path
    build: str
    """The build that should run; empty: whatever runs is meant."""
    wanted: tuple[str, ...] = ("web", "worker")
    """The processes that must run that build."""
    readers: int | None = None
    """How many connections for reading the pool may open, as the settings say."""


@dataclass(slots=True)
class Looking:
    """One series of looks and questions.  Close it afterwards."""

    hub: Hub
    clock: Clock
    sighting: Sighting = field(init=False)
    prober: Prober = field(init=False)
    began_mono: float = field(init=False)
    _rounds: int = 0

    def __post_init__(self) -> None:
        self.sighting = Sighting(self.hub.sockets_dir, self.hub.build, self.clock)
        self.prober = Prober(self.hub.address, self.clock)
        self.began_mono = self.clock.mono_s()

    async def look(self) -> None:
        """See who runs."""
        await asyncio.to_thread(self.sighting.look_in_thread)

    async def ask(self, *, is_again: bool | None = None) -> None:
        """Ask one round of questions; `is_again` says whether to repeat some (None: at times)."""
        await asyncio.to_thread(self.prober.ask_round_in_thread)
        is_due = self._rounds % _AGAIN_EVERY == 0 if is_again is None else is_again
        if is_due and not self.prober.is_silent:
            await asyncio.to_thread(self.prober.ask_again_in_thread, self._cached())
        self._rounds += 1

    async def watch_for(self, for_s: float) -> None:
        """Look and ask for so long; the first look is at its beginning, the last at its end."""
        every_s = min(_SLOWEST_S, max(_FASTEST_S, for_s / _ROUNDS))
        end_mono = self.clock.mono_s() + for_s
        asked_mono = float("-inf")
        while True:
            await self.look()
            now_mono = self.clock.mono_s()
            if now_mono >= end_mono:
                return
            if now_mono - asked_mono >= every_s:
                asked_mono = now_mono
                await self.ask()
            next_mono = min(end_mono, asked_mono + every_s)
            left_s = max(0.0, next_mono - self.clock.mono_s())
            await self.clock.sleep(min(_LOOK_EVERY_S, left_s))

    async def close(self) -> None:
        """Let go of the connection."""
        await asyncio.to_thread(self.prober.close_in_thread)

    def evidence(
        self,
        *,
        running_s: float | None = None,
        duration_s: float | None = None,
        counts: Counts | None = None,
        hits_s: float | None = None,
    ) -> Evidence:
        """Return what was found; counts and times over longer than this series may be given."""
        processes = self.sighting.processes()
        ages = [
            each.up_s
            for each in processes
            if each.name in self.hub.wanted and each.up_s is not None
        ]
        return Evidence(
            at=self.clock.now(),
            running_s=min(ages, default=0.0) if running_s is None else running_s,
            build=self.hub.build,
            wanted=self.hub.wanted,
            processes=processes,
            ended=tuple(self.sighting.ended),
            is_serving=self.prober.is_serving,
            down=self.prober.down,
            repeated=tuple(self.prober.repeated.values()),
            measured=self._stretch(
                counts or self.sighting.tally.counted(),
                self.clock.mono_s() - self.began_mono if duration_s is None else duration_s,
                hits_s,
            ),
        )

    def _stretch(self, counts: Counts, duration_s: float, hits_s: float | None = None) -> Stretch:
        return stretch_of(
            counts,
            duration_s,
            hits_s=hits_s,
            has_web=self.sighting.tally.has_web,
            is_anybody_there=bool(self.sighting.vitals),
            readers=self.hub.readers,
            probes=self.prober.times(),
            questions=dict(self.prober.refusals),
        )

    def baseline(self) -> Baseline:
        """Return what runs as something to compare with; counted since its processes began."""
        processes = self.sighting.processes()
        running = [each for each in self.sighting.vitals if not each.is_stopping]
        counts = Counts()
        for each in running:
            counts = counts.plus(counts_of(each))
        webs = [each for each in processes if each.name == "web"]
        first = next(iter(webs or processes), None)
        medias = [each.up_s or 0.0 for each in processes if each.name == "media"]
        web_s = max((each.up_s or 0.0 for each in webs), default=0.0)
        return Baseline(
            version=first.version if first else "",
            build=first.build if first else "",
            recorded_at=self.clock.now(),
            measured=self._stretch(counts, web_s).model_copy(
                update={"shards_s": max(medias, default=None)}
            ),
            repeated=tuple(self.prober.repeated.values()),
            is_serving=self.prober.is_serving,
        )

    def _cached(self) -> list[str]:
        return [
            path
            for each in self.sighting.vitals
            for path, kept in each.cache.items()
            if kept.ttl_s is not None and "{" not in path
        ]


async def gather(hub: Hub, *, clock: Clock, for_s: float) -> Evidence:
    """Look for `for_s` seconds, asking a few questions meanwhile.

    Changes nothing: no sign-in is tried, nothing is written to the trail.  A hub that does not
    answer is evidence as well, not an error.
    """
    looking = Looking(hub, clock)
    try:
        await looking.watch_for(for_s)
        return looking.evidence()
    finally:
        await looking.close()


async def record_baseline(hub: Hub, file: Path, *, clock: Clock, for_s: float = 5.0) -> Baseline:
    """Write down how the running release does, before it is replaced; 0600, atomically.

    What visitors had is counted since its processes began; our own questions take `for_s`.
    """
    looking = Looking(hub, clock)
    try:
        await looking.watch_for(for_s)
    finally:
        await looking.close()
    baseline = looking.baseline()
    await asyncio.to_thread(write_private, file, baseline.model_dump_json(indent=1))
    return baseline


def read_baseline(file: Path) -> Baseline | None:
    """Return what was recorded; None where there is nothing that can be read."""
    try:
        return Baseline.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def write_private(file: Path, text: str) -> None:
    """Replace a file as a whole, readable for this user alone; raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
