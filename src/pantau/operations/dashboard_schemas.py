"""`GET /api/admin/stats`, field by field: the names that existing clients know, then ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from pantau.audit.schemas import RecentLog
from pantau.core.shapes import Shape
from pantau.operations.dashboard import LiveSession, Snapshot, Stream, StreamState
from pantau.operations.machine_watch import Machine

_CAMEL = ConfigDict(
    alias_generator=to_camel,
    populate_by_name=True,
    frozen=True,
)
_PLAIN = ConfigDict(frozen=True)
_TOP: Final = 5
_PSEUDONYM: Final = 8


class Summary(Shape):
    """What there is."""

    model_config = _CAMEL

    total_cameras: int
    active_cameras: int
    disabled_cameras: int
    total_areas: int
    active_viewers: int
    """Different visitors who watch at this moment."""


class System(Shape):
    """The machine; null is what cannot be read."""

    model_config = _CAMEL

    platform: str | None
    arch: str | None
    cpus: int | None
    cpu_model: str | None
    cpu_load: float | None
    """Per cent of all processors over the last seconds."""
    total_mem: int | None
    free_mem: int | None
    used_mem: int | None
    mem_usage_percent: float | None
    uptime: float | None
    """Seconds since the machine began."""
    load_avg: list[float] | None


class Session(Shape):
    """Somebody who watches."""

    model_config = _CAMEL

    session_id: str
    camera_id: int
    camera_name: str
    ip_address: str
    """The visitor's pseudonym, unless addresses are kept and an admin asks."""
    device_type: str
    started_at: str
    duration_seconds: int
    visitor: str
    """A pseudonym that changes every day."""


class StreamOutput(Shape):
    """The stream of one enabled camera."""

    model_config = _CAMEL

    id: int
    name: str
    ready: bool
    state: StreamState
    viewers: int
    sessions: list[Session]
    bytes_received: int
    """0 while nobody watches, as clients know it."""
    bytes_sent: int
    inbound_bytes: Annotated[int, Field(alias="inbound_bytes")]
    """What the camera has sent since its stream began, whoever it was for."""
    outbound_bytes: Annotated[int, Field(alias="outbound_bytes")]


class RecentLogOutput(RecentLog):
    """An entry of the trail, with its time as it is in the zone of the site."""

    created_at_wib: str
    """`YYYY-MM-DD HH:MM:SS`; the name is older than other zones."""


class Breakdown(Shape):
    """Enabled cameras by what is known of them."""

    model_config = _PLAIN

    online: int
    offline: int
    maintenance: int
    unknown: int
    """Nobody has looked yet."""


class TopCamera(Shape):
    """A camera that people watch at this moment."""

    model_config = _PLAIN

    id: int
    name: str
    viewers: int


class DiskOutput(Shape):
    """The disk below a folder; null: it does not answer."""

    model_config = _PLAIN

    name: str
    total_bytes: int | None
    free_bytes: int | None


class ProcessOutput(Shape):
    """A part of the hub and its children."""

    model_config = _PLAIN

    part: str
    processes: int
    memory_bytes: int


class MachineOutput(Shape):
    """What else is known of the machine."""

    model_config = _PLAIN

    sampled_at: datetime
    received_bytes_per_s: float | None
    sent_bytes_per_s: float | None
    disks: list[DiskOutput]
    processes: list[ProcessOutput]


class RecordingsOutput(Shape):
    """How recorders are."""

    model_config = _PLAIN

    wanted: int
    recording: int
    losing: int
    """Those that should write and do not."""
    unknown: int
    bytes_per_s: float
    hours_left: float | None
    """For how long the tightest disk suffices; null: nobody knows."""


class CacheOutput(Shape):
    """The response cache of this process in the last hour."""

    model_config = _CAMEL

    hits: int
    misses: int
    hit_rate: str
    size: int
    bytes: int


class AlarmOutput(Shape):
    """Something that somebody should look at."""

    model_config = _PLAIN

    source: Literal["hub", "cameras", "recordings"]
    kind: str
    message: str
    is_urgent: bool
    since: datetime | None


class Stats(Shape):
    """How the hub is at this moment."""

    model_config = _CAMEL

    summary: Summary
    system: System
    streams: list[StreamOutput]
    recent_logs: list[RecentLogOutput]
    """Empty for everybody but admins."""
    mtx_connected: bool
    camera_status_breakdown: Breakdown
    top_cameras: list[TopCamera]
    all_sessions: list[Session]
    machine: MachineOutput | None
    recordings: RecordingsOutput
    cache: CacheOutput
    pool: dict[str, int | float | bool | str]
    alarms: list[AlarmOutput]


def stats_of(
    snapshot: Snapshot, logs: Sequence[RecentLog], *, zone: ZoneInfo, shows_addresses: bool
) -> Stats:
    """Return a snapshot for the wire."""
    names = {int(each.camera.id): each.camera.name for each in snapshot.streams}
    sessions = [
        _session(each, names, shows_addresses=shows_addresses) for each in snapshot.sessions
    ]
    by_camera: dict[int, list[Session]] = {}
    for each in sessions:
        by_camera.setdefault(each.camera_id, []).append(each)
    cameras, watched = snapshot.cameras, [each for each in snapshot.streams if each.viewers]
    return Stats(
        summary=Summary(
            total_cameras=cameras.total,
            active_cameras=cameras.enabled,
            disabled_cameras=cameras.disabled,
            total_areas=snapshot.areas,
            active_viewers=snapshot.visitors,
        ),
        system=_system(snapshot.machine),
        streams=[_stream(each, by_camera) for each in snapshot.streams],
        recent_logs=[_log(each, zone) for each in logs],
        mtx_connected=snapshot.is_media_connected,
        camera_status_breakdown=Breakdown(
            online=cameras.online,
            offline=cameras.offline,
            maintenance=cameras.maintenance,
            unknown=cameras.unknown,
        ),
        top_cameras=[
            TopCamera(id=each.camera.id, name=each.camera.name, viewers=each.viewers)
            for each in watched[:_TOP]
        ],
        all_sessions=sessions,
        machine=_machine(snapshot.machine),
        recordings=_recordings(snapshot),
        cache=_cache(snapshot),
        pool=snapshot.pool.as_reference(),
        alarms=_alarms(snapshot),
    )


