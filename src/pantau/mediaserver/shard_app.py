"""What a shard process answers on its own socket: orders in, reports out, HLS."""

import os
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from pantau.core.clock import Clock
from pantau.core.log import LineCounts
from pantau.mediaserver.origin import Origin
from pantau.mediaserver.path_report import moment
from pantau.mediaserver.path_status import report
from pantau.mediaserver.routes import HLS_PREFIX, ORDERS_ROUTE, RECORDER_ROUTE, REPORT_ROUTE
from pantau.mediaserver.seam import PathOrder, ShardEngine

_MOST_ORDERS_BYTES: Final = 4 * 1024 * 1024


class ShardApp:
    """Keep the engine's paths equal to the last set of orders, and report on them."""

    def __init__(self, engine: ShardEngine, *, clock: Clock, said: LineCounts) -> None:
        self._engine = engine
        self._said = said
        self._orders: dict[str, PathOrder] = {}
        self._origin = Origin(engine, clock=clock)

    def application(self) -> web.Application:
        """Return the handlers, to be put on a socket that only the parent can reach."""
        app = web.Application(client_max_size=_MOST_ORDERS_BYTES)
        app.router.add_put(ORDERS_ROUTE, self._take_orders)
        app.router.add_get(REPORT_ROUTE, self._report)
        app.router.add_post(RECORDER_ROUTE, self._restart_recorder)
        app.router.add_get(HLS_PREFIX + "{rest:.+}", self._origin.handle)
        return app

    async def _take_orders(self, request: web.Request) -> web.Response:
        """Take the whole set every time, so that whatever was missed heals itself."""
        given: dict[str, dict[str, Any]] = await request.json()
        orders = {path: PathOrder.from_wire(order) for path, order in given.items()}
        for path in self._orders.keys() - orders.keys():
            self._engine.remove(path)
        for path, order in orders.items():
            if self._orders.get(path) != order:
                self._engine.put(path, order.config())
        self._orders = orders
        self._origin.know(orders)
        return web.Response()

    async def _restart_recorder(self, request: web.Request) -> web.Response:
        given: dict[str, str] = await request.json()
        is_known = given["path"] in self._orders and self._engine.restart_recorder(given["path"])
        return web.Response(status=200 if is_known else 404)

    def _held_bytes(self, path: str) -> int:
        window = self._engine.window_now(path)
        return window.held_bytes if window else 0

    async def _report(self, _: web.Request) -> web.Response:
        paths = {
            status.path: report(status, outbound_bytes=self._origin.outbound_bytes(status.path))
            for status in self._engine.statuses()
        }
        muxers = {
            path: {
                "path": path,
                "created": moment(seen.created_at),
                "lastRequest": moment(seen.last_request_at),
                "bytesSent": seen.outbound_bytes,
                "outboundBytes": seen.outbound_bytes,
                "outboundFramesDiscarded": 0,
            }
            for path, seen in self._origin.muxers().items()
        }
        return web.json_response(
            {
                "paths": paths,
                "muxers": muxers,
                "abandoned": self._engine.abandoned,
                "lines": self._said.by_level,
                "unhandled_errors": self._said.unhandled,
                "rss_bytes": _resident_bytes(),
                "largest_path": max(self._orders, key=self._held_bytes, default=""),
            }
        )


def _resident_bytes() -> int:
    """Return this process's resident memory; 0 where the system has no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
