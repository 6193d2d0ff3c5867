"""A hub with a media server that is faked at its socket, and where the public finds a camera."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.app.camera_editing import camera_editor
from pantau.cameras.changes import CameraChange
from pantau.cameras.models import Camera
from pantau.mediaserver.sockets import HLS_SOCKET
from pantau.settings import Settings
from tests.safety.house import House
from tests.streaming.fake_origin import FakeOrigin, listening

SEGMENT: Final = "ab_seg1.mp4"
_TAKEN: Final = {"Last-Modified": "Sun, 01 Mar 2026 08:00:00 GMT"}
_PICTURE: Final = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


@asynccontextmanager
async def media_server(settings: Settings) -> AsyncIterator[FakeOrigin]:
    """Answer in the place of our engine: every stream has a playlist, a segment and a still."""

    async def still(_: web.Request) -> web.StreamResponse:
        return web.Response(body=_PICTURE, headers=_TAKEN)

    origin = FakeOrigin()
    origin.reactions["still.jpg"] = origin.reactions["still.webp"] = still
    async with listening(origin, settings.sockets_dir / HLS_SOCKET):
        yield origin


async def add_camera(house: House, name: str, address: str, **more: Any) -> Camera:
    """Add a camera as an operator does."""
    change = CameraChange(name=name, address=address, **more)
    return (await camera_editor(house.base).create(change, by=AT_THE_CONSOLE)).camera


@dataclass(frozen=True)
class Places:
    """Everywhere that the public may come across a camera as it was when this was made."""

    camera: Camera

    async def at(self, house: House) -> set[str]:
        """Return where it is found."""
        camera = self.camera
        found = {
            name
            for name, (path, sign) in self._texts().items()
            if sign in (await house.ask("GET", path)).text
        }
        for name, path in {
            "one": f"/api/stream/{camera.id}",
            "token": f"/api/stream/{camera.id}/token",
            "page": f"/kamera/{camera.id}-{camera.slug}",
            "playlist": f"/hls/{camera.stream_key}/index.m3u8",
            "segment": f"/hls/{camera.stream_key}/{SEGMENT}",
            "still": f"/api/thumbnails/{camera.id}.jpg",
        }.items():
            if (await house.ask_bytes(path)) == 200:
                found.add(name)
        return found

    def _texts(self) -> dict[str, tuple[str, str]]:
        camera = self.camera
        page = f"/kamera/{camera.id}-"
        return {
            "active": ("/api/cameras/active", camera.stream_key),
            "streams": ("/api/stream", camera.stream_key),
            "wall": ("/", page),
            "news": ("/wall.id.json", f'"{camera.id}":{{'),
            "sitemap": ("/sitemap.xml", page),
        }


EVERYWHERE: Final = frozenset(
    {
        "active", "streams", "wall", "news", "sitemap", "one", "token", "page", "playlist",
        "segment", "still",
    }
)  # fmt: skip
