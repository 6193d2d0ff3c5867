"""Recording, as web processes know it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from pantau.app.camera_editing import CameraEditing
from pantau.app.foundation import Foundation
from pantau.app.recording_work import places_of
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.service import RecordingService
from pantau.recordings.status import RecorderBook
from pantau.recordings.storage.base import Place
from pantau.recordings.storage.places import Places

_RECOGNISED_EVERY_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a web process knows of recording; pages and endpoints use the same."""

    places: Places
    catalogue: RecordingCatalogue
    book: RecorderBook
    service: RecordingService


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
