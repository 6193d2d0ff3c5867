"""An RTSP client of a few lines that asks exactly what a test wants and sees every byte."""

import hashlib
import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Rtp:
    channel: int
    kind: int
    is_last: bool
    sequence: int
    time: int
    payload: bytes


class Wire:
    """One connection; closes without TEARDOWN unless the test sends one."""

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self.url = url
        assert parts.hostname is not None
        assert parts.port is not None
        plain = socket.create_connection((parts.hostname, parts.port), 5)
        self.socket = context.wrap_socket(plain) if context else plain
        self.session = ""
        self._held = b""
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, method: str, path: str = "", **headers: str) -> Answer:
        self.send(method, path, **headers)
        return self.hear()

    def send(self, method: str, path: str = "", **headers: str) -> None:
        self._asked += 1
        lines = [f"{method} {self.url}{path} RTSP/1.0", f"CSeq: {self._asked}"]
        if self.session:
            lines.append(f"Session: {self.session}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def hear(self) -> Answer:
        while self._take(1) == b"$":
            self._rest_of_packet()
        self._held = b"R" + self._held
        while b"\r\n\r\n" not in self._held:
            self._more()
        head, self._held = self._held.split(b"\r\n\r\n", 1)
        first, *rest = head.decode().split("\r\n")
        headers: dict[str, str] = {}
        for line in rest:
            name, _, value = line.partition(":")
            key = name.lower()
            headers[key] = (headers[key] + "\n" if key in headers else "") + value.strip()
        body = self._take(int(headers.get("content-length", "0")))
        if "session" in headers:
            self.session = headers["session"].split(";")[0]
        return Answer(int(first.split()[1]), headers, body)

    def play(self, *tracks: int) -> Answer:
        for track in tracks or (0,):
            channels = f"interleaved={2 * track}-{2 * track + 1}"
            answer = self.ask(
                "SETUP", f"/trackID={track}", Transport=f"RTP/AVP/TCP;unicast;{channels}"
            )
            if answer.status != 200:
                return answer
        return self.ask("PLAY")

    def packets(self) -> Iterator[tuple[int, bytes]]:
        """Give interleaved channel and packet until the camera closes."""
        while True:
            try:
                mark = self._take(1)
            except EOFError:
                return
            if mark == b"$":
                yield self._rest_of_packet()

    def rtp(self, *, count: int = 0, until: Callable[[list[Rtp]], bool] | None = None) -> list[Rtp]:
        """Collect RTP packets until there are enough; at most 15 s."""
        found: list[Rtp] = []
        deadline = time.monotonic() + 45
        for channel, packet in self.packets():
            if channel % 2:
                continue
            head = struct.unpack_from(">BBHI", packet)
            last, kind = bool(head[1] & 0x80), head[1] & 0x7F
            found.append(Rtp(channel, kind, last, head[2], head[3], packet[12:]))
            if (count and len(found) >= count) or (until and until(found)):
                break
            assert time.monotonic() < deadline, f"only {len(found)} packets"
        return found

    def _rest_of_packet(self) -> tuple[int, bytes]:
        channel, length = struct.unpack(">BH", self._take(3))
        return channel, self._take(length)

    def _take(self, count: int) -> bytes:
        while len(self._held) < count:
            self._more()
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def _more(self) -> None:
        piece = self.socket.recv(65_536)
        if not piece:
            raise EOFError
        self._held += piece


def digest(challenge: str, *, method: str, uri: str, password: str) -> str:
    """Answer the Digest challenge among `challenge`'s lines (RFC 7616)."""
    line = next(one for one in challenge.split("\n") if one.startswith("Digest"))
    given = dict(re.findall(r'(\w+)="([^"]*)"', line))
    algorithm = "sha256" if "SHA-256" in line else "md5"

    def hashed(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    first = hashed(f"admin:{given['realm']}:{password}")
    second = hashed(f"{method}:{uri}")
    fields = {"username": "admin", "realm": given["realm"], "nonce": given["nonce"], "uri": uri}
    middle = ""
    if "qop" in given:
        fields |= {"nc": "00000001", "cnonce": "c0ffee", "qop": "auth"}
        middle = "00000001:c0ffee:auth:"
    fields["response"] = hashed(f"{first}:{given['nonce']}:{middle}{second}")
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in fields.items())
