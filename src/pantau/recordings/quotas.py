"""How much cameras and areas may keep, as people decide it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Forbidden, Invalid, NotFound
from pantau.db.database import Database
from pantau.recordings import hold_rows, rule_rows
from pantau.recordings.keeping_values import Quota
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planner import Planner
from pantau.recordings.rules import MOST_QUOTA_BYTES
from pantau.web.principal import Principal

AreasNow = Callable[[], Awaitable[Mapping[int, str]]]
"""Names of the areas that there are, by number."""


class Quotas:
    """Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        own: OwnCameras,
        planner: Planner,
        areas: AreasNow,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._own = own
        self._planner = planner
        self._areas = areas
        self._trail = trail
        self._clock = clock

    async def of_cameras(self, *, by: Principal) -> Sequence[Quota]:
        """Return what each camera may keep and does."""
        sizes = (await self._planner.counted()).by_camera()
        seen = self._own.seen_by(by)
        async with self._database.read() as reading:
            rules = await rule_rows.all_rules(reading)
        numbers = {int(each.id): each.name for each in self._catalogue.all()}
        return [
            Quota(
                id=number,
                name=name,
                quota_bytes=rules[number].quota_bytes if number in rules else None,
                used_bytes=sizes[number],
            )
            for number, name in numbers.items()
            if seen is None or number in seen
        ]

    async def of_areas(self, *, by: Principal) -> Sequence[Quota]:
        """Return what each area may keep and does; limited operators see theirs."""
        names = await self._areas()
        sizes = (await self._planner.counted()).by_camera()
        async with self._database.read() as reading:
            quotas = await hold_rows.area_quotas(reading)
        used = dict.fromkeys(names, 0)
        for camera in self._catalogue.all():
            if camera.area_id in used:
                used[camera.area_id] += sizes[int(camera.id)]
        return [
            Quota(id=area_id, name=name, quota_bytes=quotas.get(area_id), used_bytes=used[area_id])
            for area_id, name in names.items()
            if by.may_change_area(area_id)
        ]

    async def set_camera(self, camera_id: int, quota_bytes: int | None, *, by: Asker) -> Quota:
        """Limit a camera, None: not any more; raises NotFound, Forbidden, Invalid."""
        _check(quota_bytes)
        camera = self._catalogue.by_id(camera_id)
        if camera is None:
            raise NotFound("cameras.unknown", "There is no such camera.")
        async with self._database.write() as writing:
            target = await self._own.target(writing, camera_id, by=by)
            before = await rule_rows.rules_of(writing, camera_id)
            after = replace(before, quota_bytes=quota_bytes)
            if after != before:
                await rule_rows.save_rules(writing, camera_id, after, at=self._clock.now())
                await self._trail.record(
                    writing,
                    by.actor,
                    Action.UPDATE_RECORDING,
                    target=target,
                    before={"quota_bytes": before.quota_bytes},
                    after={"quota_bytes": quota_bytes},
                )
        sizes = (await self._planner.counted()).by_camera()
        return Quota(
            id=camera_id,
            name=camera.name,
            quota_bytes=quota_bytes,
            used_bytes=sizes[camera_id],
        )

    async def set_area(self, area_id: int, quota_bytes: int | None, *, by: Asker) -> Quota:
        """Limit an area, None: not any more; raises NotFound, Forbidden, Invalid."""
        _check(quota_bytes)
        if by.principal.area_ids is not None:
            raise Forbidden(
                "recordings.limited",
                "Your account is limited to some areas. Ask an admin to limit one.",
            )
        name = (await self._areas()).get(area_id)
        if name is None:
            raise NotFound("areas.unknown", "There is no such area.")
        async with self._database.write() as writing:
            before = (await hold_rows.area_quotas(writing)).get(area_id)
            if before != quota_bytes:
                await hold_rows.save_area_quota(writing, area_id, quota_bytes)
                await self._trail.record(
                    writing,
                    by.actor,
                    Action.SET_AREA_QUOTA,
                    target=f"area {area_id} ({name})",
                    before={"quota_bytes": before},
                    after={"quota_bytes": quota_bytes},
                )
        quotas = await self.of_areas(by=by.principal)
        return next(each for each in quotas if each.id == area_id)


def _check(quota_bytes: int | None) -> None:
    if quota_bytes is not None and not 1 <= quota_bytes <= MOST_QUOTA_BYTES:
        raise Invalid(
            "recordings.number",
            f"This is a whole number of bytes from 1 to {MOST_QUOTA_BYTES}.",
            field="quota_bytes",
        )
