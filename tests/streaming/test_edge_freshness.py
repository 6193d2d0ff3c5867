"""How long the edge keeps a playlist before it asks the origin again."""

import pytest

from tests.streaming.fake_origin import KEY, PLAYLIST, SEGMENT, FakeOrigin, edge_before
from tests.streaming.test_edge import get

pytestmark = pytest.mark.anyio


async def test_a_playlist_is_asked_for_again_after_a_moment_and_a_segment_is_not() -> None:
    async with edge_before(FakeOrigin()) as at:
        for _ in range(3):
            await get(at.port, at.url("index.m3u8"))
            await get(at.port, at.url("ab_seg1.mp4"))
        assert at.origin.asked == {f"/{KEY}/index.m3u8": 1, f"/{KEY}/ab_seg1.mp4": 1}
        at.origin.files["index.m3u8"] = PLAYLIST + b"#EXTINF:2.0,\nab_seg2.mp4\n"
        at.clock.wind(0.5)
        assert b"ab_seg2" in (await get(at.port, at.url("index.m3u8"))).body
        await get(at.port, at.url("ab_seg1.mp4"))
        assert at.origin.asked == {f"/{KEY}/index.m3u8": 2, f"/{KEY}/ab_seg1.mp4": 1}


async def test_a_playlist_that_just_grew_is_kept_until_another_segment_can_be_over() -> None:
    async with edge_before(FakeOrigin()) as at:

        async def look_after(wait_s: float) -> int:
            at.clock.wind(wait_s)
            await get(at.port, at.url("index.m3u8"))
            return at.origin.asked[f"/{KEY}/index.m3u8"]

        assert await look_after(0) == 1
        at.origin.files["index.m3u8"] = PLAYLIST + b"#EXTINF:2.0,\nab_seg2.mp4\n"
        assert await look_after(0.5) == 2
        # It grew 0.5 s ago at the earliest, and a segment lasts two seconds.
        assert await look_after(1.0) == 2
        assert await look_after(0.2) == 3
        # It did not grow, so the next segment may come at any moment.
        assert await look_after(0.5) == 4


async def test_a_proxy_is_told_the_second_until_which_it_may_pass_a_piece_on_unasked() -> None:
    async with edge_before(FakeOrigin()) as at:
        url = at.url("ab_seg1.mp4")
        first = await get(at.port, url)
        at.clock.wind(3.0)
        later = await get(at.port, url)
        again = await get(at.port, url, if_none_match=first.header("etag"))
        part = await get(at.port, url, range="bytes=0-1")
        told = int(at.clock.unix_s())
        playlist = await get(at.port, at.url("index.m3u8"))
    assert first.header("x-accel-expires") == f"@{told - 3}"
    assert (again.status, part.status) == (304, 206)
    for answer in (later, again, part):
        assert answer.header("x-accel-expires") == f"@{told}"
        assert "s-maxage=1," in answer.header("cache-control")
    assert playlist.header("x-accel-expires") == ""


@pytest.mark.parametrize(
    ("listed", "kept_s"),
    [
        pytest.param(0, 120, id="nobody knows how long the list is"),
        pytest.param(1, 30, id="a list that has just begun"),
        pytest.param(10, 42, id="twice the list and a segment"),
        pytest.param(50, 120, id="never longer than players are told"),
    ],
)
async def test_a_segment_is_kept_while_a_player_can_have_a_list_that_names_it(
    listed: int, kept_s: int
) -> None:
    async with edge_before(FakeOrigin()) as at:

        async def asked_for() -> int:
            await get(at.port, at.url("ab_seg1.mp4"))
            return at.origin.asked[f"/{KEY}/ab_seg1.mp4"]

        if listed:
            at.origin.files["index.m3u8"] = PLAYLIST + b"#EXTINF:2.0,\nab_seg2.mp4\n" * (listed - 1)
            await get(at.port, at.url("index.m3u8"))
        assert await asked_for() == 1
        at.clock.wind(kept_s - 1)
        assert await asked_for() == 1
        at.edge.sweep()
        held_bytes = at.edge.held_bytes
        at.clock.wind(2)
        at.edge.sweep()
        assert at.edge.held_bytes <= held_bytes - len(SEGMENT)
        assert await asked_for() == 2
