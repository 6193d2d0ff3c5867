"""What the API of recorders takes and gives: names, kinds and cases that existing clients know."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from pantau.cameras.changes import MOST_RECORDING_HOURS
from pantau.cameras.inputs import ClockTime
from pantau.cameras.inputs import Flag as FlagInput
from pantau.cameras.schemas import Flag, UtcText, flag
from pantau.core.shapes import Shape
from pantau.recordings.models import PlaybackMode
from pantau.recordings.recorders import (
    Command,
    CommandAction,
    RecorderStatus,
    Restart,
    RestartReason,
)
from pantau.recordings.rules import (
    MOST_PREVIEW_MINUTES,
    MOST_QUOTA_BYTES,
    MOST_WINDOWS,
    RecordingRules,
    RecordWindow,
)
from pantau.recordings.run_rows import Totals
from pantau.recordings.service import CameraRecording, Overview

_GIB: Final = 2**30


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Hours = Annotated[int, Field(ge=1, le=MOST_RECORDING_HOURS, strict=True)]


class StartRecordingInput(_Input):
    """How a recording begins."""

    duration_hours: _Hours | None = None
    """How long its footage is kept; nothing: as before."""


class RecordSettingsInput(_Input):
    """What may be different about a recording."""

    enable_recording: FlagInput | None = None
    recording_duration_hours: _Hours | None = None
    """How long its footage is kept."""


class RecordWindowInput(_Input):
    """A part of the week in which a camera is recorded, in the zone of the site."""

    days: Annotated[frozenset[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1)]
    """Monday is 1."""
    begins: ClockTime
    ends: ClockTime
    """At or before `begins`: on the following day."""


class RulesInput(_Input):
    """What may be different about the rules of a camera; what is not named stays."""

    playback: PlaybackMode = PlaybackMode.INHERIT
    preview_minutes: Annotated[int, Field(ge=1, le=MOST_PREVIEW_MINUTES, strict=True)] | None = None
    """How far back everybody may replay; nothing: what holds for the whole hub."""
    quota_bytes: Annotated[int, Field(ge=1, le=MOST_QUOTA_BYTES, strict=True)] | None = None
    """How much of it is kept; nothing: no limit of its own."""
    schedule: Annotated[list[RecordWindowInput], Field(max_length=MOST_WINDOWS)] = []
    """When it is recorded; empty: always."""
    sound: FlagInput = True

    def changes(self) -> dict[str, Any]:
        """Return what was named."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if "schedule" in given:
            given["schedule"] = tuple(
                RecordWindow(days=each.days, begins=each.begins, ends=each.ends)
                for each in self.schedule
            )
        return given


class RuntimeOutput(_Output):
    """What a recorder does at this moment, as far as anybody knows."""

    isRecording: bool  # noqa: N815 - a name of the interface
    status: RecorderStatus
    cause: str
    """A stable word; empty where there is nothing to explain."""
    startTime: UtcText | None = None  # noqa: N815
    duration: int | None = None
    """Seconds since `startTime`."""
    restartCount: int = 0  # noqa: N815
    """In the last 24 hours."""
    lastSegmentEnd: UtcText | None = None  # noqa: N815
    """When its last good file ended: the evidence."""
    lastFragment: UtcText | None = None  # noqa: N815
    bytesPerSecond: float = 0.0  # noqa: N815
    seenAt: UtcText | None = None  # noqa: N815
    """When the worker last looked."""


class StorageOutput(_Output):
    """What is kept of a camera."""

    totalSize: int  # noqa: N815
    """Bytes."""
    segmentCount: int  # noqa: N815
    totalSizeGB: str  # noqa: N815
    """GiB with two decimals, as text."""
    oldestSegment: UtcText | None = None  # noqa: N815
    newestSegment: UtcText | None = None  # noqa: N815


class RecordingOutput(_Output):
    """One camera in the overview."""

    id: int
    name: str
    location: str
    enabled: Flag
    enable_recording: Flag
    recording_status: RecorderStatus
    recording_duration_hours: int
    last_recording_start: UtcText | None
    runtime_status: RuntimeOutput
    storage: StorageOutput


class RecorderOutput(_Output):
    """One camera alone."""

    camera_id: int
    camera_name: str
    enable_recording: Flag
    recording_status: RecorderStatus
    recording_duration_hours: int
    last_recording_start: UtcText | None
    runtime_status: RuntimeOutput
    storage: StorageOutput


class SummaryOutput(_Output):
    """All recorders in four numbers."""

    total_cameras: int
    active_recordings: int
    total_storage_gb: str
    recent_restarts_24h: int


class RemovedOutput(_Output):
    """Footage of a camera that is not there any more."""

    camera_id: int
    storage: StorageOutput


class OverviewOutput(_Output):
    """All recorders."""

    overview: SummaryOutput
    cameras: list[RecordingOutput]
    removed: list[RemovedOutput]


class RestartOutput(_Output):
    """One time that a recorder had to begin anew."""

    id: int
    camera_id: int
    camera_name: str
    """Empty where the camera is not there any more."""
    reason: RestartReason
    detail: str
    """Why the restart itself was refused; empty: it was not."""
    restart_time: UtcText
    restarted_at: UtcText
    recovery_time: int | None
    """Milliseconds until a file was closed again."""
    recovered_at: UtcText | None
    success: Flag


