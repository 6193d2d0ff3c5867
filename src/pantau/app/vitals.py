"""Writes each second how this process is."""

import asyncio
import os
import platform
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import structlog

from pantau import __version__
from pantau.app.running import Running
from pantau.core.build import build_id
from pantau.core.supervisor import Service
from pantau.operations.vitals import (
    JobVitals,
    PartFailure,
    Vitals,
    VitalsFile,
    drop_dead,
    process_facts,
    with_process_facts,
)

log = structlog.get_logger()

EVERY_S: Final = 1.0
_WORST_OF: Final = 60
Taking: TypeAlias = Callable[[], Mapping[str, object]]
"""Returns fields of `Vitals` by name; asks nobody."""


class VitalsKeeper:
    """Keeps the file of this process; what parts of it know is added as they are opened."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._clock = running.clock
        self._file = VitalsFile(running.settings.sockets_dir, running.name, os.getpid())
        self._takings: list[Taking] = []
        self._lags: deque[float] = deque((0.0,), maxlen=_WORST_OF)

    def add(self, taking: Taking) -> None:
        """Have what `taking` returns told from now on."""
        self._takings.append(taking)

    def start(self) -> None:
        """Begin to write."""
        self._running.supervisor.add(Service("vitals", self.run))

    async def run(self) -> None:
        """Write until cancelled; a folder that cannot be written costs nothing else."""
        folder = self._running.settings.sockets_dir
        await asyncio.to_thread(lambda: drop_dead(folder, now=self._clock.now()))
        build = await asyncio.to_thread(build_id)
        try:
            while True:
                taken = self._take(build)
                try:
                    await asyncio.to_thread(self._write_in_thread, taken)
                except OSError as error:
                    log.warning("vitals_not_written", cause=error.strerror)
                began_mono = self._clock.mono_s()
                await self._clock.sleep(EVERY_S)
                self._lags.append(max(0.0, self._clock.mono_s() - began_mono - EVERY_S))
        finally:
            self._file.drop()

    def _take(self, build: str) -> dict[str, Any]:
        running, lines = self._running, self._running.output.lines
        failure = running.part_failure
        told: dict[str, Any] = {
            "process": running.name,
            "pid": os.getpid(),
            "version": __version__,
            "build": build,
            "python": platform.python_version(),
            "started_at": running.started_at,
            "ready_at": running.ready_at,
            "is_stopping": running.stopping.is_set(),
            "is_part": running.is_part,
            "part_failure": failure and PartFailure(kind=failure.kind, sentence=failure.sentence),
            "part_failures": running.part_failures,
            "at": self._clock.now(),
            "loop_lag_s": round(self._lags[-1], 4),
            "worst_lag_s": round(max(self._lags), 4),
            "lines": dict(lines.by_level),
            "unhandled_errors": lines.unhandled,
            "jobs": self._jobs(),
        }
        for taking in self._takings:
            told.update(taking())
        return told

    def _jobs(self) -> tuple[JobVitals, ...]:
        now_mono = self._clock.mono_s()
        return tuple(JobVitals.of(job, now_mono) for job in self._running.supervisor.jobs.known)

    def _write_in_thread(self, taken: dict[str, Any]) -> None:
        facts = process_facts()
        if self._running.is_part:
            # They are those of the whole process, which tells them itself.
            facts = {**facts, "memory_bytes": 0, "cpu_s": 0.0}
        shards = [with_process_facts(each) for each in taken.get("shards", ())]
        self._file.write(Vitals.model_validate({**taken, **facts, "shards": shards}))
