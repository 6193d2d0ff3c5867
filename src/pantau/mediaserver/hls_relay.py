"""HLS requests handed on to the shard that has the path, over kept connections."""

import asyncio
from typing import Final

import aiohttp
from aiohttp import web
from yarl import URL

from pantau.mediaserver.routes import (
    CAUSE_HEADER,
    DELAY_HEADER,
    HLS_PREFIX,
    VERSION_HEADER,
    no_picture,
    not_yet,
)
from pantau.mediaserver.shards import Shards

_PASSED_ON: Final = frozenset(
    {"content-type", "cache-control", "retry-after", "last-modified"}
    | {VERSION_HEADER.lower(), CAUSE_HEADER.lower(), DELAY_HEADER.lower()}
)
_WITHIN_S: Final = 35.0
"""More than a shard holds a blocking reload or waits for a camera."""


class HlsRelay:
    """Answer `GET /<path>/<file>` with what the path's shard answers; loop only."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    def application(self) -> web.Application:
        """Return the handler for the HLS sockets."""
        app = web.Application(client_max_size=0)
        app.router.add_get("/{rest:.+}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        rest = request.match_info["rest"]
        path = rest.rpartition("/")[0]
        shard = self._shards.shard_of(path)
        if shard is None:
            return no_picture("crashed" if self._shards.is_parked(path) else "not_found")
        if not shard.up:
            return not_yet()
        url = URL.build(
            scheme="http", host="shard", path=HLS_PREFIX + rest, query_string=request.query_string
        )
        try:
            async with asyncio.timeout(_WITHIN_S), shard.session.get(url) as answer:
                body = await answer.read()
                headers = {
                    name: value
                    for name, value in answer.headers.items()
                    if name.lower() in _PASSED_ON
                }
                return web.Response(status=answer.status, body=body, headers=headers)
        except (TimeoutError, OSError, aiohttp.ClientError):
            return not_yet()
