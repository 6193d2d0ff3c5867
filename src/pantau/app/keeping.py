"""Keeping footage, as a web process offers it."""

from collections.abc import Mapping
from typing import Final

from pantau.app.areas import area_editing
from pantau.app.footage_deleting import kept_cameras
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.health.monitor import Finding, Part
from pantau.recordings.holds import Holds
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.keeping_words import SENTENCES
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planner import KeepingSettings, Planner
from pantau.recordings.quotas import Quotas
from pantau.recordings.storage.places import Places

PART: Final = "recordings_storage"
"""What `/health` calls the room for footage."""


def keeping_of(base: Foundation, catalogue: Catalogue, places: Places | None = None) -> Keeping:
    """Return what endpoints and pages use; starts nothing.  `places`: whose folders are told."""
    settings, database, clock = base.settings.recordings, base.database, base.clock
    own = OwnCameras(catalogue)
    planner = Planner(
        database,
        catalogue=catalogue,
        own=own,
        cameras=kept_cameras,
        settings=KeepingSettings(
            keep_hours=settings.keep_hours,
            low_hours=settings.low_hours,
            reserve_bytes=settings.reserve_bytes,
        ),
        clock=clock,
    )
    areas = area_editing(base)

    async def names_of_areas() -> Mapping[int, str]:
        return {int(each.area.id): each.area.name for each in await areas.all()}

    return Keeping(
        database,
        own=own,
        holds=Holds(database, own=own, trail=base.trail, clock=clock),
        quotas=Quotas(
            database,
            catalogue=catalogue,
            own=own,
            planner=planner,
            areas=names_of_areas,
            trail=base.trail,
            clock=clock,
        ),
        planner=planner,
        trail=base.trail,
        clock=clock,
        folders=lambda: {each.name: str(each.root) for each in places.local} if places else {},
    )


def storage_part(keeping: Keeping) -> Part:
    """Return the room for footage as a part of `/health`."""

    async def probe() -> Finding:
        alarms = await keeping.alarms()
        urgent = [each for each in alarms if each.is_urgent]
        facts = {"alarms": len(alarms)}
        if urgent:
            return Finding(ok=False, message=SENTENCES[urgent[0].kind], facts=facts)
        return Finding(ok=True, facts=facts)

    return Part(PART, probe, essential=False)
