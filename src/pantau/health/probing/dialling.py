"""Opens connections to cameras for a moment: judged as they are dialled, closed with a reset."""

import asyncio
import contextlib
import errno
import hashlib
import hmac
import socket
import ssl
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from pantau.core.clock import Clock
from pantau.core.networks import AddressPolicy
from pantau.media.errors import Cause, SourceError

_RESET: Final = struct.pack("ii", 1, 0)
_REMEMBERED_S: Final = 300.0
_MOST_REMEMBERED: Final = 2_048
_CONNECT_S: Final = 5.0
_BUFFER_BYTES: Final = 64 * 1024

Place = tuple[socket.AddressFamily, tuple[Any, ...]]


def resetting_socket(family: int) -> socket.socket:
    """Return a socket whose end is a reset: cameras forget to answer polite ones (lesson M12)."""
    made = socket.socket(family, socket.SOCK_STREAM)
    made.settimeout(0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return made


class Names:
    """Looks names up, with a memory: a resolver is asked once for all cameras of a host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[tuple[str, int], tuple[float, tuple[Place, ...]]] = {}

    async def places(self, host: str, port: int) -> tuple[Place, ...]:
        """Return where a host may be reached; raises `SourceError`."""
        key = (host, port)
        known = self._known.get(key)
        if known is not None and self._clock.mono_s() < known[0]:
            return known[1]
        found = await self._look_up(host, port)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (self._clock.mono_s() + _REMEMBERED_S, found)
        return found

    async def _look_up(self, host: str, port: int) -> tuple[Place, ...]:
        literal = _literal(host, port)
        if literal is not None:
            return (literal,)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            raise SourceError(
                Cause.UNREACHABLE, "the name of the camera could not be looked up"
            ) from error
        return tuple((socket.AddressFamily(family), tuple(place)) for family, *_, place in found)


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def abort(self) -> None:
        """Reset it."""
        self.writer.transport.abort()


class Dialler:
    """Opens connections.  Loop only; `policy` judges where sources may lead that no admin wrote."""

    def __init__(self, names: Names, policy: AddressPolicy) -> None:
        self._names = names
        self._policy = policy
        self._tls = _camera_tls()

    async def places(self, host: str, port: int, *, is_trusted: bool) -> tuple[Place, ...]:
        """Return the addresses of a host that may be dialled; raises `SourceError`."""
        found = await self._names.places(host, port)
        if is_trusted:
            return found
        fine = tuple(place for place in found if self._policy.why_not(str(place[1][0])) is None)
        if not fine:
            raise SourceError(Cause.NOT_ALLOWED, "an address that cameras may not have")
        return fine

    async def open(
        self, host: str, port: int, *, is_tls: bool, fingerprint: str, is_trusted: bool
    ) -> Line:
        """Return a connection to a camera; raises `SourceError`."""
        places = await self.places(host, port, is_trusted=is_trusted)
        refusal = SourceError(Cause.UNREACHABLE, "no answer from the address")
        for place in places:
            try:
                connected = await _connected(place)
            except SourceError as error:
                refusal = error
                continue
            return await self._streams(connected, host, is_tls=is_tls, fingerprint=fingerprint)
        raise refusal

    async def _streams(
        self, connected: socket.socket, host: str, *, is_tls: bool, fingerprint: str
    ) -> Line:
        with contextlib.ExitStack() as unless_taken:
            # Also when the deadline of the probe ends this.
            unless_taken.callback(connected.close)
            try:
                reader, writer = await asyncio.open_connection(
                    sock=connected,
                    ssl=self._tls if is_tls else None,
                    server_hostname=host if is_tls else None,
                    limit=_BUFFER_BYTES,
                )
            except (OSError, ValueError) as error:
                raise SourceError(Cause.NOT_MEDIA, "no TLS on this port") from error
            unless_taken.pop_all()
        line = Line(reader, writer)
        if is_tls and fingerprint and not _is_expected(writer, fingerprint):
            line.abort()
            raise SourceError(Cause.INSECURE, "the certificate is another than the one expected")
        return line


async def _connected(place: Place) -> socket.socket:
    family, where = place
    connection = resetting_socket(family)
    with contextlib.ExitStack() as unless_open:
        unless_open.callback(connection.close)
        try:
            async with asyncio.timeout(_CONNECT_S):
                await asyncio.get_running_loop().sock_connect(connection, where)
        except TimeoutError as error:
            raise SourceError(Cause.UNREACHABLE, "no answer from the address") from error
        except OSError as error:
            is_refused = error.errno == errno.ECONNREFUSED
            cause = Cause.REFUSED if is_refused else Cause.UNREACHABLE
            raise SourceError(cause, "the connection was not accepted") from error
        unless_open.pop_all()
    return connection


def _is_expected(writer: asyncio.StreamWriter, fingerprint: str) -> bool:
    shown: ssl.SSLObject = writer.get_extra_info("ssl_object")
    wanted = fingerprint.replace(":", "").replace(" ", "").lower()
    seen = hashlib.sha256(shown.getpeercert(binary_form=True) or b"").hexdigest()
    return hmac.compare_digest(wanted.encode(), seen.encode())


def _camera_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Cameras sign their own certificates and speak the TLS of their year of birth; trust comes from
    # the fingerprint, where one is set.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _literal(host: str, port: int) -> Place | None:
    try:
        version = ip_address(host.partition("%")[0]).version
    except ValueError:
        return None
    if version == 4:
        return socket.AF_INET, (host, port)
    if "%" in host:
        return None
    return socket.AF_INET6, (host, port, 0, 0)
