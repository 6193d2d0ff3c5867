"""`/rekaman`: which cameras somebody may choose, and what is said of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.cameras.decisions import PublicDecision, Visibility
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.errors import Unavailable
from pantau.core.ids import AreaId
from pantau.portal.playback.recordings_list import RecordingsList
from pantau.recordings.models import FOREVER, Reach, Span
from pantau.recordings.rights.service import Replayer
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.exchange import HotRequest, Reply
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.requests import hot

pytestmark = pytest.mark.anyio

NOW_MS = int(START.timestamp() * 1000)
HOUR = 3_600_000
ZONE = ZoneInfo("Asia/Jakarta")
LAST_HOUR = Reach((Span(NOW_MS - HOUR, NOW_MS),))
PRIVATE = PublicDecision(visibility=Visibility.PRIVATE)


@cache
def pages() -> Pages:
    """Compressing files and compiling templates takes its time, for every test the same."""
    return Pages(assets=read_assets(), site=lambda: Site(zone=ZONE), now=HandWoundClock().now)


@dataclass
class Rights:
    reaches: dict[int, Reach]
    minutes: int | None = 60

    async def who(self, request: HotRequest) -> Replayer:
        return Replayer()

    def reaches_of(self, replayer: Replayer) -> Mapping[int, Reach]:
        return self.reaches

    def window_minutes_for(self, replayer: Replayer, camera: Camera) -> int | None:
        return self.minutes


@dataclass
class House:
    """Camera 1 and 2 stand in an area and may be looked at, 3 is private, 4 is not for all."""

    rights: Rights = field(default_factory=lambda: Rights({1: LAST_HOUR, 2: LAST_HOUR}))
    footage: dict[int, Span] = field(default_factory=dict)
    is_away: bool = False

    def __post_init__(self) -> None:
        clock = HandWoundClock()
        wanasari: dict[str, Any] = {"area_id": AreaId(5), "area_name": "Wanasari"}
        cameras = [
            camera(1, name="Simpang Lima", recorded=True, **wanasari),
            camera(2, name="Alun-Alun <Barat>", recorded=True, **wanasari),
            camera(3, name="Rahasia", recorded=True, decision=PRIVATE),
            camera(4, name="Terminal", recorded=True),
        ]
        self.footage = {n: Span(NOW_MS - 9 * HOUR, NOW_MS - HOUR // 2) for n in (1, 2, 3, 4)}
        self.page = RecordingsList(
            catalogue=Catalogue(cameras, clock=clock, zone=always(ZONE)),
            pages=pages(),
            rights=self.rights,
            ends=self.ends,
        )

    async def ends(self) -> Mapping[int, Span]:
        if self.is_away:
            raise Unavailable("db.away", "The database does not answer.")
        return self.footage

    async def ask(self, query: str = "", cookie: str = "") -> Reply:
        return await self.page.show(hot("/rekaman", query=query, cookie=cookie))

    async def html(self, query: str = "") -> str:
        reply = await self.ask(query)
        assert reply.status == 200
        return reply.body.decode()


def chosen(html: str) -> list[str]:
    return re.findall(r'class="mini" href="(/rekaman/[^"]+)"', html)


async def test_cameras_are_named_with_their_newest_moment_and_how_far_back_one_may_look() -> None:
    html = await House().html()
    assert chosen(html) == ["/rekaman/2-camera-2", "/rekaman/1-camera-1"]
    assert "Alun-Alun &lt;Barat&gt;" in html
    assert "1 jam terakhir" in html
    assert 'datetime="' in html
    assert "Rahasia" not in html
    assert "Terminal" not in html
    assert "1 kamera lain juga merekam" in html


async def test_nothing_is_told_of_footage_that_lies_outside_of_the_reach() -> None:
    house = House()
    early = Span(NOW_MS - 9 * HOUR, NOW_MS - 2 * HOUR)
    house.footage |= {1: early}
    assert chosen(await house.html()) == ["/rekaman/2-camera-2"]
    house.rights.reaches[1] = Reach((Span(NOW_MS - 3 * HOUR, NOW_MS - HOUR),))
    house.footage |= {1: Span(NOW_MS - 9 * HOUR, NOW_MS)}
    html = await house.html()
    # Delayed by an hour: what was recorded since is not even hinted at.
    moments = re.findall(r'datetime="([^"]+)"', html)
    assert len(moments) == 2
    assert max(moments) < START.isoformat()


async def test_a_token_opens_what_the_public_does_not_find() -> None:
    house = House()
    house.rights.reaches[3] = Reach((FOREVER,))
    house.rights.minutes = None
    html = await house.html()
    assert "/rekaman/3-camera-3" in chosen(html)
    assert "jam terakhir" not in html


async def test_what_is_looked_for_is_found_however_it_is_typed() -> None:
    house = House()
    assert chosen(await house.html("q=alun2+barat")) == ["/rekaman/2-camera-2"]
    assert chosen(await house.html("q=simpng+lima")) == ["/rekaman/1-camera-1"]
    assert chosen(await house.html("area=5")) == ["/rekaman/2-camera-2", "/rekaman/1-camera-1"]
    nothing = await house.html("q=zzz&area=5")
    assert chosen(nothing) == []
    assert "Tidak ada kamera berekaman" in nothing


@pytest.mark.parametrize(
    "query",
    [
        "area=%00",
        "area=" + "9" * 40,
        "area=-1",
        "area=NaN",
        "page=0",
        "page=999999999",
        "page=1e9",
        "q=%00%ff%ed%a0%80",
        "q=" + "x" * 5000,
        "&".join("q=a" for _ in range(50)),
        "%",
    ],
)
async def test_nonsense_in_the_address_harms_nothing(query: str) -> None:
    assert (await House().ask(query)).status == 200


async def test_the_page_says_honestly_that_there_is_nothing() -> None:
    house = House()
    house.rights.reaches.clear()
    html = await house.html()
    assert "Tidak untuk semua orang" in html or "Tidak untuk umum" in html
    assert 'href="/putar"' in html
    house.rights.reaches |= {1: LAST_HOUR, 2: LAST_HOUR, 3: LAST_HOUR, 4: LAST_HOUR}
    house.footage = {}
    html = await house.html()
    assert chosen(html) == []
    assert "Tidak ada rekaman" in html


async def test_without_a_database_the_cameras_stay_and_no_moment_is_made_up() -> None:
    house = House()
    house.is_away = True
    html = await house.html()
    assert len(chosen(html)) == 2
    assert "Terekam sampai" not in html
    assert "belum dapat diketahui" in html


async def test_many_cameras_come_in_pages() -> None:
    house = House()
    cameras = [camera(n, name=f"Kamera {n}") for n in range(1, 131)]
    house.page._catalogue.replace(cameras)
    house.rights.reaches |= dict.fromkeys(range(1, 131), LAST_HOUR)
    house.footage = dict.fromkeys(range(1, 131), Span(NOW_MS - HOUR, NOW_MS))
    first, third = await house.html(), await house.html("page=3")
    assert (len(chosen(first)), len(chosen(third))) == (60, 10)
    assert 'href="/rekaman?page=2" rel="next"' in first
    assert 'rel="next"' not in third
    assert chosen(first)[:2] == ["/rekaman/1-camera-1", "/rekaman/2-camera-2"]


async def test_nobody_between_keeps_the_page() -> None:
    reply = await House().ask("lang=en")
    headers = dict(reply.headers)
    assert headers[b"cache-control"] == b"private, no-store"
    assert b"pantau_language=en" in headers[b"set-cookie"]
    assert b"Recorded until" in reply.body
