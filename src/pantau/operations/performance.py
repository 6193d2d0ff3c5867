"""How quickly and how well every process works, from what they tell: for the page and the API."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import ConfigDict

from pantau.core.histograms import quantile_s
from pantau.core.shapes import Shape
from pantau.operations.processes import Seen
from pantau.operations.vitals import Asked, CacheVitals, Latencies, PoolVitals, Vitals

_WEB = "web"


class _Told(Shape):
    model_config = ConfigDict(frozen=True)


class ProcessState(_Told):
    """One process."""

    process: str
    pid: int
    version: str
    build: str
    started_at: datetime
    is_ready: bool
    is_stopping: bool
    silent_s: float
    """For how long it has not told how it is."""
    memory_bytes: int
    worst_lag_s: float
    """By how much its loop was late, the worst of the last minute."""
    restarts: int | None
    """Since its parent began; null: nobody keeps it who could tell."""
    last_exit: str
    """How the one before ended without being asked to; empty: none did."""
    warnings: int
    errors: int
    unhandled_errors: int


class EndpointTimes(_Told):
    """How long answers took until they began, since the process did."""

    endpoint: str
    answers: int
    p50_ms: float
    p95_ms: float


class CacheShare(_Told):
    """How often one endpoint had its answer ready; null: nobody asked."""

    path: str
    ttl_s: float | None
    asked_hour: int
    hour_percent: float | None
    day_percent: float | None


class PoolUse(_Told):
    """The connections of one process to the database, since it began."""

    process: str
    queries: int
    in_use: int
    open: int
    waits: int
    """How often somebody found every connection in use, however soon one came free."""
    exhausted: int
    """How often a read waited for one noticeably, or in vain."""
    timeouts: int
    p95_wait_ms: float | None
    """Of the reads that waited; null: none did, or nobody tells."""
    longest_wait_ms: float
    slow_statements: int


class SlowQuery(_Told):
    """A statement that was slow at least once."""

    process: str
    text: str
    count: int
    p50_ms: float
    longest_ms: float
    last_at: datetime


class JobState(_Told):
    """Recurring work."""

    process: str
    work: str
    runs: int
    failures: int
    last_began_at: datetime | None
    last_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    running_s: float | None
    """For how long the run that is under way lasts; null: none is."""
    late_s: float


class Performance(_Told):
    """All of it at one moment.  Counts begin with each process."""

    at: datetime
    processes: list[ProcessState]
    answers: int
    server_errors: int
    """Answers with 500 to 599, but for 503."""
    endpoints: list[EndpointTimes]
    cache_hour_percent: float | None
    cache: list[CacheShare]
    pools: list[PoolUse]
    slow_statements: list[SlowQuery]
    jobs: list[JobState]


def performance_of(seen: Seen, now: datetime) -> Performance:
    """Return what was seen as people read it; the slowest, the worst and the latest first."""
    newest = seen.newest
    web = newest.get(_WEB)
    shares = [] if web is None else [_share(path, each) for path, each in web.cache.items()]
    return Performance(
        at=now,
        processes=[_process(each, seen, now) for each in seen.vitals],
        answers=0 if web is None else web.answers,
        server_errors=0 if web is None else web.server_errors,
        endpoints=sorted(_endpoints(web), key=lambda each: -each.p95_ms),
        cache_hour_percent=None if web is None else _percent(_all(web.cache)),
        cache=sorted(shares, key=lambda each: -each.asked_hour),
        pools=list(_pools(newest)),
        slow_statements=sorted(_slow(newest), key=lambda each: -each.count * each.p50_ms),
        jobs=sorted(_jobs(newest), key=lambda each: (-each.late_s, -(each.p95_ms or 0))),
    )


def _process(each: Vitals, seen: Seen, now: datetime) -> ProcessState:
    child = seen.child(each.process)
    ended = child.last_exit if child is not None else None
    return ProcessState(
        process=each.process,
        pid=each.pid,
        version=each.version,
        build=each.build,
        started_at=each.started_at,
        is_ready=each.ready_at is not None,
        is_stopping=each.is_stopping,
        silent_s=round(max(0.0, (now - each.at).total_seconds()), 1),
        memory_bytes=each.memory_bytes,
        worst_lag_s=each.worst_lag_s,
        restarts=None if child is None else child.restarts,
        last_exit="" if ended is None else ended.how,
        warnings=each.lines.get("warning", 0),
        errors=each.lines.get("error", 0) + each.lines.get("critical", 0),
        unhandled_errors=each.unhandled_errors,
    )


def _endpoints(web: Vitals | None) -> Iterator[EndpointTimes]:
    for name, told in ({} if web is None else web.latencies).items():
        if web is not None and told.total:
            yield EndpointTimes(
                endpoint=name,
                answers=told.total,
                p50_ms=_ms(_within(told, web, 0.5)) or 0.0,
                p95_ms=_ms(_within(told, web, 0.95)) or 0.0,
            )


def _within(told: Latencies, web: Vitals, share: float) -> float | None:
    return told.quantile_s(share, web.bounds_s)


def _share(path: str, told: CacheVitals) -> CacheShare:
    return CacheShare(
        path=path,
        ttl_s=told.ttl_s,
        asked_hour=told.hour.hits + told.hour.misses,
        hour_percent=_percent(told.hour),
        day_percent=_percent(told.day),
    )


def _all(cache: Mapping[str, CacheVitals]) -> Asked:
    hours = [each.hour for each in cache.values()]
    return Asked(hits=sum(each.hits for each in hours), misses=sum(each.misses for each in hours))


def _percent(asked: Asked) -> float | None:
    total = asked.hits + asked.misses
    return round(100 * asked.hits / total, 2) if total else None


def _pools(newest: Mapping[str, Vitals]) -> Iterator[PoolUse]:
    for name, each in newest.items():
        if each.pool is not None:
            yield PoolUse(
                process=name,
                queries=each.pool.queries,
                in_use=each.pool.read_in_use,
                open=each.pool.read_open,
                waits=each.pool.exhausted if each.pool.waits is None else each.pool.waits,
                exhausted=_noticed(each.pool),
                timeouts=each.pool.timeouts,
                p95_wait_ms=_ms(quantile_s(each.pool.read_waits, 0.95, each.bounds_s)),
                longest_wait_ms=_ms(each.pool.longest_wait_s) or 0.0,
                slow_statements=each.pool.slow_statements,
            )


def _noticed(pool: PoolVitals) -> int:
    """Return how often a read waited noticeably; a release before counted every wait so."""
    return pool.timeouts if pool.waits is None else pool.exhausted


def _slow(newest: Mapping[str, Vitals]) -> Iterator[SlowQuery]:
    for name, each in newest.items():
        for told in each.slow_statements:
            yield SlowQuery(
                process=name,
                text=told.text,
                count=told.count,
                p50_ms=_ms(told.p50_s) or 0.0,
                longest_ms=_ms(told.longest_s) or 0.0,
                last_at=told.last_at,
            )


def _jobs(newest: Mapping[str, Vitals]) -> Iterator[JobState]:
    for name, each in newest.items():
        for job in each.jobs:
            yield JobState(
                process=name,
                work=job.name,
                runs=job.runs,
                failures=job.failures,
                last_began_at=job.last_began_at,
                last_ms=_ms(job.last_took_s),
                p50_ms=_ms(job.p50_s),
                p95_ms=_ms(job.p95_s),
                running_s=job.running_s,
                late_s=round(job.late_s, 1),
            )


def _ms(duration_s: float | None) -> float | None:
    return None if duration_s is None else round(1000 * duration_s, 2)
