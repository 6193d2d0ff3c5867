"""Opens the connection to a camera: name lookup, TCP and TLS, each with a deadline.

An address is judged after its name was looked up, and then dialled as it is: a name may lead
elsewhere the next time it is asked.
"""

import errno
import hashlib
import hmac
import ipaddress
import os
import queue
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from pantau.core.clock import Clock
from pantau.core.networks import AddressPolicy
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.address import Address

TICK_S: Final = 0.25
"""How long a call blocks at most before deadlines and interruption are looked at again."""
_CONNECTING: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN)
_LOOKUPS: Final = threading.BoundedSemaphore(16)
"""A resolver that hangs keeps its thread: there are never more such threads than this."""

SocketPlace = tuple[str | int | bytes, ...]
SocketAddress = tuple[socket.AddressFamily, SocketPlace]


class Patience:
    """The deadline of one stretch of work, and whether somebody wants it to end early."""

    def __init__(self, clock: Clock, is_interrupted: Callable[[], bool], duration_s: float) -> None:
        self._clock = clock
        self._is_interrupted = is_interrupted
        self._until_mono = clock.mono_s() + duration_s

    def share(self, parts: int) -> "Patience":
        """Return a patience for the first of `parts` equal parts of what is left."""
        return Patience(self._clock, self._is_interrupted, self.left_s / parts)

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, negative after it."""
        return self._until_mono - self._clock.mono_s()

    def check(self, cause: Cause, detail: str) -> None:
        """Raise `SourceError` when interrupted, or with `cause` when the deadline is over."""
        if self._is_interrupted():
            raise SourceError(Cause.CLOSED, "interrupted")
        if self.left_s <= 0:
            raise SourceError(cause, detail)


@dataclass(frozen=True, slots=True)
class Trust:
    """Which certificate is good: the one with this SHA-256, else any, or any that is signed."""

    fingerprint: str = ""
    strict: bool = False


ANYBODY: Final = Trust()


def dial(
    address: Address,
    *,
    patience: Patience,
    trust: Trust = ANYBODY,
    policy: AddressPolicy | None = None,
) -> socket.socket:
    """Return a connected socket whose calls block for `TICK_S` at most; raises `SourceError`.

    Only what `policy` allows is dialled; None allows everything.
    """
    connection = connect(address, patience=patience, policy=policy)
    return secure(connection, address, trust, patience) if address.is_tls else connection


def connect(
    address: Address, *, patience: Patience, policy: AddressPolicy | None = None
) -> socket.socket:
    """Return a TCP connection, like `dial` but without TLS."""
    refusal = SourceError(Cause.UNREACHABLE, "the name of the camera has no address")
    places = lookup(address, patience)
    for tried, (family, place) in enumerate(places):
        reason = policy.why_not(str(place[0])) if policy else None
        if reason:
            refusal = SourceError(Cause.NOT_ALLOWED, reason)
            continue
        try:
            connection = _connect(family, place, patience.share(len(places) - tried))
        except SourceError as error:
            patience.check(error.cause, error.detail)
            refusal = error
            continue
        _block_for_a_tick(connection)
        return connection
    raise refusal


def lookup(address: Address, patience: Patience) -> list[SocketAddress]:
    """Return what the host's name stands for; raises `SourceError`."""
    try:
        ipaddress.ip_address(address.host.partition("%")[0])
    except ValueError:
        return _lookup_name(address, patience)
    return _resolve(address)


def _lookup_name(address: Address, patience: Patience) -> list[SocketAddress]:
    if not _LOOKUPS.acquire(blocking=False):
        raise SourceError(Cause.UNREACHABLE, "too many name lookups are waiting for an answer")
    answers: queue.SimpleQueue[list[SocketAddress] | SourceError] = queue.SimpleQueue()

    def lookup_in_thread() -> None:
        try:
            answers.put(_resolve(address))
        except SourceError as error:
            answers.put(error)
        finally:
            _LOOKUPS.release()

    threading.Thread(target=lookup_in_thread, name="lookup", daemon=True).start()
    while True:
        try:
            answer = answers.get(timeout=TICK_S)
        except queue.Empty:
            patience.check(Cause.UNREACHABLE, "the name of the camera could not be looked up")
            continue
        if isinstance(answer, SourceError):
            raise answer
        return answer


def _resolve(address: Address) -> list[SocketAddress]:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(
            Cause.UNREACHABLE, "the name of the camera could not be looked up"
        ) from error
    addresses: list[SocketAddress] = [(family, place) for family, _, _, _, place in found]
    return addresses


def _connect(family: socket.AddressFamily, place: SocketPlace, patience: Patience) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        status = connection.connect_ex(place)
        if status in _CONNECTING:
            detail = "no answer from the address"
            _wait_for(connection, select.POLLOUT, patience, Cause.UNREACHABLE, detail)
            status = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except SourceError:
        connection.close()
        raise
    except OSError as error:
        connection.close()
        raise SourceError(Cause.UNREACHABLE, error.strerror or "") from error
    if status:
        connection.close()
        cause = Cause.REFUSED if status == errno.ECONNREFUSED else Cause.UNREACHABLE
        raise SourceError(cause, os.strerror(status))
    return connection


def secure(
    connection: socket.socket, address: Address, trust: Trust, patience: Patience
) -> ssl.SSLSocket:
    """Begin TLS on a connection, which is closed if that fails; raises `SourceError`."""
    strict = trust.strict and not trust.fingerprint
    try:
        connection.settimeout(0)
        secured = (_strict_context() if strict else _tls_context()).wrap_socket(
            connection, server_hostname=address.host, do_handshake_on_connect=False
        )
    except (OSError, ValueError) as error:
        connection.close()
        raise SourceError(Cause.UNREACHABLE, "the host is no name that TLS can carry") from error
    try:
        _shake_hands(secured, patience)
        _check_fingerprint(secured, trust.fingerprint)
    except SourceError:
        secured.close()
        raise
    except ssl.SSLCertVerificationError as error:
        secured.close()
        raise SourceError(Cause.INSECURE, error.verify_message) from error
    except OSError as error:
        secured.close()
        raise SourceError(Cause.NOT_MEDIA, "the camera does not speak TLS on this port") from error
    secured.settimeout(TICK_S)
    return secured


@cache
def _strict_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Cameras sign their own certificates and speak the TLS of their year of birth; trust comes from
    # the fingerprint, where one is set.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def _shake_hands(secure: ssl.SSLSocket, patience: Patience) -> None:
    while True:
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            events = select.POLLIN
        except ssl.SSLWantWriteError:
            events = select.POLLOUT
        else:
            return
        _wait_for(secure, events, patience, Cause.TIMED_OUT, "no answer to the TLS handshake")


def _check_fingerprint(secure: ssl.SSLSocket, fingerprint: str) -> None:
    if not fingerprint:
        return
    wanted = fingerprint.replace(":", "").replace(" ", "").lower()
    seen = hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()
    if not hmac.compare_digest(wanted.encode(), seen.encode()):
        raise SourceError(Cause.INSECURE, "the certificate is another than the one expected")


def _wait_for(
    connection: socket.socket, events: int, patience: Patience, cause: Cause, detail: str
) -> None:
    waiting = select.poll()
    waiting.register(connection, events)
    while not waiting.poll(TICK_S * 1_000):
        patience.check(cause, detail)


def _block_for_a_tick(connection: socket.socket) -> None:
    # A Python timeout costs a poll() before every recv(); the kernel's own costs nothing (half the
    # system calls of a stream).
    connection.settimeout(None)
    tick = struct.pack("@ll", 0, int(TICK_S * 1_000_000))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, tick)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, tick)
