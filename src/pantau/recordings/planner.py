"""What is measured of cameras and disks: for forecasts, and for what quotas say of use."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Invalid
from pantau.db.database import Database
from pantau.recordings import hold_rows, keeping_repository, rule_rows, run_rows
from pantau.recordings.figures import Figures
from pantau.recordings.keeper import CamerasNow, KeptCamera
from pantau.recordings.keeping_repository import Used
from pantau.recordings.keeping_values import Storage
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planning import (
    DAY_MS,
    WEEK_MS,
    CameraPlan,
    Plan,
    WhatIf,
    capacity_of,
    forecast,
    imagined,
    measured,
)
from pantau.recordings.run_rows import Lately
from pantau.web.principal import Principal

_COUNTED_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingSettings:
    """What the settings say."""

    keep_hours: int
    low_hours: float
    reserve_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the catalogue says of all cameras, as of a moment."""

    now_ms: int
    used: Sequence[Used]
    day: Sequence[Lately]
    week: Sequence[Lately]

    def by_camera(self) -> Counter[int]:
        """Return how many bytes lie on our disks of each camera."""
        sizes: Counter[int] = Counter()
        for each in self.used:
            sizes[each.camera_id] += each.size_bytes
        return sizes


class Planner:
    """Counts now and then, however many ask.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        own: OwnCameras,
        cameras: CamerasNow,
        settings: KeepingSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._own = own
        self._cameras = cameras
        self._settings = settings
        self._clock = clock
        self._counted = Figures(self._count, clock, every_s=_COUNTED_S)

    async def follow(self) -> None:
        """Count when somebody wants to know, so that nobody waits; never returns."""
        await self._counted.follow()

    async def counted(self) -> Counted:
        """Return what there was a moment ago."""
        return await self._counted.now()

    async def _count(self) -> Counted:
        now_ms = round(self._clock.unix_s() * 1000)
        async with self._database.read() as reading:
            used = await keeping_repository.used(reading)
            # What left our disks within a week is of a camera that is there.
            cameras = {each.camera_id for each in used}
            cameras |= {int(each.id) for each in self._catalogue.all()}
            day, week = await run_rows.lately(
                reading,
                sorted(cameras),
                since_ms=[now_ms - DAY_MS, now_ms - WEEK_MS],
                now_ms=now_ms,
            )
        return Counted(now_ms=now_ms, used=used, day=day, week=week)

    async def plan(self, storage: Storage, *, by: Principal, what_if: WhatIf | None) -> Plan:
        """Return what is measured and what follows; cameras of others count and are not listed.

        Raises Invalid for a question that cannot be answered.
        """
        counted = await self.counted()
        async with self._database.read() as reading:
            kept = {each.id: each for each in await self._cameras(reading)}
            rules = await rule_rows.all_rules(reading)
            area_quotas = await hold_rows.area_quotas(reading)
        quotas = {number: each.quota_bytes for number, each in rules.items()}
        cameras = self._plans(counted, kept, quotas)
        capacity = capacity_of(storage, reserve_bytes=self._settings.reserve_bytes)
        low_hours = self._settings.low_hours
        now = forecast(
            cameras, capacity_bytes=capacity, low_hours=low_hours, area_quotas=area_quotas
        )
        then = None
        if what_if is not None:
            try:
                changed = imagined(cameras, what_if, keep_hours=self._settings.keep_hours)
            except ValueError as error:
                raise Invalid(
                    "recordings.what_if",
                    "Say what an added camera writes: nothing was measured yet.",
                    field="mbit_per_s",
                ) from error
            then = forecast(
                changed,
                capacity_bytes=None if capacity is None else capacity + what_if.more_bytes,
                low_hours=low_hours,
                area_quotas=area_quotas,
            )
        seen = self._own.seen_by(by)
        return Plan(
            cameras=tuple(each for each in cameras if seen is None or each.camera_id in seen),
            forecast=now,
            what_if=then,
        )

    def _plans(
        self,
        counted: Counted,
        kept: Mapping[int, KeptCamera],
        quotas: Mapping[int, int | None],
    ) -> list[CameraPlan]:
        sizes = counted.by_camera()
        day, week = _by_camera(counted.day), _by_camera(counted.week)
        plans = []
        for number in sorted({*sizes, *week, *kept}):
            camera = self._catalogue.by_id(number)
            is_recorded = camera is not None and camera.recorded and camera.enabled
            if not is_recorded and number not in sizes:
                continue
            rate = measured(day.get(number), week.get(number), now_ms=counted.now_ms)
            rule = kept.get(number)
            hours = None if rule is None else rule.keep_hours
            plans.append(
                CameraPlan(
                    camera_id=number,
                    name="" if camera is None else camera.name,
                    area_id=None if camera is None else camera.area_id,
                    is_recorded=is_recorded,
                    is_removed=camera is None,
                    keep_hours=self._settings.keep_hours if hours is None else hours,
                    quota_bytes=quotas.get(number),
                    bytes_per_day=rate.bytes_per_day,
                    basis=rate.basis,
                    covered_hours=rate.covered_hours,
                    kept_bytes=sizes[number],
                )
            )
        return plans


def _by_camera(written: Sequence[Lately]) -> Mapping[int, Lately]:
    return {each.camera_id: each for each in written}
