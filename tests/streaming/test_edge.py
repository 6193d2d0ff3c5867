"""Many viewers, one fetch; over real sockets on both sides."""

import asyncio
import gzip
import json

import pytest
from aiohttp import web

from pantau.streaming.edge import EdgeLimits
from pantau.web.exchange import HotRequest
from tests.streaming.fake_origin import (
    KEY,
    LOW_LATENCY,
    PLAYLIST,
    SEGMENT,
    FakeOrigin,
    edge_before,
)
from tests.support.cameras import camera
from tests.support.waiting import until
from tests.web.http_peer import Answer, visiting

pytestmark = pytest.mark.anyio


async def get(port: int, target: str, **headers: str) -> Answer:
    async with visiting(port) as visitor:
        return await visitor.ask(target, **headers)


def code(answer: Answer) -> str:
    return str(json.loads(answer.body)["code"])


async def test_a_viewer_gets_what_the_origin_has_with_the_right_types() -> None:
    async with edge_before(FakeOrigin()) as at:
        playlist = await get(at.port, at.url("index.m3u8"))
        segment = await get(at.port, at.url("ab_seg1.mp4"))
    assert playlist.body == PLAYLIST
    assert playlist.header("content-type") == "application/vnd.apple.mpegurl"
    assert playlist.header("cache-control") == "no-cache"
    assert segment.body == SEGMENT
    assert segment.header("content-type") == "video/mp4"
    assert segment.header("cache-control") == "public, max-age=120, s-maxage=1, immutable"
    assert playlist.headers("set-cookie") == segment.headers("set-cookie") == []


@pytest.mark.parametrize("name", ["index.m3u8", "ab_seg1.mp4"])
async def test_however_many_wait_the_origin_is_asked_once(name: str) -> None:
    origin = FakeOrigin()
    gate = origin.hold(name)
    async with edge_before(origin) as at:
        waiting = [asyncio.create_task(get(at.port, at.url(name))) for _ in range(50)]
        await until(lambda: origin.asked)
        await asyncio.sleep(0)
        gate.set()
        answers = await asyncio.gather(*waiting)
        assert {answer.status for answer in answers} == {200}
        assert {answer.body for answer in answers} == {origin.files[name]}
        assert dict(origin.asked) == {f"/{KEY}/{name}": 1}
        assert (await get(at.port, at.url(name))).status == 200
        assert origin.asked.total() == 1


