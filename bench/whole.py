"""The whole hub as an operator runs it: eight cameras, people who watch, how soon, how large."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any

import aiohttp

from bench.edge import until_answers
from bench.processes import family, pss_mb, running
from bench.rows import Row
from pantau.core.listening import free_port
from pantau.demo.demo_cameras import DEMO_CAMERAS

VIEWERS = 50
LIST_EVERY_S = 15.0
POLL_EVERY_S = 1.0
BEAT_EVERY_S = 8.0
"""As often as `src/pantau/ui/static/js/viewing.js` beats."""


def start_rows(*, quick: bool) -> list[Row]:
    """Time `pantau serve` from its first instruction to its first line, in a used data folder."""
    with installed() as folder:
        taken = [_start_and_stop(folder) for _ in range(4 if quick else 8)]
    # The first one makes the tables and reads everything from the disk.
    return [
        Row(
            "start of `pantau serve` with eight cameras to ready, warm: median",
            median(taken[1:]),
            "s",
            must=2.0,
        )
    ]


def memory_rows(*, quick: bool) -> list[Row]:
    """Add up what all processes hold while fifty people watch eight cameras."""
    with installed() as folder, ExitStack() as stack:
        process, _ = _until_ready(folder)
        stack.callback(_stop, process)
        address = f"http://127.0.0.1:{_port(folder)}"
        until_answers(f"{address}/health/ready", deadline_s=30)
        asyncio.run(_watch(address, for_s=15 if quick else 45))
        parts = {_title(pid): pss_mb([pid]) for pid in family(process.pid)}
        for name, held_mb in parts.items():
            print(f"  {held_mb:6.1f} MB  {name}", file=sys.stderr)
    return [
        Row(
            f"memory of all processes (PSS), eight cameras and {VIEWERS} viewers",
            sum(parts.values()),
            "MB",
            must=250.0,
        )
    ]


@contextmanager
def installed() -> Iterator[Path]:
    """Give a folder with settings for eight cameras that stream elsewhere on this machine."""
    folder, farm_port, port = Path(mkdtemp(prefix="pantau-whole-")), free_port(), free_port()
    cameras = "".join(
        f'[[cameras]]\nname = "{camera.name}"\nrecord = false\n'
        f'source = "rtsp://127.0.0.1:{farm_port}/{camera.path}"\n'
        for camera in DEMO_CAMERAS
    )
    (folder / "pantau.toml").write_text(
        f'port = {port}\n[media]\nallowed_networks = ["127.0.0.0/8"]\n{cameras}', encoding="utf-8"
    )
    farm = [sys.executable, "-m", "pantau", "serve", "demo", "--demo-port", str(farm_port)]
    clips = {"PANTAU_DATA_DIR": str(Path(".cache/bench-farm").absolute())}
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", str(folder)], check=False)
        stack.enter_context(running(farm, env=clips))
        yield folder


def _start_and_stop(folder: Path) -> float:
    process, taken_s = _until_ready(folder)
    _stop(process)
    return taken_s


def _until_ready(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    began = time.monotonic()
    with (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "pantau", "serve"],
            cwd=folder,
            env=_clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    taken_s = time.monotonic() - began
    if b"ready" not in line:
        _stop(process)
        raise SystemExit(f"not ready: {(folder / 'err').read_text(encoding='utf-8')}")
    return process, taken_s


def _clean_environment() -> dict[str, str]:
    """Return ours without settings, and with bytecode written: that is what a second start has."""
    left_out = ("PANTAU_", "PYTHONDONTWRITEBYTECODE")
    return {key: text for key, text in os.environ.items() if not key.startswith(left_out)}


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.communicate(timeout=60)


def _port(folder: Path) -> int:
    found = re.search(r"port = (\d+)", (folder / "pantau.toml").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1])


def _title(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return f"{pid} {' '.join(word for word in words[1:] if word)[:60]}"


async def _watch(address: str, *, for_s: float) -> None:
    """Be fifty people with a player that beats and the list open, spread over all cameras."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(address, connector=connector) as session:
        async with session.get("/api/stream") as answer:
            cameras = json.loads(await answer.read())["data"]
        people = [
            _one(session, cameras[number % len(cameras)], for_s=for_s) for number in range(VIEWERS)
        ]
        seen = await asyncio.gather(*people)
    if min(seen) == 0:
        raise SystemExit("somebody never got a segment")


async def _one(session: aiohttp.ClientSession, camera: dict[str, Any], *, for_s: float) -> int:
    """Follow one stream, and beat from its first segment on; return how many segments came."""
    playlist: str = camera["streams"]["hls"]
    base, seen, began = playlist.rpartition("/")[0], set[str](), time.monotonic()
    beats, listed = Beats(session, camera["id"]), -LIST_EVERY_S
    while (now := time.monotonic() - began) < for_s:
        if now - listed >= LIST_EVERY_S:
            listed = now
            async with session.get("/api/cameras/active") as answer:
                await answer.read()
        async with session.get(playlist) as answer:
            text = await answer.text() if answer.status == 200 else ""
        for name in re.findall(r"^[^#\n]+\.mp4\S*$", text, re.MULTILINE)[-2:]:
            if name not in seen:
                async with session.get(f"{base}/{name}") as answer:
                    await answer.read()
                seen.add(name)
        if seen:
            await beats.go_on()
        await asyncio.sleep(POLL_EVERY_S)
    await beats.end()
    return len(seen)


class Beats:
    """Tells that somebody watches, as the player of a page does; raises where it is refused."""

    def __init__(self, session: aiohttp.ClientSession, camera: int) -> None:
        self._session = session
        self._camera = camera
        self._told: dict[str, str] = {}
        """The session, as beats name it; nothing before the first picture."""
        self._began_mono = self._due_mono = 0.0

    async def go_on(self) -> None:
        """Begin, or go on where it is time."""
        now_mono = time.monotonic()
        if not self._told:
            begun = await self._tell("start", {"cameraId": self._camera})
            self._told = {"sessionId": begun["data"]["sessionId"]}
            self._began_mono = now_mono
        elif now_mono >= self._due_mono:
            await self._tell("heartbeat", self._told)
        else:
            return
        self._due_mono = now_mono + BEAT_EVERY_S

    async def end(self) -> None:
        """Tell how it played, and that it is over."""
        if self._told:
            played_ms = round((time.monotonic() - self._began_mono) * 1000)
            await self._tell("quality", {"camera_id": self._camera, "played_ms": played_ms})
            await self._tell("stop", self._told)

    async def _tell(self, what: str, body: object) -> dict[str, Any]:
        async with self._session.post(f"/api/viewer/{what}", json=body) as answer:
            told = json.loads(await answer.read())
            if answer.status != 200 or not told["success"]:
                raise RuntimeError(f"{what} was refused: {answer.status} {told}")
            return dict(told)
