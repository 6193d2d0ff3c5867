"""The portal as it is, in front of cameras and streams that a test makes up, on a real port."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import uvicorn

from pantau.cameras.models import (
    Camera,
    CameraSource,
    CameraStatus,
    LiveState,
    Observation,
    VideoCodec,
)
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.errors import NotFound
from pantau.core.ids import AreaId, CameraId
from pantau.portal.audience import Audience
from pantau.portal.pages import Portal
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.assets import Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.problems import Problems
from tests.browser.scripted_streams import ScriptedStream, ScriptedStreams

LONG_NAME = "Simpang Empat Jalan Raya Pangeran Kusumadilaga–Terminal Lama"
SOLID_NAME = "JembatanGantungKalibeningMargaluyuSukadamiPurwamuktiCiwetan1"


@dataclass(frozen=True, slots=True)
class Placed:
    """A camera of the house in few words."""

    name: str
    area: str | None = "Wanasari"
    location: str = "Jl. Pahlawan"
    state: LiveState = LiveState.LIVE
    status: CameraStatus = "active"
    codec: VideoCodec = "h264"
    hours: float = 1.0
    has_still: bool = True
    description: str = ""


class House:
    """Eight or so cameras; `streams[id]` is what a test scripts."""

    def __init__(
        self,
        placed: Sequence[Placed],
        *,
        still: Callable[[int], tuple[bytes, bytes]],
        assets: Assets | None = None,
    ) -> None:
        self.clock = SystemClock()
        self.catalogue = Catalogue(
            [_camera(number, each) for number, each in enumerate(placed, 1)], clock=self.clock
        )
        now = datetime.now(UTC)
        for number, each in enumerate(placed, 1):
            if each.has_still:
                self.catalogue.still_taken(CameraId(number), now)
        self.catalogue.observe(
            {
                CameraId(number): Observation(
                    each.state, now - timedelta(hours=each.hours), now, each.codec
                )
                for number, each in enumerate(placed, 1)
            }
        )
        self._still = still
        self.streams = {number: ScriptedStream() for number in range(1, len(placed) + 1)}
        by_key = {f"key-{number}": stream for number, stream in self.streams.items()}
        self._hls = ScriptedStreams(by_key)
        assets = assets or read_assets()
        self.site = Site(place="Kota Tirtasari", zone=ZoneInfo("Asia/Jakarta"))
        self.pages = Pages(assets=assets, site=lambda: self.site, now=self.clock.now)
        self.viewers: dict[int, int] = {}
        self.portal = Portal(
            catalogue=self.catalogue,
            pages=self.pages,
            assets=assets,
            audience=Audience(lambda: self.viewers, self.clock.now),
        )
        self.address = ""

    def see(self, number: int, state: LiveState) -> None:
        """Let the camera be measured in another state."""
        now = datetime.now(UTC)
        self.catalogue.observe({CameraId(number): Observation(state, now, now, "h264")})

    def exact(self) -> dict[str, Route]:
        """Return the pages with one address."""
        return self.portal.exact()

    def cut_off(self, number: int) -> None:
        """Take a camera away from the public."""
        kept = [camera for camera in self.catalogue.all() if camera.id != number]
        self.catalogue.replace(kept)

    def prefixes(self) -> dict[str, Route]:
        """Return the pages of cameras, their streams and their stills."""
        return {
            **self.portal.prefixes(),
            "/hls/": Route(self._hls.serve),
            "/api/thumbnails/": Route(self._thumbnail),
        }

    def app(self) -> FastLane:
        clients = ClientAddresses()
        assets = self.portal.assets
        return FastLane(
            _nothing_else,
            exact=self.exact(),
            prefixes=self.prefixes(),
            clients=clients,
            headers=SecurityHeaders(clients, PageSources(scripts=(assets.import_map_source,))),
            problems=Problems(self.portal.problem_page, data_prefixes=("/api/", "/hls/")),
        )

    def _thumbnail(self, request: HotRequest) -> Reply:
        content_type, body = self._still(int(request.rest.removesuffix(".jpg")))
        headers = ((b"cache-control", b"no-cache"),)
        return Reply(200, body, content_type=content_type, headers=headers)


@contextmanager
def open_house(house: House, port: int = 0) -> Iterator[House]:
    """Serve `house` from a thread until the block ends."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        config = uvicorn.Config(
            house.app(),
            log_level="warning",
            lifespan="off",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        house.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield house
        finally:
            server.should_exit = server.force_exit = True
            thread.join(5)


def _camera(number: int, placed: Placed) -> Camera:
    area = placed.area
    return Camera(
        id=CameraId(number),
        slug=f"kamera-{number}",
        stream_key=f"key-{number}",
        name=placed.name,
        source=CameraSource("testcard:"),
        description=placed.description,
        location=placed.location,
        area_id=None if area is None else AreaId(sum(area.encode())),
        area_name=area,
        latitude=-6.9 - number / 700,
        longitude=107.6 + number / 900,
        status=placed.status,
    )


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    raise NotFound("page.unknown", "There is no such page.")