class CommandOutput(_Output):
    """Something that a recorder was asked for."""

    id: int
    camera_id: int
    action: CommandAction
    actor: str
    asked_at: UtcText
    done_at: UtcText | None
    outcome: str
    """Empty: done as asked, once `done_at` is there."""


class RecordWindowOutput(_Output):
    """A part of the week in which a camera is recorded."""

    days: list[int]
    begins: str
    ends: str


class RulesOutput(_Output):
    """The rules of a camera."""

    playback: PlaybackMode
    preview_minutes: int | None
    quota_bytes: int | None
    schedule: list[RecordWindowOutput]
    sound: Flag


def overview_output(overview: Overview) -> OverviewOutput:
    """Return all recorders."""
    cameras = [_recording(each) for each in overview.cameras]
    totals = [each.totals for each in overview.cameras if each.totals is not None]
    size_bytes = sum(each.size_bytes for each in totals)
    size_bytes += sum(each.totals.size_bytes for each in overview.removed)
    return OverviewOutput(
        overview=SummaryOutput(
            total_cameras=len(cameras),
            active_recordings=sum(each.runtime_status.isRecording for each in cameras),
            total_storage_gb=_gib(size_bytes),
            recent_restarts_24h=overview.restarts_day,
        ),
        cameras=cameras,
        removed=[
            RemovedOutput(camera_id=each.camera_id, storage=_storage(each.totals))
            for each in overview.removed
        ],
    )


def status_output(one: CameraRecording) -> RecorderOutput:
    """Return one camera."""
    stored = one.listed.stored
    return RecorderOutput(
        camera_id=one.camera_id,
        camera_name=one.name,
        enable_recording=flag(stored.enable_recording),
        recording_status=_status(one),
        recording_duration_hours=one.keep_hours,
        last_recording_start=_began_at(one),
        runtime_status=_runtime(one),
        storage=_storage(one.totals),
    )


def restart_output(restart: Restart, names: Mapping[int, str]) -> RestartOutput:
    """Return one restart."""
    took = None if restart.recovered_at is None else restart.recovered_at - restart.restart_at
    return RestartOutput(
        id=restart.id,
        camera_id=restart.camera_id,
        camera_name=names.get(restart.camera_id, ""),
        reason=restart.reason,
        detail=restart.detail,
        restart_time=restart.restart_at,
        restarted_at=restart.restart_at,
        recovery_time=None if took is None else round(took.total_seconds() * 1000),
        recovered_at=restart.recovered_at,
        success=flag(restart.success),
    )


def command_output(command: Command) -> CommandOutput:
    """Return one command."""
    return CommandOutput(
        id=command.id,
        camera_id=command.camera_id,
        action=command.action,
        actor=command.actor,
        asked_at=command.asked_at,
        done_at=command.done_at,
        outcome=command.outcome,
    )


def rules_output(rules: RecordingRules) -> RulesOutput:
    """Return the rules of a camera."""
    return RulesOutput(
        playback=rules.playback,
        preview_minutes=rules.preview_minutes,
        quota_bytes=rules.quota_bytes,
        schedule=[
            RecordWindowOutput(
                days=sorted(window.days),
                begins=window.begins.isoformat(timespec="minutes"),
                ends=window.ends.isoformat(timespec="minutes"),
            )
            for window in rules.schedule
        ],
        sound=flag(rules.sound),
    )


def _recording(one: CameraRecording) -> RecordingOutput:
    stored = one.listed.stored
    return RecordingOutput(
        id=one.camera_id,
        name=one.name,
        location=stored.camera.location,
        enabled=flag(stored.camera.enabled),
        enable_recording=flag(stored.enable_recording),
        recording_status=_status(one),
        recording_duration_hours=one.keep_hours,
        last_recording_start=_began_at(one),
        runtime_status=_runtime(one),
        storage=_storage(one.totals),
    )


def _status(one: CameraRecording) -> RecorderStatus:
    if one.state is not None:
        return one.state.status
    # Who was never to record has never recorded; of others nobody knows yet.
    is_wanted = one.listed.stored.enable_recording
    return RecorderStatus.UNKNOWN if is_wanted else RecorderStatus.STOPPED


def _began_at(one: CameraRecording) -> datetime | None:
    state = one.state
    return state.since_at if state and state.status is RecorderStatus.RECORDING else None


def _runtime(one: CameraRecording) -> RuntimeOutput:
    state, status = one.state, _status(one)
    if state is None:
        return RuntimeOutput(isRecording=False, status=status, cause="")
    began_at = _began_at(one)
    duration_s = None if began_at is None else (state.seen_at - began_at).total_seconds()
    return RuntimeOutput(
        isRecording=status is RecorderStatus.RECORDING,
        status=status,
        cause=state.cause,
        startTime=began_at,
        duration=None if duration_s is None else max(0, round(duration_s)),
        restartCount=one.restarts_day,
        lastSegmentEnd=_moment(state.last_segment_ms),
        lastFragment=_moment(state.last_fragment_ms),
        bytesPerSecond=state.bytes_per_s,
        seenAt=state.seen_at,
    )


def _storage(totals: Totals | None) -> StorageOutput:
    if totals is None:
        return StorageOutput(totalSize=0, segmentCount=0, totalSizeGB="0.00")
    return StorageOutput(
        totalSize=totals.size_bytes,
        segmentCount=totals.segments,
        totalSizeGB=_gib(totals.size_bytes),
        oldestSegment=_moment(totals.oldest_ms),
        newestSegment=_moment(totals.newest_ms),
    )


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / _GIB:.2f}"


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
