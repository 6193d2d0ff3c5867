"""Everything that `/metrics` can tell: one field per metric, measured when somebody looks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel, ConfigDict

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
Values: TypeAlias = Mapping[tuple[str, ...], float]
"""One number for each combination of the values of a metric's labels."""


class Kind:
    """What a field is to Prometheus: what it is made of, and the names of its labels."""

    __slots__ = ("labels", "name")

    def __init__(self, name: Literal["counter", "gauge"], *labels: str) -> None:
        self.name = name
        self.labels = labels


_COUNT: Final = Kind("counter")
_GAUGE: Final = Kind("gauge")


class Measured(BaseModel):
    """The values of all metrics at one moment.

    A field is called `pantau_` and its name; counts end in `_total`.  They begin with the process.
    """

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)

    build_info: Annotated[Values, Kind("gauge", "version", "python")]
    """Always 1; the labels tell which build this process runs."""
    requests_total: Annotated[Values, Kind("counter", "class", "status")]
    """Answers given, by class of address and status."""
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
    """Units of work that had to wait, because every connection was in use."""
    pool_timeouts_total: Annotated[float, _COUNT]
    """Those among them that waited in vain and were refused."""
    pool_wait_seconds_total: Annotated[Values, Kind("counter", "side")]
    """Time that units of work waited for a connection, all together."""
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


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as the documentation shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def metrics() -> Iterator[tuple[str, Metric]]:
    """Yield the field and the description of every metric."""
    for field, info in Measured.model_fields.items():
        (kind,) = (part for part in info.metadata if isinstance(part, Kind))
        meaning = " ".join((info.description or "").split())
        yield field, Metric(f"pantau_{field}", kind.name, kind.labels, meaning)


class Exposition(Collector):
    """The registry of one process.  `measure` is called at every look; it must not block.

    Beside our own metrics it tells what the kernel knows of the process (`process_…`).
    """

    def __init__(self, measure: Callable[[], Measured]) -> None:
        self._measure = measure
        self._metrics = tuple(metrics())
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """Return all values in the text format of Prometheus; a millisecond or two."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
        """Tell the registry nothing: it would have everything measured to learn the names."""
        return ()

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        measured = self._measure()
        for field, metric in self._metrics:
            make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = make(metric.name, metric.meaning, labels=metric.labels)
            values: float | Values = getattr(measured, field)
            rows = values.items() if isinstance(values, Mapping) else (((), values),)
            for labels, value in rows:
                family.add_metric(labels, value)
            yield family
