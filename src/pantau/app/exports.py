"""Clips and time-lapses: what a web process offers, and the job in the worker."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.api import ExportApi
from pantau.recordings.exports.folders import EXPORTS, ExportFolders
from pantau.recordings.exports.footage import FootageFinder
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.making import ExportMaker
from pantau.recordings.exports.sending import ExportSender
from pantau.recordings.exports.service import Exports
from pantau.recordings.playback.files import Files
from pantau.recordings.storage.places import Places
from pantau.web.client_address import ClientAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporting:
    """What a web process has of exports; endpoints and pages use the same."""

    exports: Exports
    links: ClipLinks

    def routers(self, clients: ClientAddresses, files: Files) -> tuple[APIRouter, ...]:
        """Return the endpoints; put them before those of recordings, whose addresses are wider.

        `files` are those of playback.
        """
        api = ExportApi(self.exports, self.links, ExportSender(files, clients), clients)
        return api.endpoints.router, api.making.router, api.clips.router


def exports_of(base: Foundation, cameras: Catalogue, recordings: RecordingCatalogue) -> Exporting:
    """Return the services that endpoints and pages use; starts nothing."""
    exports = Exports(
        base.database,
        cameras=cameras,
        recordings=recordings,
        folders=_folders(base),
        most_hours=base.settings.recordings.export_most_hours,
        trail=base.trail,
        clock=base.clock,
    )
    links = ClipLinks(base.database, exports=exports, trail=base.trail, clock=base.clock)
    return Exporting(exports=exports, links=links)


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
        folders=_folders(base),
        keep_hours=base.settings.recordings.export_keep_hours,
        hub=base.settings.site.name,
        clock=base.clock,
    )
    closing.callback(maker.close)
    supervisor.add(Service("exports.maker", maker.run))
    return maker


def _folders(base: Foundation) -> ExportFolders:
    settings = base.settings
    root: Path = settings.data_dir / EXPORTS
    return ExportFolders(
        root,
        most_bytes=settings.recordings.export_most_bytes,
        reserve_bytes=settings.recordings.reserve_bytes,
    )
