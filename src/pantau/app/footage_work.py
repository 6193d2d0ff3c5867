"""What the worker does about footage: all of it but the recording itself."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from pantau.app.export_making import start_exporting
from pantau.app.footage_deleting import remove_empty, start_keeping
from pantau.app.foundation import Foundation
from pantau.app.recording_work import RecordingWork, prepare_recording_work, start_recording_work
from pantau.cameras.event_rows import decided_since
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.archiving import Archiving, note_archive
from pantau.recordings.recorder_reports import RecorderServer
from pantau.recordings.rights.shadows import ShadowKeeper
from pantau.recordings.storage.base import Place
from pantau.recordings.wishes import Obstacle
from pantau.settings import ArchiveSettings


async def prepare_footage_work(
    base: Foundation,
    catalogue: Catalogue,
    server: RecorderServer,
    closing: AsyncExitStack,
    *,
    obstacle: Obstacle,
) -> RecordingWork:
    """Return the worker's part, which knows what to record; nothing works yet.

    `server` records; `obstacle` says which camera it cannot.
    """
    return await prepare_recording_work(
        base,
        catalogue,
        server,
        closing=closing,
        remove_empty=remove_empty(base),
        others=archives_of(base.settings.recordings.archive),
        obstacle=obstacle,
    )


async def start_footage_work(
    base: Foundation,
    catalogue: Catalogue,
    work: RecordingWork,
    *,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> None:
    """Start everything that the worker does about footage."""
    start_recording_work(work, supervisor)
    start_keeping(base, work.places, supervisor)
    await _start_shadows(base, catalogue, supervisor)
    start_exporting(base, work.catalogue, work.places, supervisor, closing)
    await _start_archiving(base, work, supervisor)


def archives_of(settings: ArchiveSettings) -> Sequence[Place]:
    """Return the archive of the settings, or nothing."""
    if not settings.bucket:
        return ()
    # Only now: few installations have one, and its client takes a while to load.
    from pantau.recordings.storage.object_store import open_bucket  # noqa: PLC0415

    return (open_bucket(settings),)


async def _start_archiving(base: Foundation, work: RecordingWork, supervisor: Supervisor) -> None:
    settings = base.settings.recordings.archive
    archive = work.places.find(settings.place) if settings.bucket else None
    if archive is None:
        # What one said that is not wanted any more is no alarm.
        await note_archive(base.database, "", at=base.clock.now())
        return
    archiving = Archiving(
        base.database,
        find=work.places.find,
        archive=archive,
        keep_days=settings.keep_days,
        clock=base.clock,
    )
    supervisor.add(Service("recordings.archiving", archiving.run))


async def _start_shadows(base: Foundation, catalogue: Catalogue, supervisor: Supervisor) -> None:
    """Start noting when cameras cannot be seen (worker)."""
    keeper = ShadowKeeper(
        base.database,
        catalogue,
        decided_since=decided_since,
        clock=base.clock,
        zone=base.site.zone,
    )
    supervisor.add(Service("playback.shadows", keeper.run))
