"""Measures again and again whether the parts of the hub work; answers come from the last look."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Problem

log = structlog.get_logger()

_PROBE_DEADLINE_S: Final = 3.0
_LAG_SLEEP_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found.  `facts` are measured; `message` says what is wrong and what to do."""

    ok: bool
    message: str = ""
    facts: Mapping[str, float | int | str | None] = field(default_factory=dict)


Probe = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can fail.  Without an `essential` part nobody can watch."""

    name: str
    probe: Probe
    essential: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The last look at all parts.  `age_s` grows when looking itself has stopped (lesson M13)."""

    findings: Mapping[str, Finding]
    essential_down: tuple[str, ...]
    others_down: tuple[str, ...]
    age_s: float | None
    loop_lag_s: float

    @property
    def status(self) -> Literal["ok", "degraded", "down"]:
        """One word: `ok`, `degraded` (people can watch) or `down`."""
        if self.essential_down:
            return "down"
        return "degraded" if self.others_down else "ok"


class Monitor:
    """Looks at every part each `every_s`.  Loop only."""

    def __init__(self, parts: list[Part], *, clock: Clock, every_s: float = 2.0) -> None:
        self._parts = parts
        self._clock = clock
        self._every_s = every_s
        self._findings: dict[str, Finding] = {}
        self._looked_mono: float | None = None
        self._lag_s = 0.0

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await self.look()
            await self.measure_lag()
            await self._clock.sleep(self._every_s)

    async def look(self) -> None:
        """Probe every part once, each with a deadline."""
        found = await asyncio.gather(*(self._probe(part) for part in self._parts))
        for part, finding in zip(self._parts, found, strict=True):
            before = self._findings.get(part.name)
            if before is not None and before.ok != finding.ok:
                say = log.info if finding.ok else log.warning
                say("part_changed", part=part.name, ok=finding.ok, message=finding.message)
            self._findings[part.name] = finding
        self._looked_mono = self._clock.mono_s()

    async def measure_lag(self) -> None:
        """Measure by how much the loop is late."""
        began_mono = self._clock.mono_s()
        await self._clock.sleep(_LAG_SLEEP_S)
        self._lag_s = max(0.0, self._clock.mono_s() - began_mono - _LAG_SLEEP_S)

    def report(self) -> Report:
        """Return what the last look found."""
        down = [part for part in self._parts if not self._is_ok(part.name)]
        looked = self._looked_mono
        return Report(
            findings=dict(self._findings),
            essential_down=tuple(part.name for part in down if part.essential),
            others_down=tuple(part.name for part in down if not part.essential),
            age_s=None if looked is None else self._clock.mono_s() - looked,
            loop_lag_s=self._lag_s,
        )

    def _is_ok(self, name: str) -> bool:
        # What was not measured yet is not claimed to work.
        finding = self._findings.get(name)
        return finding is not None and finding.ok

    async def _probe(self, part: Part) -> Finding:
        try:
            async with asyncio.timeout(_PROBE_DEADLINE_S):
                return await part.probe()
        except TimeoutError:
            return Finding(ok=False, message="The check did not end in time.")
        except Problem as problem:
            return Finding(ok=False, message=problem.sentence)
        except OSError as error:
            return Finding(ok=False, message=f"The check failed: {error.strerror or 'I/O error'}.")
