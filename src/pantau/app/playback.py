"""Wiring of playback: what web processes show of footage."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.media.archive.picture_client import PictureMaker
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.playback.charts import Charts
from pantau.recordings.playback.doors import Rights, Touch, nobody_counts
from pantau.recordings.playback.files import Files
from pantau.recordings.playback.lists import PlayLists
from pantau.recordings.playback.pictures import Pictures
from pantau.recordings.playback.routes import Parts, PlaybackRoutes
from pantau.recordings.playback.shelf import Shelf
from pantau.recordings.playback.shown import ShownFiles
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.playback.whereabouts import Whereabouts
from pantau.recordings.storage.places import Places
from pantau.web.exchange import Choice

PREVIEW_FOLDER: Final = "previews"
_TIDY_EVERY_S: Final = 60.0
"""How long the small pictures of deleted footage may stay; nobody is shown them meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What a web process has of it; pages and exports use the same."""

    routes: PlaybackRoutes
    timelines: Timelines
    files: Files

    def prefixes(self) -> dict[str, Choice]:
        """Return what to put among the prefixes of the fast lane."""
        return self.routes.prefixes()


async def open_playback(
    base: Foundation,
    catalogue: Catalogue,
    recordings: RecordingCatalogue,
    rights: Rights,
    *,
    places: Places,
    supervisor: Supervisor,
    closing: AsyncExitStack,
    touch: Touch = nobody_counts,
) -> Playback:
    """Return the routes, ready; `closing` gets their threads and children.

    `touch` is told of everybody who replays a camera.
    """
    settings, clock = base.settings, base.clock
    files = Files()
    closing.callback(files.close)
    maker = PictureMaker(clock=clock)
    closing.push_async_callback(maker.close)
    shelf = Shelf(
        settings.data_dir / PREVIEW_FOLDER, most_bytes=settings.recordings.preview_cache_bytes
    )
    closing.callback(shelf.close)
    whereabouts = Whereabouts(places, files)
    charts = Charts(whereabouts, clock)
    timelines = Timelines(recordings, base.site.zone)
    pictures = Pictures(
        recordings, charts, whereabouts, maker=maker, shelf=shelf, spawn=supervisor.spawn
    )

    async def tidy() -> None:
        while True:
            await clock.sleep(_TIDY_EVERY_S)
            await pictures.tidy()

    supervisor.add(Service("playback.previews", tidy))
    routes = PlaybackRoutes(
        Parts(
            cameras=catalogue,
            recordings=recordings,
            rights=rights,
            lists=PlayLists(recordings, charts, clock),
            timelines=timelines,
            shown=ShownFiles(charts, whereabouts),
            pictures=pictures,
            files=files,
            clock=clock,
            touch=touch,
        )
    )
    return Playback(
        routes=routes,
        timelines=timelines,
        files=files,
    )
