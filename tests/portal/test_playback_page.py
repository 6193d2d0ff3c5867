"""What the playback page answers to whom, with a real catalogue and real files."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.cameras.decisions import PublicDecision, Visibility
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.errors import NotFound
from pantau.db.database import Database
from pantau.portal.playback.footage import VisibleFootage
from pantau.portal.playback.page import PlaybackPages
from pantau.recordings.models import FOREVER, Reach, Span
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.exchange import HotRequest, Reply
from tests.recordings.footage import footage
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.recordings import write_recording
from tests.support.requests import hot

pytestmark = pytest.mark.anyio

NOW_MS = int(START.timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE
EVERYTHING = Reach((FOREVER,), is_operator=True)
PREVIEW = Reach((Span(NOW_MS - HOUR // 2, FOREVER.to_ms),))
ZONE = ZoneInfo("Asia/Jakarta")
RECORDED = (NOW_MS - 26 * HOUR, NOW_MS - HOUR, NOW_MS - 10 * MINUTE)
PAGE = "/rekaman/1-camera-1"


@dataclass
class Recorders:
    known: dict[int, RecorderState] = field(default_factory=dict)


@dataclass
class Rights:
    reach_of: dict[int, Reach]

    async def reach(self, request: HotRequest, camera_id: int) -> Reach:
        return self.reach_of.get(camera_id, Reach(()))


@dataclass
class House:
    """Camera 1 has footage, 2 has none, 3 is private, 77 was removed; nobody knows 5."""

    site: PlaybackPages
    reach: dict[int, Reach]
    recorders: Recorders

    async def get(self, path: str = PAGE, *, query: str = "", cookie: str = "") -> Reply:
        rest = path.removeprefix("/rekaman/")
        return await self.site.show(hot(path, rest=rest, query=query, cookie=cookie))

    async def page(self, path: str = PAGE, *, query: str = "") -> str:
        reply = await self.get(path, query=query)
        assert reply.status == 200
        return reply.body.decode()


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[House]:
    clock, room = HandWoundClock(), tmp_path / "room"
    for at_ms in RECORDED:
        write_recording(room, 1, at_ms, seconds=8)
    write_recording(room, 77, NOW_MS - HOUR, seconds=8)
    private = camera(3, decision=PublicDecision(visibility=Visibility.PRIVATE))
    async with footage(sqlite_database, [room], clock) as found:
        await found.indexer.thorough()
        recorders, reach = Recorders(), {1: EVERYTHING}
        site = PlaybackPages(
            catalogue=Catalogue([camera(1), camera(2), private], clock=clock, zone=always(ZONE)),
            pages=Pages(assets=read_assets(), site=lambda: Site(zone=ZONE), now=clock.now),
            rights=Rights(reach),
            footage=VisibleFootage(
                Timelines(found.catalogue, always(ZONE)), found.catalogue, recorders
            ),
            csrf=CsrfTokens(b"c" * 32, clock),
            clients=ClientAddresses(),
        )
        yield House(site, reach, recorders)


def value(page: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', page.split("<pantau-playback")[1])
    assert found is not None
    return found[1]


def runs(page: str) -> list[int]:
    """Return when the runs of the page begin."""
    day_ms = int(value(page, "from"))
    return [day_ms + from_ms for from_ms, _ in json.loads(value(page, "runs"))]


async def test_the_page_begins_with_the_newest_and_holds_its_day(house: House) -> None:
    page = await house.page()
    assert int(value(page, "at")) == RECORDED[2]
    assert runs(page) == [RECORDED[1], RECORDED[2]]
    assert int(value(page, "first")) == RECORDED[0]
    assert f'src="/api/recordings/1/playback.m3u8?from={RECORDED[2]}&amp;to={NOW_MS}"' in page


async def test_the_calendar_leads_to_the_days_with_footage(house: House) -> None:
    before = await house.page()
    assert re.findall(r'href="\?d=([0-9-]+)" data-day', before) == ["2026-03-01"]
    earlier = re.search(r'href="\?d=([0-9-]+)" aria-label="Lebih awal"', before)
    assert earlier is not None
    page = await house.page(query=f"d={earlier[1]}")
    assert runs(page) == [RECORDED[0]]
    assert int(value(page, "at")) == RECORDED[0]
    assert re.findall(r'href="\?d=([0-9-]+)" aria-label="Lebih akhir"', page) == ["2026-03-01"]


async def test_only_what_is_within_reach_is_told(house: House) -> None:
    house.reach[1] = PREVIEW
    page = await house.page()
    assert runs(page) == [RECORDED[2]]
    assert int(value(page, "first")) == RECORDED[2]
    assert len(re.findall(r"data-day", page)) == 1
    assert "playback-span" not in page
    assert 'href="/putar"' in page


@pytest.mark.parametrize("hours", [1, 2, 400])
async def test_what_is_out_of_reach_looks_the_same_with_and_without_footage(
    house: House, hours: int
) -> None:
    house.reach[1] = PREVIEW
    page = await house.page(query=f"t={NOW_MS - hours * HOUR}")
    assert "lies outside what you may look at" in page or "di luar yang dapat Anda lihat" in page
    assert int(value(page, "at")) == RECORDED[2]


async def test_a_day_without_footage_shows_the_nearest_and_says_so(house: House) -> None:
    page = await house.page(query="d=2020-01-01")
    assert "tidak terekam" in page
    assert int(value(page, "at")) == RECORDED[0]


async def test_a_public_camera_without_rights_says_how_to_get_them(house: House) -> None:
    del house.reach[1]
    page = await house.page()
    assert "pantau-playback" not in page
    assert 'href="/putar"' in page
    assert 'href="/kamera/1-camera-1"' in page


async def test_a_camera_without_footage_is_an_empty_one(house: House) -> None:
    house.reach[2] = PREVIEW
    page = await house.page("/rekaman/2-camera-2")
    assert "Tidak ada rekaman" in page
    assert "pantau-playback" not in page


async def test_a_full_disk_is_said(house: House) -> None:
    house.recorders.known[1] = RecorderState(
        camera_id=1, status=RecorderStatus.PAUSED, since_at=START, seen_at=START
    )
    assert "diska penuh" in await house.page()


@pytest.mark.parametrize("path", ["3-camera-3", "5-nobody", "77-kamera", "x", "1/2", ""])
async def test_what_is_not_for_somebody_is_not_there(house: House, path: str) -> None:
    with pytest.raises(NotFound) as caught:
        await house.get(f"/rekaman/{path}")
    assert caught.value.code == "camera.unknown"


async def test_whoever_has_a_token_sees_a_private_camera(house: House) -> None:
    house.reach[3] = PREVIEW
    assert "Camera 3" in await house.page("/rekaman/3-camera-3")


async def test_operators_find_footage_of_removed_cameras(house: House) -> None:
    house.reach[77] = EVERYTHING
    page = await house.page("/rekaman/77-kamera")
    assert "Kamera 77" in page
    assert "sudah dihapus" in page
    house.reach[77] = PREVIEW
    with pytest.raises(NotFound):
        await house.get("/rekaman/77-kamera")


async def test_there_is_one_true_address(house: House) -> None:
    reply = await house.get("/rekaman/1-another-name", query="t=1")
    assert reply.status == 308
    assert dict(reply.headers)[b"location"] == b"/rekaman/1-camera-1?t=1"


async def test_nobody_keeps_the_page_and_only_operators_get_a_token(house: House) -> None:
    reply = await house.get()
    assert dict(reply.headers)[b"cache-control"] == b"private, no-store"
    cookies = [text for name, text in reply.headers if name == b"set-cookie"]
    token = re.search(r'name="csrf_token"[^>]* value="([0-9a-f]{64})"', reply.body.decode())
    assert token is not None
    assert [cookie.split(b";")[0] for cookie in cookies] == [f"csrf_token={token[1]}".encode()]
    again = await house.get(cookie=f"csrf_token={token[1]}")
    assert token[1] in again.body.decode()
    house.reach[1] = PREVIEW
    public = await house.get()
    assert b"set-cookie" not in dict(public.headers)
    assert "csrf" not in public.body.decode()


async def test_both_languages_are_complete(house: House) -> None:
    english = await house.get(query="lang=en")
    assert "Share this moment" in english.body.decode()
    assert "Bagikan saat ini" in await house.page(query="lang=id")
