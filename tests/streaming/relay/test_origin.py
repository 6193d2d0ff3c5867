"""A stream of somebody else: fetched once, whole, under names that last."""

import asyncio
from base64 import b64decode

import pytest
from aiohttp import web

from pantau.cameras.models import CameraSource
from pantau.core.errors import NotFound
from pantau.streaming.origin_problems import BadOrigin
from tests.streaming.relay.owner import (
    LIVE,
    Owner,
    listening,
    media,
    names_in,
    owned,
    problem_of,
    random_bytes,
    relay_to,
)
from tests.support.cameras import camera, key_of

pytestmark = pytest.mark.anyio

MASTER = (
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=500000\nlow/chunks.m3u8?session=s1\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=900000\nhigh/chunks.m3u8?session=s1\n"
)


async def test_a_stream_is_relayed_under_names_of_ours() -> None:
    async with owned(LIVE) as (_, relay):
        playlist = await relay.get()
        names = names_in(playlist)
        assert len(set(names)) == 3
        assert await relay.bytes_of(names[0]) == b"zero"
        assert await relay.bytes_of(names[1]) == b"one"
        for told in ("127.0.0.1", "seg", "live", "http"):
            assert told not in playlist


async def test_however_many_ask_the_owner_is_asked_once() -> None:
    async with owned(LIVE) as (owner, relay):
        bodies = await asyncio.gather(*(relay.get() for _ in range(50)))
        assert len(set(bodies)) == 1
        assert owner.times("/live/index.m3u8") == 1
        await relay.get()
        assert owner.times("/live/index.m3u8") == 1
        relay.wind(2)
        owner.files["/live/index.m3u8"] = media(1)
        assert (await relay.get()) != bodies[0]
        assert owner.times("/live/index.m3u8") == 2


async def test_children_are_resolved_against_their_own_parent_and_keep_their_query() -> None:
    files: dict[str, str | bytes] = {
        "/live/index.m3u8": MASTER,
        "/live/low/chunks.m3u8": media(token="t1"),
        "/live/low/seg0.ts": b"low zero",
    }
    async with owned(files) as (owner, relay):
        low, _ = names_in(await relay.get())
        segment = names_in(await relay.get(low))[0]
        assert await relay.bytes_of(segment) == b"low zero"
        assert owner.asked["/live/low/chunks.m3u8?session=s1"] == 1
        assert owner.asked["/live/low/seg0.ts?token=t1"] == 1


async def test_redirects_are_followed_and_children_are_those_of_where_they_end() -> None:
    async def moved(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/cdn/7/deep/list.m3u8?x=1")

    files: dict[str, str | bytes] = {"/cdn/7/deep/list.m3u8": media(), "/cdn/7/deep/seg0.ts": b"x"}
    async with owned(files) as (owner, relay):
        owner.reactions["/live/index.m3u8"] = moved
        assert await relay.bytes_of(names_in(await relay.get())[0]) == b"x"


async def test_a_session_that_changes_at_every_poll_changes_no_name() -> None:
    """Lesson M17."""
    async with owned({"/live/index.m3u8": media(0, token="a")}) as (owner, relay):
        before = names_in(await relay.get())
        relay.wind(5)
        owner.files["/live/index.m3u8"] = media(1, token="b")
        owner.files["/live/seg1.ts"] = b"one"
        after = names_in(await relay.get())
        assert after[:2] == before[1:]
        assert await relay.bytes_of(after[0]) == b"one"
        # Asked for under the newest token, whole.
        assert owner.asked["/live/seg1.ts?token=b"] == 1


async def test_segments_that_differ_in_their_token_alone_are_different_segments() -> None:
    listed = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n" + "".join(
        f"#EXTINF:2,\nseg?token={{{number}}}\n" for number in ("a", "b")
    )

    async def told(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.query["token"])

    async with owned({"/live/index.m3u8": listed.format(first=4, a="x4", b="x5")}) as (
        owner,
        relay,
    ):
        owner.reactions["/live/seg"] = told
        names = names_in(await relay.get())
        assert [await relay.get(name) for name in names] == ["x4", "x5"]
        relay.wind(5)
        owner.files["/live/index.m3u8"] = listed.format(first=5, a="x5", b="x6")
        assert names_in(await relay.get())[0] == names[1]


