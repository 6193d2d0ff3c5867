"""What anybody may know of how this hub does: public cameras only, and no causes."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import ConfigDict

from pantau.cameras.models import HealthState, LiveState, PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.ids import CameraId
from pantau.core.shapes import Shape
from pantau.health.figures import Counted, Figures
from pantau.health.long_days import LongDays
from pantau.health.public_days import PublicDays, Stretch, public_days, stretch
from pantau.health.schemas import DayOutput, UptimeOutput, days_output, uptime_output
from pantau.health.service import HealthBook
from pantau.health.uptime import percent
from pantau.web.exchange import Handler, Route
from pantau.web.hot_paths import HotPath
from pantau.web.snapshot import Encoded, answer_with

PATH: Final = "/api/status"
_READY: Final = ((b"x-cache", b"HIT"),)
_RENEWED_S: Final = 30.0
_AT_MOST_EVERY_S: Final = 1.0

Kind = Literal["online", "offline", "maintenance", "unknown"]


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusCounts(_Output):
    """How many public cameras are how; `degraded` ones are among those online."""

    total: int
    online: int
    degraded: int
    offline: int
    maintenance: int
    unknown: int


class StatusArea(StatusCounts):
    """The same for one area; no number: cameras without an area."""

    id: int | None
    name: str | None


class StatusIncident(_Output):
    """Something that is or was wrong; no end: it lasts."""

    kind: Literal["cameras_offline", "maintenance", "hub"]
    area_id: int | None
    area_name: str | None
    cameras: int | None
    """Public ones; nothing where the hub itself was at fault."""
    began_at: datetime
    ended_at: datetime | None


class Status(_Output):
    """Everything public about how the hub does."""

    checked_at: datetime
    cameras: StatusCounts
    uptime: UptimeOutput
    days: list[DayOutput]
    areas: list[StatusArea]
    incidents: list[StatusIncident]


class StatusAnswer(_Output):
    """Answer of `GET /api/status`."""

    success: Literal[True] = True
    data: Status


DOCUMENTED: Final = (
    HotPath(PATH, "How the public cameras do, now and over the last days", "health", StatusAnswer),
)


def kind_of(camera: PublicCamera) -> Kind:
    """Return how a camera counts: what the operator announces outweighs what was measured."""
    if camera.status == "maintenance":
        return "maintenance"
    if camera.status == "offline" or not camera.is_online:
        return "offline"
    if camera.health is HealthState.UNKNOWN and camera.state is LiveState.UNKNOWN:
        return "unknown"
    return "online"


class PublicStatus:
    """The status as it stands in memory, encoded once for everybody.  Loop only."""

    def __init__(self, catalogue: Catalogue, book: HealthBook, clock: Clock) -> None:
        self._catalogue = catalogue
        self._book = book
        self._clock = clock
        self._changed = asyncio.Event()
        self._counted: Counted | None = None
        self._long: LongDays | None = None
        self._long_of: object = None
        self.days = PublicDays()
        """Three months of everything public."""
        self._status = self._drawn()
        self._encoded = _encoded(self._status)
        self.version = 0
        """Grows with every change, for who draws it."""
        catalogue.on_change(self._changed.set)

    @property
    def status(self) -> Status:
        """The newest status."""
        return self._status

    async def run(self) -> None:
        """Keep it fresh; never returns."""
        while True:
            await self.refresh()
            await self._clock.sleep(_AT_MOST_EVERY_S)
            try:
                async with asyncio.timeout(_RENEWED_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def refresh(self) -> None:
        """Draw it anew."""
        self._changed.clear()
        # Without the database: the figures of a while ago, with the states of now.
        with contextlib.suppress(Problem):
            await self._count()
        status = self._drawn()
        if status.model_copy(update={"checked_at": self._status.checked_at}) != self._status:
            self.version += 1
        self._status = status
        self._encoded = _encoded(status)

    async def _count(self) -> None:
        long = await self._book.long_days()
        cameras = self._catalogue.public()
        of = (long.counted, [(camera.id, camera.area_id) for camera in cameras])
        if self._long is None or self._long_of != of:
            self.days = await public_days(
                long, cameras, self._book.long_alarms, zone=self._book.zone, clock=self._clock
            )
            self._long, self._long_of = long, of
        self._counted = long.counted

    @property
    def cameras_version(self) -> int:
        """A number that grows when anything about a camera changed."""
        return self._catalogue.version

    def camera(self, camera_id: int) -> PublicCamera | None:
        """Return a public camera."""
        return self._catalogue.public_by_id(camera_id)

    def cameras_of(self, area_id: int | None) -> list[PublicCamera]:
        """Return the public cameras of an area, or those without one."""
        return [each for each in self._catalogue.public() if each.area_id == area_id]

    def uptime_of(self, camera_id: int) -> float | None:
        """Return how much of the last 30 days a camera was on, in per cent; None: not measured."""
        if self._counted is None:
            return None
        return percent(self._counted.of(CameraId(camera_id)).month.share)

    def days_of(self, camera_id: int) -> Stretch:
        """Return the days of one camera; empty before anything was counted."""
        return Stretch() if self._long is None else stretch(self._long.of(CameraId(camera_id)))

    def figures_of(self, camera_id: int) -> Figures:
        """Return the figures of one camera; empty ones where nothing was measured."""
        return Figures() if self._counted is None else self._counted.of(CameraId(camera_id))

    def routes(self) -> dict[str, Route]:
        """Return the route for its address."""
        handler: Handler = answer_with(lambda: self._encoded)
        return {PATH: Route(handler, cross_origin=True)}

    def _drawn(self) -> Status:
        cameras = self._catalogue.public()
        counted = self._counted or Counted(self._clock.now(), (), {})
        figures = counted.sum(CameraId(camera.id) for camera in cameras)
        return Status(
            checked_at=self._clock.now().replace(microsecond=0),
            cameras=_counts(cameras),
            uptime=uptime_output(figures),
            days=days_output(counted, figures) if counted.days else [],
            areas=list(_areas(cameras)),
            incidents=[*self._ongoing(cameras), *self._faults(), *self._outages()],
        )

    def _ongoing(self, cameras: Sequence[PublicCamera]) -> Iterator[StatusIncident]:
        for members in _by_area(cameras):
            first = members[0]
            for kind, of in (("offline", "cameras_offline"), ("maintenance", "maintenance")):
                met = [camera for camera in members if kind_of(camera) == kind]
                if met:
                    yield StatusIncident.model_validate(
                        {
                            "kind": of,
                            "area_id": first.area_id,
                            "area_name": first.area_name,
                            "cameras": len(met),
                            "began_at": min(self.since_of(camera) for camera in met),
                            "ended_at": None,
                        }
                    )

    def _faults(self) -> Iterator[StatusIncident]:
        since_at = self._clock.now() - timedelta(days=7)
        for alarm in self._book.recent_alarms:
            if alarm.ended_at is None or alarm.ended_at >= since_at:
                # How many cameras it was about would tell how many there are in secret.
                yield StatusIncident(
                    kind="hub",
                    area_id=None,
                    area_name=None,
                    cameras=None,
                    began_at=alarm.began_at,
                    ended_at=alarm.ended_at,
                )

    def _outages(self) -> Iterator[StatusIncident]:
        for outage in self.days.outages:
            yield StatusIncident(
                kind="cameras_offline",
                area_id=outage.area_id,
                area_name=outage.area_name,
                cameras=outage.cameras,
                began_at=outage.began_at,
                ended_at=outage.ended_at,
            )

    def since_of(self, camera: PublicCamera) -> datetime:
        """Return since when a camera has been as it is."""
        health = self._book.known.get(CameraId(camera.id))
        is_health = health is not None and camera.health is health.state
        if health is not None and is_health and camera.health is not HealthState.UNKNOWN:
            return health.since_at
        return camera.since_at


def _encoded(status: Status) -> Encoded:
    body = StatusAnswer(data=status).model_dump_json().encode()
    return Encoded(body, headers=_READY, cross_origin=True)


def _counts(cameras: Iterable[PublicCamera]) -> StatusCounts:
    return StatusCounts(**_numbers(cameras))


def _numbers(cameras: Iterable[PublicCamera]) -> dict[str, int]:
    every = list(cameras)
    kinds = Counter(kind_of(camera) for camera in every)
    degraded = sum(
        kind_of(camera) == "online" and camera.health is HealthState.DEGRADED for camera in every
    )
    return {
        "total": len(every),
        "online": kinds["online"],
        "degraded": degraded,
        "offline": kinds["offline"],
        "maintenance": kinds["maintenance"],
        "unknown": kinds["unknown"],
    }


def _areas(cameras: Sequence[PublicCamera]) -> Iterator[StatusArea]:
    for members in _by_area(cameras):
        yield StatusArea(id=members[0].area_id, name=members[0].area_name, **_numbers(members))


def _by_area(cameras: Sequence[PublicCamera]) -> list[list[PublicCamera]]:
    """Group by area, in the order of their names, cameras without one last."""
    groups: dict[tuple[bool, str, int], list[PublicCamera]] = {}
    for camera in cameras:
        name = camera.area_name or ""
        key = (camera.area_id is None, name.casefold(), camera.area_id or 0)
        groups.setdefault(key, []).append(camera)
    return [groups[key] for key in sorted(groups)]
