"""Stills are served from memory, renewed when somebody asks, and kept when a camera goes away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.cameras.models import CameraSource
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.core.ids import CameraId
from pantau.core.supervisor import Supervisor
from pantau.thumbnails.addresses import StillForm, still_url, version_of
from pantau.thumbnails.service import Thumbnails
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import Still
from pantau.web.exchange import HotRequest, Reply, Scope
from pantau.web.principal import ANONYMOUS, Principal
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@dataclass
class Engine:
    """Gives one still per camera, and counts how often it was asked."""

    pictures: dict[str, Still] = field(default_factory=dict)
    late: dict[str, Still] = field(default_factory=dict)
    asked: list[tuple[str, int, str, bool]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    lost: bool = False

    async def still(
        self, stream_key: str, *, width_px: int, form: StillForm = "jpg", late: bool = False
    ) -> Still | None:
        self.asked.append((stream_key, width_px, form, late))
        if self.gate is not None:
            await self.gate.wait()
        if self.lost:
            raise Unavailable("thumbnail.origin_unreachable", "away")
        return (self.late if late else self.pictures).get(stream_key)


@dataclass(frozen=True)
class Somebody:
    """Knows everybody who shows a key by the role that is written on it."""

    async def resolve(self, scope: Scope) -> Principal:
        role = dict(scope["headers"]).get(b"x-api-key", b"").decode()
        if role not in {"admin", "viewer"}:
            return ANONYMOUS
        return Principal(kind="session", role=role)


class Wall:
    def __init__(self) -> None:
        self.clock = HandWoundClock()
        self.catalogue = Catalogue([camera(1), camera(2, enabled=False)], clock=self.clock)
        self.engine = Engine()
        self.supervisor = Supervisor(self.clock)
        self.thumbnails = Thumbnails(
            self.catalogue,
            self.engine,
            visitors=Visitors(Somebody()),
            clock=self.clock,
            spawn=self.supervisor.spawn,
            fresh_s=5.0,
        )

    def picture(self, jpeg: bytes, *, after_s: float = 0.0) -> None:
        self.engine.pictures[key_of(1)] = Still(jpeg, START + timedelta(seconds=after_s))

    def be(self, **changes: Any) -> None:
        """Have the first camera be like this."""
        self.catalogue.replace([camera(1, **changes), camera(2, enabled=False)])

    async def ask(
        self, name: str = "1.jpg", query: str = "", etag: str = "", role: str = ""
    ) -> Reply:
        request = HotRequest(
            {
                "method": "GET",
                "path": f"/api/thumbnails/{name}",
                "query_string": query.encode(),
                "headers": [
                    *([(b"if-none-match", etag.encode())] if etag else []),
                    *([(b"x-api-key", role.encode())] if role else []),
                ],
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
    assert wall.engine.asked == [(key_of(1), 640, "jpg", False)]
    with pytest.raises(Invalid, match="160, 320 or 640"):
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


# Which picture is meant, and for how long it may be kept


def headers_of(reply: Reply) -> dict[bytes, bytes]:
    return dict(reply.headers)


async def test_the_picture_that_is_meant_may_be_kept_for_ever_and_no_other(wall: Wall) -> None:
    wall.picture(b"one")
    version = version_of(START)
    meant = await wall.ask(query=f"v={version}")
    assert headers_of(meant)[b"cache-control"] == b"public, max-age=300, s-maxage=1, immutable"
    for query in ("", "v=1", f"v={version}0", f"vv={version}", "v=", f"v={version}%20"):
        assert b"max-age=5" in headers_of(await wall.ask(query=query))[b"cache-control"]
    wall.picture(b"two", after_s=6)
    wall.clock.wind(6)
    outdated = await wall.ask(query=f"v={version}")
    assert outdated.body == b"two"
    assert b"immutable" not in headers_of(outdated)[b"cache-control"]


async def test_another_size_stands_in_for_a_moment_only(wall: Wall) -> None:
    wall.picture(b"tile")
    await wall.ask()
    wall.engine.lost = True
    for name, query in (("1.jpg", "w=640"), ("1.webp", "")):
        reply = await wall.ask(name, query=f"{query}&v={version_of(START)}")
        assert reply.body == b"tile"
        assert b"immutable" not in headers_of(reply)[b"cache-control"]
        # What it is, not what was asked for.
        assert headers_of(reply)[b"content-type"] == b"image/jpeg"


async def test_each_form_has_its_type(wall: Wall) -> None:
    wall.picture(b"small")
    reply = await wall.ask("1.webp", query="w=160")
    assert headers_of(reply)[b"content-type"] == b"image/webp"
    assert wall.engine.asked == [(key_of(1), 160, "webp", False)]


def test_addresses_name_width_form_and_version() -> None:
    assert still_url(7) == "/api/thumbnails/7.jpg"
    assert still_url(7, START, form="webp") == f"/api/thumbnails/7.webp?v={version_of(START)}"
    assert still_url(7, width_px=640) == "/api/thumbnails/7.jpg?w=640"
    assert still_url(7, START, width_px=160).endswith(f"?w=160&v={version_of(START)}")


# Who may have it, and how late


@pytest.mark.parametrize(
    ("decision", "viewer"),
    [
        (PublicDecision(cut_off=CutOff(at=START)), 404),
        (PublicDecision(visibility=Visibility.PARTNER), 200),
        (PublicDecision(visibility=Visibility.PRIVATE), 404),
    ],
)
async def test_a_gated_picture_is_for_whom_it_is_for_and_nobody_keeps_it(
    wall: Wall, decision: PublicDecision, viewer: int
) -> None:
    wall.picture(b"one")
    await wall.ask()
    wall.be(decision=decision)
    with pytest.raises(NotFound) as hidden:
        await wall.ask()
    with pytest.raises(NotFound) as unknown:
        await wall.ask("9.jpg")
    assert (hidden.value.code, hidden.value.sentence) == (
        unknown.value.code,
        unknown.value.sentence,
    )
    with pytest.raises(NotFound):
        await wall.ask(role="nobody")
    for role in ("admin", "viewer") if viewer == 200 else ("admin",):
        reply = await wall.ask(role=role, query=f"v={version_of(START)}", etag="x")
        assert (reply.status, reply.body) == (200, b"one")
        assert headers_of(reply)[b"cache-control"] == b"private, no-store"
    if viewer == 404:
        with pytest.raises(NotFound):
            await wall.ask(role="viewer")


async def test_the_public_sees_a_delayed_camera_late_and_operators_do_not(wall: Wall) -> None:
    wall.be(decision=PublicDecision(delay_s=300))
    wall.clock.wind(600)
    wall.picture(b"fresh", after_s=600)
    assert (await wall.ask(role="admin")).body == b"fresh"
    with pytest.raises(NotFound) as none_yet:
        await wall.ask()
    assert none_yet.value.code == "thumbnail.none"
    assert wall.catalogue.public()[0].thumbnail_at is None
    wall.engine.late[key_of(1)] = Still(b"late", START + timedelta(seconds=290))
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"late"
    assert wall.catalogue.public()[0].thumbnail_at == START + timedelta(seconds=290)
    # A still that is not old enough is none, wherever it comes from.
    wall.engine.late[key_of(1)] = Still(b"too early", START + timedelta(seconds=500))
    wall.clock.wind(6)
    assert (await wall.ask()).body == b"late"


async def test_a_camera_that_becomes_delayed_shows_no_fresh_still_any_more(wall: Wall) -> None:
    wall.picture(b"one")
    assert (await wall.ask()).body == b"one"
    wall.be(decision=PublicDecision(delay_s=60))
    with pytest.raises(NotFound):
        await wall.ask()
    wall.clock.wind(61)
    assert (await wall.ask()).body == b"one"


async def test_a_camera_that_is_cut_off_while_somebody_waits_is_gone_for_them(wall: Wall) -> None:
    wall.picture(b"one")
    wall.engine.gate = asyncio.Event()
    waiting = asyncio.create_task(wall.ask())
    await until(lambda: wall.engine.asked)
    wall.be(decision=PublicDecision(cut_off=CutOff(at=START)))
    wall.engine.gate.set()
    with pytest.raises(NotFound) as gone:
        await waiting
    assert gone.value.code == "thumbnail.unknown_camera"


async def test_a_camera_with_another_source_begins_without_a_picture(wall: Wall) -> None:
    wall.picture(b"of the wrong street")
    await wall.ask()
    wall.be(stream_revision=1)
    wall.engine.pictures.clear()
    with pytest.raises(NotFound):
        await wall.ask()


async def test_what_no_engine_pulls_is_read_from_the_shelf(wall: Wall, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    wall.thumbnails.load(shelf)
    wall.be(source=CameraSource("https://example.org/page", kind="embed"))
    shelf.put(CameraId(1), 320, Still(b"snapshot", START), "webp")
    assert (await wall.ask("1.webp")).body == b"snapshot"
    assert wall.engine.asked == []
