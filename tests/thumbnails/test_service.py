"""Stills are served from memory, renewed when somebody asks, and kept when a camera goes away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from pantau.cameras.service import Catalogue
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.core.ids import CameraId
from pantau.core.supervisor import Supervisor
from pantau.thumbnails.service import Thumbnails
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import Still
from pantau.web.exchange import HotRequest, Reply
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio


@dataclass
class Engine:
    """Gives one still per camera, and counts how often it was asked."""

    pictures: dict[str, Still] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    lost: bool = False

    async def still(self, stream_key: str, *, width_px: int) -> Still | None:
        self.asked.append((stream_key, width_px))
        if self.gate is not None:
            await self.gate.wait()
        if self.lost:
            raise Unavailable("thumbnail.origin_unreachable", "away")
        return self.pictures.get(stream_key)


class Wall:
    def __init__(self) -> None:
        self.clock = HandWoundClock()
        self.catalogue = Catalogue([camera(1), camera(2, enabled=False)], clock=self.clock)
        self.engine = Engine()
        self.supervisor = Supervisor(self.clock)
        self.thumbnails = Thumbnails(
            self.catalogue,
            self.engine,
            clock=self.clock,
            spawn=self.supervisor.spawn,
            fresh_s=5.0,
        )

    def picture(self, jpeg: bytes, *, after_s: float = 0.0) -> None:
        self.engine.pictures[key_of(1)] = Still(jpeg, START + timedelta(seconds=after_s))

    async def ask(self, name: str = "1.jpg", query: str = "", etag: str = "") -> Reply:
        request = HotRequest(
            {
                "method": "GET",
                "path": f"/api/thumbnails/{name}",
                "query_string": query.encode(),
                "headers": [(b"if-none-match", etag.encode())] if etag else [],
            },
            request_id=b"test",
            look_up_client=lambda _: "127.0.0.1",
        )
        request.rest = name
        answer = self.thumbnails.handle(request)
        return await answer if isinstance(answer, Awaitable) else answer


@pytest.fixture
async def wall() -> AsyncIterator[Wall]:
    wall = Wall()
    yield wall
    await wall.supervisor.stop(deadline_s=1)


async def test_still_is_fetched_once_and_then_served_from_memory(wall: Wall) -> None:
    wall.picture(b"one")
    replies = [await wall.ask() for _ in range(5)]
    assert {reply.body for reply in replies} == {b"one"}
    assert len(wall.engine.asked) == 1
    headers = dict(replies[0].headers)
    assert headers[b"content-type"] == b"image/jpeg"
    assert headers[b"last-modified"] == b"Sun, 01 Mar 2026 08:00:00 GMT"
    assert b"max-age=5" in headers[b"cache-control"]


async def test_many_who_ask_together_cause_one_fetch(wall: Wall) -> None:
    wall.picture(b"one")
    replies = await asyncio.gather(*(wall.ask() for _ in range(20)))
    assert {reply.body for reply in replies} == {b"one"}
    assert len(wall.engine.asked) == 1


async def test_old_still_is_renewed_for_who_asks(wall: Wall) -> None:
    wall.picture(b"one")
    await wall.ask()
    wall.picture(b"two", after_s=6)
    assert (await wall.ask()).body == b"one"
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"two"


async def test_last_good_still_stays_when_the_engine_is_away_or_has_none(wall: Wall) -> None:
    wall.picture(b"one")
    await wall.ask()
    wall.engine.lost = True
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"one"
    wall.engine.lost = False
    wall.engine.pictures.clear()
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"one"


async def test_slow_engine_holds_nobody_up_who_can_have_the_last_one(wall: Wall) -> None:
    wall.picture(b"one")
    await wall.ask()
    wall.engine.gate = asyncio.Event()
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"one"
    wall.engine.gate.set()


async def test_older_picture_never_replaces_a_newer_one(wall: Wall) -> None:
    wall.picture(b"new", after_s=10)
    await wall.ask()
    wall.picture(b"old", after_s=1)
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"new"


async def test_known_still_is_answered_with_304(wall: Wall) -> None:
    wall.picture(b"one")
    etag = dict((await wall.ask()).headers)[b"etag"].decode()
    again = await wall.ask(etag=etag)
    assert (again.status, again.body) == (304, b"")


async def test_widths_are_a_closed_set(wall: Wall) -> None:
    wall.picture(b"one")
    await wall.ask(query="w=640")
    assert wall.engine.asked == [(key_of(1), 640)]
    with pytest.raises(Invalid, match="320 or 640"):
        await wall.ask(query="w=641")


@pytest.mark.parametrize("name", ["9.jpg", "2.jpg", "x.jpg", "1.png", "1.jpg/..", "", "-1.jpg"])
async def test_unknown_or_disabled_camera_is_not_found(wall: Wall, name: str) -> None:
    wall.picture(b"one")
    with pytest.raises(NotFound) as refused:
        await wall.ask(name)
    assert refused.value.code == "thumbnail.unknown_camera"
    assert wall.engine.asked == []


async def test_camera_without_a_picture_says_so(wall: Wall) -> None:
    with pytest.raises(NotFound) as refused:
        await wall.ask()
    assert refused.value.code == "thumbnail.none"


async def test_stills_on_disk_are_there_before_the_engine_is(wall: Wall, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "thumbnails")
    shelf.put(CameraId(1), 320, Still(b"kept", START))
    wall.engine.lost = True
    wall.thumbnails.load(shelf)
    assert (await wall.ask()).body == b"kept"
    assert wall.catalogue.public()[0].thumbnail_at == START


async def test_still_of_a_camera_that_is_gone_is_forgotten(wall: Wall) -> None:
    wall.picture(b"one")
    await wall.ask()
    wall.catalogue.replace([camera(3)])
    wall.catalogue.replace([camera(1)])
    wall.engine.lost = True
    with pytest.raises(NotFound):
        await wall.ask()
