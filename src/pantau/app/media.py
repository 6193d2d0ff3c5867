"""The media process: our engine behind its control API; beside a MediaMTX it records, no more."""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from pantau.app.running import Running
from pantau.app.vitals import VitalsKeeper
from pantau.core.errors import Problem
from pantau.core.nursery_line import Nursery
from pantau.media.archive.orders import RecordRules
from pantau.mediaserver.process import CameraRules, ShardLog, run_media_server
from pantau.mediaserver.sockets import API_SOCKET
from pantau.operations.taking_vitals import of_shards
from pantau.recordings.storage.places import folders_of
from pantau.settings import Settings
from pantau.streaming.media_server import MediaServerClient

_LOOK_EVERY_S: Final = 0.05
_SPOOL: Final = "spool"
"""Where pictures wait that the public sees minutes late."""


async def run_media(running: Running, *, nursery: Nursery | None = None) -> None:
    """Run the engine until stopped; ready when its control API answers.

    Shards are forked from the `nursery`; None: each is an interpreter of its own.
    """
    settings = running.settings
    vitals = VitalsKeeper(running)
    vitals.start()

    async def serve() -> None:
        await run_media_server(
            runtime_dir=settings.sockets_dir,
            clock=running.clock,
            stopping=running.stopping,
            shard_size=settings.media.shard_size,
            api_tcp=settings.media.api_listen or None,
            hls_tcp=settings.media.hls_listen or None,
            cameras=CameraRules(
                settings.media.allowed_networks,
                settings.data_dir / _SPOOL,
                record_rules(settings),
                # Beside a MediaMTX nothing is kept for a hub that records nothing.
                least_shards=0 if settings.media.api_url else 1,
            ),
            shard_log=ShardLog(
                settings.log_level,
                settings.log_format,
                lambda line: running.output.write("info", line),
                running.output.lines.add,
                nursery=nursery,
                known=lambda shards: vitals.add(lambda: of_shards(shards)),
            ),
        )

    await asyncio.gather(serve(), _say_ready(running))


def recording_dirs(settings: Settings) -> tuple[Path, ...]:
    """Return the folders for footage, absolute, as the settings have them or by default."""
    return folders_of(settings.recordings.dirs, settings.data_dir)


def record_rules(settings: Settings) -> RecordRules:
    """Return what all recorders have in common; makes the folder that nobody chose."""
    wanted = settings.recordings
    dirs = recording_dirs(settings)
    if not wanted.dirs:
        # One that somebody chose is on a disk of its own: where it is missing, that disk is.
        with contextlib.suppress(OSError):  # recorders say what is the matter
            dirs[0].mkdir(mode=0o700, parents=True, exist_ok=True)
    return RecordRules(
        dirs=dirs,
        segment_s=wanted.segment_s,
        sync_s=wanted.sync_s,
        reserve_bytes=wanted.reserve_bytes,
        sound=wanted.sound,
    )


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