async def test_a_viewer_who_leaves_ends_nothing_for_the_others() -> None:
    origin = FakeOrigin()
    gate = origin.hold("ab_seg1.mp4")
    async with edge_before(origin) as at:
        async with visiting(at.port) as first:
            await first.say(f"GET {at.url('ab_seg1.mp4')} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            await until(lambda: origin.asked)
        second = asyncio.create_task(get(at.port, at.url("ab_seg1.mp4")))
        await until(lambda: at.edge.fetched)
        gate.set()
        assert (await second).body == SEGMENT
        assert origin.asked.total() == 1


async def test_a_wait_that_is_cancelled_ends_nothing_for_the_others() -> None:
    origin = FakeOrigin()
    gate = origin.hold("ab_seg1.mp4")
    async with edge_before(origin) as at:
        waits = []
        for _ in range(2):
            scope = {"method": "GET", "path": "", "query_string": b"", "headers": []}
            request = HotRequest(scope, request_id=b"1", look_up_client=lambda _: "198.51.100.1")
            request.rest = f"{KEY}/ab_seg1.mp4"
            waits.append(asyncio.ensure_future(at.edge.handle(request)))  # type: ignore[arg-type]  # not held yet
        await until(lambda: origin.asked)
        waits[0].cancel()
        gate.set()
        assert (await waits[1]).body == SEGMENT


async def test_only_known_streams_reach_the_origin() -> None:
    async with edge_before(FakeOrigin()) as at:
        gone = camera(3, stream_key="gone", enabled=False)
        at.catalogue.replace([gone, camera(4, stream_key="mending", status="maintenance")])
        unknown = await get(at.port, "/hls/cam1/index.m3u8")
        disabled = await get(at.port, "/hls/gone/index.m3u8")
        mending = await get(at.port, "/hls/mending/index.m3u8")
        assert (unknown.status, disabled.status, mending.status) == (404, 404, 503)
        assert code(unknown) == code(disabled) == "stream.unknown"
        assert mending.header("retry-after") == "60"
        assert at.origin.asked == {}


async def test_a_camera_that_is_switched_off_is_gone_at_once_though_its_pieces_are_held() -> None:
    async with edge_before(FakeOrigin()) as at:
        assert (await get(at.port, at.url("ab_seg1.mp4"))).status == 200
        at.change(enabled=False)
        assert (await get(at.port, at.url("ab_seg1.mp4"))).status == 404


@pytest.mark.parametrize(
    "rest",
    [
        f"{KEY}/%2e%2e/%2e%2e/v3/config",
        f"{KEY}/%252e%252e/v3",
        f"{KEY}/..%2fcam2%2findex.m3u8",
        f"{KEY}/../second/index.m3u8",
        f"{KEY}//index.m3u8",
        f"{KEY}/%00index.m3u8",
        f"{KEY}/%ff.m3u8",
        f"{KEY}/sub/index.m3u8",
        f"{KEY}/.hidden.m3u8",
        f"{KEY}/index.html",
        f"{KEY}/still.jpg",
        f"{KEY}/index.m3u8%3fx=1",
        f"{KEY}/index.m3u8;x",
        f"{KEY}/http://evil.example/x.m3u8",
        f"{KEY}/",
        f"{KEY}",
        "",
        "../v3/config",
    ],
)
async def test_nothing_but_files_of_a_stream_is_asked_for(rest: str) -> None:
    async with edge_before(FakeOrigin()) as at:
        answer = await get(at.port, f"/hls/{rest}")
        assert answer.status in {400, 404}
        assert at.origin.asked == {}


async def test_invented_queries_do_not_reach_the_origin() -> None:
    async with edge_before(FakeOrigin()) as at:
        for number in range(5):
            for name in ("index.m3u8", "ab_seg1.mp4"):
                await get(at.port, f"{at.url(name)}?x={number}&_HLS_msn={number}&token=a")
        assert at.origin.asked == {f"/{KEY}/index.m3u8": 1, f"/{KEY}/ab_seg1.mp4": 1}


async def test_viewers_who_wait_for_the_same_part_wait_together() -> None:
    origin = FakeOrigin()
    origin.files["index.m3u8"] = LOW_LATENCY
    async with edge_before(origin) as at:
        await get(at.port, at.url("index.m3u8"))
        gate = origin.hold("index.m3u8")
        spellings = ["?_HLS_msn=7&_HLS_part=2", "?_HLS_part=2&_HLS_msn=7&x=1"]
        waiting = [
            asyncio.create_task(get(at.port, at.url("index.m3u8") + spellings[number % 2]))
            for number in range(20)
        ]
        await until(lambda: at.edge.fetched == 2)
        # Meanwhile everybody else has what there is.
        assert (await get(at.port, at.url("index.m3u8"))).body == LOW_LATENCY
        newer = origin.files["index.m3u8"] = LOW_LATENCY + b"#EXT-X-PART:newer\n"
        gate.set()
        assert {answer.body for answer in await asyncio.gather(*waiting)} == {newer}
        assert origin.asked[f"/{KEY}/index.m3u8?_HLS_msn=7&_HLS_part=2"] == 1
        assert (await get(at.port, at.url("index.m3u8"))).body == newer


@pytest.mark.parametrize("query", ["_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=1&_HLS_part=%0a"])
async def test_a_blocking_reload_that_means_nothing_is_refused(query: str) -> None:
    origin = FakeOrigin()
    origin.files["index.m3u8"] = LOW_LATENCY
    async with edge_before(origin) as at:
        await get(at.port, at.url("index.m3u8"))
        answer = await get(at.port, f"{at.url('index.m3u8')}?{query}")
        assert answer.status == 400
        assert origin.asked.total() == 1


async def test_a_camera_without_a_picture_is_told_with_its_cause_and_asked_for_seldom() -> None:
    async def dark(_: web.Request) -> web.Response:
        return web.Response(status=404, headers={"X-Pantau-Cause": "login_refused"})

    origin = FakeOrigin()
    origin.reactions["index.m3u8"] = dark
    async with edge_before(origin) as at:
        answers = [await get(at.port, at.url("index.m3u8")) for _ in range(5)]
        assert {answer.status for answer in answers} == {503}
        assert code(answers[0]) == "stream.login_refused"
        assert answers[0].header("retry-after") == "2"
        assert answers[0].header("cache-control") == "no-store"
        assert origin.asked.total() == 1
        assert at.presence.counts() == {}
        del origin.reactions["index.m3u8"]
        at.clock.wind(1.0)
        assert (await get(at.port, at.url("index.m3u8"))).status == 200


async def test_a_piece_that_has_gone_is_not_found() -> None:
    async with edge_before(FakeOrigin()) as at:
        answer = await get(at.port, at.url("ab_seg0.mp4"))
        assert answer.status == 404
        assert code(answer) == "stream.no_such_file"


@pytest.mark.parametrize("status", [401, 403, 500, 418])
async def test_whatever_else_the_origin_says_is_a_bad_gateway(status: int) -> None:
    async def odd(_: web.Request) -> web.Response:
        return web.Response(status=status, text="rtsp://operator:hunter2@10.0.0.7/")

    origin = FakeOrigin()
    origin.reactions["ab_seg1.mp4"] = odd
    async with edge_before(origin) as at:
        answer = await get(at.port, at.url("ab_seg1.mp4"))
        assert answer.status == 502
        assert b"hunter2" not in answer.body


@pytest.mark.parametrize(
    "body",
    [
        b"<html>not a playlist</html>",
        b"",
        b"#EXTM3U\nhttp://10.0.0.5:8888/cam1/seg1.mp4\n",
        b'#EXTM3U\n#EXT-X-MAP:URI="http://10.0.0.5/init.mp4"\n',
        b"#EXTM3U\n../cam2/seg1.mp4\n",
    ],
)
async def test_a_playlist_that_leads_elsewhere_is_not_passed_on(body: bytes) -> None:
    origin = FakeOrigin()
    origin.files["index.m3u8"] = body
    async with edge_before(origin) as at:
        answer = await get(at.port, at.url("index.m3u8"))
        assert answer.status == 502
        assert b"10.0.0.5" not in answer.body


async def test_an_origin_that_is_away_is_a_reason_to_come_back() -> None:
    async with edge_before(FakeOrigin()) as at:
        assert at.socket is not None
        at.socket.unlink()
        answer = await get(at.port, at.url("index.m3u8"))
        assert answer.status == 503
        assert code(answer) == "stream.no_origin"
        assert answer.header("retry-after")


async def test_an_origin_that_says_nothing_is_given_up() -> None:
    origin = FakeOrigin()
    origin.hold("ab_seg1.mp4")
    async with edge_before(origin, limits=EdgeLimits(fetch_timeout_s=0.05)) as at:
        answer = await get(at.port, at.url("ab_seg1.mp4"))
        assert answer.status == 503
        assert code(answer) == "stream.slow_origin"


async def test_an_origin_that_breaks_off_gives_no_half_segment() -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    origin = FakeOrigin()
    origin.reactions["ab_seg1.mp4"] = break_off
    async with edge_before(origin) as at:
        answer = await get(at.port, at.url("ab_seg1.mp4"))
        assert answer.status == 503
        assert at.edge.held_bytes == 0


@pytest.mark.parametrize("declared", [True, False])
async def test_a_file_larger_than_sense_is_refused_before_it_fills_the_memory(
    declared: bool,
) -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Length": "100000000"} if declared else {}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for _ in range(1600):
            await response.write(b"x" * 62500)
        return response

    origin = FakeOrigin()
    origin.reactions["ab_seg1.mp4"] = flood
    limits = EdgeLimits(most_file_bytes=1_000_000)
    # Our own engine always says how long a file is; an answer that does not is not from it.
    async with edge_before(origin, limits=limits, foreign=not declared) as at:
        answer = await get(at.port, at.url("ab_seg1.mp4"))
        assert answer.status == 507
        assert at.edge.held_bytes == 0


async def test_memory_stays_below_its_limit_and_the_least_used_goes_first() -> None:
    origin = FakeOrigin()
    for number in range(20):
        origin.files[f"ab_seg{number}.mp4"] = SEGMENT
    async with edge_before(origin, limits=EdgeLimits(most_bytes=500_000)) as at:
        for number in range(20):
            await get(at.port, at.url(f"ab_seg{number}.mp4"))
            await get(at.port, at.url("ab_seg0.mp4"))
            assert at.edge.held_bytes <= 500_000
        assert origin.asked[f"/{KEY}/ab_seg0.mp4"] == 1
        await get(at.port, at.url("ab_seg5.mp4"))
        assert origin.asked[f"/{KEY}/ab_seg5.mp4"] == 2


async def test_one_stream_cannot_take_all_fetches() -> None:
    origin = FakeOrigin()
    async with edge_before(origin, limits=EdgeLimits(most_flights=3)) as at:
        gates = [origin.hold(f"ab_seg{number}.mp4") for number in range(10, 13)]
        waiting = [
            asyncio.create_task(get(at.port, at.url(f"ab_seg{number}.mp4")))
            for number in range(10, 13)
        ]
        await until(lambda: at.edge.fetched == 3)
        refused = await get(at.port, at.url("ab_seg99.mp4"))
        assert (refused.status, code(refused)) == (503, "stream.busy")
        assert (await get(at.port, at.url("index.m3u8", "second"))).status == 200
        for gate in gates:
            gate.set()
        await asyncio.gather(*waiting)
        assert (await get(at.port, at.url("ab_seg1.mp4"))).status == 200


async def test_what_is_old_is_let_go() -> None:
    async with edge_before(FakeOrigin()) as at:
        await get(at.port, at.url("ab_seg1.mp4"))
        assert at.edge.held_bytes > len(SEGMENT)
        at.clock.wind(121)
        at.edge.sweep()
        assert at.edge.held_bytes == 0


async def test_ranges_and_versions_of_a_held_segment() -> None:
    async with edge_before(FakeOrigin()) as at, visiting(at.port) as viewer:
        url = at.url("ab_seg1.mp4")
        whole = await viewer.ask(url)
        part = await viewer.ask(url, range="bytes=10-19")
        assert (part.status, part.body) == (206, SEGMENT[10:20])
        assert part.header("content-range") == f"bytes 10-19/{len(SEGMENT)}"
        tail = await viewer.ask(url, range="bytes=-5")
        assert (tail.status, tail.body) == (206, SEGMENT[-5:])
        beyond = await viewer.ask(url, range="bytes=999999-")
        assert beyond.status == 416
        assert beyond.header("content-range") == f"bytes */{len(SEGMENT)}"
        held = await viewer.ask(url, if_none_match=whole.header("etag"))
        assert (held.status, held.body) == (304, b"")
        assert held.header("etag") == whole.header("etag")
        other = await viewer.ask(url, range="bytes=0-1", if_range='"other"')
        assert (other.status, other.body) == (200, SEGMENT)
        several = await viewer.ask(url, range="bytes=0-1,4-5")
        assert (several.status, several.body) == (200, SEGMENT)
        head = await viewer.ask(url, "HEAD")
        assert head.header("content-length") == str(len(SEGMENT))
        assert head.header("accept-ranges") == "bytes"
        assert at.origin.asked.total() == 1


async def test_playlists_travel_compressed_and_know_their_version() -> None:
    origin = FakeOrigin()
    origin.files["index.m3u8"] = PLAYLIST * 10
    async with edge_before(origin) as at, visiting(at.port) as viewer:
        packed = await viewer.ask(at.url("index.m3u8"), accept_encoding="gzip")
        assert packed.header("content-encoding") == "gzip"
        assert gzip.decompress(packed.body) == PLAYLIST * 10
        assert packed.header("vary") == "Accept-Encoding"
        plain = await viewer.ask(at.url("index.m3u8"))
        assert plain.header("etag") != packed.header("etag")
        again = await viewer.ask(at.url("index.m3u8"), if_none_match=plain.header("etag"))
        assert again.status == 304


async def test_whoever_polls_a_playlist_is_counted_once_and_segments_count_nobody() -> None:
    async with edge_before(FakeOrigin()) as at:
        await get(at.port, at.url("ab_seg1.mp4"), user_agent="Firefox")
        assert at.presence.counts() == {}
        for browser in ("Firefox", "Firefox", "Chrome"):
            await get(at.port, at.url("index.m3u8"), user_agent=browser)
        assert at.presence.counts() == {1: 2}
