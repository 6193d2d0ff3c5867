"""All of the web process on a real port, before a media server whose streams a test makes up.

Everything is wired as it is at home: what is replaced is the media server, which answers the same
control API and serves the same playlists, and the worker, whose tables and stills are written here.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from pantau.cameras.models import CameraStatus, VideoCodec
from pantau.core.ids import CameraId
from pantau.db import place as places
from pantau.health.rows import CameraHealthRow, CameraHealthSpanRow
from pantau.notices import repository
from pantau.notices.values import Draft
from pantau.site.repository import StoredValue, put_values
from pantau.thumbnails.addresses import FORMS, WIDTHS_PX
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import Still
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.fast_lane import FastLane
from tests.browser.house import LONG_NAME, SOLID_NAME, _nothing_else
from tests.browser.scripted_streams import ScriptedStream, ScriptedStreams
from tests.browser.stills import jpeg
from tests.safety.house import House, open_house
from tests.support.cameras import key_of
from tests.support.database import opened
from tests.support.hub import Hub
from tests.web.http_peer import serving_lane

_PATIENCE_S: Final = 45.0
_T = TypeVar("_T")
_JSON: Final = b"application/json"
AREAS: Final = (
    "Wanasari",
    "KecamatanPangeranKusumadilagaMargaluyuSukadamiPurwamuktiCiwe",
    "Kali Bening",
)
"""The second is as long as a name may sensibly be, and has no place to break."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A camera of the town in few words; `engine` is what the media server says of it."""

    name: str
    area: int | None = 1
    location: str = "Jl. Pahlawan"
    engine: str = "live"
    status: CameraStatus = "active"
    codec: VideoCodec = "h264"
    description: str = ""
    has_place: bool = True


RESIDENTS: Final = (
    Resident("Simpang Lima Tirtasari", description="Persimpangan lima arah."),
    Resident("Alun-Alun Barat", location="Jl. Alun-Alun"),
    Resident(LONG_NAME, location="Jl. Raya Pangeran Kusumadilaga"),
    Resident("Pasar Wetan, pintu utama", location="Jl. Pasar Wetan"),
    Resident("Bendung Margaluyu", 2, "Jl. Irigasi", "parked"),
    Resident(SOLID_NAME[:60], 2, SOLID_NAME[:60]),
    Resident("Puskesmas", 2, "Jl. Sehat", "idle", has_place=False),
    Resident("Pintu Air", 3, "Jl. Tanggul", "parked", "maintenance"),
    Resident("Jembatan Gantung", 3, "Jl. Kali", codec="h265"),
    Resident("Terminal", None, "", "connecting", has_place=False),
    Resident("Simpang Tiga", location="Jl. Merdeka"),
    Resident("Alun-Alun Timur", location="Jl. Alun-Alun"),
)
"""1 to 4, 6, 11 and 12 are fine, 5 is offline, 7 unknown, 8 in maintenance, 9 sends H.265."""


@dataclass(slots=True)
class ScriptedServer:
    """The control API and the playlists of a media server."""

    residents: Sequence[Resident]
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    engines: dict[int, str] = field(default_factory=dict)
    streams: dict[int, ScriptedStream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = range(1, len(self.residents) + 1)
        self.engines = {
            number: each.engine for number, each in zip(numbers, self.residents, strict=True)
        }
        self.streams = {number: ScriptedStream() for number in numbers}

    def lane(self) -> FastLane:
        by_key = {key_of(number): stream for number, stream in self.streams.items()}
        return FastLane(
            _nothing_else,
            exact={"/v3/info": Route(self._info), "/v3/paths/list": Route(self._paths)},
            prefixes={"/hls/": Route(ScriptedStreams(by_key).serve)},
            clients=ClientAddresses(),
        )

    def _info(self, _: HotRequest) -> Reply:
        return _json({"version": "v1.15.2", "started": self.began_at.isoformat()})

    def _paths(self, _: HotRequest) -> Reply:
        items = [self._path(number) for number in self.streams]
        return _json({"itemCount": len(items), "pageCount": 1, "items": items})

    def _path(self, number: int) -> dict[str, Any]:
        state = self.engines[number]
        codec = {"h264": "H264", "h265": "H265"}[self.residents[number - 1].codec]
        own: dict[str, Any] = {"state": state}
        if state == "parked":
            own["cause"] = "unreachable"
        if state == "live":
            own["lastPicture"] = self.began_at.isoformat()
        return {
            "name": key_of(number),
            "ready": state == "live",
            "tracks2": [{"codec": codec, "codecProps": {"width": 1280, "height": 720}}],
            "bytesReceived": 1000,
            "pantau": own,
        }


@dataclass
class Town:
    """A running web process, and what a test may do to it and to its cameras."""

    house: House
    server: ScriptedServer
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.port}"

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Have the server's loop do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE_S)


