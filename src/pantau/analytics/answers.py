"""From the numbers to what existing dashboards read."""

from typing import Final

from pantau.analytics.schemas import (
    ActiveOutput,
    ActivityOutput,
    CameraPerformanceOutput,
    CameraStatesOutput,
    CameraViewersOutput,
    ChartsOutput,
    ComparisonOutput,
    CountingOutput,
    DayOutput,
    DeviceOutput,
    HeatOutput,
    HourOutput,
    NowOutput,
    OverviewOutput,
    PeakOutput,
    PreviousOutput,
    ReportOutput,
    RetentionOutput,
    SessionOutput,
    ShortChangesOutput,
    ShortOutput,
    TopCameraOutput,
    TopVisitorOutput,
    TrendsOutput,
)
from pantau.analytics.values import (
    MOST_CAMERAS,
    ActiveSession,
    CameraFigures,
    Comparison,
    Now,
    PastSession,
    Report,
    Short,
    Totals,
    VisitorFigures,
)

_LABEL_DIGITS: Final = 8


def report_output(report: Report, now: Now, *, with_addresses: bool) -> ReportOutput:
    """Return a report; addresses are for those who may see them."""
    totals = report.totals
    return ReportOutput(
        period=report.period.name,
        overview=OverviewOutput(
            **_sums(totals),
            longest_session=totals.longest_s,
            active_viewers=now.viewers,
            robots=totals.robots,
            short_views=totals.short,
        ),
        comparison=None if report.comparison is None else _comparison(report.comparison),
        retention=RetentionOutput(
            new_visitors=totals.new_visitors,
            returning_visitors=totals.returning_visitors,
            bounced_visitors=totals.bounced_visitors,
            bounce_rate=totals.bounce_percent,
            retention_rate=totals.returning_percent,
        ),
        charts=_charts(report),
        top_cameras=[_top_camera(each) for each in report.cameras[:MOST_CAMERAS]],
        device_breakdown=[
            DeviceOutput(device_type=each.device, count=each.sessions, percentage=each.percent)
            for each in report.devices
        ],
        top_visitors=[_top_visitor(each) for each in report.visitors],
        recent_sessions=[_session(each, with_addresses) for each in report.recent],
        peak_hours=[
            PeakOutput(
                hour=f"{each.hour:02}", sessions=each.sessions, unique_visitors=each.visitors
            )
            for each in report.peaks
        ],
        camera_performance=[_performance(each) for each in report.cameras],
        active_sessions=[_active(each, with_addresses) for each in now.sessions],
        counting=CountingOutput(
            is_complete=report.counting.is_complete,
            is_recount=report.counting.is_recount,
            behind=report.counting.behind,
        ),
    )


def now_output(now: Now, *, with_addresses: bool, most: int | None = None) -> NowOutput:
    """Return what is watched; of the views under way the newest `most`."""
    return NowOutput(
        active_viewers=now.viewers,
        active_sessions=[_active(each, with_addresses) for each in now.sessions[:most]],
        viewers_by_camera=[
            CameraViewersOutput(camera_id=camera_id, viewer_count=viewers)
            for camera_id, viewers in sorted(
                now.by_camera.items(), key=lambda each: (-each[1], each[0])
            )
        ],
        recent_activity=[
            ActivityOutput(
                camera_id=each.camera_id,
                camera_name=each.camera_name,
                ip_address=_whose(each.address, each.visitor, with_addresses),
                device_type=each.device,
                started_at=each.started_at,
                ended_at=each.ended_at,
            )
            for each in now.recent
        ],
        timestamp=now.at,
    )


def short_output(short: Short) -> ShortOutput:
    """Return the figures of the dashboard."""
    cameras = short.cameras
    return ShortOutput.model_validate(
        {
            "current": {**_short_sums(short.current), "active_now": short.active_now},
            "compare": _short_sums(short.previous),
            "comparison": ShortChangesOutput(
                sessions_change=short.comparison.sessions_percent,
                viewers_change=short.comparison.visitors_percent,
                duration_change=short.comparison.average_percent,
            ),
            "cameras": CameraStatesOutput(
                total=cameras.total,
                online=cameras.online,
                offline=cameras.offline,
                maintenance=cameras.maintenance,
            ),
            "period": short.period.name,
        }
    )


