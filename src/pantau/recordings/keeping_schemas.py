"""What the API of keeping footage takes and gives, field by field."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from pantau.cameras.schemas import UtcText
from pantau.core.shapes import Shape
from pantau.recordings.keeping_values import (
    Alarm,
    Asked,
    Deletion,
    Disk,
    Hold,
    Level,
    Quota,
    Storage,
)
from pantau.recordings.keeping_words import SENTENCES
from pantau.recordings.models import Reason
from pantau.recordings.planning import Basis, CameraPlan, Forecast, Plan
from pantau.recordings.rules import MOST_QUOTA_BYTES
from pantau.recordings.written_moments import Moment


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpanInput(_Input):
    """From a moment up to another: ISO 8601 with an offset, or Unix milliseconds."""

    from_: Annotated[Moment, Field(alias="from")]
    to: Moment


class HoldInput(SpanInput):
    """What is to be held, and why."""

    camera_id: Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]
    reason: Annotated[str, Field(max_length=1_000)]
    until: Moment | None = None
    """When the hold ends by itself; nothing: when somebody releases it."""


class QuotaInput(_Input):
    """A limit."""

    quota_bytes: Annotated[int, Field(ge=1, le=MOST_QUOTA_BYTES, strict=True)] | None
    """null: none."""


class HoldOutput(_Output):
    """A hold."""

    id: int
    camera_id: int
    from_ms: int
    to_ms: int
    reason: str
    created_by: str
    created_at: UtcText
    until_at: UtcText | None
    released_at: UtcText | None
    released_by: str
    active: bool


class DeletionOutput(_Output):
    """A file that is gone, and why."""

    id: int
    camera_id: int
    from_ms: int
    to_ms: int
    size_bytes: int
    place: str
    reason: Reason
    actor: str
    """Who asked for it; empty: Pantau by its rules."""
    at: UtcText


class AskedOutput(_Output):
    """What becomes of footage that was asked to be deleted."""

    segments: int
    size_bytes: int
    from_ms: int | None
    """Files go whole: from where to where footage really goes."""
    to_ms: int | None
    open_segments: int
    """Files that are being written; they stay."""


class QuotaOutput(_Output):
    """A limit and what is used of it."""

    id: int
    name: str
    quota_bytes: int | None
    used_bytes: int


class QuotasOutput(_Output):
    """All limits."""

    cameras: list[QuotaOutput]
    areas: list[QuotaOutput]


class DiskOutput(_Output):
    """One place for footage."""

    place: str
    level: Level
    read_only: bool
    total_bytes: int | None
    free_bytes: int | None
    footage_bytes: int
    other_bytes: int | None
    """What else lies on that file system; of other places for footage too."""
    bytes_per_s: float
    hours_left: float | None
    """Of recording until it pauses; nothing where nothing is written."""


class StorageAlarmOutput(_Output):
    """Something to look at."""

    kind: str
    place: str
    amount: float
    """Bytes, files or seconds."""
    urgent: bool
    message: str


class StorageOutput(_Output):
    """How it is with the room for footage."""

    disks: list[DiskOutput]
    alarms: list[StorageAlarmOutput]
    seen_at: UtcText | None
    """When the worker looked; nothing: it never did."""
    clock_behind_s: float
    """By how much footage ages later than the machine's clock says."""


class CameraPlanOutput(_Output):
    """What one camera writes and keeps."""

    camera_id: int
    name: str
    recorded: bool
    removed: bool
    keep_hours: int
    quota_bytes: int | None
    bytes_per_day: float | None
    """Measured; nothing: nothing was recorded in a week."""
    basis: Basis
    """What that stands on: a week, a day, less than a day (`hours`), or nothing."""
    covered_hours: float
    kept_bytes: int
    needed_bytes: float


class ForecastOutput(_Output):
    """How long things go on as they are."""

    cameras: int
    unmeasured: int
    """Cameras that are recorded and not measured yet; the figures are without them."""
    capacity_bytes: int | None
    kept_bytes: int
    needed_bytes: float
    bytes_per_day: float
    fits: bool | None
    full_in_hours: float | None
    """Until the oldest footage leaves before its time; nothing: never, or not known."""
    reaches_hours: float | None
    """How far back footage reaches then; nothing: as far as it should, or not known."""


