"""Clips and time-lapses, as a web process offers them."""

from dataclasses import dataclass

from pantau.app.export_making import export_folders
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.service import Exports


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporting:
    """What a web process has of exports; endpoints and pages use the same."""

    exports: Exports
    links: ClipLinks


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
