"""A media server inside the test's loop, with its shards as real processes."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from pantau.core.clock import SystemClock
from pantau.core.nursery_line import Nursery
from pantau.media.archive.orders import RecordRules
from pantau.mediaserver.process import (
    CameraRules,
    ShardLog,
    run_media_server,
)
from pantau.mediaserver.shard_process import Count, count_nothing
from pantau.mediaserver.sockets import API_SOCKET, HLS_SOCKET
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def shard_command(module: str) -> tuple[str, ...]:
    """Return the command of a shard in the tests; shards run in the folder of their socket."""
    code = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); "
    return (sys.executable, "-c", f"{code}runpy.run_module({module!r}, run_name='__main__')")


STAND_IN = shard_command("tests.mediaserver.stand_in_shard")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    json: Any


@dataclass
class Running:
    """The server's sockets and what a test asks of them."""

    folder: Path
    api_url: str
    hls_url: str
    api: aiohttp.ClientSession
    hls: aiohttp.ClientSession

    async def call(self, method: str, route: str, **more: Any) -> Answer:
        return await _answer(self.api, method, route, **more)

    async def get(self, route: str) -> Answer:
        return await _answer(self.hls, "GET", route)

    async def add(self, name: str, source: str = "testcard:steady", **conf: Any) -> None:
        answer = await self.call(
            "POST", f"/v3/config/paths/add/{name}", json={"source": source, **conf}
        )
        assert (answer.status, answer.json) == (200, {"status": "ok"})

    async def path(self, name: str) -> dict[str, Any]:
        answer = await self.call("GET", f"/v3/paths/get/{name}")
        assert answer.status == 200
        assert isinstance(answer.json, dict)
        return answer.json

    async def until_answered(self, route: str, wanted: Callable[[Any], object]) -> Any:
        """Ask the control API until the answer is as wanted."""
        async with asyncio.timeout(45):
            while True:
                given = (await self.call("GET", route)).json
                if wanted(given):
                    return given
                await asyncio.sleep(0.05)

    async def until_state(self, name: str, **wanted: Any) -> dict[str, Any]:
        """Wait until the `pantau` part of a path's report (or `ready`) is as wanted."""

        def is_so(path: dict[str, Any]) -> bool:
            seen = {**path["pantau"], "ready": path["ready"]}
            return all(seen[key] == value for key, value in wanted.items())

        path = await self.until_answered(f"/v3/paths/get/{name}", is_so)
        assert isinstance(path, dict)
        return path


async def _answer(session: aiohttp.ClientSession, method: str, route: str, **more: Any) -> Answer:
    async with session.request(method, f"http://media{route}", **more) as response:
        body = await response.read()
        is_json = response.content_type == "application/json" and body
        return Answer(
            response.status,
            dict(response.headers),
            body,
            await response.json() if is_json else None,
        )


@asynccontextmanager
async def media_server(
    *,
    shard_command: Sequence[str] = STAND_IN,
    shard_size: int = 50,
    recording: RecordRules | None = None,
    nursery: Nursery | None = None,
    least_shards: int = 1,
    count: Count = count_nothing,
) -> AsyncIterator[Running]:
    """Serve until the block ends; socket paths must be short, hence no `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        folder = Path(short) / "run"
        stopping = asyncio.Event()
        api, hls = (f"127.0.0.1:{free_port()}" for _ in range(2))
        server = asyncio.create_task(
            run_media_server(
                runtime_dir=folder,
                clock=SystemClock(),
                stopping=stopping,
                shard_size=shard_size,
                shard_log=ShardLog(command=shard_command, nursery=nursery, count=count),
                api_tcp=api,
                hls_tcp=hls,
                cameras=CameraRules(
                    ("127.0.0.0/8",), Path(short) / "spool", recording, least_shards
                ),
            )
        )
        try:
            await until(lambda: (folder / HLS_SOCKET).exists() or server.done())
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(path=str(folder / API_SOCKET))
                ) as api_session,
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(path=str(folder / HLS_SOCKET))
                ) as hls_session,
            ):
                yield Running(folder, f"http://{api}", f"http://{hls}", api_session, hls_session)
        finally:
            stopping.set()
            await server
        assert not list(folder.glob("*.sock"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def shards_of(parent_pid: int = 0) -> list[int]:
    """Return the process numbers of our shards, oldest first."""
    parent_pid = parent_pid or os.getpid()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        ppid = int(stat.rpartition(")")[2].split()[1])
        if ppid == parent_pid and any(b"shard" in word for word in words[:4]):
            found.append(int(entry.name))
    return sorted(found)


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def shoot(native_id: int, *, number: int = signal.SIGSEGV) -> None:
    """Send a signal to one thread, as a fault in it would."""
    process = process_of_thread(native_id)
    assert ctypes.CDLL(None).syscall(234, process, native_id, int(number)) == 0


def process_of_thread(native_id: int) -> int:
    return next(
        int(entry.parent.parent.name) for entry in Path("/proc").glob(f"[0-9]*/task/{native_id}")
    )
