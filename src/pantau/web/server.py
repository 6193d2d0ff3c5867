"""The HTTP server of one process: listens, serves until told to stop, leaves in time."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

import structlog

from pantau.web.connection import Connection, ConnectionLimits, Leaving
from pantau.web.fast_lane import FastLane
from pantau.web.uvicorn_parts import Config, Server

log = structlog.get_logger()

_BACKLOG: Final = 4096
_KEEP_ALIVE_S: Final = 75
_PATIENT_SHARE: Final = 0.8
"""Of the time for finishing; the rest is for who comes at the very end of it."""
_TICKS_PER_S: Final = 10  # of uvicorn's main loop


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the server behaves; the defaults are for a box that is open to the public."""

    drain_s: float = 10.0
    """How long requests in progress may take to finish after the order to stop."""
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    is_followed: Callable[[], bool] = lambda: False
    """Asked when the order to stop comes: whether another process goes on listening.  Then who
    keeps a connection is not sent away, but told so with the next answer."""


async def serve(
    lane: FastLane,
    listener: socket.socket,
    *,
    stopping: asyncio.Event,
    options: ServerOptions | None = None,
    on_listening: Callable[[], object] | None = None,
) -> None:
    """Serve `lane` on a bound socket until `stopping` is set, and close the socket.

    `on_listening` is called once connections are accepted.
    """
    options = options or ServerOptions()
    leaving = Leaving()
    protocol = partial(Connection, lane=lane, limits=options.limits, leaving=leaving)
    config = Config(
        app=lane,
        http=cast("type[asyncio.Protocol]", protocol),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=cast("int", options.drain_s),  # goes to asyncio.wait_for
    )
    server = _Server(
        config,
        stopping,
        leaving=leaving,
        options=options,
        say_listening=on_listening,
    )
    try:
        await server.serve(sockets=[listener])
    finally:
        left = server.abort_rest()
        listener.close()
        log.info("web_server_stopped", connections_cut=left)


class _Server(Server):
    """uvicorn's server under our supervisor: our signals, our stop, our look at idle visitors."""

    def __init__(
        self,
        config: Config,
        stopping: asyncio.Event,
        *,
        leaving: Leaving,
        options: ServerOptions,
        say_listening: Callable[[], object] | None,
    ) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._options = options
        self._ticks_per_look = max(1, round(options.limits.look_every_s * _TICKS_PER_S))
        self._stopping = stopping
        self._say_listening = say_listening

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._say_listening is not None:
            self._say_listening()

    async def on_tick(self, counter: int) -> bool:
        if self._stopping.is_set():
            self.should_exit = True
            self._begin_to_leave()
        if counter % self._ticks_per_look == 0:
            now_mono = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.look_after(now_mono)
        return await super().on_tick(counter)

    def _begin_to_leave(self) -> None:
        if not self._leaving.has_begun:
            self._leaving.has_begun = True
            if self._options.is_followed():
                self._leaving.patience_s = _PATIENT_SHARE * self._options.drain_s

    def abort_rest(self) -> int:
        """Cut the connections that did not finish in time; return how many."""
        rest = list(self.server_state.connections)
        for connection in rest:
            if connection.transport is not None:
                connection.transport.abort()
        return len(rest)
