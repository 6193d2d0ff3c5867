"""One RTSP connection: what comes is cut into frames and messages (RFC 2326, 10.12)."""

import contextlib
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from typing import Final

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.dial import TICK_S, Patience
from pantau.media.sources.rtsp.messages import (
    MOST_BODY_BYTES,
    MOST_HEADER_BYTES,
    Response,
    ServerRequest,
    answer_bytes,
    is_first_line,
    parse_head,
)

Sink = Callable[[bytearray, int, int], None]
"""Takes one RTP or RTCP packet: it lies between the two positions, for this call only."""

_DOLLAR: Final = 0x24
_LINE_ENDS: Final = b"\r\n"
_FRAME_HEAD: Final = 4
_MOST_FRAME_BYTES: Final = _FRAME_HEAD + 0xFFFF
_BUFFER_BYTES: Final = MOST_HEADER_BYTES + MOST_BODY_BYTES + _MOST_FRAME_BYTES
_FIRST_BUFFER_BYTES: Final = 32 * 1024
"""Packets of most cameras fit into a frame of Ethernet: for them this is as fast."""
_LEAST_ROOM_BYTES: Final = 8 * 1024
"""Below this a first buffer is full."""
_MOST_RESPONSES_WAITING: Final = 64
_MOST_REQUESTS: Final = 1_000
_ANSWERED: Final = frozenset(
    {"OPTIONS", "ANNOUNCE", "GET_PARAMETER", "SET_PARAMETER", "REDIRECT", "TEARDOWN"}
)
_BURST_BYTES: Final = 6_000
_BURST_WAIT_S: Final = 0.04
_FAREWELLS: Final = frozenset({"REDIRECT", "TEARDOWN"})


