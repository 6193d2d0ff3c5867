"""Other people's HLS plays in real time, and fails with a cause when it is none."""

import threading
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item, Packet, Tracks
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.hls import HlsSource
from pantau.media.sources.hls_playlist import (
    MediaPlaylist,
    Variant,
    best_variant,
    parse_playlist,
)
from tests.media.clips import clip
from tests.media.sources.stored import FastClock, decoded
from tests.media.sources.web_server import Answer, Web, body, serving, status

URL = "http://a.example/live/index.m3u8"
QUICK = Deadlines(open_s=1.0, silence_s=0.3)
PATIENT = Deadlines(open_s=45.0, silence_s=45.0)


def playlist(*lines: str, target: int = 1) -> Answer:
    text = "\n".join(["#EXTM3U", f"#EXT-X-TARGETDURATION:{target}", *lines, ""])
    return body(text.encode(), "application/vnd.apple.mpegurl")


def ended(*names: str) -> Answer:
    return playlist(*(line for name in names for line in ("#EXTINF:1,", name)), "#EXT-X-ENDLIST")


def play(web: Web, *, path: str = "/a.m3u8", count: int = 1_000) -> list[Item]:
    source = HlsSource(SourceConfig(web.url(path), deadlines=PATIENT), clock=FastClock())
    return list(islice(source.items(), count))


def cause_of(web: Web, *, path: str = "/a.m3u8") -> Cause:
    with pytest.raises(SourceError) as caught:
        play(web, path=path)
    return caught.value.cause


def fragmented() -> tuple[bytes, bytes]:
    """A clip as init segment and media segment."""
    movflags = "empty_moov+default_base_moof+frag_keyframe"
    whole = clip(container="mp4", container_options=(("movflags", movflags),))
    at = whole.index(b"moof") - 4
    return whole[:at], whole[at:]


def test_segments_of_a_transport_stream_play_one_after_the_other() -> None:
    with serving(Web()) as web:
        web.answers["/a.m3u8"] = ended("s1.ts", "deeper/s2.ts?token=1")
        web.answers["/s1.ts"] = body(clip(container="mpegts", audio="aac"))
        web.answers["/deeper/s2.ts"] = body(clip(container="mpegts", audio="aac"))
        items = play(web)
        assert "/deeper/s2.ts?token=1" in web.asked
        assert web.connections == 1
    tracks = [item for item in items if isinstance(item, Tracks)]
    assert tracks[-1].audio is not None
    assert len(tracks) <= 2
    pictures = [item for item in items if isinstance(item, Packet) and item.is_video]
    assert len(pictures) == 50
    assert decoded(items) == 50


@pytest.mark.parametrize("with_ranges", [False, True])
def test_fragmented_mp4_plays_with_its_init_segment(with_ranges: bool) -> None:
    init, media = fragmented()
    with serving(Web()) as web:
        if with_ranges:
            web.answers["/all.mp4"] = body(init + media)
            web.answers["/a.m3u8"] = playlist(
                f'#EXT-X-MAP:URI="all.mp4",BYTERANGE="{len(init)}@0"',
                "#EXTINF:1,",
                f"#EXT-X-BYTERANGE:{len(media)}@{len(init)}",
                "all.mp4",
                "#EXT-X-ENDLIST",
            )
        else:
            web.answers |= {"/init.mp4": body(init), "/1.m4s": body(media)}
            web.answers["/a.m3u8"] = playlist(
                '#EXT-X-MAP:URI="init.mp4"', "#EXTINF:1,", "1.m4s", "#EXT-X-ENDLIST"
            )
        assert decoded(play(web)) == 25


def test_a_live_playlist_is_followed_from_near_its_end() -> None:
    segment = clip(container="mpegts", seconds=0.4)
    with serving(Web()) as web:
        first = 0

        def grow(request: object) -> None:
            nonlocal first
            names = [f"#EXTINF:0.4,\n{number}.ts" for number in range(first, first + 6)]
            playlist(f"#EXT-X-MEDIA-SEQUENCE:{first}", *names)(request)  # type: ignore[arg-type]
            first += 2

        web.answers["/a.m3u8"] = grow
        web.answers |= {f"/{number}.ts": body(segment) for number in range(100)}
        play(web, count=80)
        fetched = [path for path in web.asked if path.endswith(".ts")]
        assert fetched[0] == "/3.ts"
        assert fetched == [f"/{number}.ts" for number in range(3, 3 + len(fetched))]


def test_who_fell_behind_goes_on_near_the_end() -> None:
    segment = clip(container="mpegts", seconds=0.4)
    with serving(Web()) as web:
        first = 0

        def race(request: object) -> None:
            nonlocal first
            names = [f"#EXTINF:0.4,\n{number}.ts" for number in range(first, first + 6)]
            playlist(f"#EXT-X-MEDIA-SEQUENCE:{first}", *names)(request)  # type: ignore[arg-type]
            first += 20

        web.answers["/a.m3u8"] = race
        web.answers |= {f"/{number}.ts": body(segment) for number in range(400)}
        play(web, count=60)
        fetched = [path for path in web.asked if path.endswith(".ts")]
        assert fetched[2:4] == ["/5.ts", "/23.ts"]


