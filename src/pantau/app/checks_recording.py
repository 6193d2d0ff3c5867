"""What `pantau doctor` asks of the MediaMTX that cameras are to be recorded from."""

import asyncio
from typing import Final

from pantau.app.checks_data import number_of_recorded_cameras
from pantau.app.media_server import media_server_client
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.media.sources.rtsp.asking import refusal_in_thread
from pantau.operations.doctor import Finding, recording_source
from pantau.settings import Settings

_ANSWER_S: Final = 8.0
_NO_PATH: Final = "pantau-doctor"
"""A path that nobody has: who hears of it has reached the server."""


async def look_at_recording_source(settings: Settings) -> Finding:
    """Say whether what is to be recorded can be read."""
    url = settings.media.rtsp_url
    if not url:
        return recording_source.check_without(await number_of_recorded_cameras(settings))
    path = await _running_path(settings)
    cause = await asyncio.to_thread(
        refusal_in_thread, f"{url}/{path}", clock=SystemClock(), limit_s=_ANSWER_S
    )
    return recording_source.check_answer(cause)


async def _running_path(settings: Settings) -> str:
    """Return a path that runs, as a login is asked for by paths that are there alone."""
    async with media_server_client(settings) as server:
        try:
            paths = await server.paths()
        except Problem:
            return _NO_PATH
    return next((name for name, path in sorted(paths.items()) if path.ready), _NO_PATH)
