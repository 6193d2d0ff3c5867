"""Viewers who notice everything: each player's clock runs, and what comes late or not is counted.

Run as `python -m tests.fault.rolling_crowd PORT VIEWERS ID:KEY [ID:KEY …]`.  Prints `watching` once
everybody has a picture, goes on until its stdin ends, and prints what was seen as one JSON line.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

BEHIND_TARGETS = 3
"""So many target durations before the end do players begin (RFC 8216, section 6.3.3).  A camera's
first segments are far shorter: three of those would be no reserve."""
ANSWER_WITHIN_S = 15.0
MOST_TOLD = 20
SEGMENT = re.compile(r"#EXTINF:([\d.]+)[^\n]*\n(?:#[^\n]*\n)*([^#\s]+)")
NUMBER = re.compile(r"#EXT-X-MEDIA-SEQUENCE:(\d+)")
TARGET = re.compile(r"#EXT-X-TARGETDURATION:(\d+)")
PAGES = ("/", "/api/stream", "/api/cameras/active", "/health/live", "/api/areas/public")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"


@dataclass
class Seen:
    """What all viewers saw together."""

    viewers: int = 0
    requests: int = 0
    connections: int = 0
    segments: int = 0
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    resent: int = 0
    """Sent once more, as browsers do, because a kept connection had been closed meanwhile."""
    late: int = 0
    missing: int = 0
    repeated: int = 0
    least_ahead_s: float = 60.0
    slowest_s: float = 0.0
    slowest: str = ""
    began_mono: float = field(default_factory=time.monotonic)
    late_after_s: list[float] = field(default_factory=list)
    """When, since everything began, the first segments came late."""

    def be_late(self, now_mono: float) -> None:
        self.late += 1
        if self.late <= MOST_TOLD:
            self.late_after_s.append(round(now_mono - self.began_mono, 1))

    def fail(self, what: str) -> None:
        self.failed += 1
        if len(self.failures) < MOST_TOLD:
            self.failures.append(what)


class Line:
    """One viewer's connection, kept where the server keeps it."""

    def __init__(self, port: int, number: int, seen: Seen) -> None:
        self._port = port
        self._seen = seen
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nUser-Agent: {BROWSER}\r\n"
            f"X-Forwarded-For: 198.18.{number // 250}.{number % 250 + 1}\r\n"
            f"Cookie: pantau_visitor={number:016x}\r\n"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Return status and body; a failure is noted and returned as status 0."""
        self._seen.requests += 1
        began_mono = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                status, answer = await self._ask(method, path, body)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.close()
            self._seen.fail(f"{method} {path}: {type(error).__name__} {error}")
            return 0, b""
        took_s = time.monotonic() - began_mono
        if took_s > self._seen.slowest_s:
            self._seen.slowest_s, self._seen.slowest = took_s, f"{method} {path}"
        if status != 200:
            self._seen.fail(f"{method} {path}: {status} {answer[:120]!r}")
        return status, answer

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        was_kept = self._streams is not None
        try:
            return await self._exchange(method, path, body)
        except UnansweredError:
            self.close()
            if not was_kept:
                raise
        self._seen.resent += 1
        return await self._exchange(method, path, body)

    async def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._seen.connections += 1
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + body)
        try:
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            raise UnansweredError("closed without an answer") from error
        except ConnectionError as error:
            raise UnansweredError("reset without an answer") from error
        length = re.search(r"\r\ncontent-length: *(\d+)", head)
        if length is None:
            raise ValueError("an answer without a length")
        answer = await reader.readexactly(int(length[1]))
        if "\r\nconnection: close" in head:
            self.close()
        return int(head[9:12]), answer


class UnansweredError(OSError):
    """The connection ended before a byte of the answer came."""


class Player:
    """Plays one camera as players do: from a few segments back, each segment once."""

    def __init__(self, line: Line, key: str, seen: Seen) -> None:
        self._line = line
        self._key = key
        self._seen = seen
        self._next: int | None = None
        self._has_begun = False
        """Whether it shows pictures: once it has all that was there."""
        self._dry_mono = 0.0
        """When what was fetched has been played to its end."""
        self.again_s = 0.1
        """When to look next: a segment later, or half of one where there was nothing new."""

    @property
    def plays(self) -> bool:
        """Whether anything was fetched."""
        return self._next is not None

    async def look(self) -> None:
        """Fetch the playlist and what is new in it."""
        status, body = await self._line.ask("GET", f"/hls/{self._key}/index.m3u8")
        text = body.decode("latin-1")
        found, target = NUMBER.search(text), TARGET.search(text)
        if status != 200:
            return
        if found is None or target is None:
            self._seen.fail(f"a playlist without numbers: {text[:200]!r}")
            return
        listed = dict(enumerate(SEGMENT.findall(text), start=int(found[1])))
        has_news = self._next is None or max(listed) >= self._next
        self.again_s = float(target[1]) * (1.0 if has_news else 0.5)
        if self._next is None:
            self._next = beginning(listed, BEHIND_TARGETS * float(target[1]))
            if self._next is None:
                return
        if min(listed) > self._next:
            self._seen.missing += min(listed) - self._next
            self._next = min(listed)
        # A list that ends before what is known already would make players load it again.
        self._seen.repeated += max(listed) < self._next - 1
        for number in range(self._next, max(listed) + 1):
            length_s, name = listed[number]
            await self._fetch(name, float(length_s))
            self._next = number + 1
        self._has_begun = True

    async def _fetch(self, name: str, length_s: float) -> None:
        status, _ = await self._line.ask("GET", f"/hls/{self._key}/{name}")
        if status != 200:
            return
        self._seen.segments += 1
        now_mono = time.monotonic()
        if self._has_begun:
            ahead_s = self._dry_mono - now_mono
            self._seen.least_ahead_s = min(self._seen.least_ahead_s, ahead_s)
            if ahead_s < 0:
                self._seen.be_late(now_mono)
        self._dry_mono = max(self._dry_mono, now_mono) + length_s


def beginning(listed: dict[int, tuple[str, str]], behind_s: float) -> int | None:
    """Return from which segment there is at least so much; None: from none yet."""
    there_s = 0.0
    for number in reversed(listed):
        there_s += float(listed[number][0])
        if there_s >= behind_s:
            return number
    return None


async def view(number: int, port: int, camera: str, seen: Seen, stop: asyncio.Event) -> None:
    """Be one viewer until `stop`: some tell of themselves, some change connections."""
    camera_id, _, key = camera.partition(":")
    line = Line(port, number, seen)
    player = Player(line, key, seen)
    session = ""
    turn = 0
    due_mono = time.monotonic()
    while not stop.is_set():
        due_mono += player.again_s
        await pause(stop, due_mono - time.monotonic())
        was_playing = player.plays
        await player.look()
        seen.viewers += player.plays and not was_playing
        turn += 1
        if number % 2 and turn % 3 == 1:
            session = await beat(line, camera_id, session)
        if (turn + number) % 4 == 0:
            await line.ask("GET", PAGES[(turn + number) // 4 % len(PAGES)])
        if (turn + number) % 5 == 0:
            line.close()
    line.close()


async def beat(line: Line, camera_id: str, session: str) -> str:
    """Tell that somebody watches; return under which name."""
    if session:
        await line.ask("POST", "/api/viewer/heartbeat", json.dumps({"sessionId": session}).encode())
        return session
    _, told = await line.ask(
        "POST", "/api/viewer/start", json.dumps({"cameraId": int(camera_id)}).encode()
    )
    answer: dict[str, Any] = json.loads(told or b"{}")
    return str(answer.get("data", {}).get("sessionId", ""))


async def pause(stop: asyncio.Event, duration_s: float) -> None:
    """Wait, but not beyond `stop`."""
    try:
        async with asyncio.timeout(max(0.0, duration_s)):
            await stop.wait()
    except TimeoutError:
        pass


async def main(port: int, viewers: int, cameras: list[str]) -> None:
    """Watch until stdin ends."""
    seen, stop = Seen(), asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    async with asyncio.TaskGroup() as group:
        for number in range(viewers):
            camera = cameras[number % len(cameras)]
            group.create_task(view(number, port, camera, seen, stop))
            # They come one after the other, so that their rounds do not fall together.
            await pause(stop, 2.0 / viewers)
        while seen.viewers < viewers and not stop.is_set():
            await pause(stop, 0.05)
        say("watching")
    say(json.dumps(asdict(seen)))


def say(line: str) -> None:
    """Tell whoever started us."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
