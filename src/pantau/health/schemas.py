"""What the API of cameras' health gives, field by field."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import ConfigDict

from pantau.cameras.models import Camera, HealthState
from pantau.core.shapes import Shape
from pantau.health import causes
from pantau.health.figures import Counted, Figures
from pantau.health.uptime import percent
from pantau.health.values import Alarm, CameraHealth, Span


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UptimeOutput(_Output):
    """Per cent of the measured time; nothing where nothing was measured."""

    day: float | None
    week: float | None
    month: float | None


class CameraHealthOutput(_Output):
    """What is believed of one camera."""

    id: int
    name: str
    area_id: int | None
    area_name: str | None
    state: HealthState
    cause: str
    """A stable word; empty where all is well."""
    message: str
    """The same as a sentence."""
    since: datetime | None
    last_check: datetime | None
    last_alive: datetime | None
    gone_since: datetime | None
    """Since when its source says, again and again, that it is gone for good."""
    falls_this_week: int
    uptime: UptimeOutput


class SpanOutput(_Output):
    """A stretch of time in one state."""

    state: HealthState
    cause: str
    message: str
    began_at: datetime
    ended_at: datetime | None


class DayOutput(_Output):
    """One calendar day of the site."""

    date: date
    uptime: float | None


class CameraHistoryOutput(CameraHealthOutput):
    """One camera with its history."""

    days: list[DayOutput]
    spans: list[SpanOutput]


class AlarmOutput(_Output):
    """One alarm, however many cameras it is about."""

    id: int
    kind: str
    message: str
    began_at: datetime
    ended_at: datetime | None
    cameras: int
    acknowledged_at: datetime | None
    acknowledged_by: str


def uptime_output(figures: Figures) -> UptimeOutput:
    """Return figures as per cent."""
    return UptimeOutput(
        day=percent(figures.day.share),
        week=percent(figures.week.share),
        month=percent(figures.month.share),
    )


def camera_output(
    camera: Camera, health: CameraHealth | None, figures: Figures
) -> CameraHealthOutput:
    """Return what is believed of `camera`."""
    cause = causes.NOT_CHECKED if health is None else health.cause
    return CameraHealthOutput(
        id=camera.id,
        name=camera.name,
        area_id=camera.area_id,
        area_name=camera.area_name,
        state=HealthState.UNKNOWN if health is None else health.state,
        cause=cause,
        message=causes.SENTENCE_OF.get(cause, ""),
        since=None if health is None else health.since_at,
        last_check=None if health is None else health.checked_at,
        last_alive=None if health is None else health.alive_at,
        gone_since=None if health is None else health.gone_since_at,
        falls_this_week=figures.falls,
        uptime=uptime_output(figures),
    )


def history_output(
    camera: Camera, health: CameraHealth | None, counted: Counted, spans: Sequence[Span]
) -> CameraHistoryOutput:
    """Return the same with what was, the newest first."""
    figures = counted.of(camera.id)
    return CameraHistoryOutput(
        **camera_output(camera, health, figures).model_dump(),
        days=days_output(counted, figures),
        spans=[
            SpanOutput(
                state=span.state,
                cause=span.cause,
                message=causes.SENTENCE_OF.get(span.cause, ""),
                began_at=span.began_at,
                ended_at=span.ended_at,
            )
            for span in reversed(spans)
        ],
    )


def days_output(counted: Counted, figures: Figures) -> list[DayOutput]:
    """Return the uptime day by day, today last."""
    return [
        DayOutput(date=day, uptime=percent(uptime.share))
        for day, uptime in zip(counted.days, figures.by_day, strict=True)
    ]


def alarm_output(alarm: Alarm) -> AlarmOutput:
    """Return an alarm."""
    return AlarmOutput(
        id=alarm.id,
        kind=alarm.kind,
        message=causes.SENTENCE_OF.get(alarm.kind, ""),
        began_at=alarm.began_at,
        ended_at=alarm.ended_at,
        cameras=alarm.cameras,
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=alarm.acknowledged_by,
    )
