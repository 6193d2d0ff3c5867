"""A pair of UDP sockets, RTP and RTCP, towards one client."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:  # noqa: ARG002
        self._heard()

    def error_received(self, exc: Exception) -> None:
        """Ignore that the client's port is closed; the session ends by its own rules."""


@dataclass(slots=True)
class DatagramPair:
    """Sends to `client_port` and the port above it."""

    port: int
    transports: tuple[asyncio.DatagramTransport, asyncio.DatagramTransport]

    @classmethod
    async def open(
        cls, own: str, host: str, client_port: int, *, heard: Callable[[], None]
    ) -> "DatagramPair":
        """Bind an even port and the odd one above it; OSError when none is free."""
        loop = asyncio.get_running_loop()
        for _ in range(50):
            first = _bound(own, 0)
            port = first.getsockname()[1]
            if port % 2:
                first.close()
                continue
            try:
                second = _bound(own, port + 1)
            except OSError:
                first.close()
                continue
            first.connect((host, client_port))
            second.connect((host, client_port + 1))
            transports = [
                (await loop.create_datagram_endpoint(lambda: _Ear(heard), sock=one))[0]
                for one in (first, second)
            ]
            return cls(port, (transports[0], transports[1]))
        raise OSError("no pair of UDP ports is free")

    def send(self, packets: Sequence[bytes], *, control: int) -> None:
        """Send packets; what the client does not take is lost, as UDP is."""
        transport = self.transports[control]
        for packet in packets:
            with contextlib.suppress(OSError):
                transport.sendto(packet)

    def close(self) -> None:
        """Close both sockets."""
        for transport in self.transports:
            transport.close()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.setblocking(False)  # noqa: FBT003  # socket has no other way
    try:
        one.bind((host, port))
    except OSError:
        one.close()
        raise
    return one
