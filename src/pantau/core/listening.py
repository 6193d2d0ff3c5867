"""Takes a TCP port, and says plainly why not."""

import errno
import socket
from typing import Final

_BACKLOG: Final = 1024
"""Connections that wait here while the web process is being replaced."""


class PortError(Exception):
    """The address cannot be listened on; the message says what to do about it."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket on `host`:`port` (0: any free port); raises PortError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise PortError(f"{host} is no address of this machine. Set PANTAU_HOST.") from error
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # Without it a restart would have to wait for the kernel to forget old connections.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        listener.settimeout(0)
    except OSError as error:
        listener.close()
        raise PortError(_why_not(error, host, port)) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        return port


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is in use by another program. "
                "Stop that program or set PANTAU_PORT to another port."
            )
        case errno.EACCES:
            return f"Port {port} needs more rights. Set PANTAU_PORT to a number above 1023."
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine. Set PANTAU_HOST."
        case _:
            return f"Port {port} on {host} cannot be opened: {error.strerror}."
