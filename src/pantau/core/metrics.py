"""Everything that `/metrics` can tell: one field per metric, measured when somebody looks."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Annotated, Final, Literal, TypeAlias

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector
from pydantic import ConfigDict

from pantau.core.histograms import BOUNDS_S
from pantau.core.shapes import Shape, meanings

Family: TypeAlias = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
_BOUNDS: Final = (*(str(bound_s) for bound_s in BOUNDS_S), "+Inf")
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
Values: TypeAlias = Mapping[tuple[str, ...], float]
"""One number for each combination of the values of a metric's labels."""
Durations: TypeAlias = Mapping[tuple[str, ...], tuple[Sequence[int], float]]
"""Counts by bucket of `core.histograms.BOUNDS_S`, and the sum in seconds."""


class Kind:
    """What a field is to Prometheus: what it is made of, and the names of its labels."""

    __slots__ = ("labels", "name")

    def __init__(self, name: Literal["counter", "gauge", "histogram"], *labels: str) -> None:
        self.name = name
        self.labels = labels


_COUNT: Final = Kind("counter")
_GAUGE: Final = Kind("gauge")


class Measured(Shape):
    """The values of all metrics at one moment.

    A field is called `pantau_` and its name; counts end in `_total`.  They begin with the process.
    """

    model_config = ConfigDict(frozen=True)

    build_info: Annotated[Values, Kind("gauge", "version", "build", "python")]
    """Always 1; the labels tell which build this process runs."""
    requests_total: Annotated[Values, Kind("counter", "class", "status")]
    """Answers given, by class of address and status."""
    request_duration_seconds: Annotated[Durations, Kind("histogram", "endpoint")]
    """How long answers took until they began, by endpoint.  Those to who asks too often, and
    errors, are left out."""
    cache_hits_total: Annotated[Values, Kind("counter", "endpoint")]
    """Answers that were ready when somebody asked."""
    cache_misses_total: Annotated[Values, Kind("counter", "endpoint")]
    """Answers that somebody had to wait for."""
    cache_sets_total: Annotated[float, _COUNT]
    """Answers that were built and kept."""
    cache_deletes_total: Annotated[float, _COUNT]
    """Answers that left because they were old, or to make room."""
    cache_invalidations_total: Annotated[float, _COUNT]
    """Answers that were dropped because data changed or an operator said so."""
    cache_bytes: Annotated[float, _GAUGE]
    """Memory that kept answers take."""
    pool_queries_total: Annotated[float, _COUNT]
    """Statements sent to the database."""
    pool_hits_total: Annotated[Values, Kind("counter", "side")]
    """Units of work that found an open connection, by side: read or write."""
    pool_misses_total: Annotated[Values, Kind("counter", "side")]
    """Units of work for which a connection was opened."""
    pool_read_connections: Annotated[Values, Kind("gauge", "state")]
    """Open connections for reading, by state: in_use or available."""
    pool_exhausted_total: Annotated[float, _COUNT]
    """Reads that waited noticeably (a tenth of a second) or in vain, because every connection was
    in use."""
    pool_timeouts_total: Annotated[float, _COUNT]
    """Units of work that waited in vain and were refused."""
    pool_wait_seconds_total: Annotated[Values, Kind("counter", "side")]
    """Time that units of work waited for a connection, all together."""
    pool_wait_duration_seconds: Annotated[Durations, Kind("histogram", "side")]
    """How long units of work waited that found every connection in use, by side: read or write."""
    edge_bytes: Annotated[float, _GAUGE]
    """Memory that live segments and playlists take."""
    edge_fetches_total: Annotated[float, _COUNT]
    """Pieces of live streams that were fetched from the media server."""
    viewers: Annotated[Values, Kind("gauge", "camera")]
    """People who watch at the moment, by number of the camera."""
    cameras: Annotated[Values, Kind("gauge", "state")]
    """Cameras that the public sees, by state of their live stream."""
    event_loop_lag_seconds: Annotated[float, _GAUGE]
    """By how much the event loop was late at the last look."""
    part_up: Annotated[Values, Kind("gauge", "part")]
    """Whether a part of the hub worked at the last look: 1 or 0."""
    logins_total: Annotated[Values, Kind("counter", "outcome")]
    """Attempts to sign in, by outcome: success, failure or lockout."""
    audit_entries_total: Annotated[Values, Kind("counter", "name")]
    """What the audit trail was told, by name of the entry."""
    audit_dropped_total: Annotated[float, _COUNT]
    """Security events that were only counted, because there were too many to write down."""
    audit_chain_ok: Annotated[float | None, _GAUGE]
    """Whether the audit trail was whole at the last look at its end: 1 or 0."""
    recorders: Annotated[Values, Kind("gauge", "status")]
    """Cameras by what their recorder does."""
    recorders_wanted: Annotated[float, _GAUGE]
    """Cameras whose recorder is to write at this moment."""
    newest_segment_age_seconds: Annotated[Values, Kind("gauge", "camera")]
    """How old the newest closed segment is, of cameras that are to be recorded at this moment."""
    storage_alarms: Annotated[Values, Kind("gauge", "kind")]
    """What is the matter with the room for footage, by kind."""
    footage_hours_left: Annotated[Values, Kind("gauge", "folder")]
    """For how long a folder suffices at the rate of today, where that is known."""
    disk_free_bytes: Annotated[Values, Kind("gauge", "folder")]
    """What is free on the disk of the data folder (`data`), and of each folder for footage."""
    disk_total_bytes: Annotated[Values, Kind("gauge", "folder")]
    """How large that disk is."""
    backup_age_seconds: Annotated[float | None, _GAUGE]
    """How old the last good backup is; absent while there is none."""
    backups_planned: Annotated[float | None, _GAUGE]
    """Whether backups are made by themselves: 1 or 0."""
    notifications_waiting: Annotated[float | None, _GAUGE]
    """Messages that were not delivered yet."""
    notifications_dead: Annotated[float | None, _GAUGE]
    """Messages that were given up."""
    clock_seconds: Annotated[float, _GAUGE]
    """What the clock of this machine says, in seconds since 1970."""
    processes: Annotated[Values, Kind("gauge", "process")]
    """How many processes of a kind there are at this moment."""
    process_start_time_seconds: Annotated[Values, Kind("gauge", "process")]
    """When the newest of its kind began, in seconds since 1970."""
    process_silent_seconds: Annotated[Values, Kind("gauge", "process")]
    """For how long a process has not told how it is: one that hangs says nothing."""
    process_memory_bytes: Annotated[Values, Kind("gauge", "process")]
    """Memory of each part of the hub, of all its processes together: web, worker, media, and the
    `parent` that keeps them.  A worker inside the web process has none of its own: it is part of
    web's, and no line has its name.  Shards are told apart, and not part of media's."""
    process_cpu_seconds_total: Annotated[Values, Kind("counter", "process")]
    """Processor time of the newest of its kind; by the same names."""
    process_restarts_total: Annotated[Values, Kind("counter", "process")]
    """How often a process had to be started again, since its parent began."""
    shard_restarts_total: Annotated[Values, Kind("counter", "shard")]
    """How often a part of the media engine had to be started again since media began, by the name
    that the log has for it; there is one for each `media.shard_size` cameras, and one for those
    that are under suspicion."""
    shard_memory_bytes: Annotated[Values, Kind("gauge", "shard")]
    """Memory of each part of the media engine that runs."""
    shard_cpu_seconds_total: Annotated[Values, Kind("counter", "shard")]
    """Processor time of each part of the media engine, since it was started the last time."""
    process_loop_lag_seconds: Annotated[Values, Kind("gauge", "process")]
    """By how much the loop of a process was late, the worst of the last minute."""
    log_lines_total: Annotated[Values, Kind("counter", "process", "level")]
    """Lines for the log, by level; repeats that are not written count as well."""
    unhandled_errors_total: Annotated[Values, Kind("counter", "process")]
    """Errors that nobody foresaw: bugs, in the log with a trace."""
    slow_statements_total: Annotated[Values, Kind("counter", "process")]
    """Statements that took longer than the setting `database.slow_s`."""
    job_runs_total: Annotated[Values, Kind("counter", "process", "work")]
    """How often recurring work was done."""
    job_failures_total: Annotated[Values, Kind("counter", "process", "work")]
    """How often it failed."""
    job_last_seconds: Annotated[Values, Kind("gauge", "process", "work")]
    """How long it took the last time."""
    job_late_seconds: Annotated[Values, Kind("gauge", "process", "work")]
    """By how much its next run is late."""
    release_verdict: Annotated[Values, Kind("gauge", "action")] = {}
    """What the last verdict on the release came to (keep, monitor, roll_back): 1, the others 0."""
    release_missed: Annotated[Values, Kind("gauge", "metric")] = {}
    """Rows of its matrix: 1 where the target was missed."""
    release_judged_time_seconds: Annotated[float | None, _GAUGE] = None
    """When it was judged, in seconds since 1970; absent while it never was."""
    release_watch_silent_seconds: Annotated[float | None, _GAUGE] = None
    """For how long nobody has noted how far the watch of the release is; absent while there is
    none.  Whoever watches notes it twice a minute."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as the documentation shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def metrics() -> Iterator[tuple[str, Metric]]:
    """Yield the field and the description of every metric."""
    told = meanings(Measured)
    for field, info in Measured.model_fields.items():
        (kind,) = (part for part in info.metadata if isinstance(part, Kind))
        meaning = " ".join(told.get(field, "").split())
        yield field, Metric(f"pantau_{field}", kind.name, kind.labels, meaning)


@cache
def _all() -> tuple[tuple[str, Metric], ...]:
    # When somebody looks for the first time: most hubs are never measured.
    return tuple(metrics())


class Exposition(Collector):
    """The registry of one process.  `measure` is called at every look; it must not block.

    What has to be waited for, such as other processes' files, is read by `prepare` before.
    Beside our own metrics it tells what the kernel knows of the process (`process_…`).
    """

    def __init__(
        self,
        measure: Callable[[], Measured],
        *,
        prepare: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._measure = measure
        self._prepare = prepare
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def prepared_text(self) -> bytes:
        """Return the same as `text`, after what has to be waited for."""
        if self._prepare is not None:
            await self._prepare()
        return self.text()

    def text(self) -> bytes:
        """Return all values in the text format of Prometheus; a millisecond or two."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Family]:
        """Tell the registry nothing: it would have everything measured to learn the names."""
        return ()

    def collect(self) -> Iterator[Family]:
        measured = self._measure()
        for field, metric in _all():
            value = getattr(measured, field)
            if metric.kind == "histogram":
                yield _histogram(metric, value)
                continue
            make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = make(metric.name, metric.meaning, labels=metric.labels)
            rows = value.items() if isinstance(value, Mapping) else (((), value),)
            for labels, number in rows:
                # What nobody knows is not told (lesson D16).
                if number is not None:
                    family.add_metric(labels, number)
            yield family


def _histogram(metric: Metric, durations: Durations) -> HistogramMetricFamily:
    family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, (counts, sum_s) in durations.items():
        buckets = list(zip(_BOUNDS, accumulate(counts), strict=True))
        family.add_metric(labels, buckets, sum_s)
    return family
