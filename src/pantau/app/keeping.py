"""Keeping footage: the one who deletes, in the worker, and what a web process offers."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter

from pantau.app.areas import area_editing
from pantau.app.foundation import Foundation
from pantau.cameras.repository import stored_cameras
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Reading
from pantau.health.monitor import Finding, Part
from pantau.recordings.age_clock import AgeClock
from pantau.recordings.clock_guard import this_boot
from pantau.recordings.deleting import Deleter
from pantau.recordings.deleting_wishes import EmptyFiles
from pantau.recordings.disk_guard import DiskGuard
from pantau.recordings.guard import GuardRules
from pantau.recordings.holds import Holds
from pantau.recordings.keeper import Keeper, KeepRules, KeptCamera
from pantau.recordings.keeping_api import KeepingApi
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.keeping_words import SENTENCES
from pantau.recordings.kernel_clock import is_synchronised
from pantau.recordings.lease import Lease
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planner import KeepingSettings, Planner
from pantau.recordings.quotas import Quotas
from pantau.recordings.repairing import RemoveEmpty
from pantau.recordings.storage.places import Places
from pantau.web.client_address import ClientAddresses

PART: Final = "recordings_storage"
"""What `/health` calls the room for footage."""


def keeper_of(base: Foundation, places: Places) -> Keeper:
    """Return who deletes what must go; starts nothing."""
    settings, database, clock = base.settings.recordings, base.database, base.clock
    deleter = Deleter(database, places=places, lease=Lease(database, clock), clock=clock)
    guard = DiskGuard(
        database,
        places=places,
        deleter=deleter,
        rules=GuardRules(
            reserve_bytes=settings.reserve_bytes,
            low_hours=settings.low_hours,
            critical_hours=settings.critical_hours,
        ),
        clock=clock,
    )
    ages = AgeClock(database, clock=clock, boot=this_boot(), is_synchronised=is_synchronised)
    return Keeper(
        database,
        places=places,
        cameras=kept_cameras,
        deleter=deleter,
        guard=guard,
        ages=ages,
        rules=KeepRules(
            keep_hours=settings.keep_hours,
            archive_days=settings.archive.keep_days,
            has_archive=bool(settings.archive.bucket),
        ),
        clock=clock,
    )


def start_keeping(base: Foundation, places: Places, supervisor: Supervisor) -> Keeper:
    """Delete what must go and watch the disks, in the worker."""
    keeper = keeper_of(base, places)
    supervisor.add(Service("recordings.disks", keeper.run_looks))
    supervisor.add(Service("recordings.ages", keeper.run_ages))
    supervisor.add(Service("recordings.deleting", keeper.run_wishes))
    return keeper


def remove_empty(base: Foundation) -> RemoveEmpty:
    """Return what has files deleted that never held a picture."""
    return EmptyFiles(base.database, base.clock).remove


def keeping_of(base: Foundation, catalogue: Catalogue) -> Keeping:
    """Return what endpoints and pages use; starts nothing."""
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
    )


def keeping_api(base: Foundation, keeping: Keeping, clients: ClientAddresses) -> APIRouter:
    """Return the endpoints."""
    return KeepingApi(keeping, clients, base.clock).endpoints.router


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


async def kept_cameras(reading: Reading) -> Sequence[KeptCamera]:
    """Return what is decided about the cameras that are there."""
    return [
        KeptCamera(
            id=int(stored.camera.id),
            area_id=stored.camera.area_id,
            keep_hours=stored.recording_duration_hours,
        )
        for stored in await stored_cameras(reading, None)
        if stored.removed_at is None
    ]
