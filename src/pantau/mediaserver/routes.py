"""Addresses and headers that parent and shards agree on."""

from typing import Final

from aiohttp import web

ORDERS_ROUTE: Final = "/orders"
REPORT_ROUTE: Final = "/report"
RECORDER_ROUTE: Final = "/recorder/restart"
HLS_PREFIX: Final = "/hls/"
CAUSE_HEADER: Final = "X-Pantau-Cause"
VERSION_HEADER: Final = "X-Pantau-Version"
DELAY_HEADER: Final = "X-Pantau-Delay"
"""How many seconds late a camera is shown."""


def no_picture(cause: str) -> web.Response:
    """Return the 404 for a path that has nothing to show, with the cause for the edge."""
    return web.Response(status=404, headers={CAUSE_HEADER: cause, "Cache-Control": "no-cache"})


def not_yet() -> web.Response:
    """Return the answer while something that will be there in seconds is not."""
    return web.Response(status=503, headers={"Retry-After": "1", "Cache-Control": "no-cache"})
