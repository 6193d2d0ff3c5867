"""FLV made by libav, taken apart into tags so that a server can send it for ever, or badly."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import count

from tests.media.clips import clip
from tests.media.sources.web_server import Answer

HEADER_BYTES = 13
VIDEO = 9
SOUND = 8


def tags(data: bytes) -> list[bytes]:
    """Return the tags of a file, each with the length that follows it."""
    found, at = [], HEADER_BYTES
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 4]) + 15
        found.append(data[at : at + size])
        at += size
    return found


def time_ms(tag: bytes) -> int:
    return int.from_bytes(tag[4:7]) | tag[7] << 24


def moved(tag: bytes, by_ms: int) -> bytes:
    at = time_ms(tag) + by_ms
    return tag[:4] + (at & 0xFFFFFF).to_bytes(3) + bytes([at >> 24 & 0xFF]) + tag[8:]


def for_ever(data: bytes, *, round_ms: int) -> Iterator[bytes]:
    """Yield the header and then the tags, again and again, with timestamps that go on."""
    yield data[:HEADER_BYTES]
    parts = tags(data)
    for number in count():
        for tag in parts:
            yield moved(tag, number * round_ms)


def endless(data: bytes, *, round_ms: int = 1_000, most: int = 1_000_000) -> Answer:
    """Send a clip at its own pace, or `most` tags of it and then nothing."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "video/x-flv")
        request.send_header("Connection", "close")
        request.end_headers()
        never = threading.Event()
        for number, tag in enumerate(for_ever(data, round_ms=round_ms)):
            if number >= most:
                # Ends when the client has gone, which is what writing would tell.
                request.rfile.read(1)
                return
            request.wfile.write(tag)
            never.wait(0.005)

    return answer


def flv(*, codec: str = "libx264", audio: str | None = "aac", key_every: int = 12) -> bytes:
    quiet = (("x265-params", "log-level=none"),) if codec == "libx265" else ()
    return clip(
        container="flv",
        codec=codec,
        audio=audio,
        key_every=key_every,
        options=(("preset", "ultrafast"), *quiet),
    )