def visitor_label(visitor: str) -> str:
    """Return what a visitor is called where people read it: nothing that leads to anybody."""
    return visitor[:_LABEL_DIGITS]


def _whose(address: str, visitor: str, with_addresses: bool) -> str:  # noqa: FBT001
    return address if address and with_addresses else visitor_label(visitor)


def _sums(totals: Totals) -> dict[str, int]:
    return {
        "total_sessions": totals.sessions,
        "unique_visitors": totals.visitors,
        "total_watch_time": totals.watch_s,
        "avg_session_duration": totals.average_s,
    }


def _short_sums(totals: Totals) -> dict[str, int]:
    return {
        "total_sessions": totals.sessions,
        "unique_viewers": totals.visitors,
        "avg_duration": totals.average_s,
        "total_watch_time": totals.watch_s,
    }


def _comparison(comparison: Comparison) -> ComparisonOutput:
    return ComparisonOutput(
        previous=PreviousOutput(**_sums(comparison.previous)),
        trends=TrendsOutput(
            total_sessions=comparison.sessions_percent,
            unique_visitors=comparison.visitors_percent,
            total_watch_time=comparison.watch_percent,
            avg_session_duration=comparison.average_percent,
        ),
    )


def _charts(report: Report) -> ChartsOutput:
    return ChartsOutput(
        sessions_by_day=[
            DayOutput(
                date=each.day,
                sessions=each.sessions,
                unique_visitors=each.visitors,
                total_watch_time=each.watch_s,
            )
            for each in report.by_day
        ],
        sessions_by_hour=[
            HourOutput(hour=f"{each.hour:02}", sessions=each.sessions) for each in report.by_hour
        ],
        activity_heatmap=[
            HeatOutput(
                day_of_week=str(each.weekday),
                hour=f"{each.hour:02}",
                sessions=each.sessions,
                unique_visitors=each.visitors,
            )
            for each in report.heat
        ],
    )


def _top_camera(camera: CameraFigures) -> TopCameraOutput:
    return TopCameraOutput(
        camera_id=camera.camera_id,
        camera_name=camera.name,
        total_views=camera.sessions,
        unique_viewers=camera.visitors,
        total_watch_time=camera.watch_s,
        avg_duration=camera.average_s,
    )


def _performance(camera: CameraFigures) -> CameraPerformanceOutput:
    playing = camera.playing
    return CameraPerformanceOutput(
        camera_id=camera.camera_id,
        camera_name=camera.name,
        total_sessions=camera.sessions,
        unique_viewers=camera.visitors,
        avg_watch_time=camera.average_s,
        quick_exits=camera.quick,
        engaged_sessions=camera.engaged,
        bounce_rate=camera.bounce_percent,
        engagement_rate=camera.engaged_percent,
        play_starts=playing.starts,
        avg_start_ms=playing.average_start_ms,
        play_stalls=playing.stalls,
        stalled_ms=playing.stalled_ms,
        codec_refusals=playing.refused,
        play_failures=playing.failed,
    )


def _top_visitor(visitor: VisitorFigures) -> TopVisitorOutput:
    return TopVisitorOutput(
        ip_address=visitor_label(visitor.visitor),
        total_sessions=visitor.sessions,
        cameras_watched=visitor.cameras,
        total_watch_time=visitor.watch_s,
        last_visit=visitor.last_at,
        date=visitor.day,
    )


def _session(session: PastSession, with_addresses: bool) -> SessionOutput:  # noqa: FBT001
    return SessionOutput(
        id=session.id,
        camera_id=session.camera_id,
        camera_name=session.camera_name,
        ip_address=_whose(session.address, session.visitor, with_addresses),
        device_type=session.device,
        started_at=session.started_at,
        ended_at=session.ended_at,
        duration_seconds=session.duration_s,
        delivery=session.delivery,
    )


def _active(session: ActiveSession, with_addresses: bool) -> ActiveOutput:  # noqa: FBT001
    return ActiveOutput(
        session_id=session.session_id,
        camera_id=session.camera_id,
        camera_name=session.camera_name,
        ip_address=_whose(session.address, session.visitor, with_addresses),
        device_type=session.device,
        started_at=session.started_at,
        duration_seconds=session.duration_s,
        delivery=session.delivery,
    )
