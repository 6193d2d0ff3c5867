"""The dashboard and the analytics page on the admin of a test, with a scripted machine."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from pantau.admin.analytics import AnalyticsPages, AnalyticsServices
from pantau.admin.overview import Measures
from pantau.admin.pages import MakePages
from pantau.analytics.api import AnalyticsApi
from pantau.analytics.exporting import Exporter
from pantau.analytics.live import LiveFeed
from pantau.analytics.periods import Period
from pantau.analytics.roller import Roller
from pantau.analytics.service import Analytics
from pantau.analytics.values import CameraStates, Report, Short
from pantau.audit.reading import AuditReader
from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.operations.dashboard import Dashboard, Sources
from pantau.operations.machine import (
    CpuTimes,
    MachineFacts,
    Memory,
    Process,
    Reading,
    Room,
    Traffic,
)
from pantau.operations.machine_watch import Asking, Machine, MachineWatch, Moment
from pantau.recordings.keeping_values import Alarm, AlarmKind, Disk, Level, Storage
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.streaming.media_server import ActualPath
from pantau.viewers.repository import add_past_views
from pantau.viewers.service import Viewers
from pantau.viewers.views import Delivery, LiveView, PastView
from pantau.web.client_address import ClientAddresses
from pantau.web.response_cache import ResponseCache
from tests.admin.house import AdminHouse

ZONE: Final = ZoneInfo("Asia/Jakarta")
FACTS: Final = MachineFacts(platform="linux", arch="x64", cpus=4, cpu_model="A processor")


class Crowd:
    """Who watches, as a test says."""

    def __init__(self) -> None:
        self.views: list[LiveView] = []

    def live(self) -> list[LiveView]:
        return list(self.views)

    def counts(self) -> dict[int, int]:
        numbers = [view.camera_id for view in self.views]
        return {number: numbers.count(number) for number in set(numbers)}

    def viewers_now(self, camera_id: int) -> int:
        return self.counts().get(camera_id, 0)


class Numbers(Analytics):
    """The numbers, which a test may have fall silent as with a database that does not answer."""

    is_silent = False

    async def report(self, period: Period) -> Report:
        self._answer()
        return await super().report(period)

    async def short(self, written: str = "today") -> Short:
        self._answer()
        return await super().short(written)

    def _answer(self) -> None:
        if self.is_silent:
            raise Unavailable("database.silent", "The database does not answer.")


class Watching:
    """What the pages show, for a test to change."""

    def __init__(self, house: AdminHouse) -> None:
        self.house = house
        self.crowd = Crowd()
        self.paths: dict[str, ActualPath] = {}
        self.recorders: dict[int, RecorderState] = {}
        self.storage = Storage(disks=(), alarms=(), seen_at=None)
        self.alarms: list[Alarm] = []
        self.machine: Machine | None = None
        self.hour: Sequence[Moment] = ()
        self.is_media_connected = True
        clock = house.clock
        self.viewers = Viewers(self.crowd, house.database, clock=clock, zone=lambda: ZONE)
        self.analytics = Numbers(
            house.database,
            watching=self.viewers,
            camera_states=lambda: CameraStates(total=0, online=0, offline=0, maintenance=0),
            camera_names=lambda: {int(each.id): each.name for each in house.catalogue.all()},
            zone=lambda: ZONE,
            clock=clock,
        )
        self.roller = Roller(
            house.database, zone=lambda: ZONE, history_days=lambda: 400, clock=clock
        )

    def dashboard(self) -> Dashboard:
        """Return the hub as this test has it."""
        house = self.house
        cache = ResponseCache(clock=house.clock, spawn=_never, most_entries=10, most_bytes=1000)

        async def areas() -> int:
            return 3

        async def storage() -> Storage:
            return self.storage

        async def alarms() -> Sequence[Alarm]:
            return self.alarms

        return Dashboard(
            Sources(
                catalogue=house.catalogue,
                paths=lambda: self.paths,
                is_media_connected=lambda: self.is_media_connected,
                sessions=self.viewers.live,
                counts=self.viewers.counts,
                areas=areas,
                recent=AuditReader(house.database).recent,
                machine=lambda: self.machine,
                recorders=lambda: self.recorders,
                storage=storage,
                storage_alarms=alarms,
                health_alarms=lambda: house.health.recent_alarms,
                health=lambda: house.report,
                cache=cache.stats,
                pool=house.database.stats,
                now=house.clock.now,
            )
        )

    def live_api(self) -> APIRouter:
        """Return the endpoints that the page asks in a browser; time passes there by itself."""
        clock, clients = SystemClock(), ClientAddresses()
        api = AnalyticsApi(
            self.analytics,
            feed=LiveFeed(self.analytics, is_stopping=lambda: False, clock=clock),
            exporter=Exporter(
                self.house.database,
                trail=self.house.trail,
                camera_names=dict,
                zone=lambda: ZONE,
                clock=self.house.clock,
            ),
            resolver=self.house.parts.resolver,
            clients=clients,
        )
        return api.endpoints.router

    def pages(self) -> tuple[MakePages, ...]:
        """Return the page, and give the house's overview everything to show."""
        self.house.measures = Measures(
            dashboard=self.dashboard(),
            last_hour=lambda: self.hour,
            short=self.analytics.short,
        )
        self.house.routers = (self.live_api(),)
        services = AnalyticsServices(
            analytics=self.analytics, history=self.viewers, catalogue=self.house.catalogue
        )
        return (lambda frame: AnalyticsPages(frame, services),)

    async def write(self, views: Iterable[PastView]) -> None:
        """Keep views that are over, and count none of them."""
        async with self.house.database.write() as work:
            await add_past_views(work, list(views))

    async def keep(self, views: Iterable[PastView]) -> None:
        """Keep views that are over, and count them."""
        await self.write(views)
        await self.roller.catch_up()
        await self.roller.tidy()
        # What pages were told before this is kept for some seconds.
        self.house.clock.wind(60)

    def watch(self, camera_id: int, visitor: str, *, seconds: int = 60) -> None:
        """Have somebody watch from now on."""
        now = self.house.clock.now()
        self.crowd.views.append(
            LiveView(
                session_id=f"{len(self.crowd.views):032x}",
                camera_id=camera_id,
                visitor=visitor,
                device="mobile",
                browser="Chrome",
                address=None,
                user_agent=None,
                started_at=now - timedelta(seconds=seconds),
                last_seen_at=now,
                duration_s=seconds,
                delivery=Delivery.LIVE,
            )
        )

    async def look_at_machine(self, times: int = 30) -> None:
        """Fill the last hour with a course, and the machine with what a test may show."""
        looks = 0

        def machine() -> Reading:
            nonlocal looks
            looks += 1
            return Reading(
                cpu=CpuTimes(looks * 2.0 + (looks % 7) * 0.4, looks * 10.0),
                load=(1.25, 0.8, 0.5),
                memory=Memory(16 * 10**9, 10 * 10**9 - looks * 10**7),
                traffic=Traffic(looks * 10**7, looks * 8 * 10**7),
                booted_unix_s=self.house.clock.unix_s() - 400_000,
            )

        watch = MachineWatch(
            self.house.clock,
            folders={"data": Path("/"), "/mnt/rekaman": Path("/nowhere")},
            viewers=lambda: 3 + looks % 5,
            asking=Asking(
                facts=lambda: FACTS,
                machine=machine,
                room=lambda path: Room(10**12, 4 * 10**11) if path == Path("/") else None,
                family=lambda: [Process("web", 1, 10**8), Process("media", 3, 7 * 10**8)],
            ),
        )
        for _ in range(times):
            self.house.clock.wind(60)
            await watch.look()
        self.machine, self.hour = watch.now(), watch.last_hour()

    def record(self) -> None:
        """Have two cameras recorded, one of them in vain, on a disk that is nearly full."""
        now = self.house.clock.now()
        self.recorders = {
            1: RecorderState(
                camera_id=1,
                status=RecorderStatus.RECORDING,
                since_at=now,
                seen_at=now,
                bytes_per_s=250_000.0,
            ),
            2: RecorderState(camera_id=2, status=RecorderStatus.STALLED, since_at=now, seen_at=now),
        }
        self.storage = Storage(
            disks=(
                Disk(
                    place="recordings",
                    level=Level.LOW,
                    total_bytes=10**13,
                    free_bytes=10**11,
                    footage_bytes=9 * 10**12,
                    bytes_per_s=250_000.0,
                    hours_left=9.0,
                ),
            ),
            alarms=(),
            seen_at=now,
        )
        self.alarms = [Alarm(AlarmKind.CRITICAL, place="recordings", amount=9.0)]


