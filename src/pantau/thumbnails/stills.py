"""Fetches stills from the origin of our engine; asking never opens a camera, `open_camera` does."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import aiohttp

from pantau.core.errors import Unavailable
from pantau.thumbnails.addresses import StillForm

TYPES: Final[dict[StillForm, bytes]] = {"jpg": b"image/jpeg", "webp": b"image/webp"}
_MOST_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of a camera, as a file; in which form, whoever asked for it knows."""

    data: bytes
    taken_at: datetime


class StillClient:
    """Talks to one origin over its unix socket.  Loop only; close it at the end."""

    def __init__(self, unix_socket: str, *, timeout_s: float = 5.0) -> None:
        self._unix_socket = unix_socket
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def still(
        self, stream_key: str, *, width_px: int, form: StillForm = "jpg", late: bool = False
    ) -> Still | None:
        """Return the newest still, or None where there is none; raises `Unavailable`.

        `late`: the newest one that is as old as the camera's delay asks for.
        """
        route = f"/{quote(stream_key, safe='')}/still.{form}?width={width_px}"
        status, body, headers = await self._get(route + ("&late=1" if late else ""))
        if status != HTTPStatus.OK:
            return None
        return Still(body, _moment(headers.get("Last-Modified", "")))

    async def open_camera(self, stream_key: str, *, timeout_s: float) -> bool:
        """Ask for the playlist, as a viewer does; return whether there was one in time."""
        route = f"/{quote(stream_key, safe='')}/index.m3u8"
        try:
            status, _, _ = await self._get(route, timeout_s)
        except Unavailable:
            return False
        return status == HTTPStatus.OK

    async def close(self) -> None:
        """Give the connections back; whoever asks from here on is refused."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _get(
        self, route: str, timeout_s: float | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        if self._is_closed:
            raise Unavailable("thumbnail.origin_unreachable", "The media server does not answer.")
        if self._session is None:
            connector = aiohttp.UnixConnector(path=self._unix_socket)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        try:
            async with (
                asyncio.timeout(timeout_s or self._timeout_s),
                self._session.get("http://media" + route, allow_redirects=False) as response,
            ):
                body = await response.content.read(_MOST_BYTES)
                while len(body) < _MOST_BYTES and (more := await response.content.read(65_536)):
                    body += more
                return response.status, body, dict(response.headers)
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise Unavailable(
                "thumbnail.origin_unreachable", "The media server does not answer."
            ) from error


def _moment(text: str) -> datetime:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        # Old enough to be replaced by any other.
        return datetime(1970, 1, 1, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
