"""The HLS origin of one shard: playlists, init segments, segments, parts and stills from memory."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import web

from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.media.live.window import LiveWindow, ReloadRefused
from pantau.media.stills import StillForm
from pantau.mediaserver.late_origin import (
    LATE_PLAYLIST,
    is_late_file,
    late_file,
    late_playlist,
)
from pantau.mediaserver.routes import VERSION_HEADER, no_picture, not_yet
from pantau.mediaserver.seam import PathOrder, ShardEngine

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
_IMMUTABLE: Final = "public, max-age=3600, immutable"
_FILE: Final = re.compile(r"[0-9a-z]+_(?:init|seg[0-9]+|part[0-9]+)\.mp4", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_STILLS: Final[dict[str, StillForm]] = {"still.jpg": "jpeg", "still.webp": "webp"}
_WIDTHS_PX: Final = range(16, 3841)
WEBP_WIDTHS_PX: Final = (160, 320, 640, 1280)
"""Widths that thumbnails have; a camera's picture is never made larger than it is."""
_LONGEST_WAIT_S: Final = 30.0
_MUXER_IDLE: Final = timedelta(seconds=60)


@dataclass(slots=True)
class Traffic:
    """What the origin gave out for one path, and when."""

    created_at: datetime
    last_request_at: datetime
    outbound_bytes: int = 0


class Origin:
    """Answer `GET /<path>/<file>`; loop only.

    A camera without a picture is a 404 that names the cause in `X-Pantau-Cause`, never an old
    playlist: a player must see that there is nothing, and an edge must not keep it.
    """

    def __init__(self, engine: ShardEngine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._orders: dict[str, PathOrder] = {}
        self._traffic: dict[str, Traffic] = {}

    def know(self, orders: dict[str, PathOrder]) -> None:
        """Serve these paths and no others."""
        self._orders = dict(orders)
        self._traffic = {path: seen for path, seen in self._traffic.items() if path in orders}

    def outbound_bytes(self, path: str) -> int:
        """Return how much was given out for `path`."""
        seen = self._traffic.get(path)
        return seen.outbound_bytes if seen else 0

    def muxers(self) -> dict[str, Traffic]:
        """Return the paths that somebody read within the last minute."""
        oldest_at = self._clock.now() - _MUXER_IDLE
        return {
            path: seen for path, seen in self._traffic.items() if seen.last_request_at >= oldest_at
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Route one request; everything that goes wrong here is an answer."""
        path, _, name = request.match_info["rest"].rpartition("/")
        if path not in self._orders:
            return no_picture("not_found")
        try:
            async with asyncio.timeout(_LONGEST_WAIT_S):
                return await self._answer(request, path, name)
        except (NotFound, Unavailable) as problem:
            gone = isinstance(problem, NotFound)
            return no_picture("not_found" if gone else problem.code.removeprefix("stream."))
        except (Invalid, ReloadRefused):
            return web.Response(status=400)
        except TimeoutError:
            return not_yet()

    async def _answer(self, request: web.Request, path: str, name: str) -> web.Response:
        if name == "index.m3u8":
            response = await self._playlist(request, path)
        elif name in _STILLS:
            response = await self._still(request, path, _STILLS[name])
        elif name == LATE_PLAYLIST:
            response = late_playlist(self._engine, path, headers={"Cache-Control": "no-cache"})
        elif is_late_file(name):
            headers = {"Cache-Control": _IMMUTABLE}
            response = await late_file(self._engine, path, name, headers=headers)
        elif _FILE.fullmatch(name):
            response = await self._file(path, name)
        else:
            return no_picture("not_found")
        if response.status == 200:
            self._count(path, len(response.body) if isinstance(response.body, bytes) else 0)
        return response

    async def _playlist(self, request: web.Request, path: str) -> web.Response:
        window = await self._engine.window(path)
        self._engine.touch(path)
        low_latency = self._orders[path].low_latency
        if low_latency and not await _waited_as_asked(window, request):
            return not_yet()
        return web.Response(
            body=window.playlist(low_latency=low_latency),
            content_type=PLAYLIST_TYPE,
            headers={"Cache-Control": "no-cache", VERSION_HEADER: str(window.version)},
        )

    async def _file(self, path: str, name: str) -> web.Response:
        window = self._engine.window_now(path)
        if window is None:
            return no_picture("not_found")
        self._engine.touch(path)
        data = window.file(name)
        if data is None and self._orders[path].low_latency:
            data = await window.file_soon(name)
        if data is None:
            return no_picture("not_found")
        return web.Response(
            body=data, content_type="video/mp4", headers={"Cache-Control": _IMMUTABLE}
        )

    async def _still(self, request: web.Request, path: str, form: StillForm) -> web.Response:
        width_px = _number(request, "width") or 640
        if width_px not in (_WIDTHS_PX if form == "jpeg" else WEBP_WIDTHS_PX):
            raise Invalid("still.bad_width", "There is no still of this width.", field="width")
        is_late = bool(_number(request, "late"))
        still = await self._engine.still(path, width_px=width_px, form=form, late=is_late)
        if still is None:
            return no_picture("no_picture")
        return web.Response(
            body=still.data,
            content_type=f"image/{form}",
            headers={
                "Cache-Control": "no-cache",
                "Last-Modified": format_datetime(still.taken_at, usegmt=True),
            },
        )

    def _count(self, path: str, size_bytes: int) -> None:
        now = self._clock.now()
        seen = self._traffic.get(path)
        if seen is None:
            seen = self._traffic[path] = Traffic(created_at=now, last_request_at=now)
        seen.last_request_at = now
        seen.outbound_bytes += size_bytes


async def _waited_as_asked(window: LiveWindow, request: web.Request) -> bool:
    """Hold a blocking reload (RFC 8216bis, 6.2.5.2); return whether what it asks for is there."""
    number, part = _number(request, "_HLS_msn"), _number(request, "_HLS_part")
    if number is not None:
        return await window.wait(number, part)
    if part is not None:
        raise Invalid("playlist.part_alone", "_HLS_part needs _HLS_msn.", field="_HLS_part")
    return True


def _number(request: web.Request, key: str) -> int | None:
    text = request.query.get(key)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise Invalid("query.not_a_number", f"{key} must be a whole number.", field=key)
    return int(text)
