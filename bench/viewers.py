"""Many viewers on one thread: playlist and newest segment every two seconds, lateness noted.

Run as `python -m bench.viewers HOST PORT VIEWERS SECONDS KEY [KEY …]`; prints one JSON line.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import cast

import uvloop

PERIOD_S = 2.0
WARM_UP_S = 4.0
NEWEST = re.compile(rb"^([^#\r\n][^\r\n]*)\r?$", re.MULTILINE)


@dataclass
class Tally:
    """What all viewers saw after the warm-up."""

    late_ms: list[float] = field(default_factory=list)
    errors: int = 0
    missed: int = 0
    bytes: int = 0


class Wire(asyncio.BufferedProtocol):
    """One keep-alive connection that reads responses without keeping large bodies."""

    def __init__(self) -> None:
        self._buffer = bytearray(256 * 1024)
        self._view = memoryview(self._buffer)
        self._head = bytearray()
        self._left = -1
        self._keep = bytearray()
        self._status = 0
        self._done: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish((0, b""))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        data: memoryview | bytes = self._view[:nbytes]
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._head[:end]).lower()
            self._status = int(head[9:12])
            length = re.search(rb"content-length: *(\d+)", head)
            self._left = int(length[1]) if length else 0
            data = bytes(self._head[end + 4 :])
            self._head.clear()
            self._keep.clear()
        if self._left <= 64 * 1024:
            self._keep += data
        self._left -= len(data)
        if self._left <= 0:
            self._left = -1
            self._finish((self._status, bytes(self._keep)))

    def _finish(self, result: tuple[int, bytes]) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(result)

    async def get(self, path: str, host: str) -> tuple[int, bytes]:
        self._done = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            return 0, b""
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: viewer\r\n\r\n"
        self._transport.write(request.encode())
        return await self._done


async def watch(
    number: int, *, host: str, port: int, key: str, viewers: int, seconds: float, tally: Tally
) -> None:
    loop = asyncio.get_running_loop()
    start = time.monotonic() + PERIOD_S * number / viewers
    _, wire = await loop.create_connection(Wire, host, port)
    rounds = 0
    while (due := start + rounds * PERIOD_S) < start + WARM_UP_S + seconds:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        counted = due >= start + WARM_UP_S
        status, playlist = await wire.get(f"/hls/{key}/index.m3u8", host)
        names = NEWEST.findall(playlist)
        if status == 200 and names:
            status, _ = await wire.get(f"/hls/{key}/{names[-1].decode()}", host)
        if counted:
            finished = time.monotonic()
            tally.errors += status != 200
            tally.late_ms.append((finished - due) * 1000)
            tally.missed += finished > due + PERIOD_S
        rounds += 1


async def crowd(
    host: str, port: int, viewers: int, seconds: float, keys: list[str]
) -> dict[str, float]:
    tally = Tally()
    await asyncio.gather(
        *(
            watch(
                n,
                host=host,
                port=port,
                key=keys[n % len(keys)],
                viewers=viewers,
                seconds=seconds,
                tally=tally,
            )
            for n in range(viewers)
        )
    )
    late = sorted(tally.late_ms)
    return {
        "rounds": len(late),
        "errors": tally.errors,
        "missed": tally.missed,
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[int(len(late) * 0.99)],
        "most_ms": late[-1],
    }


if __name__ == "__main__":
    _, host, port, viewers, seconds, *keys = sys.argv
    print(json.dumps(uvloop.run(crowd(host, int(port), int(viewers), float(seconds), keys))))