@contextmanager
def open_town(
    template: Path, folder: Path, residents: Sequence[Resident] = RESIDENTS, **settings: Any
) -> Iterator[Town]:
    """Serve until the block ends; `template` is a migrated SQLite database without any row."""
    ready, held = threading.Event(), list[Town]()
    failures: list[BaseException] = []
    (folder / places.FILE_NAME).write_bytes(template.read_bytes())

    async def live() -> None:
        async with AsyncExitStack() as closing:
            town = await _open(folder, residents, closing, settings)
            held.append(town)
            ready.set()
            await town.stop.wait()

    def in_thread() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=in_thread, daemon=True)
    thread.start()
    ready.wait(_PATIENCE_S)
    if failures:
        raise failures[0]
    assert held, "the town did not open"
    try:
        yield held[0]
    finally:
        held[0].loop.call_soon_threadsafe(held[0].stop.set)
        thread.join(_PATIENCE_S)
        if failures:
            raise failures[0]


async def _open(
    folder: Path,
    residents: Sequence[Resident],
    closing: AsyncExitStack,
    settings: dict[str, Any],
) -> Town:
    place = places.sqlite_place(folder / places.FILE_NAME)
    await _settle(place, folder, residents)
    server = ScriptedServer(residents)
    port = await closing.enter_async_context(serving_lane(server.lane()))
    media = {
        "api_url": f"http://127.0.0.1:{port}",
        "hls_url": f"http://127.0.0.1:{port}/hls",
    }
    house = await closing.enter_async_context(open_house(folder, place, media=media, **settings))
    return Town(house, server, asyncio.get_running_loop(), asyncio.Event())


async def _settle(place: places.Place, folder: Path, residents: Sequence[Resident]) -> None:
    """Write what operators and the worker would have written."""
    now = datetime.now(UTC)
    shelf = Shelf(folder / "thumbnails")
    async with opened(place) as database:
        hub = Hub(database, folder)
        for number, name in enumerate(AREAS, 1):
            await hub.add_area(number, name)
        for number, each in enumerate(residents, 1):
            await hub.add_camera(
                number,
                name=each.name,
                area_id=each.area,
                location=each.location,
                description=each.description,
                status=each.status,
                latitude=-6.9 - number / 700 if each.has_place else None,
                longitude=107.6 + number / 900 if each.has_place else None,
            )
            if each.engine != "idle":
                _put_still(shelf, number, now)
        async with database.write() as writing:
            for number, each in enumerate(residents[:40], 1):
                writing.session.add_all(_past(number, each, now))
            # Frames are for everybody here: what they look like is looked at as well.
            allowed = StoredValue(value="everybody", updated_at=now)
            await put_values(writing, {"sharing.embed": allowed})
            announced = Draft(title_id="Banjir di Kali Bening", text_id="Hindari **Jl. Tanggul**.")
            await repository.add(writing, announced, at=now)


def _put_still(shelf: Shelf, number: int, now: datetime) -> None:
    for form in FORMS:
        for width_px in WIDTHS_PX:
            shelf.put(CameraId(number), width_px, Still(jpeg(number % 16), now), form)


def _past(number: int, resident: Resident, now: datetime) -> list[Any]:
    """Return forty days with one bad night, and what is believed of the camera."""
    state = "offline" if resident.engine == "parked" else "online"
    cause = "unreachable" if state == "offline" else "none"
    night, morning = now - timedelta(days=9, hours=number), now - timedelta(days=9)
    spans = (
        ("online", "none", now - timedelta(days=40), night),
        ("offline", "unreachable", night, morning),
        ("online", "none", morning, now - timedelta(hours=3)),
        (state, cause, now - timedelta(hours=3), None),
    )
    return [
        CameraHealthRow(
            camera_id=number,
            state=state,
            cause=cause,
            since_at=now - timedelta(hours=3),
            checked_at=now,
            alive_at=now,
        ),
        *(
            CameraHealthSpanRow(
                camera_id=number, state=how, cause=why, began_at=began_at, ended_at=ended_at
            )
            for how, why, began_at, ended_at in spans
        ),
    ]


def _json(value: object) -> Reply:
    return Reply(200, json.dumps(value).encode(), content_type=_JSON)
