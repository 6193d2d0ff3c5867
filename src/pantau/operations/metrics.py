"""What is measured for `/metrics`, asked of the objects that know it."""

import platform
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pantau import __version__
from pantau.audit.events import Action, SecurityEvent
from pantau.cameras.models import LiveState
from pantau.cameras.service import Catalogue
from pantau.core.metrics import Measured, Values
from pantau.db.statistics import PoolStatistics
from pantau.health.monitor import Monitor
from pantau.web.response_cache import ResponseCache
from pantau.web.traffic import Traffic

_OUTCOMES: dict[str, str] = {
    Action.LOGIN: "success",
    SecurityEvent.AUTH_FAILURE: "failure",
    SecurityEvent.ACCOUNT_LOCKOUT: "lockout",
}


class EventCounts(Protocol):
    """The part of the audit trail that is needed here."""

    @property
    def seen(self) -> Mapping[str, int]:
        """How often each name was recorded or noted by this process."""
        ...

    @property
    def dropped(self) -> int:
        """How many notes were only counted."""
        ...


class ViewerCounts(Protocol):
    """The part of presence that is needed here."""

    def counts(self) -> dict[int, int]: ...


class PieceCounts(Protocol):
    """The part of the edge that is needed here."""

    fetched: int

    @property
    def held_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The objects of a web process that know something worth telling."""

    cache: ResponseCache
    pool: Callable[[], PoolStatistics]
    traffic: Traffic
    catalogue: Catalogue
    presence: ViewerCounts
    edge: PieceCounts
    monitor: Monitor
    events: EventCounts


class Measuring:
    """Reads the metrics of a web process; nothing is counted twice for them."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def __call__(self) -> Measured:
        """Return the values of this moment.  O(cached answers + viewers)."""
        sources = self._sources
        cache, pool = sources.cache.stats(), sources.pool()
        report, seen = sources.monitor.report(), sources.events.seen
        return Measured(
            build_info={(__version__, platform.python_version()): 1},
            requests_total=sources.traffic.counts(),
            cache_hits_total={(each.path,): each.total.hits for each in cache.endpoints},
            cache_misses_total={(each.path,): each.total.misses for each in cache.endpoints},
            cache_sets_total=cache.sets,
            cache_deletes_total=cache.deletes,
            cache_invalidations_total=cache.invalidations,
            cache_bytes=cache.size_bytes,
            pool_queries_total=pool.total_queries,
            pool_hits_total=_sides(pool.read_hits, pool.write_hits),
            pool_misses_total=_sides(pool.read_misses, pool.write_misses),
            pool_read_connections={
                ("in_use",): pool.read_pool_in_use,
                ("available",): pool.read_pool_available,
            },
            pool_exhausted_total=pool.pool_exhausted_total,
            pool_timeouts_total=pool.pool_timeouts_total,
            pool_wait_seconds_total=_sides(pool.read_wait_s, pool.write_wait_s),
            edge_bytes=sources.edge.held_bytes,
            edge_fetches_total=sources.edge.fetched,
            viewers={(str(id_),): count for id_, count in sources.presence.counts().items()},
            cameras=_states(sources.catalogue),
            event_loop_lag_seconds=report.loop_lag_s,
            part_up={(name,): int(finding.ok) for name, finding in report.findings.items()},
            logins_total={(told,): seen.get(name, 0) for name, told in _OUTCOMES.items()},
            audit_entries_total={(name,): count for name, count in seen.items()},
            audit_dropped_total=sources.events.dropped,
        )


def _sides(read: float, write: float) -> Values:
    return {("read",): read, ("write",): write}


def _states(catalogue: Catalogue) -> Values:
    counted = Counter(camera.state for camera in catalogue.public())
    # A state that nobody is in is told as well, or its graph would stay where it was.
    return {(state.value,): counted[state] for state in LiveState}