def test_a_live_playlist_that_stands_still_is_stalled() -> None:
    with serving(Web()) as web:
        web.answers["/a.m3u8"] = playlist("#EXTINF:0.4,", "1.ts")
        web.answers["/1.ts"] = body(clip(container="mpegts", seconds=0.4))
        assert cause_of(web) is Cause.STALLED


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (status(404), Cause.NOT_FOUND),
        (status(403), Cause.LOGIN_REFUSED),
        (status(503), Cause.BUSY),
        (status(500), Cause.CLOSED),
        (status(302, Location="/a.m3u8"), Cause.REDIRECTED),
        (status(302, Location="http://localhost:1/"), Cause.REFUSED),
        (body(b"<html>nothing to see"), Cause.NOT_MEDIA),
        (body(b"#EXTM3U\n" + b"#" * 3_000_000), Cause.TOO_LARGE),
        (playlist('#EXT-X-KEY:METHOD=AES-128,URI="k"', "#EXTINF:1,", "1.ts"), Cause.UNSUPPORTED),
        (playlist("#EXTINF:nonsense,", "1.ts"), Cause.BROKEN),
        (playlist("#EXTINF:1,", "gone.ts"), Cause.NOT_FOUND),
        (playlist("#EXTINF:1,", "a.m3u8"), Cause.NOT_MEDIA),
        (playlist("#EXTINF:1,", "file:///etc/passwd"), Cause.UNREACHABLE),
    ],
)
def test_what_cannot_be_played_has_a_cause(answer: Answer, cause: Cause) -> None:
    with serving(Web({"/a.m3u8": answer})) as web:
        assert cause_of(web) is cause


def test_another_host_of_our_own_network_is_never_asked() -> None:
    with serving(Web()) as inside, serving(Web()) as web:
        inside.answers["/1.ts"] = body(clip(container="mpegts"))
        inner = inside.url("/1.ts").replace("127.0.0.1", "127.0.0.2")
        web.answers["/a.m3u8"] = playlist("#EXTINF:1,", f"http://127.0.0.1.nip.invalid:{web.port}/")
        assert cause_of(web) is Cause.UNREACHABLE
        web.answers["/a.m3u8"] = playlist("#EXTINF:1,", inner.replace("127.0.0.2", "localhost"))
        assert cause_of(web) is Cause.REDIRECTED
        assert inside.asked == []


def test_a_server_that_trickles_its_header_is_timed_out() -> None:
    def trickle(request: object) -> None:
        while True:  # until the client has had enough
            request.wfile.write(b"X")  # type: ignore[attr-defined]
            threading.Event().wait(0.05)

    with serving(Web({"/a.m3u8": trickle})) as web:
        source = HlsSource(SourceConfig(web.url("/a.m3u8"), deadlines=QUICK), clock=SystemClock())
        with pytest.raises(SourceError) as caught:
            next(source.items())
        assert caught.value.cause is Cause.TIMED_OUT


def test_the_best_modest_variant_is_played() -> None:
    master = (
        "#EXTM3U\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=8000000,RESOLUTION=1920x1080,CODECS="avc1.640028"\nhigh\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,CODECS="avc1.64001f"\nmid\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=1900000,RESOLUTION=1280x720,CODECS="vp09.00"\nother\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=640x360,CODECS="avc1.64001e"\nlow\n'
    )
    variants = parse_playlist(master, URL)
    assert isinstance(variants, tuple)
    assert best_variant(variants).url == "http://a.example/live/mid"


def test_a_master_of_large_variants_gives_the_smallest() -> None:
    variants = (Variant("a", 9_000_000, 2160), Variant("b", 5_000_000, 1080))
    assert best_variant(variants).url == "b"


def test_a_master_leads_to_its_media() -> None:
    with serving(Web()) as web:
        web.answers["/a.m3u8"] = body(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv/b.m3u8\n")
        web.answers["/v/b.m3u8"] = ended("s.ts")
        web.answers["/v/s.ts"] = body(clip(container="mpegts"))
        assert decoded(play(web)) == 25


def test_byte_ranges_without_offset_follow_one_another() -> None:
    text = "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:100@50\na\n#EXTINF:1,\n#EXT-X-BYTERANGE:70\na\n"
    read = parse_playlist(text, URL)
    assert isinstance(read, MediaPlaylist)
    assert [segment.span for segment in read.segments] == [(50, 100), (150, 70)]


LINES = st.one_of(
    st.text(max_size=40),
    st.builds(
        str.__add__,
        st.sampled_from(
            [
                "#EXTINF:",
                "#EXT-X-BYTERANGE:",
                "#EXT-X-MAP:URI=",
                "#EXT-X-MEDIA-SEQUENCE:",
                "#EXT-X-TARGETDURATION:",
                "#EXT-X-STREAM-INF:BANDWIDTH=",
                "#EXT-X-STREAM-INF:RESOLUTION=",
                "http://[",
            ]
        ),
        st.text(max_size=20),
    ),
)


@given(lines=st.lists(LINES, max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_playlist_makes_the_reader_raise_anything_but_a_cause(lines: list[str]) -> None:
    try:
        read = parse_playlist("\n".join(["#EXTM3U", *lines]), URL)
    except SourceError:
        return
    if isinstance(read, MediaPlaylist):
        assert all(b.number == a.number + 1 for a, b in pairwise(read.segments))


def test_a_segment_of_anything_is_no_crash(tmp_path: Path) -> None:
    good = clip(container="mpegts")
    with serving(Web()) as web:
        web.answers["/a.m3u8"] = ended("s.ts")
        for seed in range(0, len(good), len(good) // 15):
            web.answers["/s.ts"] = body(good[:seed] + bytes(200) + good[seed + 300 :])
            try:
                play(web)
            except SourceError:
                continue
