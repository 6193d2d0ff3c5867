"""How every process is, written down each second for whoever judges or shows it.

Each process writes one file of its own, `vitals-<name>-<pid>.json`, into the folder of the sockets,
which only the operator can open; it is whole at every moment, but for a disk that is full, and gone
after a clean end.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple, Self

from pydantic import ConfigDict, ValidationError

from pantau.core.histograms import BOUNDS_S, quantile_s
from pantau.core.jobs import Job
from pantau.core.note_file import put_note
from pantau.core.shapes import Shape

_PREFIX: Final = "vitals-"
_FRESH_S: Final = 15.0
"""How old the word of a process may be that we cannot see, because it is in another container."""


class _Part(Shape):
    # Another release writes fields that this one does not know, and leaves out some that it does.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Latencies(_Part):
    """How long the answers of one endpoint took, until they began."""

    counts: tuple[int, ...] = ()
    """By bucket of `Vitals.bounds_s`, and one more for what took longer; not cumulative."""
    sum_s: float = 0.0

    @property
    def total(self) -> int:
        """How many answers were measured."""
        return sum(self.counts)

    def quantile_s(self, share: float, bounds_s: tuple[float, ...] = BOUNDS_S) -> float | None:
        """Return how long at most the quickest `share` took; None where there were none."""
        return quantile_s(self.counts, share, bounds_s)


class Asked(_Part):
    """How often an answer was ready when somebody asked for it."""

    hits: int = 0
    misses: int = 0


class CacheVitals(_Part):
    """One cached endpoint; all counts are since the process began, or of the last hour or day."""

    total: Asked = Asked()
    hour: Asked = Asked()
    day: Asked = Asked()
    ttl_s: float | None = None
    """For how long answers are kept; None: they are snapshots, ready at all times."""


class PoolVitals(_Part):
    """The connections to the database, since the process began."""

    queries: int = 0
    exhausted: int = 0
    """Reads that waited noticeably or in vain, because every connection was in use."""
    timeouts: int = 0
    """Reads and writes that waited in vain."""
    waits: int | None = None
    """Reads and writes that waited at all; None: a release that called each wait exhaustion."""
    read_waits: tuple[int, ...] = ()
    """How long reads waited that had to, by bucket of `Vitals.bounds_s`."""
    read_wait_s: float = 0.0
    write_wait_s: float = 0.0
    longest_wait_s: float = 0.0
    read_in_use: int = 0
    read_open: int = 0
    slow_statements: int = 0
    """Statements that took longer than the threshold."""


class SlowStatement(_Part):
    """A statement that was slow at least once; the text holds no values."""

    text: str
    count: int
    """How often it was slow."""
    longest_s: float
    p50_s: float
    """Of the slow ones."""
    last_at: datetime


class JobVitals(_Part):
    """Recurring work."""

    name: str
    every_s: float | None = None
    runs: int = 0
    failures: int = 0
    last_began_at: datetime | None = None
    last_took_s: float | None = None
    p50_s: float | None = None
    p95_s: float | None = None
    running_s: float | None = None
    """For how long the run that is under way lasts; None: none is."""
    late_s: float = 0.0
    """By how much the next run is late."""

    @classmethod
    def of(cls, job: Job, now_mono: float) -> Self:
        """Return how one kind of work of this process goes."""
        return cls(
            name=job.name,
            every_s=job.every_s,
            runs=job.runs,
            failures=job.failures,
            last_began_at=job.last_began_at,
            last_took_s=job.last_took_s,
            p50_s=quantile_s(job.took.counts, 0.5),
            p95_s=quantile_s(job.took.counts, 0.95),
            running_s=job.running_s(now_mono),
            late_s=job.late_s(now_mono),
        )


class PartFailure(_Part):
    """Why the worker inside a web process does not work."""

    kind: str
    """The code of a foreseen trouble, or the name of an error that nobody foresaw."""
    sentence: str = ""
    """What to do; empty where nobody foresaw it: the log has the trace."""


class Use(NamedTuple):
    """What a process takes."""

    memory_bytes: int
    cpu_s: float


class ShardVitals(_Part):
    """A process of the media engine that holds some of the cameras."""

    name: str
    pid: int | None = None
    """None while it is not there."""
    restarts: int = 0
    """How often it ended unasked since media began."""
    memory_bytes: int = 0
    cpu_s: float = 0.0
    """Since it was started the last time."""


class Vitals(_Part):
    """One process at one moment.  Counts begin with the process."""

    process: str
    """What it is: web, worker, media or serve."""
    pid: int
    version: str
    build: str = ""
    python: str = ""
    started_at: datetime
    ready_at: datetime | None = None
    """When it had begun to do its work; None: it is still starting."""
    is_stopping: bool = False
    at: datetime
    """When this was written; a process that hangs does not write."""
    is_part: bool = False
    """Whether it is the worker inside a web process, which tells memory and CPU of both."""
    part_failure: PartFailure | None = None
    """Why the worker inside this web process does not work; None: it does, or there is none."""
    part_failures: int = 0
    """How often it failed."""
    address: str = ""
    """Where this machine reaches it, such as http://127.0.0.1:3000; empty: it takes no visitors."""
    kernel_start: int = 0
    """When the kernel began it, in its own ticks: tells it from a later one of the same number."""
    namespace: str = ""
    """Whose process numbers these are; other containers have others."""
    memory_bytes: int = 0
    """What is in memory, shared libraries included."""
    cpu_s: float = 0.0
    loop_lag_s: float = 0.0
    """By how much the loop was late at the last look."""
    worst_lag_s: float = 0.0
    """The same, the worst of the last minute."""
    bounds_s: tuple[float, ...] = BOUNDS_S
    """Upper ends of the buckets of all latencies."""
    requests: dict[str, dict[str, int]] = {}
    """Answers given, by class of address and status."""
    sign_ins: tuple[int, int] = (0, 0)
    """Those that went well, and those that failed from a device that had signed in before."""
    answered: dict[str, tuple[int, int]] = {}
    """By shape of address, such as `/api/areas/*`: all answers, and those from 400 to 499."""
    latencies: dict[str, Latencies] = {}
    """By endpoint: list, stream, login, playlist, segment, page, api, …"""
    cache: dict[str, CacheVitals] = {}
    """By path."""
    pool: PoolVitals | None = None
    """None: this process asks no database."""
    slow_statements: tuple[SlowStatement, ...] = ()
    """The worst of them, by all their time together."""
    lines: dict[str, int] = {}
    """Lines for the log, by level; those that were not repeated count as well."""
    unhandled_errors: int = 0
    """Errors that nobody foresaw: bugs, logged with a trace."""
    jobs: tuple[JobVitals, ...] = ()
    shards: tuple[ShardVitals, ...] = ()
    """Of media alone: those that there are."""
    shard_restarts: int = 0
    """Of media alone: how often one ended unasked, also of those that are gone."""
    figures: dict[str, float] = {}
    """What else this process knows and others tell: age of the last backup, messages that wait."""

    @property
    def server_errors(self) -> int:
        """Answers that say that we failed (500 to 599), but for 503, which is a refusal."""
        return sum(
            count
            for by_status in self.requests.values()
            for status, count in by_status.items()
            if status.startswith("5") and status != "503"
        )

    @property
    def answers(self) -> int:
        """All answers given."""
        return sum(sum(by_status.values()) for by_status in self.requests.values())


