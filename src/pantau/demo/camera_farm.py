"""A farm of demo cameras behind one RTSP port."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from urllib.parse import quote

from pantau.core.clock import Clock, SystemClock
from pantau.demo.behaviour import GOOD, Behaviour
from pantau.demo.bitstream import Clip
from pantau.demo.camera import DemoRtspCamera
from pantau.demo.packetize import Reel
from pantau.demo.rtsp_connection import RtspConnection


@dataclass(slots=True)
class CameraFarm:
    """Serves every camera that was added at `rtsp://host:port/<name>`.  Loop only."""

    clock: Clock = field(default_factory=SystemClock)
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    _cameras: dict[str, DemoRtspCamera] = field(default_factory=dict)
    _reels: dict[tuple[int, bool], Reel] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, told by `port` afterwards."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self.tls)
        self.host = host
        self.port = self._server.sockets[0].getsockname()[1]

    def add(
        self, name: str, clip: Clip, *, behaviour: Behaviour = GOOD, other: Clip | None = None
    ) -> DemoRtspCamera:
        """Put up a camera; `other` is what it changes to when told to switch."""
        camera = DemoRtspCamera(name, clip, self.clock, behaviour, other, reels=self._reels)
        self._cameras[name] = camera
        return camera

    def camera(self, name: str) -> DemoRtspCamera:
        """Return a camera by its name."""
        return self._cameras[name]

    def url(self, name: str, *, user: str = "", password: str = "") -> str:
        """Return its address, with a login where one is given."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        scheme = "rtsps" if self.tls else "rtsp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{login}{host}:{self.port}/{name}"

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        if self._server is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await RtspConnection(reader, writer, self._cameras.get, self.clock).serve()
        finally:
            self._writers.discard(writer)
