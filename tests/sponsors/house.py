"""Sponsors with their API on a database of the test."""

import json
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image

from pantau.audit.actors import CONSOLE
from pantau.cameras.service import Catalogue
from pantau.core.pictures import Picture, reencoded
from pantau.db.database import Database
from pantau.sponsors.api import SponsorApi
from pantau.sponsors.board import SponsorBoard
from pantau.sponsors.public import PublicSponsors
from pantau.sponsors.service import Sponsors
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest
from tests.accounts.asking import Asking
from tests.audit.trails import rows, trail_on
from tests.support.cameras import camera
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub

SPONSORS = "/api/sponsors"
HIDDEN_CAMERA = 4


@dataclass
class Zone:
    """Where the hub is; a test may move it."""

    name: str = "Asia/Jakarta"

    def __call__(self) -> ZoneInfo:
        return ZoneInfo(self.name)


@dataclass
class Office:
    database: Database
    clock: HandWoundClock
    hub: Hub
    sponsors: Sponsors
    board: SponsorBoard
    public: PublicSponsors
    asking: Asking
    zone: Zone = field(default_factory=Zone)

    async def add(self, name: str, **values: Any) -> int:
        """Add a sponsor as an admin does; return its number."""
        answer = await self.asking.post(SPONSORS, {"name": name, **values})
        assert answer.status == 201, answer.body
        number: int = answer.data["id"]
        return number

    async def assign(self, camera_id: int, sponsor_id: int) -> int:
        """Return the status."""
        path = f"{SPONSORS}/camera/{camera_id}/assign"
        return (await self.asking.post(path, {"sponsor_id": sponsor_id})).status

    async def seen(self, path: str) -> list[dict[str, Any]]:
        """Return what the public is told."""
        await self.board.refresh()
        route = self.public.routes()[path]
        scope = {"method": "GET", "path": path, "query_string": b"", "headers": []}
        request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
        told: list[dict[str, Any]] = json.loads(route.handler(request).body)["data"]  # type: ignore[union-attr]  # from memory: no coroutine
        return told

    async def show_logo(self, number: int) -> str:
        """Upload a logo; return its address."""
        return (await self.sponsors.show_logo(number, logo(), by=CONSOLE)).logo

    async def carried(self, camera_id: int) -> tuple[str | None, str | None, str | None]:
        """Return name, link and package that a camera carries."""
        cameras = {each.camera.id: each for each in (await self.hub.cameras()).values()}
        sponsor = next(each.sponsor for number, each in cameras.items() if number == camera_id)
        return sponsor.name, sponsor.url, sponsor.package

    async def trail(self) -> list[dict[str, Any]]:
        """Return what the audit trail tells."""
        return [dict(each) for each in await rows(self.database)]


def logo() -> Picture:
    """Return an upload made anew: 40 × 20 px."""
    into = BytesIO()
    Image.new("RGB", (40, 20), "red").save(into, "PNG")
    return reencoded(into.getvalue(), field="logo", most_px=400)


async def office_on(database: Database, folder: Path) -> Office:
    """Return it with four cameras, the last one hidden from the public."""
    hub, clock, zone = Hub(database, folder), HandWoundClock(), Zone()
    cameras = [camera(number, enabled=number != HIDDEN_CAMERA) for number in range(1, 5)]
    for each in cameras:
        await hub.add_camera(each.id, enabled=each.enabled)
    sponsors = Sponsors(database, trail=trail_on(database, clock), clock=clock, zone=zone)
    board = SponsorBoard(database, clock=clock, zone=zone)
    return Office(
        database=database,
        clock=clock,
        hub=hub,
        sponsors=sponsors,
        board=board,
        public=PublicSponsors(board, Catalogue(cameras, clock=clock)),
        asking=Asking([SponsorApi(sponsors, ClientAddresses()).endpoints]),
        zone=zone,
    )
