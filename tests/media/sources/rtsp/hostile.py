"""A camera on loopback that says what a test scripts, where the farm is too honest."""

import base64
import contextlib
import re
import socket
import threading
from types import TracebackType
from typing import Self

from tests.support.waiting import PATIENCE_S

SPS = bytes.fromhex("6742c01e95a0280f640000030004000003007a")
SDP = (
    "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    f"a=fmtp:96 sprop-parameter-sets={base64.b64encode(SPS).decode()},aM48gA==\r\n"
    "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\n"
    "a=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3\r\n"
).encode()


class HostileCamera:
    """Answers properly up to DESCRIBE, SETUP or PLAY, then sends `noise` and hangs up.

    With `sdp` it describes itself so; with `noise_at` it says `noise` instead of the answer to that
    method, or after the answer to PLAY.
    """

    def __init__(self, noise: bytes, *, sdp: bytes = SDP, noise_at: str = "PLAY") -> None:
        self._noise = noise
        self._sdp = sdp
        self._noise_at = noise_at
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._server.getsockname()[1]}/x"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self._server.accept()
                with accepted, contextlib.suppress(OSError):
                    accepted.settimeout(PATIENCE_S)
                    self._converse(accepted)

    def _converse(self, wire: socket.socket) -> None:
        heard = b""
        while True:
            request, found, rest = heard.partition(b"\r\n\r\n")
            if not found:
                piece = wire.recv(4_096)
                if not piece:
                    return
                heard += piece
                continue
            heard = rest
            method = request.split(b" ", 1)[0].decode("latin-1")
            cseq = re.search(rb"CSeq: (\d+)", request)
            answer = b"RTSP/1.0 200 OK\r\nCSeq: " + (cseq[1] if cseq else b"0") + b"\r\n"
            if method == self._noise_at != "PLAY":
                wire.sendall(self._noise)
                return
            body = self._sdp if method == "DESCRIBE" else b""
            answer += b"Session: 1\r\nContent-Length: %d\r\n\r\n" % len(body)
            wire.sendall(answer + body)
            if method == "PLAY":
                wire.sendall(self._noise)
                return