async def test_a_token_that_ended_is_replaced_by_the_one_in_the_newer_playlist() -> None:
    async def strict(request: web.Request) -> web.StreamResponse:
        good = request.query.get("token") == "new"
        return web.Response(status=200 if good else 403, text="picture")

    async with owned({"/live/index.m3u8": media(token="old")}) as (owner, relay):
        name = names_in(await relay.get())[0]
        owner.reactions["/live/seg0.ts"] = strict
        owner.files["/live/index.m3u8"] = media(token="new")
        assert await relay.get(name) == "picture"


async def test_a_child_playlist_whose_session_ended_is_found_through_the_one_above() -> None:
    async def strict(request: web.Request) -> web.StreamResponse:
        if request.query.get("session") != "s2":
            return web.Response(status=401)
        return web.Response(text=media())

    async with owned({"/live/index.m3u8": MASTER}) as (owner, relay):
        low, _ = names_in(await relay.get())
        owner.reactions["/live/low/chunks.m3u8"] = strict
        owner.files["/live/index.m3u8"] = MASTER.replace("s1", "s2")
        assert len(names_in(await relay.get(low))) == 3
        assert low in await relay.get()


async def test_two_processes_give_the_same_names_and_find_each_others() -> None:
    files: dict[str, str | bytes] = {
        "/live/index.m3u8": MASTER,
        "/live/low/chunks.m3u8": media(token="one"),
        "/live/high/chunks.m3u8": media(token="two"),
        "/live/low/seg0.ts": b"low zero",
    }
    async with owned(files) as (owner, first), relay_to(owner.url + "/live/index.m3u8") as second:
        low, _ = names_in(await first.get())
        segment = names_in(await first.get(low))[0]
        # The second process has never heard of the camera.
        assert await second.bytes_of(segment) == b"low zero"
        assert await second.get() == await first.get()
        async with relay_to(owner.url + "/live/index.m3u8", number=2) as other_camera:
            assert low not in await other_camera.get()


async def test_parts_of_one_file_are_files_of_their_own() -> None:
    whole = random_bytes(3000)
    listed = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="all.mp4",BYTERANGE="100@0"\n'
        "#EXTINF:2,\n#EXT-X-BYTERANGE:1000@100\nall.mp4\n#EXTINF:2,\n#EXT-X-BYTERANGE:500\nall.mp4\n"
    )

    async def ranged(request: web.Request) -> web.StreamResponse:
        wanted = request.http_range
        return web.Response(
            status=206,
            body=whole[wanted],
            headers={"Content-Range": f"bytes {wanted.start}-{wanted.stop - 1}/{len(whole)}"},
        )

    files: dict[str, str | bytes] = {"/live/index.m3u8": listed, "/live/all.mp4": whole}
    async with owned(files) as (owner, relay):
        for _ in range(2):
            playlist = await relay.get()
            assert "BYTERANGE" not in playlist
            parts = [await relay.bytes_of(name) for name in names_in(playlist)]
            assert parts == [whole[100:1100], whole[1100:1600]]
            # And once more from a server that knows ranges.
            owner.reactions["/live/all.mp4"] = ranged


async def test_keys_of_encrypted_streams_are_relayed_and_licences_are_not() -> None:
    listed = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI="k?id=1",IV=0x01\n'
        "#EXTINF:2,\nseg0.ts\n"
    )
    async with owned({"/live/index.m3u8": listed, "/live/k": b"0123456789abcdef"}) as (
        owner,
        relay,
    ):
        playlist = await relay.get()
        name = playlist.partition('URI="')[2].partition('"')[0]
        assert name.endswith(".key")
        assert "IV=0x01" in playlist
        assert await relay.bytes_of(name) == b"0123456789abcdef"
        assert owner.asked["/live/k?id=1"] == 1
        owner.files["/live/index.m3u8"] = listed.replace("AES-128", "SAMPLE-AES")
    async with owned(owner.files) as (owner, relay):
        problem = await problem_of(relay)
        assert isinstance(problem, BadOrigin)
        assert problem.code == "stream.relay_encrypted"


