"""The worker records, and whoever needs footage knows where it lies."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from pantau.app.foundation import Foundation
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.control import Control
from pantau.recordings.disks import Disks
from pantau.recordings.indexing import Indexer
from pantau.recordings.recorder_reports import RecorderServer
from pantau.recordings.repairing import RemoveEmpty, Repairer
from pantau.recordings.storage.base import Place
from pantau.recordings.storage.places import Places, folders_of, open_places
from pantau.recordings.wishes import Obstacle, no_obstacle
from pantau.streaming.desired_paths import RecordWish, RecordWishes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWork:
    """What works in the worker."""

    places: Places
    catalogue: RecordingCatalogue
    control: Control
    indexer: Indexer
    repairer: Repairer

    @property
    def wishes(self) -> RecordWishes:
        """What the reconciler asks of each camera."""

        def wish_of(camera: Camera) -> RecordWish | None:
            wish = self.control.wish_of(camera)
            return None if wish is None else RecordWish(sound=wish.sound)

        return wish_of


def places_of(base: Foundation, others: Sequence[Place] = ()) -> Places:
    """Return where footage is kept; `others` are archives.  Blocks for a moment."""
    settings = base.settings
    dirs = settings.recordings.dirs
    return open_places(folders_of(dirs, settings.data_dir), *others, makes=not dirs)


async def prepare_recording_work(
    base: Foundation,
    catalogue: Catalogue,
    server: RecorderServer,
    *,
    closing: AsyncExitStack,
    others: Sequence[Place] = (),
    remove_empty: RemoveEmpty | None = None,
    obstacle: Obstacle = no_obstacle,
) -> RecordingWork:
    """Return the worker's parts, which know what to record; nothing works yet.

    The reconciler needs `wishes` from its first sweep on: what is recorded is not to stop because
    the worker began anew.  `obstacle` says what this installation cannot record.
    """
    places = places_of(base, others)
    closing.callback(places.close)
    database, clock, settings = base.database, base.clock, base.settings
    control = Control(
        database,
        catalogue=catalogue,
        server=server,
        clock=clock,
        zone=base.site.zone,
        sound=settings.recordings.sound,
        obstacle=obstacle,
    )
    await control.load()
    disks = Disks(places)
    return RecordingWork(
        places=places,
        catalogue=RecordingCatalogue(database, places, clock),
        control=control,
        indexer=Indexer(database, disks, clock, watcher=control),
        repairer=Repairer(database, disks, clock, remove_empty=remove_empty),
    )


def start_recording_work(work: RecordingWork, supervisor: Supervisor) -> None:
    """Start indexing, repairing and looking after recorders."""
    supervisor.add(Service("recordings.control", work.control.run))
    supervisor.add(Service("recordings.indexing", work.indexer.run))
    supervisor.add(Service("recordings.repairing", work.repairer.run))
