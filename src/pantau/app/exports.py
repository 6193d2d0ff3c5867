"""Clips and time-lapses, as a web process offers them."""

from dataclasses import dataclass

from fastapi import APIRouter

from pantau.app.export_making import export_folders
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.api import ExportApi
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.sending import ExportSender
from pantau.recordings.exports.service import Exports
from pantau.recordings.playback.files import Files
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
        folders=export_folders(base),
        most_hours=base.settings.recordings.export_most_hours,
        trail=base.trail,
        clock=base.clock,
    )
    links = ClipLinks(base.database, exports=exports, trail=base.trail, clock=base.clock)
    return Exporting(exports=exports, links=links)
