"""What the origin answers about cameras that are shown late."""

import math
import re
from typing import Final

from aiohttp import web

from pantau.media.late.presentation import SENTENCES, LateStatus
from pantau.mediaserver.routes import CAUSE_HEADER, DELAY_HEADER, VERSION_HEADER, no_picture
from pantau.mediaserver.seam import ShardEngine

LATE_PLAYLIST: Final = "late-index.m3u8"
_FILE: Final = re.compile(r"late-(?:init-[0-9a-f]{24}\.mp4|[0-9a-f]{24}\.m4s)", re.ASCII)
_UNKNOWN_S: Final = 60.0
"""Ask again after this, where nobody can tell when there will be something."""


def is_late_file(name: str) -> bool:
    """Whether a file's name is one that a late list may hold."""
    return _FILE.fullmatch(name) is not None


def late_playlist(engine: ShardEngine, path: str, *, headers: dict[str, str]) -> web.Response:
    """Answer `late-index.m3u8`: a list, or 503 that says why and until when; 404: never late."""
    late = engine.late(path)
    if late is None:
        return no_picture("not_found")
    status = late.status()
    if status.cause is not None:
        return _not_yet(status)
    own = {VERSION_HEADER: str(late.version), DELAY_HEADER: f"{status.delay_s:g}"}
    return web.Response(
        body=late.playlist(),
        content_type="application/vnd.apple.mpegurl",
        headers={**headers, **own},
    )


async def late_file(
    engine: ShardEngine, path: str, name: str, *, headers: dict[str, str]
) -> web.Response:
    """Answer for a segment or init segment of a late list; 404 unless it is old enough."""
    late = engine.late(path)
    data = None
    if late is not None:
        late.step()
        data = await late.file(name)
    if data is None:
        return no_picture("not_found")
    return web.Response(body=data, content_type="video/mp4", headers=headers)


def _not_yet(status: LateStatus) -> web.Response:
    assert status.cause is not None
    wait_s = _UNKNOWN_S if status.first_in_s is None else status.first_in_s
    return web.json_response(
        {
            "code": f"stream.{status.cause}",
            "message": SENTENCES[status.cause],
            "delay_s": status.delay_s,
            "first_in_s": None if status.first_in_s is None else math.ceil(status.first_in_s),
        },
        status=503,
        headers={
            "Cache-Control": "no-cache",
            "Retry-After": str(max(1, math.ceil(wait_s))),
            CAUSE_HEADER: status.cause.value,
            DELAY_HEADER: f"{status.delay_s:g}",
        },
    )
