"""The HTTP server of one process: listens, serves until told to stop, leaves in time."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, cast

import structlog
import uvicorn

from pantau.core.errors import Invalid, Unavailable
from pantau.web.connection import Connection, ConnectionLimits
from pantau.web.fast_lane import FastLane

log = structlog.get_logger()

_BACKLOG: Final = 4096
_KEEP_ALIVE_S: Final = 75
_TICKS_PER_S: Final = 10  # of uvicorn's main loop


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen: a port, a unix socket, or a socket that somebody opened before (systemd)."""

    host: str = "127.0.0.1"
    port: int = 3000
    unix_path: Path | None = None
    inherited_fd: int | None = None


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the server behaves; the defaults are for a box that is open to the public."""

    drain_s: float = 10.0
    """How long requests in progress may take to finish after the order to stop."""
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)


async def serve(
    lane: FastLane,
    listen: Listen,
    *,
    stopping: asyncio.Event,
    options: ServerOptions | None = None,
    on_listening: Callable[[str], None] | None = None,
) -> None:
    """Serve `lane` until `stopping` is set; `on_listening` gets the address once it is open.

    Raises `Unavailable` or `Invalid`, naming the setting, where the address cannot be had.
    """
    options = options or ServerOptions()
    listener = open_listener(listen)
    config = uvicorn.Config(
        app=lane,
        http=cast("type[asyncio.Protocol]", partial(Connection, lane=lane, limits=options.limits)),
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
        look_every_s=options.limits.look_every_s,
        say_listening=lambda: on_listening and on_listening(_name_of(listener)),
    )
    try:
        await server.serve(sockets=[listener])
    finally:
        left = server.abort_rest()
        listener.close()
        if listen.unix_path is not None:
            listen.unix_path.unlink(missing_ok=True)
        log.info("web_server_stopped", connections_cut=left)


def open_listener(listen: Listen) -> socket.socket:
    """Return a bound socket for `listen`, with errors that say which setting to change."""
    if listen.inherited_fd is not None:
        return socket.socket(fileno=listen.inherited_fd)
    if listen.unix_path is not None:
        return _open_unix(listen.unix_path)
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((listen.host, listen.port))
    except OSError as error:
        listener.close()
        raise _explain(error, listen) from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server under our supervisor: our signals, our stop, our look at idle visitors."""

    def __init__(
        self,
        config: uvicorn.Config,
        stopping: asyncio.Event,
        *,
        look_every_s: float,
        say_listening: Callable[[], object],
    ) -> None:
        super().__init__(config)
        self._ticks_per_look = max(1, round(look_every_s * _TICKS_PER_S))
        self._stopping = stopping
        self._say_listening = say_listening

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._say_listening()

    async def on_tick(self, counter: int) -> bool:
        if self._stopping.is_set():
            self.should_exit = True
        if counter % self._ticks_per_look == 0:
            now_mono = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.look_after(now_mono)
        return await super().on_tick(counter)

    def abort_rest(self) -> int:
        """Cut the connections that did not finish in time; return how many."""
        rest = list(self.server_state.connections)
        for connection in rest:
            if connection.transport is not None:
                connection.transport.abort()
        return len(rest)


def _open_unix(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            _remove_if_dead(path)
        listener.bind(str(path))
        path.chmod(0o660)
    except OSError as error:
        listener.close()
        raise Unavailable(
            "server.socket_unavailable",
            f"The unix socket {path} cannot be opened: {error.strerror or error}.",
            field="unix_path",
        ) from error
    return listener


def _remove_if_dead(path: Path) -> None:
    # A socket file outlives a process that was killed; one that answers belongs to somebody.
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "another process listens there")


def _explain(error: OSError, listen: Listen) -> Unavailable | Invalid:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            "server.port_in_use",
            f"Port {listen.port} on {listen.host} is taken by another program: "
            "stop it, or choose another port (setting `port`, or PANTAU_PORT).",
            field="port",
        )
    if error.errno == errno.EACCES:
        return Unavailable(
            "server.port_forbidden",
            f"Port {listen.port} needs rights that this user lacks: "
            "choose one above 1023 (setting `port`, or PANTAU_PORT).",
            field="port",
        )
    return Invalid(
        "server.address",
        f"“{listen.host}” is no address of this machine (setting `host`, or PANTAU_HOST): "
        f"{error.strerror or error}.",
        field="host",
    )


def _name_of(listener: socket.socket) -> str:
    name = listener.getsockname()
    if isinstance(name, tuple):
        host = f"[{name[0]}]" if ":" in name[0] else name[0]
        return f"http://{host}:{name[1]}"
    return f"unix:{name}"
