"""How the recurring work of a process goes: how often, how long, how often in vain, how late.

Work is timed where it is done, `with timed_job("audit.keeper", every_s=3600):`, and counted by
whoever runs the service around it (`core.supervisor`); outside of one it is not counted.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Final

from pantau.core.clock import Clock
from pantau.core.histograms import Histogram

_MOST_JOBS: Final = 100


@dataclass(slots=True)
class Job:
    """One kind of work."""

    name: str
    every_s: float | None
    """How long it waits between two runs; None: it runs when there is something to do."""
    runs: int = 0
    failures: int = 0
    last_began_at: datetime | None = None
    last_took_s: float | None = None
    took: Histogram = field(default_factory=Histogram)
    _began_mono: float | None = None
    _ended_mono: float | None = None

    def running_s(self, now_mono: float) -> float | None:
        """Return for how long the run that is under way lasts; None: none is."""
        return None if self._began_mono is None else now_mono - self._began_mono

    def late_s(self, now_mono: float) -> float:
        """Return by how much the next run is late; 0 while one is under way."""
        if self.every_s is None or self._ended_mono is None or self._began_mono is not None:
            return 0.0
        return max(0.0, now_mono - self._ended_mono - self.every_s)


class Jobs:
    """All kinds of work of one process.  Loop only; at most a hundred kinds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[str, Job] = {}

    @property
    def known(self) -> tuple[Job, ...]:
        """What was done at least once."""
        return tuple(self._jobs.values())

    @contextmanager
    def timed(self, name: str, *, every_s: float | None = None) -> Iterator[None]:
        """Count what is done inside as one run, and as a failure when it raises."""
        job = self._jobs.get(name)
        if job is None:
            if len(self._jobs) >= _MOST_JOBS:
                yield
                return
            job = self._jobs[name] = Job(name, every_s)
        job.every_s = every_s
        job.last_began_at = self._clock.now()
        job._began_mono = self._clock.mono_s()  # noqa: SLF001
        with ExitStack() as ending:
            ending.push(partial(self._note_end, job, job._began_mono))  # noqa: SLF001
            yield

    def _note_end(
        self,
        job: Job,
        began_mono: float,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        ended_mono = self._clock.mono_s()
        job.runs += 1
        # What is cancelled did not fail.
        job.failures += kind is not None and issubclass(kind, Exception)
        job.last_took_s = ended_mono - began_mono
        job.took.note(job.last_took_s)
        job._began_mono, job._ended_mono = None, ended_mono  # noqa: SLF001

    @contextmanager
    def here(self) -> Iterator[None]:
        """Have `timed_job` inside, and in the tasks that are started there, count here."""
        token = _here.set(self)
        try:
            yield
        finally:
            _here.reset(token)


_here: ContextVar[Jobs | None] = ContextVar("jobs", default=None)


@contextmanager
def timed_job(name: str, *, every_s: float | None = None) -> Iterator[None]:
    """Count what is done inside as one run of `name`, where anybody counts."""
    jobs = _here.get()
    if jobs is None:
        yield
        return
    with jobs.timed(name, every_s=every_s):
        yield
