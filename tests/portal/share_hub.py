"""A portal with public, hidden, late and strange cameras, and everything that shares them."""

import asyncio
import io
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image

from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.cameras.models import Camera, CameraSource, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.core.ids import AreaId, CameraId
from pantau.portal.pages import Portal
from pantau.portal.sharing.routes import SharePages
from pantau.portal.watch.routes import Told
from pantau.site.values import Branding, Sharing, SiteValues
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.assets import Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.headers import PageSources, SecurityHeaders
from tests.support.clock import HandWoundClock
from tests.support.requests import hot

PUBLIC, PRIVATE, CUT, LATE, STILL, FRAME, RECORDED = range(1, 8)
SITE = Site(zone=ZoneInfo("Asia/Jakarta"), name="Pantau Kota", place="Tirtasari")
HUB = "https://cctv.example"
SECRETS = ("geheim", "rtsp://", "10.0.0.1", "Gudang Rahasia", "Area Rahasia")
"""What no answer may hold."""


def some_camera(number: int, **changes: Any) -> Camera:
    values: dict[str, Any] = {
        "id": CameraId(number),
        "slug": f"kamera-{number}",
        "stream_key": f"key-{number}",
        "name": f"Kamera {number}",
        "location": "Jl. Pahlawan",
        "source": CameraSource("rtsp://user:geheim@10.0.0.1/1"),
        "area_id": AreaId(3),
        "area_name": "Wanasari Timur",
        "latitude": -6.98,
        "longitude": 110.41,
    }
    return Camera(**(values | changes))


def cameras() -> list[Camera]:
    hidden = {
        "name": "Gudang Rahasia",
        "slug": "gudang-rahasia",
        "area_id": AreaId(9),
        "area_name": "Area Rahasia",
    }
    private = PublicDecision(visibility=Visibility.PRIVATE)
    cut = PublicDecision(cut_off=CutOff(at=HandWoundClock().now()))
    owner = CameraSource("https://owner.example/live?id=1", kind="embed", trusted=True)
    return [
        some_camera(PUBLIC, name='Simpang "Lima" </script><b>', description="Arah & utara"),
        some_camera(PRIVATE, decision=private, **hidden),
        some_camera(CUT, decision=cut, **{**hidden, "slug": "gudang-2"}),
        some_camera(LATE, decision=PublicDecision(delay_s=600)),
        some_camera(STILL, decision=PublicDecision(still_only=True)),
        some_camera(FRAME, source=owner),
        some_camera(RECORDED, recorded=True),
    ]


@dataclass(frozen=True)
class Taken:
    data: bytes
    taken_at: datetime


@dataclass
class Stills:
    """Gives what a test put there, to whoever may see it."""

    catalogue: Catalogue
    by_camera: dict[int, Taken] = field(default_factory=dict)

    async def newest_public(self, camera_id: int) -> Taken | None:
        if self.catalogue.public_by_id(camera_id) is None:
            raise NotFound("thumbnail.unknown_camera", "There is no such camera.")
        return self.by_camera.get(camera_id)


class ShareHub:
    """Asked as the fast lane asks; `values` is what the operator says."""

    def __init__(self, *, public_url: str = HUB) -> None:
        self.clock = HandWoundClock()
        self.catalogue = Catalogue(cameras(), clock=self.clock)
        self.values = SiteValues()
        now = self.clock.now()
        live = Observation(LiveState.LIVE, now - timedelta(hours=1), now, "h264")
        self.catalogue.observe({each.id: live for each in self.catalogue.all()})
        self.stills = Stills(self.catalogue)
        for number in (PUBLIC, PRIVATE, CUT):
            self.take(number)
        self.pages, assets = _pages()
        clients = ClientAddresses()
        self.portal = Portal(
            catalogue=self.catalogue,
            pages=self.pages,
            assets=assets,
            public_url=public_url,
            told=Told(sharing=lambda: self.values.sharing),
        )
        self.sharing = SharePages(
            self.catalogue,
            self.pages,
            self.portal.kept,
            rules=lambda: self.values,
            stills=self.stills,
            clock=self.clock,
            clients=clients,
            public_url=public_url,
        )
        scripts = (assets.import_map_source,)
        self.headers = SecurityHeaders(clients, PageSources(scripts=scripts))

    def allow(self, embed: str, origins: str = "") -> None:
        sharing = Sharing.model_validate({"embed": embed, "embed_origins": origins})
        self.values = self.values.model_copy(update={"sharing": sharing})

    def paint(self, colour: str) -> None:
        branding = Branding(primary_color=colour)
        self.values = self.values.model_copy(update={"branding": branding})

    def rename(self, number: int, name: str) -> None:
        changed = [
            replace(each, name=name) if each.id == number else each for each in self.catalogue.all()
        ]
        self.catalogue.replace(changed)

    def take(self, number: int, data: bytes | None = None) -> datetime:
        """Let the camera have a still of this moment."""
        at = self.clock.now()
        self.stills.by_camera[number] = Taken(jpeg() if data is None else data, at)
        self.catalogue.still_taken(CameraId(number), at)
        return at

    def route(self, path: str) -> tuple[Route, str]:
        exact = {**self.portal.exact(), **self.sharing.exact()}
        if path in exact:
            return exact[path], ""
        prefixes = {**self.portal.prefixes(), **self.sharing.prefixes()}
        prefix = next(each for each in prefixes if path.startswith(each))
        return prefixes[prefix], path.removeprefix(prefix)

    def asked(self, address: str, **headers: str) -> tuple[HotRequest, Reply]:
        path, _, query = address.partition("?")
        route, rest = self.route(path)
        request = hot(path, rest=rest, query=query, **headers)
        reply = route.handler(request)
        assert isinstance(reply, Reply)
        return request, reply

    def ask(self, address: str, **headers: str) -> Reply:
        return self.asked(address, **headers)[1]

    def read(self, address: str, **headers: str) -> str:
        return self.ask(address, **headers).body.decode()

    async def card(self, number: int | str, **headers: str) -> Reply:
        route, rest = self.route(f"/kartu/{number}.jpg")
        answer = route.handler(hot(f"/kartu/{number}.jpg", rest=rest, **headers))
        assert not isinstance(answer, Reply)
        reply = await asyncio.ensure_future(answer)
        assert isinstance(reply, Reply)
        return reply

    def sent(self, address: str, **headers: str) -> dict[str, str]:
        """Return all headers as a browser gets them."""
        request, reply = self.asked(address, **headers)
        block = reply.wire_head + self.headers.wire_block(request.scope, reply, cross_origin=False)
        lines = block.decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@cache
def _pages() -> tuple[Pages, Assets]:
    """Return them once for all tests: files and templates never change, and take long to read."""
    assets = read_assets()
    return Pages(assets=assets, site=lambda: SITE, now=HandWoundClock().now), assets


def jpeg(colour: str = "white") -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(into, "JPEG")
    return into.getvalue()
