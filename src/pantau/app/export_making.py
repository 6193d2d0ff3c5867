"""The worker makes clips and time-lapses."""

from contextlib import AsyncExitStack
from pathlib import Path

from pantau.app.foundation import Foundation
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.folders import EXPORTS, ExportFolders
from pantau.recordings.exports.footage import FootageFinder
from pantau.recordings.exports.making import ExportMaker
from pantau.recordings.storage.places import Places


def start_exporting(
    base: Foundation,
    recordings: RecordingCatalogue,
    places: Places,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> ExportMaker:
    """Make what is queued, one at a time, in the worker."""
    maker = ExportMaker(
        base.database,
        recordings=recordings,
        footage=FootageFinder(places),
        folders=export_folders(base),
        keep_hours=base.settings.recordings.export_keep_hours,
        hub=base.settings.site.name,
        clock=base.clock,
    )
    closing.callback(maker.close)
    supervisor.add(Service("exports.maker", maker.run))
    return maker


def export_folders(base: Foundation) -> ExportFolders:
    """Return where exports lie, and how much room they may take."""
    settings = base.settings
    root: Path = settings.data_dir / EXPORTS
    return ExportFolders(
        root,
        most_bytes=settings.recordings.export_most_bytes,
        reserve_bytes=settings.recordings.reserve_bytes,
    )
