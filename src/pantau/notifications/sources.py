"""Where the worker looks: cameras, alarms, recorders, disks, the trail, what visitors wrote.

Every mapping names all there is (lesson H03); a test compares.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from pantau.audit.events import Action, AdminAction, SecurityEvent
from pantau.audit.repository import entries_after, read_head
from pantau.cameras.models import Camera, HealthState
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.db.changes import Topic
from pantau.db.database import Reading
from pantau.health import alarm_rows, causes
from pantau.health.repository import all_health
from pantau.health.values import AlarmKind
from pantau.notifications import feedback_rows
from pantau.notifications.kinds import Kind
from pantau.notifications.seeing import Report
from pantau.notifications.values import Happening, Sight, Subject
from pantau.recordings import keeping_rows, recorder_rows
from pantau.recordings.keeping_values import AlarmKind as StorageAlarm
from pantau.recordings.keeping_values import Level
from pantau.recordings.recorders import RecorderStatus
from pantau.recordings.storage_note import storage_from

_MOST_AT_ONCE: Final = 500
_MOST_TEXT: Final = 200


class Source(Protocol):
    """One place to look.  `name` is that of its watermark."""

    @property
    def name(self) -> str: ...

    @property
    def topic(self) -> Topic: ...

    async def look(self, reading: Reading, watermark: str | None) -> Report:
        """Return what there is; a source without a watermark begins with what comes (H07)."""
        ...


IS_DOWN: Final[Mapping[HealthState, bool | None]] = {
    HealthState.ONLINE: False,
    HealthState.DEGRADED: False,
    HealthState.OFFLINE: True,
    HealthState.DEAD: True,
    HealthState.UNKNOWN: None,
}


class CameraSource:
    """What is believed of cameras."""

    name: Final = "cameras"
    topic: Final[Topic] = "health"

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def look(self, reading: Reading, watermark: str | None) -> Report:  # noqa: ARG002
        report = Report(kinds=frozenset({Kind.CAMERA, Kind.PICTURE}))
        for camera_id, health in (await all_health(reading)).items():
            camera = self._catalogue.by_id(camera_id)
            if camera is None or health.cause in causes.RESTING:
                continue
            down, poor = Subject(Kind.CAMERA, str(camera_id)), Subject(Kind.PICTURE, str(camera_id))
            is_down = IS_DOWN[health.state]
            if is_down is None:
                report.unsure |= {down, poor}
                continue
            report.sights[down] = _of(camera, down, is_down, health.since_at, health.cause)
            if not is_down:
                is_poor = health.state is HealthState.DEGRADED
                report.sights[poor] = _of(camera, poor, is_poor, health.since_at, health.cause)
        return report


ALARMS: Final[Mapping[AlarmKind, Kind]] = {
    AlarmKind.MEDIA_SERVER: Kind.MEDIA_SERVER,
    AlarmKind.OUR_NETWORK: Kind.NETWORK,
    AlarmKind.SWEEP_LATE: Kind.CHECKS,
}


class AlarmSource:
    """Alarms of cameras' health: what is our own fault."""

    name: Final = "alarms"
    topic: Final[Topic] = "health"

    async def look(self, reading: Reading, watermark: str | None) -> Report:  # noqa: ARG002
        report = Report(kinds=frozenset(ALARMS.values()))
        report.unsure = {Subject(kind) for kind in ALARMS.values()}
        for alarm in await alarm_rows.newest(reading, limit=20):
            kind = next((each for name, each in ALARMS.items() if name == alarm.kind), None)
            if kind is None or Subject(kind) in report.sights:
                continue
            report.sights[Subject(kind)] = Sight(
                subject=Subject(kind),
                is_bad=alarm.ended_at is None,
                since_at=alarm.began_at if alarm.ended_at is None else alarm.ended_at,
                facts={"cameras": alarm.cameras} if alarm.cameras else {},
            )
        return report


WRITES: Final[Mapping[RecorderStatus, bool | None]] = {
    RecorderStatus.RECORDING: True,
    RecorderStatus.STALLED: False,
    RecorderStatus.FAILED: False,
    RecorderStatus.SUSPENDED: False,
    # Without pictures or without room: the camera's and the disk's own messages say so.
    RecorderStatus.WAITING: None,
    RecorderStatus.PAUSED: None,
    RecorderStatus.UNKNOWN: None,
    RecorderStatus.RESTING: None,
    RecorderStatus.STOPPED: None,
}
_AT_REST: Final = frozenset({RecorderStatus.RESTING, RecorderStatus.STOPPED})


class RecorderSource:
    """Recorders that write nothing although they should."""

    name: Final = "recorders"
    topic: Final[Topic] = "recordings"

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def look(self, reading: Reading, watermark: str | None) -> Report:  # noqa: ARG002
        report = Report(kinds=frozenset({Kind.RECORDER}))
        for camera_id, state in (await recorder_rows.all_states(reading)).items():
            camera = self._catalogue.by_id(camera_id)
            if camera is None or state.status in _AT_REST:
                continue
            subject, writes = Subject(Kind.RECORDER, str(camera_id)), WRITES[state.status]
            if writes is None:
                report.unsure.add(subject)
                continue
            cause = "" if writes else state.status.value
            report.sights[subject] = _of(camera, subject, not writes, state.since_at, cause)
        return report


