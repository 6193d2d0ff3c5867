"""Who gets the pieces of a stream: decided at every request, whatever the edge holds."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from pantau.cameras.decisions import CutOff, PublicDecision, Showing, Visibility, Window
from pantau.cameras.models import CameraSource
from pantau.core.ids import AreaId
from pantau.web.cookies import cookie_of
from pantau.web.exchange import Scope
from pantau.web.principal import ANONYMOUS, Principal
from tests.streaming.fake_origin import (
    KEY,
    LOW_LATENCY,
    PLAYLIST,
    SEGMENT,
    FakeOrigin,
    Setting,
    edge_before,
)
from tests.streaming.test_edge import code, get
from tests.support.cameras import SECRET_URL
from tests.support.clock import START
from tests.support.waiting import until
from tests.web.http_peer import Answer

pytestmark = pytest.mark.anyio

PRIVATE = PublicDecision(visibility=Visibility.PRIVATE)
PARTNER = PublicDecision(visibility=Visibility.PARTNER)
CUT_OFF = PublicDecision(cut_off=CutOff(at=START))
STILL = PublicDecision(still_only=True)
LATE = PublicDecision(delay_s=300)
PEOPLE = {
    "admin": Principal(kind="session", role="admin"),
    "mine": Principal(kind="session", role="operator", area_ids=frozenset({3})),
    "other": Principal(kind="session", role="operator", area_ids=frozenset({9})),
    "viewer": Principal(kind="session", role="viewer"),
    "expired": Principal(kind="session", role="admin", must_change_password=True),
    "key": Principal(kind="api_key", scopes=frozenset({"cameras:read"})),
    "poor-key": Principal(kind="api_key", scopes=frozenset({"metrics:read"})),
}


@dataclass
class Register:
    """Knows people by the cookie `token`, and who was looked for."""

    asked: list[str] = field(default_factory=list)

    async def resolve(self, scope: Scope) -> Principal:
        name = cookie_of(scope, "token") or ""
        self.asked.append(name)
        return PEOPLE.get(name, ANONYMOUS)


async def statuses(at: Setting, **headers: str) -> tuple[int, int]:
    answers = [
        await get(at.port, at.url(name), **headers) for name in ("index.m3u8", "ab_seg1.mp4")
    ]
    return answers[0].status, answers[1].status


@pytest.mark.parametrize("decision", [PRIVATE, PARTNER, CUT_OFF])
async def test_held_pieces_of_a_camera_that_is_hidden_are_not_served(
    decision: PublicDecision,
) -> None:
    async with edge_before(FakeOrigin()) as at:
        assert await statuses(at) == (200, 200)
        at.change(decision=decision)
        refused = await get(at.port, at.url("ab_seg1.mp4"))
        unknown = await get(at.port, at.url("ab_seg1.mp4", "nobody"))
        assert await statuses(at) == (404, 404)
        assert {
            name: text for name, text in json.loads(refused.body).items() if name != "request_id"
        } == {name: text for name, text in json.loads(unknown.body).items() if name != "request_id"}
        at.change()
        assert await statuses(at) == (200, 200)


@pytest.mark.parametrize(
    ("decision", "who", "expected"),
    [
        (PRIVATE, "admin", 200),
        (PRIVATE, "mine", 200),
        (PRIVATE, "key", 200),
        (PRIVATE, "other", 404),
        (PRIVATE, "viewer", 404),
        (PRIVATE, "expired", 404),
        (PRIVATE, "poor-key", 404),
        (PRIVATE, "stranger", 404),
        (PARTNER, "other", 200),
        (PARTNER, "viewer", 200),
        (PARTNER, "poor-key", 404),
        (PARTNER, "stranger", 404),
        (CUT_OFF, "mine", 200),
        (CUT_OFF, "viewer", 404),
        (STILL, "admin", 200),
        (STILL, "viewer", 403),
    ],
)
async def test_who_runs_a_camera_or_signed_in_sees_what_is_for_them(
    decision: PublicDecision, who: str, expected: int
) -> None:
    async with edge_before(FakeOrigin(), resolver=Register()) as at:
        at.change(decision=decision, area_id=AreaId(3))
        assert await statuses(at, cookie=f"a=b; token={who}") == (expected, expected)
        # Whoever came with it, nobody else has it afterwards.
        assert await statuses(at) == ((403, 403) if decision is STILL else (404, 404))


async def test_gated_answers_are_kept_by_nobody() -> None:
    async with edge_before(FakeOrigin(), resolver=Register()) as at:
        for decision in (PRIVATE, CUT_OFF, STILL, LATE):
            at.change(decision=decision)
            for name in ("index.m3u8", "ab_seg1.mp4"):
                told: list[Answer] = [
                    await get(at.port, at.url(name), cookie="token=admin"),
                    await get(at.port, at.url(name), cookie="token=admin", range="bytes=0-1"),
                ]
                etag = told[0].header("etag")
                held = await get(at.port, at.url(name), cookie="token=admin", if_none_match=etag)
                assert held.status == 304
                for each in (*told, held):
                    assert each.header("cache-control") == "private, no-store"
                    assert each.header("x-accel-expires") == ""
        refused = await get(at.port, at.url("index.m3u8"), cookie="token=stranger")
        assert refused.header("cache-control") == "no-store"


async def test_nobody_is_asked_for_where_the_public_may() -> None:
    register = Register()
    async with edge_before(FakeOrigin(), resolver=register) as at:
        assert await statuses(at, cookie="token=admin") == (200, 200)
        assert (await get(at.port, at.url("index.m3u8") + "?token=nonsense")).status == 200
        at.change(decision=PRIVATE)
        # Cookies that are no credential are none.
        assert await statuses(at, cookie="pantau_language=id") == (404, 404)
        assert register.asked == []


async def test_a_schedule_counts_from_one_request_to_the_next() -> None:
    night = Window(
        days=frozenset(range(1, 8)),
        begins=(START + timedelta(minutes=1)).time(),
        ends=(START + timedelta(minutes=2)).time(),
        showing=Showing.HIDDEN,
    )
    until_at = START + timedelta(minutes=3)
    async with edge_before(FakeOrigin()) as at:
        at.change(decision=PublicDecision(schedule=(night,)))
        said = []
        for _ in range(3):
            said.append((await get(at.port, at.url("ab_seg1.mp4"))).status)
            at.clock.wind(60)
        at.change(decision=PublicDecision(cut_off=CutOff(at=START, until=until_at)))
        said.append((await get(at.port, at.url("ab_seg1.mp4"))).status)
        assert said == [200, 404, 200, 200]


async def test_a_cut_off_ends_at_its_moment() -> None:
    ends_at = START + timedelta(seconds=90)
    async with edge_before(FakeOrigin()) as at:
        at.change(decision=PublicDecision(cut_off=CutOff(at=START, until=ends_at)))
        assert await statuses(at) == (404, 404)
        at.clock.wind(89)
        assert await statuses(at) == (404, 404)
        at.clock.wind(1)
        assert await statuses(at) == (200, 200)


async def test_what_is_held_is_let_go_when_the_camera_shows_something_else() -> None:
    async with edge_before(FakeOrigin()) as at:
        await statuses(at)
        await get(at.port, at.url("ab_seg1.mp4", "second"))
        one_bytes = at.edge.held_bytes
        at.change(name="another name")
        assert at.edge.held_bytes == one_bytes
        for changes in (
            {"stream_revision": 1},
            {"source": CameraSource("rtsp://10.0.0.2/")},
            {"enabled": False},
            {"stream_key": "rotated"},
        ):
            at.change()
            await statuses(at)
            before_bytes = at.edge.held_bytes
            at.change(**changes)
            # What belongs to the other camera stays.
            assert 0 < at.edge.held_bytes < before_bytes - len(SEGMENT)
        assert (await get(at.port, at.url("ab_seg1.mp4"))).status == 404


async def test_what_is_on_its_way_when_the_source_changes_is_not_kept() -> None:
    origin = FakeOrigin()
    gate = origin.hold("ab_seg1.mp4")
    async with edge_before(origin) as at:
        waiting = asyncio.create_task(get(at.port, at.url("ab_seg1.mp4")))
        await until(lambda: origin.asked)
        at.change(stream_revision=1)
        gate.set()
        await waiting
        assert at.edge.held_bytes == 0
        await get(at.port, at.url("ab_seg1.mp4"))
        assert origin.asked.total() == 2


@pytest.mark.parametrize(
    "changes", [{"decision": CUT_OFF}, {"enabled": False}, {"stream_key": "x"}]
)
async def test_whoever_waits_for_the_next_playlist_is_judged_when_it_comes(
    changes: dict[str, Any],
) -> None:
    origin = FakeOrigin()
    origin.files["index.m3u8"] = LOW_LATENCY
    async with edge_before(origin) as at:
        await get(at.port, at.url("index.m3u8"))
        gate = origin.hold("index.m3u8")
        waiting = asyncio.create_task(get(at.port, at.url("index.m3u8") + "?_HLS_msn=7"))
        await until(lambda: at.edge.fetched == 2)
        at.change(**changes)
        gate.set()
        assert (await waiting).status == 404


def late_origin() -> FakeOrigin:
    origin = FakeOrigin()
    origin.files["late-index.m3u8"] = PLAYLIST.replace(b"ab_seg1", b"late-ab1")
    origin.files["late-ab1.mp4"] = b"late" + SEGMENT
    return origin


async def test_a_late_camera_is_late_for_everybody_but_operators() -> None:
    async with edge_before(late_origin(), resolver=Register()) as at:
        assert (await get(at.port, at.url("index.m3u8"))).body == PLAYLIST
        at.change(decision=LATE)
        playlist = await get(at.port, at.url("index.m3u8"))
        assert b"late-ab1.mp4" in playlist.body
        assert playlist.header("cache-control") == "no-cache"
        assert (await get(at.port, at.url("late-ab1.mp4"))).body.startswith(b"late")
        # A piece of the live picture is held, and still nobody has it.
        assert (await get(at.port, at.url("ab_seg1.mp4"))).status == 404
        assert (await get(at.port, at.url("ab_seg1.mp4"), cookie="token=viewer")).status == 404
        operators = await get(at.port, at.url("index.m3u8"), cookie="token=admin")
        assert operators.body == PLAYLIST
        assert operators.header("cache-control") == "private, no-store"
        assert await statuses(at, cookie="token=admin") == (200, 200)
        # Who sees it live has no use for late names, which must not be a way around anything.
        late = await get(at.port, at.url("late-ab1.mp4"), cookie="token=admin")
        assert late.status == 404
        at.change()
        assert (await get(at.port, at.url("late-ab1.mp4"))).status == 404
        assert (await get(at.port, at.url("late-index.m3u8"))).status == 404


async def test_a_media_server_that_cannot_wait_shows_no_picture() -> None:
    async with edge_before(late_origin(), foreign=True, resolver=Register()) as at:
        at.change(decision=LATE)
        for name in ("index.m3u8", "late-index.m3u8", "ab_seg1.mp4", "late-ab1.mp4"):
            answer = await get(at.port, at.url(name))
            assert (answer.status, code(answer)) == (503, "stream.delay_unsupported")
        assert (await get(at.port, at.url("index.m3u8"), cookie="token=admin")).status == 200


async def test_pages_of_other_sites_get_no_playlist_and_segments_are_for_all() -> None:
    evil = {"sec_fetch_site": "cross-site", "origin": "https://evil.example"}
    news = {"sec_fetch_site": "cross-site", "origin": "https://news.example"}
    sites = ("https://news.example",)
    async with edge_before(FakeOrigin(), embedders=sites, resolver=Register()) as at:
        assert await statuses(at) == (200, 200)
        # A credential that is good for nothing here is none.
        assert await statuses(at, cookie="token=stranger", **evil) == (403, 200)
        assert await statuses(at, cookie="token=viewer", **evil) == (200, 200)
        refused = await get(at.port, at.url("index.m3u8"), **evil)
        assert (refused.status, code(refused)) == (403, "stream.hotlinked")
        assert refused.header("cache-control") == "no-store"
        assert await statuses(at, **evil) == (403, 200)
        assert await statuses(at, **news) == (200, 200)
        shown = await get(at.port, at.url("index.m3u8"), **news)
        assert shown.header("access-control-allow-origin") == "*"
        unknown = await get(at.port, at.url("index.m3u8", "nobody"), **evil)
        assert unknown.status == 404
        ticket = at.tokens.issue(at.catalogue.all()[0], "public")
        opened = await get(at.port, at.url(f"index.m3u8?token={ticket}"), **evil)
        assert opened.status == 200


async def test_a_token_goes_on_to_every_address_in_the_playlist() -> None:
    origin = FakeOrigin()
    origin.files["index.m3u8"] = (
        b'#EXTM3U\n#EXT-X-MAP:URI="ab_init.mp4"\n#EXTINF:2.0,\nab_seg1.mp4\n'
        b'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="ab_seg2.mp4?x=1"\r\nab_seg2.mp4\r\n'
    )
    async with edge_before(origin) as at:
        first = at.change(decision=PARTNER)
        ticket = at.tokens.issue(first, "partner")
        answer = await get(at.port, at.url(f"index.m3u8?r=3&token={ticket}"))
        assert answer.header("cache-control") == "private, no-store"
        token = f"token={ticket}".encode()
        assert answer.body == (
            b'#EXTM3U\n#EXT-X-MAP:URI="ab_init.mp4?' + token + b'"\n#EXTINF:2.0,\nab_seg1.mp4?'
            + token + b'\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="ab_seg2.mp4?x=1&' + token
            + b'"\r\nab_seg2.mp4?' + token + b"\r\n"
        )  # fmt: skip
        segment = await get(at.port, at.url(f"ab_seg1.mp4?token={ticket}"))
        assert (segment.status, segment.header("cache-control")) == (200, "private, no-store")
        assert await statuses(at, authorization=f"Bearer {ticket}") == (200, 200)
        assert origin.asked == {f"/{KEY}/index.m3u8": 1, f"/{KEY}/ab_seg1.mp4": 1}


async def test_a_token_never_opens_more_than_its_level_and_its_camera() -> None:
    async with edge_before(FakeOrigin(), resolver=Register()) as at:
        first = at.change(decision=PARTNER)
        public = at.tokens.issue(first, "public")
        partner = at.tokens.issue(first, "partner")
        other = at.tokens.issue(at.catalogue.all()[1], "operator")

        async def said(ticket: str, **headers: str) -> tuple[int, str]:
            answer = await get(at.port, at.url(f"index.m3u8?token={ticket}"), **headers)
            return answer.status, "" if answer.status == 200 else code(answer)

        assert await said(partner) == (200, "")
        assert await said(public) == (404, "stream.unknown")
        assert await said(other) == (403, "stream.token_refused")
        assert await said("nonsense") == (403, "stream.token_refused")
        assert await said("") == (404, "stream.unknown")
        # A stale credential is not worse than none.
        assert await said("nonsense", cookie="token=admin") == (200, "")
        at.change(decision=PRIVATE)
        assert await said(partner) == (404, "stream.unknown")
        at.change(decision=PARTNER)
        at.change(decision=PARTNER, stream_key="rotated")
        answer = await get(at.port, at.url(f"index.m3u8?token={partner}", "rotated"))
        assert (answer.status, code(answer)) == (403, "stream.token_refused")
        at.change(decision=PARTNER)
        at.clock.wind(3_600)
        assert await said(partner) == (401, "stream.token_expired")


async def test_cameras_that_are_no_stream_have_no_address_here() -> None:
    async with edge_before(FakeOrigin(), resolver=Register()) as at:
        for kind, url in (("embed", "https://owner.example/"), ("mpegts_ws", "wss://x.example/")):
            at.change(source=CameraSource(url, kind=kind))
            assert await statuses(at, cookie="token=admin") == (404, 404)
        at.change(source=CameraSource(SECRET_URL, kind="rtsp"))
        assert await statuses(at) == (200, 200)
