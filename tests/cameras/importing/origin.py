"""A server on loopback that answers like catalogues' hosts do: playlists, pictures, cameras."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

LOGIN = ("admin", "rahasia")


@dataclass
class Origin:
    """Counts what was asked for, and how much at once."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    leads_to: str = ""
    """Where `/away` sends."""
    open: int = 0
    most_open: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """What `/slow` waits for."""

    def url(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, protocol = head.split(b"\r\n")[0].decode().split(" ")
                self.asked.append(target)
                self.heads.append(head.decode())
                if protocol.startswith("RTSP"):
                    writer.write(self._rtsp(target, head.decode()))
                    continue
                writer.write(await self._http(target.partition("?")[0]))
                assert method == "GET"
                break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            with suppress(ConnectionError):
                writer.close()

    async def _http(self, path: str) -> bytes:
        if path == "/slow":
            await self.gate.wait()
        if path == "/away":
            return f"HTTP/1.1 302 Found\r\nLocation: {self.leads_to}\r\n\r\n".encode()
        count = len(self.asked)
        moving = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{count}\n{count}.ts"
        chunks = f"{len(moving):x}\r\n{moving}\r\n0\r\n\r\n".encode()
        return {
            "/live.m3u8": _reply(moving.encode(), "application/vnd.apple.mpegurl"),
            "/chunked.m3u8": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
            **_ANSWERS,
        }.get(path, b"HTTP/1.1 404 Not Found\r\n\r\n")

    def _rtsp(self, url: str, head: str) -> bytes:
        if url.endswith("/none"):
            return b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n"
        if not _knows(head, url):
            return (
                b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n"
                b'WWW-Authenticate: Digest realm="cam", nonce="abc"\r\nContent-Length: 0\r\n\r\n'
            )
        body = b"v=0\r\nm=audio 0 RTP/AVP 0\r\n"
        body += b"" if url.endswith("/sound") else b"m=video 0 RTP/AVP 96\r\n"
        return b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@asynccontextmanager
async def serving_origin() -> AsyncIterator[Origin]:
    """Serve until the block ends."""
    origin = Origin()
    server = await asyncio.start_server(origin.answer, "127.0.0.1", 0)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        origin.gate.set()
        server.close()


def _reply(body: bytes, kind: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body


def _knows(head: str, url: str) -> bool:
    found = re.search(r'response="(\w+)"', head)
    user, password = LOGIN
    one = hashlib.md5(f"{user}:cam:{password}".encode(), usedforsecurity=False).hexdigest()
    two = hashlib.md5(f"DESCRIBE:{url}".encode(), usedforsecurity=False).hexdigest()
    wanted = hashlib.md5(f"{one}:abc:{two}".encode(), usedforsecurity=False).hexdigest()
    return found is not None and found[1] == wanted


_STILL = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n7.ts"
_ANSWERS = {
    "/still.m3u8": _reply(_STILL, "audio/mpegurl"),
    "/master.m3u8": _reply(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8", "audio/mpegurl"),
    "/vod.m3u8": _reply(b"#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST", "audio/mpegurl"),
    "/page": _reply(b"<html></html>", "text/html"),
    "/mjpeg": _reply(b"--x\r\n\r\n\xff\xd8\xff", "multipart/x-mixed-replace; boundary=x"),
    "/cam.flv": _reply(b"FLV\x01\x05", "video/x-flv"),
    "/inside": b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/x\r\n\r\n",
    "/round": b"HTTP/1.1 302 Found\r\nLocation: /round\r\n\r\n",
    "/nonsense": b"\x00\x01\x02 not http\r\n\r\n",
}