def watching_on(held: list[Watching]) -> Callable[[AdminHouse], tuple[MakePages, ...]]:
    """Return what gives a house its pages; `held` gets what a test changes."""

    def make(house: AdminHouse) -> tuple[MakePages, ...]:
        held.append(Watching(house))
        return held[-1].pages()

    return make


def past_view(
    started_at: datetime,
    *,
    camera_id: int = 1,
    camera: str = "Simpang Lima Tirtasari",
    visitor: str = "a" * 32,
    seconds: int = 90,
    device: str = "mobile",
    address: str = "",
) -> PastView:
    """Return a view that is over."""
    return PastView(
        camera_id=camera_id,
        camera_name=camera,
        ip_address=address,
        user_agent=None,
        device_type=device,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=seconds),
        duration_s=seconds,
        created_at=started_at + timedelta(seconds=seconds),
        visitor=visitor,
        browser="Chrome",
    )


def a_month_of_views(now: datetime, names: Sequence[str]) -> list[PastView]:
    """Return views of thirty days: mornings and evenings, most of them of the first cameras."""
    views = []
    for days_ago in range(30):
        for number in range(12 + days_ago % 5):
            hour = (7, 8, 17, 18, 12, 7, 20)[(number + days_ago) % 7]
            at = (now - timedelta(days=days_ago)).astimezone(ZONE).replace(hour=hour, minute=number)
            camera = number * number % len(names)
            views.append(
                past_view(
                    at.astimezone(now.tzinfo),
                    camera_id=camera + 1,
                    camera=names[camera],
                    visitor=f"{days_ago * 100 + number % 9:032x}",
                    seconds=(7, 65, 240, 31)[number % 4],
                    device=("mobile", "mobile", "desktop", "tablet")[number % 4],
                )
            )
    return [each for each in views if each.ended_at <= now]


def _never(*_: object) -> None:
    raise AssertionError("nothing is built in these tests")
