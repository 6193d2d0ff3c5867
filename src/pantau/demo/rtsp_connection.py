"""One client of the farm: reads requests, answers as its camera behaves, and starts its stream."""

import asyncio
import contextlib
import re
import secrets
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from pantau.core.clock import Clock
from pantau.demo.behaviour import Behaviour
from pantau.demo.camera import DemoRtspCamera
from pantau.demo.datagrams import DatagramPair
from pantau.demo.describe import describe
from pantau.demo.packetize import AUDIO, VIDEO
from pantau.demo.sending import Stream

FIND_CAMERA = Callable[[str], DemoRtspCamera | None]
_MOST_BUFFERED_BYTES: Final = 4_000_000
_REASONS: Final = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class _Hangs(Exception):  # noqa: N818  # not an error: the camera decided to say nothing more
    """The camera says nothing more on this connection."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class RtspConnection:
    """Lives as long as its socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    find_camera: FIND_CAMERA
    clock: Clock
    _camera: DemoRtspCamera | None = None
    _session: str = ""
    _stream: Stream | None = None
    _channels: dict[int, int] = field(default_factory=dict)
    _pairs: dict[int, DatagramPair] = field(default_factory=dict)
    _nonce: str = ""
    _heard_mono: float = 0.0
    _said_goodbye: bool = False
    _was_reset: bool = False
    _has_hung_up: bool = False

    async def serve(self) -> None:
        """Answer until either side is done."""
        try:
            while (request := await self._read_request()) is not None:
                self._heard_mono = self.clock.mono_s()
                if self._has_hung_up:
                    raise _Hangs  # noqa: TRY301  # one place ends every kind of silence
                await self._answer(request)
                await self.writer.drain()
        except _Hangs:
            await self._wait_for_the_end()
        except ConnectionResetError:
            self._was_reset = True
        except (
            ConnectionError,
            ValueError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):
            pass
        finally:
            self._end()
            self.writer.close()

    async def _wait_for_the_end(self) -> None:
        try:
            while await self.reader.read(65_536):
                pass
        except ConnectionError:
            self._was_reset = True

    async def _read_request(self) -> _Request | None:
        while True:
            first = await self.reader.read(1)
            if not first:
                return None
            if first == b"$":
                _, length = struct.unpack(">BH", await self.reader.readexactly(3))
                await self.reader.readexactly(length)
                self._heard_mono = self.clock.mono_s()
                continue
            if first in b"\r\n":
                continue
            break
        text = (first + await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = text.strip().split("\r\n")
        method, url, _ = line.split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (one.partition(":") for one in rest)
        }
        if headers.get("content-length", "0").isdigit():
            await self.reader.readexactly(int(headers.get("content-length", "0")))
        return _Request(method, url, headers)

    async def _answer(self, request: _Request) -> None:
        camera = self._meet(request)
        if camera is None:
            self._say(request, 404)
            return
        behaviour = camera.behaviour
        await self._misbehave(behaviour, request)
        if not self._let_in(camera, request):
            return
        answers = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "PLAY": self._play,
            "TEARDOWN": self._teardown,
            "GET_PARAMETER": self._options,
            "SET_PARAMETER": self._options,
        }
        if request.method == "SETUP":
            await self._setup(camera, request)
        elif request.method in answers:
            answers[request.method](camera, request)
        else:
            self._say(request, 501)

    def _meet(self, request: _Request) -> DemoRtspCamera | None:
        if self._camera is None:
            name = urlsplit(request.url).path.strip("/").split("/")[0]
            self._camera = self.find_camera(name)
            if self._camera is not None:
                counters = self._camera.counters
                counters.connections += 1
                counters.dialled_mono_s.append(self.clock.mono_s())
        return self._camera

    async def _misbehave(self, behaviour: Behaviour, request: _Request) -> None:
        if behaviour.mute_at == "connect" or request.method == behaviour.mute_at.upper():
            raise _Hangs
        if behaviour.greeting == "not_rtsp":
            self.writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>hello</html>"
            )
            raise _Hangs
        if behaviour.greeting == "endless_header":
            self.writer.write(b"RTSP/1.0 200 OK\r\n")
            while True:
                self.writer.write(b"X-Filler: " + b"a" * 8000 + b"\r\n")
                await self.writer.drain()
                await self.clock.sleep(0.005)
        if behaviour.answer_delay_s and request.method == "DESCRIBE":
            await self.clock.sleep(behaviour.answer_delay_s)

    def _let_in(self, camera: DemoRtspCamera, request: _Request) -> bool:
        login = camera.behaviour.login
        if login is None or request.method == "OPTIONS":
            return True
        given = request.headers.get("authorization", "")
        if given and camera.doorkeeper.accepts(login, given, request.method, own_nonce=self._nonce):
            return True
        if given:
            camera.counters.refused_logins += 1
        stale = bool(given) and login.firmware == "one_time_nonce"
        values, self._nonce = camera.doorkeeper.challenges(login, stale=stale)
        self._say(request, 401, extra=[f"WWW-Authenticate: {value}" for value in values])
        if login.firmware == "closes_after_401":
            raise ConnectionError
        return False

    def _options(self, _: DemoRtspCamera, request: _Request) -> None:
        known = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
        self._say(request, 200, extra=[f"Public: {known}"])

    def _describe(self, camera: DemoRtspCamera, request: _Request) -> None:
        behaviour = camera.behaviour
        if behaviour.redirect_to:
            to = request.url if behaviour.redirect_to == "self" else behaviour.redirect_to
            self._say(request, 302, extra=[f"Location: {to}"])
            return
        if camera.is_full() and behaviour.full_answer == 401:
            self._say(request, 401, extra=['WWW-Authenticate: Digest realm="Full", nonce="0"'])
            return
        base_url = request.url.rstrip("/")
        body = describe(camera.clip, behaviour, base_url=base_url)
        extra = ["Content-Type: application/sdp"]
        if behaviour.control != "no_base":
            extra.append(f"Content-Base: {_content_base(behaviour, base_url)}")
        self._say(request, 200, extra=extra, body=body)

    async def _setup(self, camera: DemoRtspCamera, request: _Request) -> None:
        track = (
            VIDEO if "trackID=0" in request.url else AUDIO if "trackID=1" in request.url else None
        )
        if track is None:
            self._say(request, 404)
            return
        if camera.is_full() and self._stream is None and not self._session:
            if camera.behaviour.full_answer == 401:
                extra = ['WWW-Authenticate: Digest realm="Full", nonce="0"']
                self._say(request, 401, extra=extra)
            else:
                self._say(request, 453)
            return
        wanted = request.headers.get("transport", "")
        by_tcp = "interleaved" in wanted or "/TCP" in wanted
        if camera.behaviour.refuse_transport == ("tcp" if by_tcp else "udp"):
            self._say(request, 461)
            return
        self._session = self._session or secrets.token_hex(4)
        if by_tcp:
            transport = self._setup_tcp(track, wanted)
        else:
            transport = await self._setup_udp(track, wanted)
        self._say(request, 200, extra=[f"Transport: {transport}"])

    def _setup_tcp(self, track: int, wanted: str) -> str:
        found = re.search(r"interleaved=(\d+)", wanted)
        self._channels[track] = int(found[1]) if found else 2 * track
        first = self._channels[track]
        return f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1};ssrc=0000000{track}"

    async def _setup_udp(self, track: int, wanted: str) -> str:
        found = re.search(r"client_port=(\d+)(?:-(\d+))?", wanted)
        if not found:
            raise ValueError("SETUP without client_port")
        host = self.writer.get_extra_info("peername")[0]
        first = int(found[1])
        own = self.writer.get_extra_info("sockname")[0]
        pair = await DatagramPair.open(own, host, first, heard=self._hear)
        self._pairs[track] = pair
        ports = (
            f"client_port={first}-{found[2] or first + 1};server_port={pair.port}-{pair.port + 1}"
        )
        return f"RTP/AVP;unicast;{ports}"

    def _hear(self) -> None:
        self._heard_mono = self.clock.mono_s()

    def _play(self, camera: DemoRtspCamera, request: _Request) -> None:
        if not self._session:
            self._say(request, 455)
            return
        if self._stream is None:
            # Counted before it is told, so that whoever hears the answer finds it counted.
            camera.session_opened()
            self._say(request, 200, extra=["Range: npt=0.000-"])
            tracks = frozenset(self._channels) | frozenset(self._pairs)
            self._stream = Stream(camera, tracks, self._send_rtp, self._send_rtcp, self._hang_up)
            self._stream.start()
        else:
            self._say(request, 200)

    def _teardown(self, camera: DemoRtspCamera, request: _Request) -> None:
        camera.counters.teardowns += 1
        if camera.behaviour.ignores_teardown:
            raise _Hangs
        self._said_goodbye = True
        self._end()
        self._say(request, 200)

    def _send_rtp(self, track: int, packets: Sequence[bytes]) -> None:
        self._send(track, packets, control=0)
        camera = self._camera
        if camera is not None and camera.behaviour.enforce_timeout:
            silent_s = self.clock.mono_s() - self._heard_mono
            if silent_s > camera.behaviour.session_timeout_s:
                self._hang_up("fin")

    def _send_rtcp(self, track: int, packets: Sequence[bytes]) -> None:
        self._send(track, packets, control=1)

    def _send(self, track: int, packets: Sequence[bytes], *, control: int) -> None:
        if track in self._pairs:
            self._pairs[track].send(packets, control=control)
            return
        channel = self._channels[track] + control
        lie = 37 if self._camera and self._camera.behaviour.media == "bad_framing" else 0
        framed = [struct.pack(">BBH", 0x24, channel, len(one) + lie) + one for one in packets]
        self.writer.write(b"".join(framed))
        if self.writer.transport.get_write_buffer_size() > _MOST_BUFFERED_BYTES:
            self._hang_up("rst")

    def _hang_up(self, how: str) -> None:
        if how == "rst":
            raw = self.writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        elif how == "half_open":
            # The session stays counted: such a camera believes that it still has a client.
            self._has_hung_up = True
            self.writer.write_eof()
            return
        else:
            self.writer.close()
        self._end()

    def _end(self) -> None:
        if self._stream is not None and self._camera is not None:
            self._stream.stop()
            self._stream = None
            self._camera.session_ended(politely=self._said_goodbye, by_reset=self._was_reset)
        for pair in self._pairs.values():
            pair.close()
        self._pairs.clear()

    def _say(
        self, request: _Request, status: int, *, extra: Sequence[str] = (), body: bytes = b""
    ) -> None:
        lines = [
            f"RTSP/1.0 {status} {_REASONS[status]}",
            f"CSeq: {request.headers.get('cseq', '0')}",
        ]
        if self._session and request.method != "OPTIONS":
            timeout = self._camera.behaviour.session_timeout_s if self._camera else 60
            lines.append(f"Session: {self._session};timeout={timeout}")
        lines += extra
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)


def _content_base(behaviour: Behaviour, base_url: str) -> str:
    if behaviour.control == "no_slash":
        return base_url
    if behaviour.control == "other_host":
        return f"rtsp://192.0.2.10:554{urlsplit(base_url).path}/"
    return f"{base_url}/"
