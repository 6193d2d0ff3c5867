"""The worker deletes footage that must go, and watches the disks."""

from collections.abc import Sequence

from pantau.app.foundation import Foundation
from pantau.cameras.repository import stored_cameras
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Reading
from pantau.recordings.age_clock import AgeClock
from pantau.recordings.clock_guard import this_boot
from pantau.recordings.deleting import Deleter
from pantau.recordings.deleting_wishes import EmptyFiles
from pantau.recordings.disk_guard import DiskGuard
from pantau.recordings.guard import GuardRules
from pantau.recordings.keeper import Keeper, KeepRules, KeptCamera
from pantau.recordings.kernel_clock import is_synchronised
from pantau.recordings.lease import Lease
from pantau.recordings.repairing import RemoveEmpty
from pantau.recordings.storage.places import Places


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