STORAGE: Final[Mapping[StorageAlarm, Kind]] = {
    StorageAlarm.CRITICAL: Kind.DISK_FULL,
    StorageAlarm.RESERVE: Kind.DISK_FULL,
    StorageAlarm.OTHER_FILES: Kind.DISK_LOW,
    StorageAlarm.NO_EFFECT: Kind.DISK_LOW,
    StorageAlarm.HELD_OVER_QUOTA: Kind.DISK_LOW,
    StorageAlarm.SILENT: Kind.FOOTAGE,
    StorageAlarm.UNREADABLE: Kind.FOOTAGE,
    StorageAlarm.GONE: Kind.FOOTAGE,
    StorageAlarm.READ_ONLY: Kind.FOOTAGE,
    StorageAlarm.NOTHING_LEFT: Kind.FOOTAGE,
    StorageAlarm.NOT_DELETED: Kind.FOOTAGE,
    StorageAlarm.CLOCK: Kind.FOOTAGE,
    StorageAlarm.ARCHIVE: Kind.FOOTAGE,
    StorageAlarm.FUTURE: Kind.FOOTAGE,
}
_OF_DISKS: Final = frozenset(STORAGE.values())
LOW: Final = "low"


class StorageSource:
    """The disks of footage, as the worker noted them."""

    name: Final = "storage"
    topic: Final[Topic] = "recordings"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def look(self, reading: Reading, watermark: str | None) -> Report:  # noqa: ARG002
        now = self._clock.now()
        # The note says how it is, not since when, and leaves out what is well again.
        report = Report(kinds=_OF_DISKS, unmentioned_good_at=now)
        noted = await keeping_rows.note(reading, keeping_rows.STORAGE)
        storage = None if noted is None else storage_from(*noted)
        if storage is None:
            return report
        bad = [(STORAGE[each.kind], each.kind.value, each.place) for each in storage.alarms]
        bad += [
            (Kind.DISK_LOW, LOW, each.place) for each in storage.disks if each.level is Level.LOW
        ]
        for kind, cause, place in bad:
            subject = Subject(kind, f"{cause}:{place}"[:64])
            report.sights[subject] = Sight(
                subject=subject, is_bad=True, since_at=now, cause=cause, facts={"name": place}
            )
        return report


TRAIL: Final[Mapping[str, Kind]] = {
    SecurityEvent.ACCOUNT_LOCKOUT: Kind.LOCKOUT,
    Action.IMPORT_CAMERAS: Kind.IMPORT_DONE,
    AdminAction.REFERENCE_IMPORTED: Kind.IMPORT_DONE,
}


class TrailSource:
    """What the audit trail tells: locked accounts, finished imports."""

    name: Final = "trail"
    topic: Final[Topic] = "audit"

    async def look(self, reading: Reading, watermark: str | None) -> Report:
        report = Report(kinds=frozenset())
        if watermark is None:
            head = await read_head(reading)
            report.watermark = str(0 if head is None else head.last_id)
            return report
        for entry in await entries_after(reading, int(watermark), limit=_MOST_AT_ONCE):
            report.watermark = str(entry.id)
            kind = TRAIL.get(entry.draft.name)
            if kind is None:
                continue
            who = entry.draft.username if kind is Kind.LOCKOUT else entry.draft.target
            facts: dict[str, str | int | float] = {"name": who[:_MOST_TEXT]}
            if kind is Kind.LOCKOUT:
                facts["address"] = entry.draft.address
            report.happenings.append(
                Happening(kind=kind, key=str(entry.id), at=entry.draft.at, facts=facts)
            )
        return report


class FeedbackSource:
    """What visitors wrote, without their names and addresses."""

    name: Final = "feedback"
    topic: Final[Topic] = "feedback"

    async def look(self, reading: Reading, watermark: str | None) -> Report:
        report = Report(kinds=frozenset())
        if watermark is None:
            report.watermark = str(await feedback_rows.newest(reading))
            return report
        for one in await feedback_rows.after(reading, int(watermark), limit=_MOST_AT_ONCE):
            report.watermark = str(one.id)
            if one.is_spam:
                continue
            report.happenings.append(
                Happening(
                    kind=Kind.TAKE_DOWN if one.is_take_down else Kind.FEEDBACK,
                    key=str(one.id),
                    at=one.at,
                    camera_id=one.camera_id,
                    facts={
                        "number": one.id,
                        "name": one.camera_name,
                        "text": one.message[:_MOST_TEXT],
                    },
                )
            )
        return report


_NOTED_EVERY: Final = timedelta(minutes=1)
_AWAY: Final = timedelta(minutes=5)


class PresenceSource:
    """The worker itself: it cannot tell that it is away, but that it was (lesson D20)."""

    name: Final = "worker"
    topic: Final[Topic] = "notifications"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def look(self, reading: Reading, watermark: str | None) -> Report:  # noqa: ARG002
        report, now = Report(kinds=frozenset()), self._clock.now()
        last = None if watermark is None else datetime.fromisoformat(watermark)
        if last is None or now - last >= _NOTED_EVERY or now < last:
            report.watermark = now.isoformat()
        if last is not None and now - last >= _AWAY:
            happening = Happening(
                kind=Kind.WORKER_AWAY,
                key=last.isoformat(timespec="seconds"),
                at=now,
                facts={"minutes": int((now - last).total_seconds() // 60)},
            )
            report.happenings.append(happening)
        return report


def _of(camera: Camera, subject: Subject, is_bad: bool, since_at: datetime, cause: str) -> Sight:  # noqa: FBT001
    return Sight(
        subject=subject,
        is_bad=is_bad,
        since_at=since_at,
        cause=cause if is_bad else "",
        facts={"name": camera.name, "area": camera.area_name or ""},
    )