async def test_headers_of_a_source_are_sent_and_its_secrets_stay_at_home() -> None:
    async with (
        listening(Owner({"/seg0.ts": b"x"})) as other,
        listening(Owner({"/live/index.m3u8": media()})) as owner,
    ):
        url = owner.url.replace("://", "://us%65r:p%40ss@") + "/live/index.m3u8"
        headers = (
            ("Referer", "https://cctv.example/"),
            ("X-Api-Key", "hush"),
            ("User-agent", "Old Browser"),
            ("Host", "evil"),
            ("Bad\r\nName", "x"),
            ("X-Bad", "a\r\nb: c"),
        )
        listed = media().replace("seg0.ts", other.url + "/seg0.ts")
        owner.files["/live/index.m3u8"] = listed
        async with relay_to(url, headers=headers) as relay:
            await relay.bytes_of(names_in(await relay.get())[0])
        at_home, elsewhere = owner.requests[0].headers, other.requests[0].headers
        assert at_home["Referer"] == elsewhere["Referer"] == "https://cctv.example/"
        assert at_home.getall("User-Agent") == ["Old Browser"]
        assert at_home["X-Api-Key"] == "hush"
        assert b64decode(at_home["Authorization"].removeprefix("Basic ")) == b"user:p@ss"
        assert "X-Api-Key" not in elsewhere
        assert "Authorization" not in elsewhere
        assert "X-Bad" not in at_home


async def test_blocking_reloads_are_passed_on_where_the_owner_can_block() -> None:
    low = media() + "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n"
    async with owned({"/live/index.m3u8": low}) as (owner, relay):
        await relay.get()
        await relay.get(query="_HLS_msn=3&_HLS_part=0")
        assert owner.asked["/live/index.m3u8?_HLS_msn=3&_HLS_part=0"] == 1
        owner.files["/live/index.m3u8"] = low + "#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n"
        whole = await relay.get()
        assert "SKIP:" in await relay.get(query="_HLS_msn=4&_HLS_skip=YES")
        assert await relay.get() == whole
    async with owned(LIVE) as (owner, relay):
        await relay.get()
        await relay.get(query="_HLS_msn=3")
        assert list(owner.asked) == ["/live/index.m3u8"]


async def test_another_source_begins_afresh_and_other_cameras_are_none_of_ours() -> None:
    async with owned(LIVE) as (owner, relay):
        name = names_in(await relay.get())[0]
        source = CameraSource(owner.url + "/other/index.m3u8", kind="hls", relay=True)
        relay.cameras[key_of(1)] = camera(1, source=source)
        with pytest.raises(NotFound):
            await relay.bytes_of(name)
        relay.cameras[key_of(1)] = camera(1)
        with pytest.raises(NotFound):
            await relay.get()
        relay.cameras.clear()
        with pytest.raises(NotFound):
            await relay.get()


@pytest.mark.parametrize("said", ["bytes 0-999/3000", "", "nonsense"])
async def test_another_part_than_was_asked_for_is_refused(said: str) -> None:
    listed = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n#EXT-X-BYTERANGE:1000@100\nall.mp4\n"

    async def odd(_: web.Request) -> web.StreamResponse:
        return web.Response(status=206, body=b"x" * 1000, headers={"Content-Range": said})

    async with owned({"/live/index.m3u8": listed}) as (owner, relay):
        owner.reactions["/live/all.mp4"] = odd
        problem = await problem_of(relay, names_in(await relay.get())[0])
        assert problem.code == "stream.relay_broken"
