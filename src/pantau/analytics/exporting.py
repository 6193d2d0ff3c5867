"""Who takes views away with them is noted first."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from pantau.analytics.export import ViewExport
from pantau.analytics.periods import Period
from pantau.audit.actors import Actor
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.db.database import Database


class Exporter:
    """Begins exports, for endpoints and pages alike."""

    def __init__(
        self,
        database: Database,
        *,
        trail: AuditTrail,
        camera_names: Callable[[], Mapping[int, str]],
        zone: Callable[[], ZoneInfo],
        clock: Clock,
    ) -> None:
        self._database = database
        self._trail = trail
        self._camera_names = camera_names
        self._zone = zone
        self._clock = clock

    async def begin(
        self, period: Period, *, camera_id: int | None, with_addresses: bool, by: Actor
    ) -> ViewExport:
        """Note who exports what, and return the export.  Raises Unavailable."""
        async with self._database.write() as work:
            await self._trail.record(
                work,
                by,
                Action.EXPORT_ANALYTICS,
                details={
                    "period": period.name,
                    "camera_id": camera_id,
                    "with_addresses": with_addresses,
                },
            )
        zone = self._zone()
        return ViewExport(
            self._database,
            moments=period.days.moments(zone),
            camera_id=camera_id,
            names=self._camera_names(),
            zone=zone,
            with_addresses=with_addresses,
            clock=self._clock,
        )

    def file_name(self) -> str:
        """Return what the file is called."""
        return f"views-{self._clock.now().astimezone(self._zone()):%Y-%m-%d}.csv"