class Connection:
    """Owns a connected socket whose calls return within `dial.TICK_S`.  One thread."""

    def __init__(self, connected: socket.socket, *, count_bytes: Callable[[int], None]) -> None:
        self.sinks: list[Sink | None] = [None] * 256
        """Who takes the frames of each interleaved channel; others are skipped."""
        self.skipped_bytes = 0
        """Bytes that were neither a frame nor a message."""
        self.responses: deque[Response] = deque(maxlen=_MOST_RESPONSES_WAITING)
        try:
            self.peer = str(connected.getpeername()[0])
            """The camera's IP address."""
            self.local = str(connected.getsockname()[0])
            """Our IP address as this camera sees it."""
        except OSError as error:
            connected.close()
            raise SourceError(Cause.CLOSED, "the camera closed the connection") from error
        self._socket = connected
        self._count_bytes = count_bytes
        self._buffer = bytearray(_FIRST_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self._head_scanned = 0
        self._message_bytes = 0
        self._speaks_rtsp = False
        self._requests_answered = 0
        self._farewell = ""

    def wake_for_bursts(self) -> None:
        """Have `receive` return for a picture's worth of bytes or after 40 ms, not for each packet.

        Sound between pictures then waits for the next picture.  Half of what a camera costs is
        waking its thread: 50 cameras at 2 Mbit/s cost a fifth less so (measured 2026-11).
        """
        # TLS counts records, the kernel counts bytes: one could wait for the other.
        if not isinstance(self._socket, ssl.SSLSocket):
            self._wake_after(_BURST_BYTES, _BURST_WAIT_S)

    def wake_for_answers(self) -> None:
        """Have `receive` return for any byte or after a tick, as it does at first."""
        if not isinstance(self._socket, ssl.SSLSocket):
            self._wake_after(1, TICK_S)

    def _wake_after(self, least_bytes: int, wait_s: float) -> None:
        wait = struct.pack("@ll", 0, int(wait_s * 1_000_000))
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least_bytes)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)

    def fileno(self) -> int:
        """Return the file descriptor, for polling."""
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        """Send all of `data`; no camera in order needs more than a tick to take so little."""
        try:
            self._socket.sendall(data)
        except (TimeoutError, BlockingIOError) as error:
            raise SourceError(Cause.TIMED_OUT, "the camera does not read what is sent") from error
        except OSError as error:
            raise SourceError(Cause.CLOSED, "the connection broke while sending") from error

    def receive(self) -> bool:
        """Take what has come and hand it on; return False when nothing came within a tick.

        Raises `SourceError` at the end of the connection and for what is not RTSP.
        """
        try:
            count = self._socket.recv_into(self._view[self._end :])
        except (TimeoutError, BlockingIOError):
            return False
        except OSError as error:
            raise SourceError(Cause.CLOSED, "the connection broke") from error
        if not count:
            raise SourceError(Cause.CLOSED, self._farewell or "the camera closed the connection")
        self._count_bytes(count)
        self._end += count
        self._take_all()
        return True

    def _take_all(self) -> None:
        buffer, sinks = self._buffer, self.sinks
        start, end = self._start, self._end
        while end - start >= _FRAME_HEAD:
            if buffer[start] == _DOLLAR:
                stop = start + _FRAME_HEAD + (buffer[start + 2] << 8 | buffer[start + 3])
                if stop > end:
                    break
                sink = sinks[buffer[start + 1]]
                if sink is not None:
                    sink(buffer, start + _FRAME_HEAD, stop)
                start = stop
            else:
                stop = self._take_message(start)
                if stop == start:
                    break
                start = stop
        self._start = start
        self._make_room()

    def _make_room(self) -> None:
        start, end, capacity = self._start, self._end, len(self._buffer)
        if start == end:
            self._start = self._end = 0
            return
        is_first = capacity < _BUFFER_BYTES
        if capacity - end >= (_LEAST_ROOM_BYTES if is_first else _MOST_FRAME_BYTES):
            return
        if is_first and capacity - (end - start) < _LEAST_ROOM_BYTES:
            # Who sends one such frame sends more of them.
            whole = bytearray(_BUFFER_BYTES)
            whole[: end - start] = self._buffer[start:end]
            self._buffer, self._view = whole, memoryview(whole)
        elif start:
            self._buffer[: end - start] = self._buffer[start:end]
        self._start, self._end = 0, end - start

    def _take_message(self, start: int) -> int:
        """Take a message or pass over what is none; return where to go on, `start` to wait."""
        buffer, end = self._buffer, self._end
        if end - start < self._message_bytes:
            return start
        if buffer[start] in _LINE_ENDS:
            while start < end and buffer[start] in _LINE_ENDS:
                start += 1
            return start
        if not self._may_be_message(start):
            return self._resynchronize(start)
        # Cheap cameras end lines with a bare line feed.
        looked_from = max(start, start + self._head_scanned - 3)
        ends = [
            at + len(mark)
            for mark in (b"\r\n\r\n", b"\n\n")
            if (at := buffer.find(mark, looked_from, end)) >= 0
        ]
        if not ends:
            self._head_scanned = end - start
            if self._head_scanned > MOST_HEADER_BYTES:
                raise SourceError(Cause.BROKEN, "an answer with an endless header")
            return start
        head_end = min(ends)
        message, body_bytes = parse_head(bytes(buffer[start:head_end]))
        self._message_bytes = head_end + body_bytes - start
        if end - start < self._message_bytes:
            return start
        self._head_scanned = self._message_bytes = 0
        self._speaks_rtsp = True
        if isinstance(message, Response):
            body = bytes(buffer[head_end : head_end + body_bytes])
            self.responses.append(Response(message.status, message.cseq, message.headers, body))
        else:
            self._answer(message)
        return head_end + body_bytes

    def _may_be_message(self, start: int) -> bool:
        buffer, end = self._buffer, self._end
        line_end = buffer.find(b"\n", start, min(end, start + 2_048))
        if line_end >= 0:
            return is_first_line(bytes(buffer[start:line_end]).rstrip(b"\r"))
        return end - start < 2_048 and buffer[start : start + 4].replace(b"_", b"").isalpha()

    def _resynchronize(self, start: int) -> int:
        if not self._speaks_rtsp:
            raise SourceError(Cause.NOT_MEDIA, "the answer is not RTSP")
        buffer, end = self._buffer, self._end
        at = start + 1
        while at < end:
            dollar = buffer.find(b"$", at, end)
            message = buffer.find(b"RTSP/1.", at, end)
            at = min(position for position in (dollar, message, end) if position >= 0)
            if at != dollar or end - at <= _FRAME_HEAD or self._is_plausible_frame(at):
                break
            at += 1
        self._head_scanned = 0
        self.skipped_bytes += at - start
        return at

    def _is_plausible_frame(self, at: int) -> bool:
        return self.sinks[self._buffer[at + 1]] is not None and self._buffer[at + 4] >> 6 == 2

    def _answer(self, request: ServerRequest) -> None:
        self._requests_answered += 1
        if self._requests_answered > _MOST_REQUESTS:
            raise SourceError(Cause.BROKEN, "the camera does not stop asking")
        if request.method in _FAREWELLS:
            self._farewell = f"the camera said {request.method}"
        self.send(answer_bytes(request, is_known=request.method in _ANSWERED))

    def response_to(self, cseq: int, patience: Patience, doing: str) -> Response:
        """Wait for the answer to request `cseq`, passing frames on meanwhile."""
        while True:
            while self.responses:
                response = self.responses.popleft()
                if response.status >= 200 and response.cseq in {cseq, None}:
                    return response
            patience.check(Cause.TIMED_OUT, f"no answer to {doing}")
            self.receive()

    def close(self, *, politely: bool) -> None:
        """Close; impolitely is with a reset, so that a camera which is mute forgets us (M12)."""
        with contextlib.suppress(OSError):
            if not politely:
                linger = struct.pack("@ii", 1, 0)
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with contextlib.suppress(OSError):
            self._socket.close()
