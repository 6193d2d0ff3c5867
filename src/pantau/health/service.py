"""What a web process knows of cameras' health, and what people may do about it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.accounts.users.asker import Asker
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, NotFound
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health import alarm_rows, causes, repository
from pantau.health.figures import Counted, FigureBook
from pantau.health.long_days import LongBook, LongDays
from pantau.health.values import Alarm, CameraHealth, Span

MOST_HISTORY_DAYS: Final = 90
_AT_MOST_EVERY_S: Final = 1.0
_ALARMS: Final = 50
_LONG_ALARMS: Final = 1000


class HealthBook:
    """Follows what the worker writes.  Loop only; `known` is immutable from outside."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        figures: FigureBook,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._figures = figures
        self._long = LongBook(database, clock)
        self._trail = trail
        self._clock = clock
        self._changed = asyncio.Event()
        self.known: Mapping[CameraId, CameraHealth] = {}
        """What is believed of every camera that the worker knows."""
        self.recent_alarms: Sequence[Alarm] = ()
        """The newest alarms of the last week."""
        self.long_alarms: Sequence[Alarm] = ()
        """Those of the last three months, the newest first."""
        database.changes.on("health", self._changed.set)

    async def follow(self) -> None:
        """Take over every change, a burst of them at once; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            await self.refresh()
            await self._clock.sleep(_AT_MOST_EVERY_S)
            await self._changed.wait()
            self._changed.clear()

    async def refresh(self) -> None:
        """Know what the database says at this moment, and have the catalogue know it."""
        now = self._clock.now()
        async with self._database.read() as reading:
            self.known = await repository.all_health(reading)
            self.long_alarms = await alarm_rows.newest(
                reading, limit=_LONG_ALARMS, touching_at=now - timedelta(days=MOST_HISTORY_DAYS)
            )
        self.recent_alarms = [
            alarm
            for alarm in self.long_alarms
            if alarm.ended_at is None or alarm.ended_at >= now - timedelta(days=7)
        ][:_ALARMS]
        self._catalogue.take_health({id_: health.state for id_, health in self.known.items()})

    async def figures(self) -> Counted:
        """Return uptime figures, a minute old at most."""
        return await self._figures.figures()

    @property
    def zone(self) -> ZoneInfo:
        """Where days begin."""
        return self._figures.zone

    async def long_days(self) -> LongDays:
        """Return three months day by day, the last of them a minute old at most."""
        counted = await self._figures.figures()
        return await self._long.days(counted, self.zone)

    async def checked(self) -> Mapping[CameraId, CameraHealth]:
        """Return what is believed, with the newest moments of checks, which tell nobody."""
        async with self._database.read() as reading:
            return await repository.all_health(reading)

    async def history(self, camera_id: int, *, days: int) -> tuple[Camera, Sequence[Span]]:
        """Return a camera and its spans of the last days; raises NotFound."""
        camera = self._found(camera_id)
        now = self._clock.now()
        async with self._database.read() as reading:
            spans = await repository.spans(
                reading, from_at=now - timedelta(days=days), until_at=now, camera_id=camera.id
            )
        return camera, spans

    async def alarms(self) -> Sequence[Alarm]:
        """Return the newest alarms."""
        async with self._database.read() as reading:
            return await alarm_rows.newest(reading, limit=_ALARMS)

    async def acknowledge(self, alarm_id: int, *, by: Asker) -> Alarm:
        """Note that somebody saw an alarm; raises NotFound.  The first who did stays."""
        async with self._database.write() as writing:
            alarm = await alarm_rows.one(writing, alarm_id)
            if alarm is None:
                raise NotFound("health.no_such_alarm", "There is no such alarm.")
            if alarm.acknowledged_at is not None:
                return alarm
            await alarm_rows.acknowledge(writing, alarm_id, at=self._clock.now(), by=by.actor.name)
            seen = await alarm_rows.one(writing, alarm_id)
            assert seen is not None
            await self._trail.record(
                writing,
                by.actor,
                AdminAction.HEALTH_ALARM_ACKNOWLEDGED,
                target=f"alarm {alarm_id} ({alarm.kind})",
            )
        return seen

    async def ask_check(self, camera_id: int, *, by: Asker) -> Camera:
        """Have the worker look at a camera as soon as it can; return the camera.

        Raises NotFound, Forbidden for a camera of another's area, and Conflict for one that is not
        looked at at all.  Not in the trail: nothing is changed by it.
        """
        camera = self._found(camera_id)
        if not by.principal.may_change_area(camera.area_id):
            raise Forbidden("health.other_area", "This camera is in an area of somebody else.")
        health = self.known.get(camera.id)
        if health is not None and health.cause in causes.RESTING:
            raise Conflict("health.not_looked_at", "This camera is not looked at at the moment.")
        async with self._database.write() as writing:
            await repository.ask_check(writing, camera.id, at=self._clock.now())
        return camera

    def _found(self, camera_id: int) -> Camera:
        camera = self._catalogue.by_id(camera_id)
        if camera is None:
            raise NotFound("cameras.unknown", "There is no such camera.")
        return camera
