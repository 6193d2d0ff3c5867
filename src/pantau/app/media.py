"""The media process: our engine behind its control API, or nothing where a MediaMTX is used."""

import asyncio
from typing import Final

from pantau.app.running import Running
from pantau.core.errors import Problem
from pantau.mediaserver.process import API_SOCKET, CameraRules, ShardLog, run_media_server
from pantau.streaming.media_server import MediaServerClient

_LOOK_EVERY_S: Final = 0.05
_SPOOL: Final = "spool"
"""Where pictures wait that the public sees minutes late."""


async def run_media(running: Running) -> None:
    """Run the engine until stopped; ready when its control API answers."""
    settings = running.settings

    async def serve() -> None:
        await run_media_server(
            runtime_dir=settings.sockets_dir,
            clock=running.clock,
            stopping=running.stopping,
            shard_size=settings.media.shard_size,
            api_tcp=settings.media.api_listen or None,
            hls_tcp=settings.media.hls_listen or None,
            cameras=CameraRules(settings.media.allowed_networks, settings.data_dir / _SPOOL),
            shard_log=ShardLog(
                settings.log_level,
                settings.log_format,
                lambda line: running.output.write("info", line),
            ),
        )

    await asyncio.gather(serve(), _say_ready(running))


async def _say_ready(running: Running) -> None:
    socket = running.settings.sockets_dir / API_SOCKET
    async with MediaServerClient(unix_socket=str(socket)) as client:
        while not running.stopping.is_set():
            try:
                await client.info()
            except Problem:
                await running.clock.sleep(_LOOK_EVERY_S)
            else:
                await running.ready("Pantau media is ready")
                return
