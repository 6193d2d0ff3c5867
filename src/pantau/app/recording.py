"""Recording: the worker's part, what web processes know of it, and commands on the machine."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter

from pantau.app.camera_editing import CameraEditing
from pantau.app.foundation import Foundation
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.api import RecordingApi
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.control import Control
from pantau.recordings.disks import Disks
from pantau.recordings.indexing import Indexer
from pantau.recordings.recorder_reports import RecorderServer
from pantau.recordings.repairing import RemoveEmpty, Repairer
from pantau.recordings.service import RecordingService
from pantau.recordings.status import RecorderBook
from pantau.recordings.storage.base import Place
from pantau.recordings.storage.places import Places, folders_of, open_places
from pantau.streaming.desired_paths import RecordWish, RecordWishes
from pantau.web.client_address import ClientAddresses

_RECOGNISED_EVERY_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a web process knows of recording; pages and endpoints use the same."""

    places: Places
    catalogue: RecordingCatalogue
    book: RecorderBook
    service: RecordingService

    def router(self, clients: ClientAddresses) -> APIRouter:
        """Return the endpoints of recorders."""
        return RecordingApi(self.service, clients).endpoints.router


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


def recording_of(base: Foundation, editing: CameraEditing, places: Places) -> Recording:
    """Return the parts of a web process; starts nothing."""
    catalogue = RecordingCatalogue(base.database, places, base.clock)
    book = RecorderBook(base.database, base.clock)
    service = RecordingService(
        base.database,
        catalogue=catalogue,
        book=book,
        cameras=editing.cameras,
        editor=editing.editor,
        trail=base.trail,
        clock=base.clock,
        keep_hours=base.settings.recordings.keep_hours,
    )
    return Recording(places=places, catalogue=catalogue, book=book, service=service)


async def open_recordings(
    base: Foundation,
    editing: CameraEditing,
    *,
    supervisor: Supervisor,
    closing: AsyncExitStack,
    others: Sequence[Place] = (),
    cameras: Catalogue | None = None,
) -> Recording:
    """Return the same, known already and kept up to date by a service.

    `cameras` are told how their recorders are, for lists of operators.
    """
    places = places_of(base, others)
    closing.callback(places.close)
    recording = recording_of(base, editing, places)
    book = recording.book

    def tell() -> None:
        if cameras is not None:
            known = book.known.items()
            cameras.take_recorders({CameraId(number): one.status.value for number, one in known})

    book.on_change(tell)
    await book.refresh()
    supervisor.add(Service("recordings.follow", recording.book.follow))
    supervisor.add(Service("recordings.totals", recording.catalogue.follow))

    async def recognise() -> None:
        while True:
            await places.recognise()
            await base.clock.sleep(_RECOGNISED_EVERY_S)

    supervisor.add(Service("recordings.places", recognise))
    return recording


async def prepare_recording_work(
    base: Foundation,
    catalogue: Catalogue,
    server: RecorderServer,
    *,
    closing: AsyncExitStack,
    others: Sequence[Place] = (),
    remove_empty: RemoveEmpty | None = None,
) -> RecordingWork:
    """Return the worker's parts, which know what to record; nothing works yet.

    The reconciler needs `wishes` from its first sweep on: what is recorded is not to stop because
    the worker began anew.
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
