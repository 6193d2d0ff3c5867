"""How the whole hub is at this moment: cameras, streams, viewers, footage, cache, what is wrong."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from pantau.audit.schemas import RecentLog
from pantau.cameras.models import Camera, HealthState, LiveState
from pantau.cameras.service import Catalogue
from pantau.db.statistics import PoolStatistics
from pantau.health.monitor import Report
from pantau.health.values import Alarm as HealthAlarm
from pantau.operations.machine_watch import Machine
from pantau.recordings.keeping_values import Alarm as StorageAlarm
from pantau.recordings.keeping_values import Storage
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.streaming.media_server import ActualPath
from pantau.web.response_cache import CacheStats

StreamState = Literal["idle", "buffering", "ready"]
Standing = Literal["online", "offline", "maintenance", "unknown"]
WANTED_RECORDERS: Final = frozenset(
    {
        RecorderStatus.RECORDING,
        RecorderStatus.WAITING,
        RecorderStatus.PAUSED,
        RecorderStatus.STALLED,
        RecorderStatus.FAILED,
        RecorderStatus.SUSPENDED,
    }
)
_LOSING: Final = frozenset(
    {
        RecorderStatus.PAUSED,
        RecorderStatus.STALLED,
        RecorderStatus.FAILED,
        RecorderStatus.SUSPENDED,
    }
)
_BY_HEALTH: Final[Mapping[HealthState, Standing]] = {
    HealthState.ONLINE: "online",
    HealthState.DEGRADED: "online",
    HealthState.OFFLINE: "offline",
    HealthState.DEAD: "offline",
}
_BY_STATE: Final[Mapping[LiveState, Standing]] = {
    LiveState.LIVE: "online",
    LiveState.OFFLINE: "offline",
    LiveState.MAINTENANCE: "maintenance",
}


class LiveSession(Protocol):
    """Somebody who watches; the part of it that is needed here."""

    @property
    def session_id(self) -> str: ...
    @property
    def camera_id(self) -> int: ...
    @property
    def visitor(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def address(self) -> str | None: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def duration_s(self) -> int: ...


@dataclass(frozen=True, slots=True)
class CameraCounts:
    """Cameras by what is known of them; `online` to `unknown` are those that are enabled."""

    total: int
    disabled: int
    online: int
    offline: int
    maintenance: int
    unknown: int
    """Nobody looked yet.  Neither online nor offline: nothing is claimed."""

    @property
    def enabled(self) -> int:
        return self.total - self.disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One camera's stream as the media server reports it."""

    camera: Camera
    ready: bool
    state: StreamState
    viewers: int
    inbound_bytes: int
    outbound_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCounts:
    """How recorders are."""

    wanted: int
    """Those that should be at work at this moment."""
    recording: int
    losing: int
    """Those that should write and do not."""
    unknown: int
    bytes_per_s: float
    storage: Storage

    @property
    def hours_left(self) -> float | None:
        """Return for how long the tightest disk suffices; None: nobody knows."""
        known = [each.hours_left for each in self.storage.disks if each.hours_left is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything at one moment."""

    at: datetime
    cameras: CameraCounts
    areas: int
    streams: tuple[Stream, ...]
    """Of the enabled cameras, those with most viewers first."""
    sessions: tuple[LiveSession, ...]
    """The newest first."""
    viewers: int
    """Players open; who watches two cameras counts twice."""
    visitors: int
    """Different people among them."""
    is_media_connected: bool
    machine: Machine | None
    recordings: RecordingCounts
    cache: CacheStats
    pool: PoolStatistics
    health: Report
    health_alarms: tuple[HealthAlarm, ...]
    storage_alarms: tuple[StorageAlarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where it is known.  What is not awaited costs nothing; the rest is one small query each."""

    catalogue: Catalogue
    paths: Callable[[], Mapping[str, ActualPath]]
    """The media server's newest reports, by stream key."""
    is_media_connected: Callable[[], bool]
    sessions: Callable[[], Sequence[LiveSession]]
    counts: Callable[[], Mapping[int, int]]
    """Viewers by camera."""
    areas: Callable[[], Awaitable[int]]
    recent: Callable[[int], Awaitable[Sequence[RecentLog]]]
    machine: Callable[[], Machine | None]
    recorders: Callable[[], Mapping[int, RecorderState]]
    storage: Callable[[], Awaitable[Storage]]
    storage_alarms: Callable[[], Awaitable[Sequence[StorageAlarm]]]
    health_alarms: Callable[[], Sequence[HealthAlarm]]
    health: Callable[[], Report]
    cache: Callable[[], CacheStats]
    pool: Callable[[], PoolStatistics]
    now: Callable[[], datetime]


class Dashboard:
    """Puts it together for whoever asks.  Loop only; 10 ms with 800 cameras."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def snapshot(self) -> Snapshot:
        """Return everything."""
        ask = self._sources
        counts, sessions = ask.counts(), ask.sessions()
        streams = self._streams(counts)
        return Snapshot(
            at=ask.now(),
            cameras=counted(ask.catalogue),
            areas=await ask.areas(),
            streams=streams,
            sessions=tuple(sorted(sessions, key=lambda each: each.started_at, reverse=True)),
            viewers=sum(counts.values()),
            visitors=len({each.visitor or each.session_id for each in sessions}),
            is_media_connected=ask.is_media_connected(),
            machine=ask.machine(),
            recordings=await self._recordings(),
            cache=ask.cache(),
            pool=ask.pool(),
            health=ask.health(),
            health_alarms=tuple(each for each in ask.health_alarms() if each.ended_at is None),
            storage_alarms=tuple(await ask.storage_alarms()),
        )

    async def recent(self, limit: int = 10) -> Sequence[RecentLog]:
        """Return the newest entries of the trail; they are for admins alone."""
        return await self._sources.recent(limit)

    def _streams(self, counts: Mapping[int, int]) -> tuple[Stream, ...]:
        paths = self._sources.paths()
        found = [
            _stream(camera, paths.get(camera.stream_key), counts.get(camera.id, 0))
            for camera in self._sources.catalogue.enabled()
        ]
        return tuple(sorted(found, key=lambda each: (-each.viewers, each.camera.id)))

    async def _recordings(self) -> RecordingCounts:
        states = self._sources.recorders()
        by_status = Counter(each.status for each in states.values())
        return RecordingCounts(
            wanted=sum(by_status[status] for status in WANTED_RECORDERS),
            recording=by_status[RecorderStatus.RECORDING],
            losing=sum(by_status[status] for status in _LOSING),
            unknown=by_status[RecorderStatus.UNKNOWN],
            bytes_per_s=sum(
                each.bytes_per_s
                for each in states.values()
                if each.status is RecorderStatus.RECORDING
            ),
            storage=await self._sources.storage(),
        )


def counted(catalogue: Catalogue) -> CameraCounts:
    """Count cameras by what is known of them; every camera once (defect 80)."""
    cameras = catalogue.all()
    enabled = [camera for camera in cameras if camera.enabled]
    by_standing = Counter(standing(catalogue, camera) for camera in enabled)
    return CameraCounts(
        total=len(cameras),
        disabled=len(cameras) - len(enabled),
        online=by_standing["online"],
        offline=by_standing["offline"],
        maintenance=by_standing["maintenance"],
        unknown=by_standing["unknown"],
    )


def standing(catalogue: Catalogue, camera: Camera) -> Standing:
    """Return what is known of one camera: maintenance is announced, the rest is measured."""
    if camera.status == "maintenance":
        return "maintenance"
    face = catalogue.published(camera)
    return _BY_HEALTH.get(face.health) or _BY_STATE.get(face.state, "unknown")


def _stream(camera: Camera, path: ActualPath | None, viewers: int) -> Stream:
    ready = path is not None and path.ready
    is_wanted = path is not None and (path.state in {"connecting", "waiting"} or path.readers > 0)
    return Stream(
        camera=camera,
        ready=ready,
        state="ready" if ready else "buffering" if is_wanted else "idle",
        viewers=viewers,
        inbound_bytes=0 if path is None else path.inbound_bytes,
        outbound_bytes=0 if path is None else path.outbound_bytes,
    )
