"""A hub that replays: a real server, database and files; whoever asks has the reach it is given."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from pantau.cameras.access import CacheClass
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock, always
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from pantau.media.archive.cutter import CutEvent, FileBegun, FileEnded, Piece, RunCutter
from pantau.media.archive.index import Ending
from pantau.media.archive.naming import video_key
from pantau.media.archive.picture_client import PictureForm, SpriteSheet, StillPicture
from pantau.media.archive.writer import Recording, recipe_of
from pantau.recordings.models import FOREVER, Reach, Span
from pantau.recordings.playback.charts import Charts
from pantau.recordings.playback.files import Files
from pantau.recordings.playback.lists import PlayLists
from pantau.recordings.playback.pictures import Pictures
from pantau.recordings.playback.routes import Parts, PlaybackRoutes
from pantau.recordings.playback.shelf import Shelf
from pantau.recordings.playback.shown import ShownFiles
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.playback.whereabouts import Whereabouts
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Route
from pantau.web.fast_lane import FastLane
from tests.media.archive.tapes import Tape, closed_tape, open_tape
from tests.media.live.coded import Coded, coded
from tests.recordings.footage import Footage, footage
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.web.http_peer import no_app, serving_lane

NOW_MS = int(START.timestamp() * 1000)
EVERYTHING = Reach((FOREVER,), is_operator=True)
NOTHING = Reach(())
SECONDS = 8
ZONE = ZoneInfo("Asia/Jakarta")


def preview(*spans: Span, lead_from_ms: int | None = None) -> Reach:
    """What everybody may see of a public camera."""
    return Reach(spans, cache=CacheClass.SHARED, lead_from_ms=lead_from_ms)


class Maker:
    """Makes pictures that say what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def still(
        self, video: Path, at_ms: int, *, width_px: int = 1280, form: PictureForm = "jpeg"
    ) -> StillPicture:
        self.asked.append((video.stem, at_ms))
        return StillPicture(f"{video.stem} {at_ms} {form}".encode(), at_ms, width_px, 90)

    async def sheet(self, video: Path, *, form: PictureForm = "webp") -> SpriteSheet:
        self.asked.append((video.stem, -1))
        return SpriteSheet(f"{video.stem} {form}".encode(), 2, (160, 90), (0, 4000), 4000)


@dataclass
class House:
    """The server and what is behind it; change `reach` to be somebody else."""

    port: int
    footage: Footage
    clock: HandWoundClock
    routes: PlaybackRoutes
    charts: Charts
    shelf: Shelf
    pictures: Pictures
    maker: Maker
    folder: Path
    reach: dict[int, Reach] = field(default_factory=dict)
    touched: list[int] = field(default_factory=list)

    def url(self, path: str, *, camera_id: int = 1) -> str:
        return f"http://127.0.0.1:{self.port}{self.path(path, camera_id=camera_id)}"

    def path(self, path: str, *, camera_id: int = 1) -> str:
        return f"/api/recordings/{camera_id}/{path}"

    def tape(
        self,
        start_ms: int,
        *,
        camera_id: int = 1,
        is_open: bool = False,
        source: Coded | None = None,
    ) -> Tape:
        """Write a recording of eight seconds with sound, a key picture every two."""
        write = open_tape if is_open else closed_tape
        made = source or film()
        return write(self.folder, made, camera_id=camera_id, start_ms=start_ms)

    def record(self, begins_ms: int, *, seconds: int, segment_s: int = SECONDS) -> list[Path]:
        """Have the recorder's own parts write a run with sound, in files of `segment_s`."""
        source = film(seconds=seconds)
        later_s = begins_ms / 1000 - source.video[0].received_unix_s
        written: list[Path] = []
        self.folder.mkdir(parents=True, exist_ok=True)
        for event in _events(source, later_s, segment_s):
            if isinstance(event, FileBegun):
                recipe = recipe_of(1, source.tracks)
                recording = Recording.create(self.folder, recipe, event.started_unix_s)
                written.append(self.folder / video_key(1, recording.start_ms))
            elif isinstance(event, Piece):
                recording.append(event)
            else:
                recording.close(event.ending)
        return written

    async def index(self) -> None:
        await self.footage.indexer.thorough()


def _events(source: Coded, later_s: float, segment_s: int) -> list[CutEvent]:
    events: list[CutEvent] = []
    cutter = RunCutter(events.append, source.tracks, segment_s=segment_s)
    for packet in source.packets:
        cutter.take(packet._replace(received_unix_s=packet.received_unix_s + later_s))
    cutter.finish()
    return [*events, FileEnded(Ending.STOPPED)]


@dataclass
class GivenRights:
    """Answers what the house says."""

    reach_of: dict[int, Reach]

    async def reach(self, request: HotRequest, camera_id: int) -> Reach:
        return self.reach_of.get(camera_id, NOTHING)


def film(*, seconds: float = SECONDS) -> Coded:
    return coded(seconds=seconds, audio=True)


@asynccontextmanager
async def open_house(
    database: Database,
    folder: Path,
    *,
    cameras: Sequence[int] = (1, 2),
    real_clock: Clock | None = None,
    pages: Mapping[str, Route] | None = None,
) -> AsyncIterator[House]:
    """Serve; `EVERYTHING` may be seen of every camera.

    With `real_clock` the house's own does nothing.
    """
    hand_wound = HandWoundClock()
    clock = real_clock or hand_wound
    files, maker = Files(), Maker()
    shelf = Shelf(folder / "previews", most_bytes=2**20)
    rooms = folder / "recordings"
    async with footage(database, [rooms], clock) as found:
        whereabouts = Whereabouts(found.places, files)
        charts = Charts(whereabouts, clock)
        reach = dict.fromkeys(cameras, EVERYTHING)
        touched: list[int] = []
        known = (found.catalogue, charts, whereabouts)
        pictures = Pictures(*known, maker=maker, shelf=shelf, spawn=Supervisor(clock).spawn)
        routes = PlaybackRoutes(
            Parts(
                cameras=Catalogue([camera(number) for number in cameras], clock=clock),
                recordings=found.catalogue,
                rights=GivenRights(reach),
                lists=PlayLists(found.catalogue, charts, clock),
                timelines=Timelines(found.catalogue, always(ZONE)),
                shown=ShownFiles(charts, whereabouts),
                pictures=pictures,
                files=files,
                clock=clock,
                touch=lambda camera_id, _: touched.append(camera_id),
            )
        )
        prefixes = routes.prefixes()
        lane = FastLane(no_app, exact=pages or {}, prefixes=prefixes, clients=ClientAddresses(()))
        try:
            async with serving_lane(lane) as port:
                yield House(
                    port,
                    found,
                    hand_wound,
                    routes,
                    charts,
                    shelf,
                    pictures,
                    maker,
                    rooms,
                    reach=reach,
                    touched=touched,
                )
        finally:
            files.close()
            shelf.close()
