"""The HLS origin through the relay, down to the shard and back."""

import re

import pytest

from tests.mediaserver.running import media_server

pytestmark = pytest.mark.anyio


async def test_playlist_segment_init_and_still_are_served() -> None:
    async with media_server() as server:
        await server.add("north/gate")
        await server.until_state("north/gate", ready=True)
        playlist = await server.get("/north/gate/index.m3u8")
        assert playlist.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert playlist.headers["Cache-Control"] == "no-cache"
        assert int(playlist.headers["X-Pantau-Version"]) > 0
        names = re.findall(r"[0-9a-f]+_(?:init|seg\d+)\.mp4", playlist.body.decode())
        assert len(names) >= 2
        for name in names[:2]:
            file = await server.get(f"/north/gate/{name}")
            assert (file.status, file.headers["Content-Type"]) == (200, "video/mp4")
            assert "immutable" in file.headers["Cache-Control"]
        still = await server.get("/north/gate/still.jpg?width=320")
        assert (still.headers["Content-Type"], still.body) == ("image/jpeg", b"jpeg of 320")
        assert still.headers["Last-Modified"].endswith("GMT")


async def test_what_there_is_not_is_not_served() -> None:
    asked = {
        "/nobody/index.m3u8": 404,
        "/gate/other.m3u8": 404,
        "/gate/abc_seg99999.mp4": 404,
        "/gate/..%2f..%2forders": 404,
        "/gate/%2e%2e%2freport": 404,
        "/index.m3u8": 404,
        "/gate/": 404,
        "/gate/still.jpg?width=many": 400,
        "/gate/still.jpg?width=100000": 400,
    }
    async with media_server() as server:
        await server.add("gate")
        await server.until_state("gate", ready=True)
        got = {route: (await server.get(route)).status for route in asked}
    assert got == asked


async def test_low_latency_playlist_waits_for_what_is_asked() -> None:
    async with media_server() as server:
        await server.add("gate", pantauLowLatency=True)
        await server.until_state("gate", ready=True)
        text = (await server.get("/gate/index.m3u8")).body.decode()
        assert "CAN-BLOCK-RELOAD=YES" in text
        number = int(re.findall(r"_seg(\d+)\.mp4", text)[-1])
        later = await server.get(f"/gate/index.m3u8?_HLS_msn={number + 2}")
        assert f"_seg{number + 2}.mp4" in later.body.decode()
        for query in ("_HLS_msn=x", "_HLS_part=1", f"_HLS_msn={number + 1000}"):
            assert (await server.get(f"/gate/index.m3u8?{query}")).status == 400


async def test_plain_playlist_answers_at_once_whatever_is_asked() -> None:
    async with media_server() as server:
        await server.add("gate")
        await server.until_state("gate", ready=True)
        answer = await server.get("/gate/index.m3u8?_HLS_msn=999999999999&session=1")
        assert answer.status == 200
        assert "PART" not in answer.body.decode()
