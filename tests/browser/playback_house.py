"""The playback page before real recordings: files, catalogue, routes, pictures, a real port."""

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pantau.core.supervisor import Supervisor
from pantau.db.place import Place
from pantau.media.archive.picture_client import PictureMaker
from pantau.portal.playback.footage import VisibleFootage
from pantau.portal.playback.page import PlaybackPages
from pantau.recordings.models import FOREVER, Reach
from pantau.recordings.playback.charts import Charts
from pantau.recordings.playback.files import Files
from pantau.recordings.playback.lists import PlayLists
from pantau.recordings.playback.pictures import Pictures
from pantau.recordings.playback.routes import Parts, PlaybackRoutes
from pantau.recordings.playback.shelf import Shelf
from pantau.recordings.playback.shown import ShownFiles
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.playback.whereabouts import Whereabouts
from pantau.recordings.recorders import RecorderState
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.exchange import HotRequest, Receive, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.problems import Problems
from tests.browser.house import House, Placed
from tests.browser.stills import jpeg
from tests.recordings.footage import Footage, footage
from tests.support.database import opened
from tests.support.recordings import write_recording
from tests.web.http_peer import serving_lane

EVERYTHING = Reach((FOREVER,), is_operator=True)
NOTHING = Reach(())
MINUTE_MS = 60_000
_PATIENCE_S = 60.0


@dataclass
class Asked:
    """What the application behind the fast lane was asked for, and answers."""

    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    status: int = 201

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = json.loads(message.get("body") or b"null")
        token = headers.get("x-csrf-token", "")
        if scope["path"].startswith("/api/"):
            self.calls.append((scope["method"], scope["path"], token, body))
        told = json.dumps({"success": self.status < 400, "message": "Kurang tepat."}).encode()
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self.status, "headers": kind})
        await send({"type": "http.response.body", "body": told})


@dataclass
class Recorders:
    """What is known of recorders."""

    known: dict[int, RecorderState] = field(default_factory=dict)


@dataclass
class PlaybackHouse:
    """Change `reach` to be somebody else; camera 1 is live, camera 77 was removed."""

    portal: House
    reach: dict[int, Reach] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    recorders: Recorders = field(default_factory=Recorders)
    port: int = 0
    began_ms: int = 0
    """The moment that the recordings are told from: some seconds before the test."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, *, minutes: float | None = None, more: str = "") -> str:
        """Return the address of the page of camera 1 at so many minutes from `began_ms`."""
        query = [] if minutes is None else [f"t={self.at_ms(minutes)}"]
        query += [more] if more else []
        return f"{self.address}/rekaman/1-kamera-1" + ("?" + "&".join(query) if query else "")

    def at_ms(self, minutes: float) -> int:
        return self.began_ms + round(minutes * MINUTE_MS)

    def be_operator(self) -> None:
        """Begin a test as everybody does: whoever asks is an operator, nothing was asked yet."""
        self.reach = {1: EVERYTHING}
        self.asked.calls.clear()
        self.asked.status = 201
        self.recorders.known = {}

    async def reach_of(self, camera_id: int) -> Reach:
        return self.reach.get(camera_id, NOTHING)


class _Rights:
    def __init__(self, house: PlaybackHouse) -> None:
        self._house = house

    async def reach(self, request: HotRequest, camera_id: int) -> Reach:
        return await self._house.reach_of(camera_id)


@contextmanager
def open_playback_house(
    place: Place, recordings: Sequence[tuple[float, int]], *, camera_id: int = 1
) -> Iterator[PlaybackHouse]:
    """Serve until the block ends.

    `recordings` are files: minutes from now (negative) at which each begins, and its seconds.
    """
    house = PlaybackHouse(
        House(
            [Placed("Simpang Lima Tirtasari, arah Jalan Pahlawan"), Placed("Alun-Alun Barat")],
            still=lambda number: (b"image/jpeg", jpeg(number)),
        ),
        reach={1: EVERYTHING},
        began_ms=int(time.time() * 1000) // 1000 * 1000,
    )
    ready, stop = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="pantau-playback-") as folder:
            root = Path(folder)
            for minutes, seconds in recordings:
                at_ms = house.at_ms(minutes)
                write_recording(root / "rooms", camera_id, at_ms, seconds=seconds)
            async with _served(house, place, root):
                ready.set()
                await asyncio.to_thread(stop.wait)

    def in_thread() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=in_thread, daemon=True)
    thread.start()
    ready.wait(_PATIENCE_S)
    try:
        if failures:
            raise failures[0]
        assert house.port, "the server did not start"
        yield house
    finally:
        stop.set()
        thread.join(_PATIENCE_S)


@asynccontextmanager
async def _served(house: PlaybackHouse, place: Place, root: Path) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened(place))
        (root / "rooms").mkdir(exist_ok=True)
        clock = house.portal.clock
        found = await stack.enter_async_context(footage(database, [root / "rooms"], clock))
        await found.indexer.thorough()
        clients = ClientAddresses()
        routes, timelines = _routes(house, found, root, stack)
        page = PlaybackPages(
            catalogue=house.portal.catalogue,
            pages=house.portal.pages,
            rights=_Rights(house),
            footage=VisibleFootage(timelines, found.catalogue, house.recorders),
            csrf=CsrfTokens(b"c" * 32, clock),
            clients=clients,
        )
        assets = house.portal.portal.assets
        lane = FastLane(
            house.asked,
            exact=house.portal.portal.exact(),
            prefixes={**house.portal.prefixes(), **page.prefixes(), **routes.prefixes()},
            clients=clients,
            headers=SecurityHeaders(clients, PageSources(scripts=(assets.import_map_source,))),
            problems=Problems(house.portal.portal.problem_page, data_prefixes=("/api/", "/hls/")),
        )
        house.port = await stack.enter_async_context(serving_lane(lane))
        yield


def _routes(
    house: PlaybackHouse, found: Footage, root: Path, stack: AsyncExitStack
) -> tuple[PlaybackRoutes, Timelines]:
    clock, files = house.portal.clock, Files()
    stack.callback(files.close)
    maker = PictureMaker(clock=clock)
    stack.push_async_callback(maker.close)
    shelf = Shelf(root / "previews", most_bytes=2**24)
    stack.callback(shelf.close)
    supervisor = Supervisor(clock)
    stack.push_async_callback(supervisor.stop, deadline_s=5)
    whereabouts = Whereabouts(found.places, files)
    charts = Charts(whereabouts, clock)
    timelines = Timelines(found.catalogue, lambda: house.portal.pages.site.zone)
    parts = Parts(
        cameras=house.portal.catalogue,
        recordings=found.catalogue,
        rights=_Rights(house),
        lists=PlayLists(found.catalogue, charts, clock),
        timelines=timelines,
        shown=ShownFiles(charts, whereabouts),
        pictures=Pictures(
            found.catalogue,
            charts,
            whereabouts,
            maker=maker,
            shelf=shelf,
            spawn=supervisor.spawn,
        ),
        files=files,
        clock=clock,
    )
    return PlaybackRoutes(parts), timelines