def _session(session: LiveSession, names: Mapping[int, str], *, shows_addresses: bool) -> Session:
    # There may be thousands, of values that are typed already.
    return Session.model_construct(
        session_id=session.session_id,
        camera_id=session.camera_id,
        camera_name=names.get(session.camera_id, ""),
        ip_address=(shows_addresses and session.address) or session.visitor[:_PSEUDONYM],
        device_type=session.device,
        started_at=session.started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        duration_seconds=max(0, int(session.duration_s)),
        visitor=session.visitor,
    )


def _stream(stream: Stream, sessions: Mapping[int, list[Session]]) -> StreamOutput:
    is_watched = stream.viewers > 0
    return StreamOutput.model_construct(
        id=stream.camera.id,
        name=stream.camera.name,
        ready=stream.ready,
        state=stream.state,
        viewers=stream.viewers,
        sessions=sessions.get(int(stream.camera.id), []),
        bytes_received=stream.inbound_bytes if is_watched else 0,
        bytes_sent=stream.outbound_bytes if is_watched else 0,
        inbound_bytes=stream.inbound_bytes,
        outbound_bytes=stream.outbound_bytes,
    )


def _system(machine: Machine | None) -> System:
    facts = None if machine is None else machine.facts
    memory = None if machine is None else machine.memory
    load = None if machine is None else machine.load
    return System(
        platform=None if facts is None else facts.platform,
        arch=None if facts is None else facts.arch,
        cpus=None if facts is None else facts.cpus,
        cpu_model=None if facts is None else facts.cpu_model,
        cpu_load=None if machine is None else _cpu_load(machine),
        total_mem=None if memory is None else memory.total_bytes,
        free_mem=None if memory is None else memory.available_bytes,
        used_mem=None if memory is None else memory.used_bytes,
        mem_usage_percent=None if memory is None else memory.used_percent,
        uptime=None if machine is None or machine.up_s is None else round(machine.up_s),
        load_avg=None if load is None else [round(each, 2) for each in load],
    )


def _cpu_load(machine: Machine) -> float | None:
    """Return how busy the processors are; within seconds of the start, by who waits for them."""
    if machine.cpu_percent is not None or machine.load is None:
        return machine.cpu_percent
    return round(min(100.0, 100 * machine.load[0] / (machine.facts.cpus or 1)), 1)


def _machine(machine: Machine | None) -> MachineOutput | None:
    if machine is None:
        return None
    return MachineOutput(
        sampled_at=machine.sampled_at,
        received_bytes_per_s=machine.received_bytes_per_s,
        sent_bytes_per_s=machine.sent_bytes_per_s,
        disks=[
            DiskOutput(
                name=name,
                total_bytes=None if room is None else room.total_bytes,
                free_bytes=None if room is None else room.free_bytes,
            )
            for name, room in machine.rooms.items()
        ],
        processes=[
            ProcessOutput(part=each.part, processes=each.processes, memory_bytes=each.memory_bytes)
            for each in machine.processes
        ],
    )


def _recordings(snapshot: Snapshot) -> RecordingsOutput:
    counts = snapshot.recordings
    return RecordingsOutput(
        wanted=counts.wanted,
        recording=counts.recording,
        losing=counts.losing,
        unknown=counts.unknown,
        bytes_per_s=counts.bytes_per_s,
        hours_left=counts.hours_left,
    )


def _cache(snapshot: Snapshot) -> CacheOutput:
    cache = snapshot.cache
    return CacheOutput(
        hits=cache.hour.hits,
        misses=cache.hour.misses,
        hit_rate=cache.hour.rate,
        size=len(cache.keys),
        bytes=cache.size_bytes,
    )


def _alarms(snapshot: Snapshot) -> list[AlarmOutput]:
    health = snapshot.health
    parts = [
        AlarmOutput(
            source="hub",
            kind=name,
            message=finding.message,
            is_urgent=name in health.essential_down,
            since=None,
        )
        for name, finding in health.findings.items()
        if not finding.ok
    ]
    cameras = [
        AlarmOutput(
            source="cameras",
            kind=each.kind,
            message="",
            is_urgent=True,
            since=each.began_at,
        )
        for each in snapshot.health_alarms
    ]
    storage = [
        AlarmOutput(
            source="recordings",
            kind=each.kind.value,
            message=each.place,
            is_urgent=each.is_urgent,
            since=None,
        )
        for each in snapshot.storage_alarms
    ]
    return sorted([*parts, *cameras, *storage], key=lambda each: not each.is_urgent)


def _log(log: RecentLog, zone: ZoneInfo) -> RecentLogOutput:
    at = datetime.fromisoformat(f"{log.created_at}+00:00").astimezone(zone)
    return RecentLogOutput(**log.model_dump(), created_at_wib=at.strftime("%Y-%m-%d %H:%M:%S"))
