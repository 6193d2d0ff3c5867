"""A hub that makes exports: real files, a real database, the endpoints, and the worker's job."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pantau.accounts.client import Client
from pantau.accounts.users.asker import Asker, asker
from pantau.cameras.service import Catalogue
from pantau.core.ids import AreaId
from pantau.db.database import Database
from pantau.recordings.exports.api import ExportApi
from pantau.recordings.exports.folders import ExportFolders
from pantau.recordings.exports.footage import FootageFinder
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.making import ExportMaker
from pantau.recordings.exports.models import Export, ExportKind, ExportState, ExportWish
from pantau.recordings.exports.sending import ExportSender
from pantau.recordings.exports.service import Exports
from pantau.recordings.models import Span
from pantau.recordings.playback.files import Files
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints
from pantau.web.exchange import Message
from pantau.web.principal import ANONYMOUS, Principal, put_principal
from tests.accounts.asking import Answer, Asking, _scope
from tests.audit.trails import trail_on
from tests.media.archive.tapes import Tape, closed_tape, open_tape
from tests.media.live.coded import Coded, coded
from tests.recordings.footage import Footage, footage
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock

NOW_MS = int(START.timestamp() * 1000)
SOUND = coded(seconds=6.0, audio=True)
ADMIN = Principal(kind="session", user_id=1, username="admin", role="admin", session_id=1)
READER = Principal(kind="api_key", key_id=3, scopes=frozenset({"recordings:read"}))
AREA = AreaId(5)


def operator(*area_ids: int) -> Principal:
    """Somebody who may change these areas only."""
    return Principal(
        kind="session",
        user_id=2,
        username="siti",
        role="operator",
        session_id=2,
        area_ids=frozenset(area_ids),
    )


def by(who: Principal = ADMIN) -> Asker:
    return asker(who, Client(address="192.0.2.7"))


@dataclass
class House:
    """The parts; nothing runs by itself."""

    database: Database
    clock: HandWoundClock
    footage: Footage
    folders: ExportFolders
    exports: Exports
    links: ClipLinks
    asking: Asking
    maker: ExportMaker

    async def tape(
        self,
        start_ms: int,
        *,
        camera_id: int = 1,
        source: Coded = SOUND,
        is_open: bool = False,
    ) -> Tape:
        """Put a recording of six seconds on the disk and into the catalogue."""
        write = open_tape if is_open else closed_tape
        tape = write(self.footage.root, source, camera_id=camera_id, start_ms=start_ms)
        await self.footage.indexer.thorough()
        return tape

    async def tapes(self, count: int = 3) -> list[Tape]:
        """Put recordings that follow one another there, the last of them up to now."""
        begin = NOW_MS - count * 6_000
        return [await self.tape(begin + number * 6_000) for number in range(count)]

    async def ask(
        self,
        from_ms: int = NOW_MS - 60_000,
        to_ms: int = NOW_MS,
        *,
        kind: ExportKind = ExportKind.CLIP,
        speed: int = 1,
    ) -> Export:
        return await self.exports.ask(1, ExportWish(Span(from_ms, to_ms), kind, speed), by=by())

    async def again(self, export: Export) -> Export:
        return await self.exports.one(export.id, by=ADMIN)

    async def made(self, **wish: Any) -> Export:
        """Ask for an export and have it made."""
        export = await self.ask(**wish)
        assert await self.maker.make_next()
        return await self.again(export)

    def folder(self, export: Export) -> Path:
        return self.folders.of(export.id)

    async def fetch(
        self, path: str, *, who: Principal = ADMIN, method: str = "GET", **headers: str
    ) -> Answer:
        """Send a request as the fast lane hands it on."""
        scope = _scope("GET", path, "")
        scope["state"] = {"request_id": "test-1", "method": method}
        scope["headers"] = [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ]
        put_principal(scope, who)
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.asking.app(scope, receive, send)
        told = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        body = b"".join(message.get("body", b"") for message in messages)
        return Answer(messages[0]["status"], told, body)


@asynccontextmanager
async def open_house(
    database: Database,
    folder: Path,
    *,
    most_bytes: int = 2**30,
    reserve_bytes: int = 0,
    most_hours: int = 24,
    keep_hours: int = 48,
) -> AsyncIterator[House]:
    """Two cameras: the first in an area, the second in none."""
    clock = HandWoundClock()
    clients, files = ClientAddresses(()), Files()
    cameras = Catalogue([camera(1, name="Gerbang Utara / 1", area_id=AREA), camera(2)], clock=clock)
    folders = ExportFolders(folder / "exports", most_bytes=most_bytes, reserve_bytes=reserve_bytes)
    async with footage(database, [folder / "recordings"], clock) as found:
        trail = trail_on(database, clock)
        exports = Exports(
            database,
            cameras=cameras,
            recordings=found.catalogue,
            folders=folders,
            most_hours=most_hours,
            trail=trail,
            clock=clock,
        )
        links = ClipLinks(database, exports=exports, trail=trail, clock=clock)
        api = ExportApi(exports, links, ExportSender(files, clients), clients)
        groups: list[Endpoints] = [api.endpoints, api.making, api.clips]
        maker = maker_of(database, found, folders, clock, keep_hours=keep_hours)
        try:
            yield House(database, clock, found, folders, exports, links, Asking(groups), maker)
        finally:
            maker.close()
            files.close()


def maker_of(
    database: Database,
    found: Footage,
    folders: ExportFolders,
    clock: HandWoundClock,
    *,
    keep_hours: int = 48,
    finder: FootageFinder | None = None,
) -> ExportMaker:
    return ExportMaker(
        database,
        recordings=found.catalogue,
        footage=finder or FootageFinder(found.places),
        folders=folders,
        keep_hours=keep_hours,
        hub="Kelurahan",
        clock=clock,
    )


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def manifest_in(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


STRANGER = ANONYMOUS
OVER = {ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED}
