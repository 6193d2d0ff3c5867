"""A real player plays relayed streams to their end, through the edge and two web processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import av
import pytest

from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors
from pantau.core.clock import SystemClock
from pantau.core.supervisor import Supervisor
from pantau.streaming.edge import Doors, Edge
from pantau.streaming.known_streams import KnownStreams
from pantau.web.exchange import Route
from tests.media.clips import RATE, colour_frame
from tests.streaming.relay.owner import Owner, Relay, listening, relay_to
from tests.support.cameras import key_of
from tests.web.http_peer import serving, visiting

pytestmark = pytest.mark.anyio

SECONDS = 3
KINDS = {
    "mpegts": {"hls_segment_filename": "{folder}/seg%d.ts"},
    "fmp4": {
        "hls_segment_type": "fmp4",
        "hls_fmp4_init_filename": "first.mp4",
        "hls_segment_filename": "{folder}/seg%d.m4s",
    },
    "one file": {"hls_flags": "single_file", "hls_segment_filename": "{folder}/all.ts"},
    "encrypted": {
        "hls_key_info_file": "{folder}/key_info",
        "hls_segment_filename": "{folder}/seg%d.ts",
    },
}


def make_stream(folder: Path, kind: str) -> dict[str, str | bytes]:
    """Return the files of a stream of three seconds, as its owner has them."""
    (folder / "secret.bin").write_bytes(b"0123456789abcdef")
    (folder / "key_info").write_text(f"secret.bin?user=7\n{folder}/secret.bin\n")
    given = {name: text.format(folder=folder) for name, text in KINDS[kind].items()}
    options = {"hls_time": "1", "hls_list_size": "0", "hls_playlist_type": "vod", **given}
    with av.open(str(folder / "chunks.m3u8"), "w", format="hls", options=options) as output:
        video = output.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.codec_context.gop_size = RATE
        video.options = {"preset": "ultrafast", "sc_threshold": "0"}
        for number in range(SECONDS * RATE):
            frame = colour_frame(number, 160, 96)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return {f"/kota/{file.name}": file.read_bytes() for file in folder.iterdir()}


def frames_in_thread(url: str) -> int:
    with av.open(url, timeout=45, options={"protocol_whitelist": "http,tcp,crypto"}) as container:
        return sum(1 for _ in container.decode(video=0))


@asynccontextmanager
async def process_with(relay: Relay) -> AsyncIterator[str]:
    """Run a web process with this relay; gives the address of the stream."""
    clock = SystemClock()
    supervisor = Supervisor(clock)
    catalogue = Catalogue(relay.cameras.values(), clock=clock)
    streams = KnownStreams(catalogue, lambda _: relay.origin)
    edge = Edge(
        find=streams.find,
        doors=Doors(catalogue.access, Visitors(None)),
        touch=lambda *_: None,
        spawn=supervisor.spawn,
        clock=clock,
    )
    async with serving(prefixes={"/hls/": Route(edge.handle, cross_origin=True)}) as port:
        yield f"http://127.0.0.1:{port}/hls/{key_of(1)}/index.m3u8"
    await supervisor.stop(deadline_s=2.0)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_player_plays_a_relayed_stream_to_its_end(kind: str, tmp_path: Path) -> None:
    files = await asyncio.to_thread(make_stream, tmp_path, kind)
    files["/kota/list.m3u8"] = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nchunks.m3u8?s=1\n"
    async with (
        listening(Owner(files)) as owner,
        relay_to(owner.url + "/kota/list.m3u8") as first,
        relay_to(owner.url + "/kota/list.m3u8") as second,
        process_with(first) as one,
        process_with(second) as other,
    ):
        for _ in range(2):
            assert await asyncio.to_thread(frames_in_thread, one) == SECONDS * RATE
        # However often it is played, the owner gives everything once.
        assert set(owner.asked.values()) == {1} or kind == "one file"
        assert await asyncio.to_thread(frames_in_thread, other) == SECONDS * RATE


async def test_segments_may_be_kept_and_playlists_may_not() -> None:
    """Lesson M18."""
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n"
    files: dict[str, str | bytes] = {"/x.m3u8": text, "/a.ts": b"a"}
    async with (
        listening(Owner(files)) as owner,
        relay_to(owner.url + "/x.m3u8") as relay,
        process_with(relay) as address,
    ):
        port, path = int(address.split(":")[2].partition("/")[0]), address.partition("/hls")[2]
        async with visiting(port) as viewer:
            playlist = await viewer.ask("/hls" + path)
            name = playlist.body.decode().splitlines()[-1]
            segment = await viewer.ask("/hls" + path.replace("index.m3u8", name))
        assert playlist.header("cache-control") == "no-cache"
        assert "immutable" in segment.header("cache-control")
        assert segment.header("content-type") == "video/mp2t"
        for answer in (playlist, segment):
            assert owner.url.rpartition(":")[2] not in str(answer.fields)
