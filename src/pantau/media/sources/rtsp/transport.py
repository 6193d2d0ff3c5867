"""How the packets of a session travel: between the messages on its TCP connection."""

import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.rtsp.connection import Connection
from pantau.media.sources.rtsp.rtp import Buffer, RtpReceiver
from pantau.media.sources.rtsp.session import TransportRefusedError

RtcpSink = Callable[[Buffer, int, int], None]

_INTERLEAVED: Final = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.IGNORECASE)


class Transport(Protocol):
    """Carries the packets of all tracks of one session.  Tracks are numbered from 0."""

    def proposal(self, track: int) -> str:
        """Return the Transport header for the SETUP of a track; called once for each."""
        ...

    def begin(self, track: int, answer: str, receiver: RtpReceiver, on_rtcp: RtcpSink) -> None:
        """Hand on the packets of a track as the camera's Transport header says."""
        ...

    def start(self) -> None:
        """Learn that packets follow from here on: PLAY was answered."""
        ...

    def pump(self) -> bool:
        """Take what has come; return False when nothing came within a tick."""
        ...

    def report(self, packets: Iterable[tuple[int, bytes]]) -> None:
        """Send receiver reports where they are wanted."""
        ...

    def close(self) -> None:
        """Give back what this transport opened, which is not the session's connection."""
        ...


class InterleavedTransport:
    """RTP and RTCP as frames on the RTSP connection (RFC 2326, 10.12)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def proposal(self, track: int) -> str:
        return f"RTP/AVP/TCP;unicast;interleaved={2 * track}-{2 * track + 1}"

    def begin(self, track: int, answer: str, receiver: RtpReceiver, on_rtcp: RtcpSink) -> None:
        found = _INTERLEAVED.search(answer)
        if found is None and "client_port" in answer.lower():
            raise TransportRefusedError(Cause.BROKEN, "the camera insists on UDP")
        rtp = int(found[1]) if found else 2 * track
        rtcp = int(found[2]) if found and found[2] else rtp + 1
        if rtp > 255 or rtcp > 255:
            raise SourceError(Cause.BROKEN, "an impossible channel for packets")
        self._connection.sinks[rtp] = receiver.accept
        if rtcp != rtp:
            self._connection.sinks[rtcp] = on_rtcp

    def start(self) -> None:
        self._connection.wake_for_bursts()

    def pump(self) -> bool:
        return self._connection.receive()

    def report(self, packets: Iterable[tuple[int, bytes]]) -> None:
        """Send nothing: frames confuse cheap cameras, and RTSP itself keeps the session."""

    def close(self) -> None:
        """Nothing of its own to give back."""