class VitalsFile:
    """The file of this process.  Blocking: a write takes a tenth of a millisecond or so."""

    def __init__(self, folder: Path, process: str, pid: int) -> None:
        self._file = folder / f"{_PREFIX}{process}-{pid}.json"
        self._lock = Lock()
        self._is_dropped = False

    def write(self, vitals: Vitals) -> None:
        """Replace what was written, unless it was dropped meanwhile; raises OSError."""
        with self._lock:
            if self._is_dropped:
                return
            put_note(self._file, vitals.model_dump_json(exclude_none=True))

    def drop(self) -> None:
        """Leave nothing behind, and write no more."""
        with self._lock:
            self._is_dropped = True
            with contextlib.suppress(OSError):
                self._file.unlink()


def read_vitals(folder: Path, *, now: datetime) -> tuple[Vitals, ...]:
    """Return how each process that is there is, by name and start.  Blocking; about a millisecond.

    Left out is what cannot be read whole, and whoever is dead.  One that hangs is there: see `at`.
    """
    found = (read for _, read in _readable(folder) if _is_there(read, now))
    return tuple(sorted(found, key=lambda each: (each.process, each.started_at)))


def drop_dead(folder: Path, *, now: datetime) -> None:
    """Remove what processes left behind that were killed.  Blocking."""
    for file, read in _readable(folder):
        if not _is_there(read, now):
            with contextlib.suppress(OSError):
                file.unlink()


def process_facts() -> Mapping[str, int | str | float]:
    """Return what the kernel knows of this process, by field of `Vitals`.  Blocking, 50 µs."""
    own = _stat_of(os.getpid())
    times = os.times()
    return {
        "kernel_start": own,
        "namespace": _namespace(),
        "memory_bytes": _resident_bytes(),
        "cpu_s": round(times.user + times.system, 2),
    }


def use_of(pid: int) -> Use | None:
    """Return what another process takes; None where it is gone.  Blocking, 50 µs."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Use(_resident_bytes(pid), round(ticks / os.sysconf("SC_CLK_TCK"), 2))


def with_process_facts(shard: ShardVitals) -> ShardVitals:
    """Return a shard with what the kernel knows of its process.  Blocking."""
    use = None if shard.pid is None else use_of(shard.pid)
    return shard if use is None else shard.model_copy(update=use._asdict())


def _readable(folder: Path) -> Iterator[tuple[Path, Vitals]]:
    for file in folder.glob(f"{_PREFIX}*.json"):
        with contextlib.suppress(OSError, ValidationError):
            yield file, Vitals.model_validate_json(file.read_bytes())


def _is_there(read: Vitals, now: datetime) -> bool:
    if read.namespace != _namespace():
        return abs((now - read.at).total_seconds()) <= _FRESH_S
    began = _stat_of(read.pid)
    return began != 0 and read.kernel_start in {0, began}


def _stat_of(pid: int) -> int:
    """Return when a process began, in ticks of the kernel; 0: there is none, or it is a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # The name, in brackets, may hold anything.
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] in {"Z", "X"} else int(fields[19])


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _resident_bytes(pid: int | str = "self") -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
