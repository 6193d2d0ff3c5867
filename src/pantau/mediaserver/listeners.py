"""Sockets that only this user, or this machine, can reach."""

import ipaddress
import socket
import stat
from pathlib import Path
from typing import Final

_LONGEST_PATH_BYTES: Final = 100
"""Linux allows 107 bytes in a socket address, macOS 103."""
_BACKLOG: Final = 512


class ListenError(Exception):
    """A socket cannot be opened, or may not be."""


def private_folder(folder: Path) -> None:
    """Make `folder` if need be, open to its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def unix_listener(path: Path) -> socket.socket:
    """Return a listening socket of mode 0600 at `path`.

    A socket that nobody listens on any more is replaced.  Raises `ListenError` when somebody does:
    two engines would pull every camera twice.
    """
    if len(str(path).encode()) >= _LONGEST_PATH_BYTES:
        raise ListenError(f"the path of the socket {path.name} is too long; choose a shorter one")
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise ListenError(f"{path.name} is in the way and is no socket")
    if _is_answered(path):
        raise ListenError(f"another media server listens on {path.name} already")
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        path.chmod(0o600)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(f"the socket {path.name} cannot be opened: {error.strerror}") from error
    sock.setblocking(False)  # noqa: FBT003 - the standard library takes it by position only
    return sock


def loopback_listener(address: str) -> socket.socket:
    """Return a listening socket for `host:port`; raises `ListenError` unless the host is loopback.

    The control API gives out every camera's password, so it never leaves the machine (lesson M07).
    """
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not is_loopback(host):
        raise ListenError(f"{address} is not a loopback address; the media server stays local")
    if not port.isdecimal() or int(port) > 65535:
        raise ListenError(f"{address} has no usable port")
    number = "127.0.0.1" if host == "localhost" else host
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    try:
        return socket.create_server((number, int(port)), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ListenError(f"{address} cannot be opened: {error.strerror}") from error


def is_loopback(host: str) -> bool:
    """Whether `host` (no port) names this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
