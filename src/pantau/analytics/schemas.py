"""The numbers as existing dashboards read them: their names, their casing, their hours as texts."""

from datetime import date, datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from pantau.analytics.values import COUNTED
from pantau.core.shapes import Shape


class _Snake(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Camel(Shape):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )


class OverviewOutput(_Camel):
    """The sums of a period, times in seconds."""

    total_sessions: int
    unique_visitors: int
    total_watch_time: int
    avg_session_duration: int
    longest_session: int
    active_viewers: int
    robots: int
    """Views of robots, which are in no other number."""
    short_views: int
    """Views below five seconds, which are in no other number."""


class PreviousOutput(_Camel):
    """The sums of the time before."""

    total_sessions: int
    unique_visitors: int
    total_watch_time: int
    avg_session_duration: int


class TrendsOutput(_Camel):
    """Changes in per cent."""

    total_sessions: int
    unique_visitors: int
    total_watch_time: int
    avg_session_duration: int


class ComparisonOutput(_Camel):
    """The time before, and what has changed since."""

    previous: PreviousOutput
    trends: TrendsOutput


class RetentionOutput(_Camel):
    """Who came once and who came again, each within a day; rates in per cent."""

    new_visitors: int
    returning_visitors: int
    bounced_visitors: int
    bounce_rate: int
    retention_rate: int


class DayOutput(_Snake):
    """One calendar day of the hub."""

    date: date
    sessions: int
    unique_visitors: int
    total_watch_time: int


class HourOutput(_Snake):
    """One hour of the clock, `00` to `23`."""

    hour: str
    sessions: int


class PeakOutput(HourOutput):
    """The same with its visitors."""

    unique_visitors: int


class HeatOutput(_Snake):
    """One hour of one weekday; `0` is Sunday."""

    day_of_week: str
    hour: str
    sessions: int
    unique_visitors: int


class ChartsOutput(_Camel):
    """What charts are drawn from; empty hours and days are left out."""

    sessions_by_day: list[DayOutput]
    sessions_by_hour: list[HourOutput]
    activity_heatmap: list[HeatOutput]


class TopCameraOutput(_Snake):
    """One of the most watched cameras."""

    camera_id: int | None
    camera_name: str
    total_views: int
    unique_viewers: int
    total_watch_time: int
    avg_duration: int


class CameraPerformanceOutput(_Snake):
    """How one camera is watched and how it plays."""

    camera_id: int | None
    camera_name: str
    total_sessions: int
    unique_viewers: int
    avg_watch_time: int
    quick_exits: int
    engaged_sessions: int
    bounce_rate: float
    engagement_rate: float
    play_starts: int
    avg_start_ms: int
    play_stalls: int
    stalled_ms: int
    codec_refusals: int
    play_failures: int


class DeviceOutput(_Snake):
    """One kind of device."""

    device_type: str
    count: int
    percentage: float


class TopVisitorOutput(_Snake):
    """One visitor of one day; `ip_address` is a name made for that day, never an address."""

    ip_address: str
    total_sessions: int
    cameras_watched: int
    total_watch_time: int
    last_visit: datetime
    date: date


class SessionOutput(_Snake):
    """A view that is over; without kept addresses `ip_address` is a name made for that day."""

    id: int
    camera_id: int | None
    camera_name: str
    ip_address: str
    device_type: str
    started_at: datetime
    ended_at: datetime
    duration_seconds: int
    delivery: str


class ActiveOutput(_Camel):
    """A view under way."""

    session_id: str
    camera_id: int
    camera_name: str
    ip_address: str
    device_type: str
    started_at: datetime
    duration_seconds: int
    delivery: str


class CountingOutput(_Camel):
    """How far the counting has got."""

    is_complete: bool
    is_recount: bool
    behind: int


class ReportOutput(_Camel):
    """Everything about a period."""

    period: str
    overview: OverviewOutput
    comparison: ComparisonOutput | None
    retention: RetentionOutput
    charts: ChartsOutput
    top_cameras: list[TopCameraOutput]
    device_breakdown: list[DeviceOutput]
    top_visitors: list[TopVisitorOutput]
    recent_sessions: list[SessionOutput]
    peak_hours: list[PeakOutput]
    camera_performance: list[CameraPerformanceOutput]
    active_sessions: list[ActiveOutput]
    counted: dict[str, str] = Field(default_factory=lambda: dict(COUNTED))
    """What each number counts."""
    counting: CountingOutput


class CameraViewersOutput(_Camel):
    """How many watch one camera."""

    camera_id: int
    viewer_count: int


class ActivityOutput(_Snake):
    """A view that has just ended."""

    camera_id: int | None
    camera_name: str
    ip_address: str
    device_type: str
    started_at: datetime
    ended_at: datetime


class NowOutput(_Camel):
    """What is watched at this moment."""

    active_viewers: int
    active_sessions: list[ActiveOutput]
    viewers_by_camera: list[CameraViewersOutput]
    recent_activity: list[ActivityOutput]
    timestamp: datetime


class ShortSumsOutput(_Camel):
    """The sums of a period, times in seconds."""

    total_sessions: int
    unique_viewers: int
    avg_duration: int
    total_watch_time: int


class ShortCurrentOutput(ShortSumsOutput):
    """The same, and who watches at this moment."""

    active_now: int


class ShortChangesOutput(_Camel):
    """Changes in per cent."""

    sessions_change: int
    viewers_change: int
    duration_change: int


class CameraStatesOutput(_Camel):
    """Cameras by how they are."""

    total: int
    online: int
    offline: int
    maintenance: int


class ShortOutput(_Camel):
    """The few figures of the dashboard."""

    current: ShortCurrentOutput
    compare: ShortSumsOutput
    comparison: ShortChangesOutput
    cameras: CameraStatesOutput
    period: Literal["today", "yesterday", "7days", "30days"]
    counted: dict[str, str] = Field(default_factory=lambda: dict(COUNTED))
