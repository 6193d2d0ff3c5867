"""Views for tests, and counting them by hand: the slow way, from the views themselves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pantau.analytics.roller import Roller
from pantau.analytics.service import Analytics
from pantau.analytics.values import CameraStates, Report
from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.viewers.repository import add_past_views
from pantau.viewers.views import LiveView, PastView

NO_CAMERAS = CameraStates(total=0, online=0, offline=0, maintenance=0)
COUNTED_TABLES = (
    "view_history",
    "analytics_state",
    "analytics_cameras",
    "analytics_days",
    "analytics_hours",
    "analytics_devices",
    "analytics_camera_days",
    "analytics_camera_months",
    "analytics_visitors",
    "analytics_camera_visitors",
    "analytics_top_visitors",
)
"""What is watched and what is counted of it."""


@dataclass
class Hub:
    """A database with who counts and who reads; `zone_name` may change meanwhile."""

    database: Database
    clock: Clock
    zone_name: str = "Asia/Jakarta"
    history_days: int = 400
    views: list[LiveView] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    def roller(self) -> Roller:
        return Roller(
            self.database,
            zone=self.zone,
            history_days=lambda: self.history_days,
            clock=self.clock,
        )

    def analytics(self) -> Analytics:
        return Analytics(
            self.database,
            watching=self,
            camera_states=lambda: NO_CAMERAS,
            camera_names=lambda: self.names,
            zone=self.zone,
            clock=self.clock,
        )

    def live(self) -> Sequence[LiveView]:
        return self.views

    async def report(self, period: str = "all") -> Report:
        """Return a report that nobody has kept."""
        analytics = self.analytics()
        return await analytics.report(analytics.period(period))


def view(
    started_at: datetime,
    *,
    camera_id: int | None = 1,
    camera_name: str | None = "Gate",
    visitor: str = "a",
    device: str | None = "mobile",
    duration_s: int = 30,
    is_bot: bool = False,
) -> PastView:
    """Return a view that is over."""
    return PastView(
        camera_id=camera_id,
        camera_name=camera_name,
        ip_address="",
        user_agent=None,
        device_type=device,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=max(0, duration_s)),
        duration_s=duration_s,
        created_at=started_at,
        visitor=visitor,
        is_bot=is_bot,
    )


async def keep(database: Database, views: Sequence[PastView]) -> None:
    """Write views as the viewers' flush does."""
    async with database.write() as writing:
        await add_past_views(writing, views)
        writing.changed("viewers")


@dataclass
class ByHand:
    """What a report must say."""

    sessions: int
    visitors: int
    watch_s: int
    longest_s: int
    new: int
    bounced: int
    robots: int
    short: int
    days: Mapping[date, tuple[int, int, int]]
    """Sessions, visitors, seconds."""
    heat: Mapping[tuple[int, int], tuple[int, int]]
    """Sunday is 0; sessions, visitors."""
    devices: Mapping[str, int]
    cameras: Mapping[int | None, tuple[int, int, int, int, int]]
    """Sessions, visitors, seconds, quick, engaged."""
    busiest: Sequence[tuple[int, int, str, int]]
    """Sessions, seconds, visitor, cameras."""


def by_hand(views: Iterable[PastView], zone: ZoneInfo) -> ByHand:
    """Count all views the slow way; on purpose nothing of this is shared with the code."""
    everything = list(views)
    counted = [each for each in everything if not each.is_bot and each.duration_s >= 5]
    local = [(each, each.started_at.astimezone(UTC).astimezone(zone)) for each in counted]
    on_day: dict[date, list[PastView]] = defaultdict(list)
    at_hour: dict[tuple[date, int], list[PastView]] = defaultdict(list)
    by_visitor: dict[tuple[date, str], list[PastView]] = defaultdict(list)
    for each, at in local:
        on_day[at.date()].append(each)
        at_hour[at.date(), at.hour].append(each)
        by_visitor[at.date(), each.visitor].append(each)
    heat: dict[tuple[int, int], tuple[int, int]] = {}
    for (day, hour), some in at_hour.items():
        before = heat.get((day.isoweekday() % 7, hour), (0, 0))
        heat[day.isoweekday() % 7, hour] = (
            before[0] + len(some),
            before[1] + len({each.visitor for each in some}),
        )
    return ByHand(
        sessions=len(counted),
        visitors=len(by_visitor),
        watch_s=sum(each.duration_s for each in counted),
        longest_s=max((each.duration_s for each in counted), default=0),
        new=sum(len(some) == 1 for some in by_visitor.values()),
        bounced=sum(any(each.duration_s < 10 for each in some) for some in by_visitor.values()),
        robots=sum(each.is_bot for each in everything),
        short=sum(not each.is_bot and each.duration_s < 5 for each in everything),
        days={
            day: (
                len(some),
                len({each.visitor for each in some}),
                sum(each.duration_s for each in some),
            )
            for day, some in on_day.items()
        },
        heat=heat,
        devices=Counter(each.device_type or "unknown" for each in counted),
        cameras=_cameras(local),
        busiest=sorted(
            (
                (
                    len(some),
                    sum(each.duration_s for each in some),
                    visitor,
                    len({each.camera_id for each in some}),
                )
                for (_, visitor), some in by_visitor.items()
            ),
            key=lambda each: (-each[0], -each[1], each[2], each[3]),
        )[:20],
    )


def _cameras(
    local: Sequence[tuple[PastView, datetime]],
) -> dict[int | None, tuple[int, int, int, int, int]]:
    counted = {}
    for camera_id in {each.camera_id for each, _ in local}:
        some = [(each, at) for each, at in local if each.camera_id == camera_id]
        counted[camera_id] = (
            len(some),
            len({(at.date(), each.visitor) for each, at in some}),
            sum(each.duration_s for each, _ in some),
            sum(each.duration_s < 10 for each, _ in some),
            sum(each.duration_s >= 60 for each, _ in some),
        )
    return counted


def told(report: Report) -> ByHand:
    """Return the same of a report."""
    totals = report.totals
    return ByHand(
        sessions=totals.sessions,
        visitors=totals.visitors,
        watch_s=totals.watch_s,
        longest_s=totals.longest_s,
        new=totals.new_visitors,
        bounced=totals.bounced_visitors,
        robots=totals.robots,
        short=totals.short,
        days={each.day: (each.sessions, each.visitors, each.watch_s) for each in report.by_day},
        heat={
            (each.weekday, each.hour): (each.sessions, each.visitors)
            for each in report.heat
            if each.sessions
        },
        devices={each.device: each.sessions for each in report.devices},
        cameras={
            each.camera_id: (
                each.sessions,
                each.visitors,
                each.watch_s,
                each.quick,
                each.engaged,
            )
            for each in report.cameras
        },
        busiest=sorted(
            ((each.sessions, each.watch_s, each.visitor, each.cameras) for each in report.visitors),
            key=lambda each: (-each[0], -each[1], each[2], each[3]),
        ),
    )
