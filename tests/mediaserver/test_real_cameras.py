"""The whole way: demo cameras over RTSP, the real engine in shards, segments that decode."""

import asyncio
import io
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from pantau.demo.behaviour import Behaviour, Login
from tests.mediaserver.running import Running, media_server, shard_command, shards_of, shoot
from tests.support.farm import FarmInThread
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.fault]

REAL = shard_command("tests.mediaserver.real_shard")


@pytest.fixture
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        for name in ("gate", "yard"):
            farm.add(name)
        yield farm


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REAL_SHARD_NOTES", str(tmp_path))
    return tmp_path


def listed(playlist: bytes) -> list[str]:
    return re.findall(r"^[^#\s]+\.mp4$", playlist.decode(), re.MULTILINE)


def numbers(playlist: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"_seg(\d+)\.mp4", playlist)]


async def decoded_frames(server: Running, path: str) -> int:
    text = (await server.get(f"/{path}/index.m3u8")).body
    init = re.findall(rb'MAP:URI="([^"]+)"', text)[-1].decode()
    names = [init, *listed(text)]
    files = [(await server.get(f"/{path}/{name}")).body for name in names]
    with av.open(io.BytesIO(b"".join(files)), "r") as container:
        return sum(1 for _ in container.decode(container.streams.video[0]))


async def start(server: Running, farm: FarmInThread, *names: str) -> None:
    for name in names:
        await server.add(name, farm.url(name))
    for name in names:
        await server.until_state(name, ready=True)


async def test_cameras_become_segments_and_stills(farm: FarmInThread, notes: Path) -> None:
    async with media_server(shard_command=REAL) as server:
        await start(server, farm, "gate", "yard")
        assert await decoded_frames(server, "gate") >= 5
        still = await server.get("/yard/still.jpg?width=160")
        assert still.body.startswith(b"\xff\xd8")


async def test_killed_shard_is_back_and_the_other_shard_misses_nothing(
    farm: FarmInThread, notes: Path
) -> None:
    async with media_server(shard_command=REAL, shard_size=1) as server:
        await start(server, farm, "gate")
        victim = shards_of()[0]
        await start(server, farm, "yard")
        before = numbers((await server.get("/gate/index.m3u8")).body)
        seen = set(numbers((await server.get("/yard/index.m3u8")).body))
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(40):
            while True:
                gate = await server.get("/gate/index.m3u8")
                seen |= set(numbers((await server.get("/yard/index.m3u8")).body))
                if gate.status == 200:
                    break
                await asyncio.sleep(0.05)
        assert min(numbers(gate.body)) > max(before)
        assert await decoded_frames(server, "gate") >= 1
        assert sorted(seen) == list(range(min(seen), max(seen) + 1))
        assert (await server.path("yard"))["pantau"]["sessionsOpened"] == 1


async def test_crash_in_one_camera_parks_that_camera_alone(farm: FarmInThread, notes: Path) -> None:
    async with media_server(shard_command=REAL) as server:
        await start(server, farm, "gate", "yard")
        shoot(int((notes / "yard").read_text()))
        parked = await server.until_state("yard", state="parked")
        assert parked["pantau"]["cause"] == "crashed"
        await server.until_state("gate", ready=True)
        assert await decoded_frames(server, "gate") >= 1


async def test_stopping_tells_the_cameras_goodbye(farm: FarmInThread, notes: Path) -> None:
    yard = farm.add("yard")
    async with media_server(shard_command=REAL) as server:
        await start(server, farm, "yard")
    await until(lambda: yard.counters.teardowns == 1, what="a TEARDOWN")


async def test_wrong_password_is_told_by_cause_and_not_repeated(
    farm: FarmInThread, notes: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    farm.add("locked", behaviour=Behaviour(login=Login(password="right")))
    async with media_server(shard_command=REAL) as server:
        await server.add("locked", farm.url("locked", user="admin", password="hunter2"))
        path = await server.until_state("locked", cause="login_refused")
        assert "hunter2" not in str(path)
    output = capfd.readouterr()
    assert "hunter2" not in output.out + output.err
