"""Every process of the hub at one moment, as it tells itself and as its parent tells it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pantau.core.clock import Clock
from pantau.core.family_file import ChildState, FamilyState, read_family
from pantau.operations.vitals import JobVitals, Use, Vitals, read_vitals, use_of

if TYPE_CHECKING:
    # For its name alone: it loads what tells Prometheus, with a web server of its own.
    from pantau.core.metrics import Values

_KEPT_S: Final = 0.5
PARENT: Final = "parent"
"""What the process is called that keeps the others: `pantau serve`."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All of them at one moment."""

    vitals: tuple[Vitals, ...] = ()
    family: FamilyState = field(default_factory=FamilyState)
    parents: tuple[Use, ...] = ()
    """What those take that keep the others."""

    @property
    def newest(self) -> Mapping[str, Vitals]:
        """The newest of each kind: while one follows another there are two."""
        return {each.process: each for each in self.vitals}

    def child(self, name: str) -> ChildState | None:
        """Return what its parent says of a process; None: nobody keeps it."""
        return self.family.children.get(name)

    def figure(self, name: str) -> float | None:
        """Return what some process knows under this name."""
        return next((each.figures[name] for each in self.vitals if name in each.figures), None)


class Processes:
    """Looks when somebody asks, in a thread, and not more than twice a second.  Loop only."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._looked_mono = float("-inf")
        self.last = Seen()
        """What the last look saw."""

    async def look(self) -> Seen:
        """Return how every process is."""
        if self._clock.mono_s() - self._looked_mono >= _KEPT_S:
            self.last = await asyncio.to_thread(self._look_in_thread, self._clock.now())
            self._looked_mono = self._clock.mono_s()
        return self.last

    def _look_in_thread(self, now: datetime) -> Seen:
        family = read_family(self._folder)
        used = (use_of(pid) for pid in family.parents)
        parents = tuple(use for use in used if use is not None)
        return Seen(read_vitals(self._folder, now=now), family, parents)


def figures_of_processes(seen: Seen, now: datetime) -> "dict[str, Values]":
    """Return the metrics that are told of each process, by field of `Measured`."""
    newest = seen.newest
    memory: Counter[str] = Counter()
    for each in seen.vitals:
        if not each.is_part:
            memory[each.process] += each.memory_bytes
    cpu_s = {name: each.cpu_s for name, each in newest.items() if not each.is_part}
    for use in seen.parents:
        memory[PARENT] += use.memory_bytes
        cpu_s[PARENT] = cpu_s.get(PARENT, 0.0) + use.cpu_s
    media = newest.get("media")
    shards = () if media is None else media.shards
    running = [each for each in shards if each.pid is not None]

    def told(value: Callable[[Vitals], float]) -> "Values":
        return {(name,): value(each) for name, each in newest.items()}

    def jobs(value: Callable[[JobVitals], float | None]) -> "Values":
        rows = ((name, job, value(job)) for name, job in _jobs(newest))
        return {(name, job.name): number for name, job, number in rows if number is not None}

    return {
        "processes": {(name,): n for name, n in Counter(p.process for p in seen.vitals).items()},
        "process_start_time_seconds": told(lambda each: each.started_at.timestamp()),
        "process_silent_seconds": told(lambda each: max(0.0, (now - each.at).total_seconds())),
        "process_memory_bytes": {(name,): amount for name, amount in memory.items()},
        "process_cpu_seconds_total": {(name,): used_s for name, used_s in cpu_s.items()},
        "process_restarts_total": _restarts(seen),
        "shard_restarts_total": {(each.name,): each.restarts for each in shards},
        "shard_memory_bytes": {(each.name,): each.memory_bytes for each in running},
        "shard_cpu_seconds_total": {(each.name,): each.cpu_s for each in running},
        "process_loop_lag_seconds": told(lambda each: each.worst_lag_s),
        "log_lines_total": {
            (name, level): count
            for name, each in newest.items()
            for level, count in each.lines.items()
        },
        "unhandled_errors_total": told(lambda each: each.unhandled_errors),
        "slow_statements_total": {
            (name,): each.pool.slow_statements
            for name, each in newest.items()
            if each.pool is not None
        },
        "job_runs_total": jobs(lambda job: job.runs),
        "job_failures_total": jobs(lambda job: job.failures),
        "job_last_seconds": jobs(lambda job: job.last_took_s),
        "job_late_seconds": jobs(lambda job: job.late_s),
    }


def _restarts(seen: Seen) -> "Values":
    web = seen.newest.get("web")
    # The worker inside a web process begins anew without its parent's help.
    inside = {"worker": web.part_failures} if web is not None and web.part_failures else {}
    kept = {name: child.restarts for name, child in seen.family.children.items()}
    return {(name,): count for name, count in (inside | kept).items()}


def _jobs(newest: Mapping[str, Vitals]) -> Iterator[tuple[str, JobVitals]]:
    return ((name, job) for name, each in newest.items() for job in each.jobs)