class PlanOutput(_Output):
    """What is measured, and what follows from it."""

    cameras: list[CameraPlanOutput]
    forecast: ForecastOutput
    what_if: ForecastOutput | None


def hold_output(hold: Hold, now: datetime) -> HoldOutput:
    """Return a hold."""
    return HoldOutput(
        id=hold.id,
        camera_id=hold.camera_id,
        from_ms=hold.span.from_ms,
        to_ms=hold.span.to_ms,
        reason=hold.reason,
        created_by=hold.created_by,
        created_at=hold.created_at,
        until_at=hold.until_at,
        released_at=hold.released_at,
        released_by=hold.released_by,
        active=hold.is_active(now),
    )


def deletion_output(deletion: Deletion) -> DeletionOutput:
    """Return an entry of the log."""
    return DeletionOutput(
        id=deletion.id,
        camera_id=deletion.camera_id,
        from_ms=deletion.span.from_ms,
        to_ms=deletion.span.to_ms,
        size_bytes=deletion.size_bytes,
        place=deletion.place,
        reason=deletion.reason,
        actor=deletion.actor,
        at=deletion.at,
    )


def asked_output(asked: Asked) -> AskedOutput:
    """Return what becomes of it."""
    return AskedOutput(
        segments=asked.segments,
        size_bytes=asked.size_bytes,
        from_ms=None if asked.span is None else asked.span.from_ms,
        to_ms=None if asked.span is None else asked.span.to_ms,
        open_segments=asked.open_segments,
    )


def quota_output(quota: Quota) -> QuotaOutput:
    """Return a limit."""
    return QuotaOutput(
        id=quota.id,
        name=quota.name,
        quota_bytes=quota.quota_bytes,
        used_bytes=quota.used_bytes,
    )


def storage_output(storage: Storage, alarms: list[Alarm]) -> StorageOutput:
    """Return how it is with the disks."""
    return StorageOutput(
        disks=[_disk_output(disk) for disk in storage.disks],
        alarms=[
            StorageAlarmOutput(
                kind=alarm.kind.value,
                place=alarm.place,
                amount=alarm.amount,
                urgent=alarm.is_urgent,
                message=SENTENCES[alarm.kind],
            )
            for alarm in alarms
        ],
        seen_at=storage.seen_at,
        clock_behind_s=round(storage.clock_behind_s, 1),
    )


def plan_output(plan: Plan) -> PlanOutput:
    """Return a plan."""
    return PlanOutput(
        cameras=[_camera_output(each) for each in plan.cameras],
        forecast=_forecast_output(plan.forecast),
        what_if=None if plan.what_if is None else _forecast_output(plan.what_if),
    )


def _disk_output(disk: Disk) -> DiskOutput:
    return DiskOutput(
        place=disk.place,
        level=disk.level,
        read_only=disk.is_read_only,
        total_bytes=disk.total_bytes,
        free_bytes=disk.free_bytes,
        footage_bytes=disk.footage_bytes,
        other_bytes=disk.other_bytes,
        bytes_per_s=round(disk.bytes_per_s, 1),
        hours_left=disk.hours_left,
    )


def _camera_output(plan: CameraPlan) -> CameraPlanOutput:
    return CameraPlanOutput(
        camera_id=plan.camera_id,
        name=plan.name,
        recorded=plan.is_recorded,
        removed=plan.is_removed,
        keep_hours=plan.keep_hours,
        quota_bytes=plan.quota_bytes,
        bytes_per_day=plan.bytes_per_day,
        basis=plan.basis,
        covered_hours=plan.covered_hours,
        kept_bytes=plan.kept_bytes,
        needed_bytes=plan.needed_bytes,
    )


def _forecast_output(forecast: Forecast) -> ForecastOutput:
    return ForecastOutput(
        cameras=forecast.cameras,
        unmeasured=forecast.unmeasured,
        capacity_bytes=forecast.capacity_bytes,
        kept_bytes=forecast.kept_bytes,
        needed_bytes=forecast.needed_bytes,
        bytes_per_day=forecast.bytes_per_day,
        fits=forecast.fits,
        full_in_hours=forecast.full_in_hours,
        reaches_hours=forecast.reaches_hours,
    )
