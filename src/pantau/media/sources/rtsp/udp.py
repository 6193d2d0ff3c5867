"""How the packets of a session travel over UDP: two ports for each track (RFC 2326, 12.39)."""

import contextlib
import re
import select
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.dial import TICK_S
from pantau.media.sources.rtsp.connection import Connection
from pantau.media.sources.rtsp.rtp import Reorderer, RtpReceiver
from pantau.media.sources.rtsp.transport import RtcpSink

_SERVER_PORTS: Final = re.compile(
    r"server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.IGNORECASE
)
_TRIES_FOR_A_PAIR: Final = 64
_RECEIVE_BUFFER_BYTES: Final = 2 * 1024 * 1024
"""A key frame arrives as one burst; the usual 200 KB lose its end."""
_MOST_DATAGRAMS_AT_ONCE: Final = 256
_MOST_DATAGRAM_BYTES: Final = 65_536
# Version 2, payload type 0: opens the way back through NAT and firewalls; no sender reads it.
_PUNCH_RTP: Final = bytes((0x80,)) + bytes(11)
_PUNCH_RTCP: Final = bytes((0x80, 201, 0, 1)) + bytes(4)


@dataclass(slots=True)
class _Pair:
    rtp: socket.socket
    rtcp: socket.socket
    rtcp_port: int = 0
    reorderer: Reorderer | None = None


class UdpTransport:
    """Waits on the ports of all tracks and on the RTSP connection at once."""

    def __init__(
        self, connection: Connection, *, clock: Clock, count_bytes: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._count_bytes = count_bytes
        self._pairs: dict[int, _Pair] = {}
        self._takers: dict[int, tuple[socket.socket, Callable[[bytes, float], None]]] = {}
        self._waiting = select.poll()
        self._waiting.register(connection.fileno(), select.POLLIN)
        self._buffer = bytearray(_MOST_DATAGRAM_BYTES)
        self._view = memoryview(self._buffer)

    def proposal(self, track: int) -> str:
        pair = _open_pair(self._connection.local)
        self._pairs[track] = pair
        port = pair.rtp.getsockname()[1]
        return f"RTP/AVP;unicast;client_port={port}-{port + 1}"

    def begin(self, track: int, answer: str, receiver: RtpReceiver, on_rtcp: RtcpSink) -> None:
        pair = self._pairs[track]
        reorderer = pair.reorderer = Reorderer(receiver)

        def take_rtcp(packet: bytes, _arrived_mono: float) -> None:
            on_rtcp(packet, 0, len(packet))

        for port, take in ((pair.rtp, reorderer.accept), (pair.rtcp, take_rtcp)):
            self._takers[port.fileno()] = (port, take)
            self._waiting.register(port.fileno(), select.POLLIN)
        found = _SERVER_PORTS.search(answer)
        if found is None:
            return
        rtp_port = int(found[1])
        pair.rtcp_port = int(found[2]) if found[2] else rtp_port + 1
        with contextlib.suppress(OSError, OverflowError):
            pair.rtp.sendto(_PUNCH_RTP, (self._connection.peer, rtp_port))
            pair.rtcp.sendto(_PUNCH_RTCP, (self._connection.peer, pair.rtcp_port))

    def start(self) -> None:
        """Do nothing: datagrams wake one by one."""

    def pump(self) -> bool:
        ready = self._waiting.poll(TICK_S * 1_000)
        now_mono = self._clock.mono_s()
        for descriptor, _ in ready:
            taker = self._takers.get(descriptor)
            if taker is None:
                self._connection.receive()
            else:
                self._drain(*taker, now_mono)
        for pair in self._pairs.values():
            if pair.reorderer is not None:
                pair.reorderer.give_up_waiting(now_mono)
        return bool(ready)

    def report(self, packets: Iterable[tuple[int, bytes]]) -> None:
        for track, packet in packets:
            pair = self._pairs.get(track)
            if pair is not None and pair.rtcp_port:
                with contextlib.suppress(OSError, OverflowError):
                    pair.rtcp.sendto(packet, (self._connection.peer, pair.rtcp_port))

    def close(self) -> None:
        for pair in self._pairs.values():
            pair.rtp.close()
            pair.rtcp.close()

    def _drain(
        self, port: socket.socket, take: Callable[[bytes, float], None], now_mono: float
    ) -> None:
        camera = self._connection.peer
        for _ in range(_MOST_DATAGRAMS_AT_ONCE):
            try:
                count, sender = port.recvfrom_into(self._buffer)
            except OSError:
                # Nothing more, or an ICMP answer to what was sent: neither ends the stream.
                return
            # Anybody can send to a port; only the camera is heard.
            if sender[0] == camera:
                self._count_bytes(count)
                take(bytes(self._view[:count]), now_mono)


def _open_pair(local: str) -> _Pair:
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    for _ in range(_TRIES_FOR_A_PAIR):
        rtp, rtcp = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        try:
            rtp.bind((local, 0))
            port = rtp.getsockname()[1]
            if port % 2 == 0:
                rtcp.bind((local, port + 1))
                for one in (rtp, rtcp):
                    one.settimeout(0)
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
                return _Pair(rtp, rtcp)
        except OSError:
            pass
        rtp.close()
        rtcp.close()
    raise SourceError(Cause.UNREACHABLE, "no free pair of UDP ports on this machine")
