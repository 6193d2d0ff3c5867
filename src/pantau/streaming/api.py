"""`/api/cameras/active` and `/api/stream`, as routes of the fast lane."""

import re
from typing import Final

from pantau.core.errors import NotFound
from pantau.streaming.schemas import ActiveCameras, OneStream, Streams
from pantau.streaming.snapshots import StreamSnapshots
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hot_paths import HotPath, path_parameter

_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)

DOCUMENTED: Final = (
    HotPath("/api/cameras/active", "Cameras that the public sees", "cameras", ActiveCameras),
    HotPath("/api/stream", "Cameras with their live streams and states", "streams", Streams),
    HotPath(
        "/hls/{stream_key}/index.m3u8",
        "Live stream: its playlist names the files beside it",
        "streams",
        "application/vnd.apple.mpegurl",
        parameters=(path_parameter("stream_key", "string", "Public name of the stream"),),
        problems={404: "There is no such stream", 503: "There is no picture at the moment"},
        limit="misses",
    ),
    HotPath(
        "/api/stream/{id}",
        "One camera and where its live stream is",
        "streams",
        OneStream,
        parameters=(path_parameter("id", "integer", "Number of the camera"),),
        problems={404: "There is no such camera"},
    ),
)


class StreamRoutes:
    """Answers from the snapshots."""

    def __init__(self, snapshots: StreamSnapshots) -> None:
        self._snapshots = snapshots

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {
            "/api/cameras/active": Route(self._active, cross_origin=True),
            "/api/stream": Route(self._streams, cross_origin=True),
        }

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {"/api/stream/": Route(self._one, cross_origin=True)}

    def _active(self, request: HotRequest) -> Reply:
        return self._snapshots.active.reply(request)

    def _streams(self, request: HotRequest) -> Reply:
        return self._snapshots.streams.reply(request)

    def _one(self, request: HotRequest) -> Reply:
        found = None
        if _NUMBER.fullmatch(request.rest):
            found = self._snapshots.one.get(int(request.rest))
        if found is None:
            raise NotFound("camera.unknown", "There is no such camera.")
        return found.reply(request)
