"""A media server that costs nothing: fifty ready paths with sliding playlists and 500 KB segments.

Run as `python -m bench.stub_origin RUNTIME_DIR KEY [KEY …]`; prints `ready` at the end.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from aiohttp import web

SEGMENT_BYTES = 500_000
SEGMENT_S = 2.0
LISTED = 10


class StubOrigin:
    """Playlists move with the clock; each stream has its own bytes, so caches stay honest."""

    def __init__(self, keys: list[str]) -> None:
        self._segments = {key: os.urandom(SEGMENT_BYTES) for key in keys}

    def newest(self) -> int:
        return int(time.time() / SEGMENT_S)

    async def hls(self, request: web.Request) -> web.Response:
        key, name = request.match_info["key"], request.match_info["name"]
        if key not in self._segments:
            return web.Response(status=404)
        if name == "index.m3u8":
            newest = self.newest()
            lines = [
                "#EXTM3U",
                "#EXT-X-VERSION:7",
                "#EXT-X-TARGETDURATION:2",
                f"#EXT-X-MEDIA-SEQUENCE:{newest - LISTED + 1}",
                '#EXT-X-MAP:URI="aaaaaaaaaaaa_init.mp4"',
            ]
            for number in range(newest - LISTED + 1, newest + 1):
                lines += [f"#EXTINF:{SEGMENT_S:.5f},", f"aaaaaaaaaaaa_seg{number}.mp4"]
            return web.Response(
                text="\n".join(lines) + "\n", content_type="application/vnd.apple.mpegurl"
            )
        return web.Response(body=self._segments[key], content_type="video/mp4")

    async def paths(self, request: web.Request) -> web.Response:
        started = "2026-01-01T00:00:00Z"
        items = [
            {
                "name": key,
                "confName": key,
                "source": {"type": "rtspSource", "id": ""},
                "ready": True,
                "readyTime": started,
                "available": True,
                "availableTime": started,
                "online": True,
                "onlineTime": started,
                "tracks": ["H264"],
                "tracks2": [{"codec": "H264", "codecProps": None}],
                "bytesReceived": self.newest() * SEGMENT_BYTES,
                "bytesSent": 0,
                "inboundBytes": self.newest() * SEGMENT_BYTES,
                "outboundBytes": 0,
                "inboundFramesInError": 0,
                "readers": [],
            }
            for key in self._segments
        ]
        page, size = int(request.query.get("page", 0)), int(request.query.get("itemsPerPage", 100))
        pages = -(-len(items) // size)
        return web.json_response(
            {
                "itemCount": len(items),
                "pageCount": pages,
                "items": items[page * size : (page + 1) * size],
            }
        )

    async def info(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "v1.20.0", "started": "2026-01-01T00:00:00Z"})


async def serve(runtime_dir: Path, keys: list[str]) -> None:
    origin = StubOrigin(keys)
    api, hls = web.Application(), web.Application()
    api.router.add_get("/v3/info", origin.info)
    api.router.add_get("/v3/paths/list", origin.paths)
    hls.router.add_get("/{key}/{name}", origin.hls)
    for app, name in ((api, "media-api.sock"), (hls, "media-hls.sock")):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.UnixSite(runner, str(runtime_dir / name)).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2:]))
