"""Many viewers who jump about: `python -m bench.seekers PORT VIEWERS SECONDS PATH`.

Each fetches one piece of the list at PATH after another, anywhere in it, and thinks for up to a
second between two.  Prints one JSON line.
"""

import asyncio
import json
import random
import re
import sys
import time

import uvloop

PIECE = re.compile(r"#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)")
WARM_UP_S = 3.0
MOST_THINK_S = 1.0


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, more: str = ""
) -> tuple[float, bytes]:
    """Return milliseconds to the first byte of the body, and the body."""
    began = time.monotonic()
    writer.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\n{more}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head)
    if head.split()[1] not in {b"200", b"206"} or found is None:
        raise SystemExit(f"{path} was answered with {head!r}")
    first = await reader.readexactly(1)
    first_ms = (time.monotonic() - began) * 1000
    return first_ms, first + await reader.readexactly(int(found[1]) - 1)


async def seek(port: int, end_mono: float, path: str, times_ms: list[tuple[float, float]]) -> int:
    """Be one viewer until the end; return the bytes that came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    _, body = await ask(reader, writer, path)
    pieces = PIECE.findall(body.decode())
    base = path.rpartition("/")[0]
    got = 0
    while time.monotonic() < end_mono:
        size, offset, name = random.choice(pieces)
        last = int(offset) + int(size) - 1
        wanted = f"range: bytes={offset}-{last}\r\n"
        first_ms, part = await ask(reader, writer, f"{base}/{name}", wanted)
        times_ms.append((time.monotonic(), first_ms))
        got += len(part)
        await asyncio.sleep(random.random() * MOST_THINK_S)
    writer.close()
    return got


async def crowd(port: int, viewers: int, seconds: float, path: str) -> dict[str, float]:
    """Let all of them jump about at once."""
    times_ms: list[tuple[float, float]] = []
    began = time.monotonic()
    end_mono = began + WARM_UP_S + seconds
    got = await asyncio.gather(*(seek(port, end_mono, path, times_ms) for _ in range(viewers)))
    counted = sorted(ms for at, ms in times_ms if at > began + WARM_UP_S)
    return {
        "p50_ms": counted[len(counted) // 2],
        "p95_ms": counted[int(len(counted) * 0.95)],
        "p99_ms": counted[int(len(counted) * 0.99)],
        "seeks": len(counted),
        "mb_per_s": sum(got) / (WARM_UP_S + seconds) / 1e6,
    }


if __name__ == "__main__":
    PORT, VIEWERS, SECONDS, PATH = sys.argv[1:5]
    print(json.dumps(uvloop.run(crowd(int(PORT), int(VIEWERS), float(SECONDS), PATH))))
