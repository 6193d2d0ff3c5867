"""`/api/cameras/active` and `/api/stream`, as routes of the fast lane."""

import re
from collections.abc import Awaitable
from typing import Final

from pantau.cameras.access import Allowed, CameraAccess, Purpose, Visitor
from pantau.cameras.capabilities import Player
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors, has_credential
from pantau.core.errors import Forbidden, NotFound, Problem
from pantau.streaming.hotlink import HotlinkGate, hotlinked
from pantau.streaming.known_streams import is_plain
from pantau.streaming.schemas import (
    ActiveCameras,
    OneStream,
    OneTicket,
    Streams,
    StreamTicket,
    playlist_of,
)
from pantau.streaming.snapshots import StreamSnapshots
from pantau.streaming.tokens import LIVES_S, StreamTokens
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hot_paths import HotPath, path_parameter

_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_TICKET: Final = re.compile(r"(?P<id>[0-9]{1,10})/token", re.ASCII)
_JSON: Final = b"application/json; charset=utf-8"

DOCUMENTED: Final = (
    HotPath("/api/cameras/active", "Cameras that the public sees", "cameras", ActiveCameras),
    HotPath("/api/stream", "Cameras with their live streams and states", "streams", Streams),
    HotPath(
        "/hls/{stream_key}/index.m3u8",
        "Live stream: its playlist names the files beside it",
        "streams",
        "application/vnd.apple.mpegurl",
        parameters=(path_parameter("stream_key", "string", "Public name of the stream"),),
        problems={
            401: "The stream token has expired",
            403: "Still pictures only, a page that may not show it, or a token of something else",
            404: "There is no such stream",
            503: "There is no picture at the moment",
        },
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
    HotPath(
        "/api/stream/{id}/token",
        "What opens the stream for an hour: of public cameras for anybody, else by credential",
        "streams",
        OneTicket,
        parameters=(path_parameter("id", "integer", "Number of the camera"),),
        problems={403: "A page that may not show the stream", 404: "There is no such camera"},
        kept="never",
    ),
)


class StreamRoutes:
    """Answers from the snapshots, and gives out stream tokens."""

    def __init__(self, snapshots: StreamSnapshots, tickets: "StreamTickets") -> None:
        self._snapshots = snapshots
        self._tickets = tickets

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

    def _one(self, request: HotRequest) -> Reply | Awaitable[Reply]:
        found = None
        if _NUMBER.fullmatch(request.rest):
            found = self._snapshots.one(int(request.rest))
        if found is not None:
            return found.reply(request)
        asked = _TICKET.fullmatch(request.rest)
        if asked is not None:
            return self._tickets.issue(request, int(asked["id"]))
        raise _no_camera()


class StreamTickets:
    """Gives out stream tokens, each as far as who asks may see the camera.  Loop only."""

    def __init__(
        self,
        catalogue: Catalogue,
        visitors: Visitors,
        tokens: StreamTokens,
        *,
        public_url: str,
        hotlinks: HotlinkGate | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._access: CameraAccess = catalogue.access
        self._visitors = visitors
        self._tokens = tokens
        self._public_url = public_url
        self._gate = hotlinks

    def issue(self, request: HotRequest, camera_id: int) -> Reply | Awaitable[Reply]:
        """Answer with a token; raises the same for a camera that is hidden and for none."""
        camera = self._catalogue.by_id(camera_id)
        if camera is None:
            raise _no_camera()
        verdict = self._access.decide(camera, Purpose.LIST)
        is_everybodys = isinstance(verdict, Allowed) and is_plain(verdict)
        if not is_everybodys and has_credential(request):
            return self._by_credential(request, camera)
        return self._answer(request, camera, "public")

    async def _by_credential(self, request: HotRequest, camera: Camera) -> Reply:
        try:
            guest = await self._visitors.of(request, camera)
        except Problem:
            # A token that opens nothing must not tell that there is something (lesson X10).
            raise _no_camera() from None
        # An hour that was bought with a token would never end.
        return self._answer(request, camera, "public" if guest.ticket else guest.visitor)

    def _answer(self, request: HotRequest, camera: Camera, visitor: Visitor) -> Reply:
        if isinstance(self._access.decide(camera, Purpose.LIST, visitor), Problem):
            raise _no_camera()
        if visitor == "public" and self._gate is not None and self._gate.refuses(request):
            # A token passes the gate of playlists: it is not for pages that the gate is against.
            raise hotlinked()
        token = self._tokens.issue(camera, visitor)
        ticket = StreamTicket(
            token=token, streamUrl=self._address(camera, visitor, token), expiresIn=LIVES_S
        )
        return Reply(
            200,
            OneTicket(data=ticket).model_dump_json().encode(),
            content_type=_JSON,
            headers=((b"cache-control", b"private, no-store"),),
            cross_origin=True,
        )

    def _address(self, camera: Camera, visitor: Visitor, token: str) -> str:
        verdict = self._access.decide(camera, Purpose.LIVE, visitor)
        if isinstance(verdict, Forbidden):
            return ""
        if capabilities_for(camera.source).player is not Player.HLS:
            return ""
        address = playlist_of(
            camera.stream_key, camera.stream_revision, public_url=self._public_url
        )
        return f"{address}{'&' if '?' in address else '?'}token={token}"


def _no_camera() -> NotFound:
    return NotFound("camera.unknown", "There is no such camera.")
