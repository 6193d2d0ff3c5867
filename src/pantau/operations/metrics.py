"""What is measured for `/metrics`, asked of the objects that know it."""

import platform
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from pantau import __version__
from pantau.audit.events import Action, SecurityEvent
from pantau.cameras.models import LiveState
from pantau.cameras.service import Catalogue
from pantau.core.build import build_id
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.core.metrics import Measured, Values
from pantau.db.statistics import PoolStatistics
from pantau.health.monitor import Monitor
from pantau.operations.dashboard import WANTED_RECORDERS
from pantau.operations.machine_watch import Machine
from pantau.operations.processes import Processes, figures_of_processes
from pantau.recordings.keeping_values import Storage
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.web.response_cache import ResponseCache
from pantau.web.traffic import Traffic

_OUTCOMES: dict[str, str] = {
    Action.LOGIN: "success",
    SecurityEvent.AUTH_FAILURE: "failure",
    SecurityEvent.ACCOUNT_LOCKOUT: "lockout",
}
_FIGURES: Final = {
    "audit_chain_ok": "audit_chain_ok",
    "backups_planned": "backups_planned",
    "notifications_waiting": "notifications_waiting",
    "notifications_dead": "notifications_dead",
}
"""Metric and the name under which the worker knows it."""
LAST_BACKUP: Final = "last_backup_unix_s"


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
    recorders: Callable[[], Mapping[int, RecorderState]]
    storage: Callable[[], Awaitable[Storage]]
    machine: Callable[[], Machine | None]
    processes: Processes
    clock: Clock
    releases: Callable[[], Mapping[str, Any]] = dict
    """The last verdict on the release; None: there is none."""


class Measuring:
    """Reads the metrics of a web process; nothing is counted twice for them."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._storage: Storage | None = None

    async def prepare(self) -> None:
        """Learn what has to be waited for; what the database does not tell stays unknown."""
        await self._sources.processes.look()
        try:
            self._storage = await self._sources.storage()
        except Unavailable:
            self._storage = None

    def __call__(self) -> Measured:
        """Return the values of this moment.  O(cached answers + viewers + recorders)."""
        now = self._sources.clock.now()
        return Measured(
            build_info={(__version__, build_id(), platform.python_version()): 1},
            clock_seconds=self._sources.clock.unix_s(),
            **self._answers(),
            **self._pool(),
            **self._streams(),
            **self._trail(),
            **self._footage(now),
            **self._told_by_worker(now),
            **figures_of_processes(self._sources.processes.last, now),
            **self._sources.releases(),
        )

    def _answers(self) -> dict[str, Any]:
        sources, cache = self._sources, self._sources.cache.stats()
        return {
            "requests_total": sources.traffic.counts(),
            "request_duration_seconds": {
                (name,): (tuple(each.counts), each.sum_s)
                for name, each in sources.traffic.latencies().items()
            },
            "cache_hits_total": {(each.path,): each.total.hits for each in cache.endpoints},
            "cache_misses_total": {(each.path,): each.total.misses for each in cache.endpoints},
            "cache_sets_total": cache.sets,
            "cache_deletes_total": cache.deletes,
            "cache_invalidations_total": cache.invalidations,
            "cache_bytes": cache.size_bytes,
        }

    def _pool(self) -> dict[str, Any]:
        pool = self._sources.pool()
        return {
            "pool_queries_total": pool.total_queries,
            "pool_hits_total": _sides(pool.read_hits, pool.write_hits),
            "pool_misses_total": _sides(pool.read_misses, pool.write_misses),
            "pool_read_connections": {
                ("in_use",): pool.read_pool_in_use,
                ("available",): pool.read_pool_available,
            },
            "pool_exhausted_total": pool.pool_exhausted_total,
            "pool_timeouts_total": pool.pool_timeouts_total,
            "pool_wait_seconds_total": _sides(pool.read_wait_s, pool.write_wait_s),
            "pool_wait_duration_seconds": {
                ("read",): (pool.read_waits, pool.read_wait_s),
                ("write",): (pool.write_waits, pool.write_wait_s),
            },
        }

    def _streams(self) -> dict[str, Any]:
        sources, report = self._sources, self._sources.monitor.report()
        return {
            "edge_bytes": sources.edge.held_bytes,
            "edge_fetches_total": sources.edge.fetched,
            "viewers": {(str(id_),): count for id_, count in sources.presence.counts().items()},
            "cameras": _states(sources.catalogue),
            "event_loop_lag_seconds": report.loop_lag_s,
            "part_up": {(name,): int(finding.ok) for name, finding in report.findings.items()},
        }

    def _trail(self) -> dict[str, Any]:
        events, seen = self._sources.events, self._sources.events.seen
        return {
            "logins_total": {(told,): seen.get(name, 0) for name, told in _OUTCOMES.items()},
            "audit_entries_total": {(name,): count for name, count in seen.items()},
            "audit_dropped_total": events.dropped,
        }

    def _footage(self, now: datetime) -> dict[str, Any]:
        sources = self._sources
        recorders, machine = sources.recorders().values(), sources.machine()
        alarms = () if self._storage is None else self._storage.alarms
        disks = () if self._storage is None else self._storage.disks
        by_status = Counter(each.status for each in recorders)
        wanted = [each for each in recorders if each.status in WANTED_RECORDERS]
        rooms = {} if machine is None else machine.rooms
        known = {name: room for name, room in rooms.items() if room is not None}
        return {
            "recorders": {(each.value,): by_status[each] for each in RecorderStatus},
            "recorders_wanted": len(wanted),
            "newest_segment_age_seconds": {
                (str(each.camera_id),): max(0.0, now.timestamp() - each.last_segment_ms / 1000)
                for each in wanted
                if each.last_segment_ms is not None
            },
            "storage_alarms": {
                (kind,): count
                for kind, count in Counter(each.kind.value for each in alarms).items()
            },
            "footage_hours_left": {
                (disk.place,): disk.hours_left for disk in disks if disk.hours_left is not None
            },
            "disk_free_bytes": {(name,): room.free_bytes for name, room in known.items()},
            "disk_total_bytes": {(name,): room.total_bytes for name, room in known.items()},
        }

    def _told_by_worker(self, now: datetime) -> dict[str, float | None]:
        seen = self._sources.processes.last
        told = {metric: seen.figure(name) for metric, name in _FIGURES.items()}
        last_unix_s = seen.figure(LAST_BACKUP)
        told["backup_age_seconds"] = (
            None if last_unix_s is None else max(0.0, now.timestamp() - last_unix_s)
        )
        return told


def _sides(read: float, write: float) -> Values:
    return {("read",): read, ("write",): write}


def _states(catalogue: Catalogue) -> Values:
    counted = Counter(camera.state for camera in catalogue.public())
    # A state that nobody is in is told as well, or its graph would stay where it was.
    return {(state.value,): counted[state] for state in LiveState}
