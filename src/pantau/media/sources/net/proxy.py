"""Goes through an HTTP proxy: absolute addresses for HTTP, CONNECT for HTTPS (RFC 9110, 9.3.6)."""

import base64
import re
import socket
from typing import Final

from pantau.core.networks import AddressPolicy, is_public
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.address import Address
from pantau.media.sources.net.dial import Patience, connect, lookup
from pantau.media.sources.net.web_address import parse_web_address

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
_MOST_HEAD_BYTES: Final = 16_384
_CAUSES: Final = {
    403: (Cause.REFUSED, "the proxy refuses this address"),
    407: (Cause.LOGIN_REFUSED, "the proxy refuses its login"),
    502: (Cause.UNREACHABLE, "the proxy cannot reach the address"),
    503: (Cause.UNREACHABLE, "the proxy cannot reach the address"),
    504: (Cause.UNREACHABLE, "the proxy cannot reach the address"),
}


class Proxy:
    """One proxy, with its login."""

    def __init__(self, url: str) -> None:
        self._address = parse_web_address(url)
        if self._address.is_tls:
            raise SourceError(Cause.UNSUPPORTED, "a proxy that is not http://")
        pair = f"{self._address.user}:{self._address.password}"
        self.proof = f"Basic {base64.b64encode(pair.encode()).decode()}" if pair != ":" else ""
        """The value of Proxy-Authorization; empty without a login."""

    def connect(
        self, target: Address, *, patience: Patience, policy: AddressPolicy | None
    ) -> socket.socket:
        """Return a connection that leads to `target`, or for HTTP to the proxy itself.

        The proxy's own address is judged as it is dialled.  Where the proxy goes is judged as far
        as it can be seen from here: by what the name stands for on this machine, if anything.
        """
        if policy is not None:
            reasons = [policy.why_not(found) for found in places_of(target, patience)]
            if reason := next(filter(None, reasons), None):
                raise SourceError(Cause.NOT_ALLOWED, reason)
        connection = connect(self._address, patience=patience, policy=policy)
        if target.is_tls:
            try:
                self._tunnel(connection, target, patience)
            except SourceError:
                connection.close()
                raise
        return connection

    def _tunnel(self, connection: socket.socket, target: Address, patience: Patience) -> None:
        host = f"[{target.host}]" if ":" in target.host else target.host
        place = f"{host}:{target.port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        lines += [f"Proxy-Authorization: {self.proof}"] if self.proof else []
        try:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            head = _head(connection, patience)
        except (OSError, UnicodeError) as error:
            raise SourceError(Cause.CLOSED, "the connection to the proxy broke") from error
        status = _STATUS.match(head)
        if status is None:
            raise SourceError(Cause.NOT_MEDIA, "the proxy does not speak HTTP")
        if not 200 <= int(status[1]) < 300:
            refused = (Cause.UNREACHABLE, f"the proxy answered CONNECT with {int(status[1])}")
            raise SourceError(*_CAUSES.get(int(status[1]), refused))


def places_of(target: Address, patience: Patience) -> list[str]:
    """Return the IP addresses that a host has for this machine; none when it has no name here."""
    try:
        return [str(place[0]) for _, place in lookup(target, patience.share(3))]
    except SourceError:
        patience.check(Cause.TIMED_OUT, "the proxy did not answer in time")
        return []


def is_public_target(target: Address, patience: Patience) -> bool:
    """Whether a host that only the proxy will see leads out, as far as this machine can tell."""
    return all(map(is_public, places_of(target, patience)))


def _head(connection: socket.socket, patience: Patience) -> bytes:
    """Read up to the empty line and no byte further: what follows belongs to the tunnel."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        patience.check(Cause.TIMED_OUT, "the proxy did not answer in time")
        try:
            byte = connection.recv(1)
        except (TimeoutError, BlockingIOError):
            continue
        if not byte or len(head) > _MOST_HEAD_BYTES:
            raise SourceError(Cause.NOT_MEDIA, "the proxy does not speak HTTP")
        head += byte
    return bytes(head)
