"""Shards are forked from what is loaded, and where that is gone, started the long way."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from pantau.core.clock import SystemClock
from pantau.core.nursery_line import Nursery
from pantau.mediaserver.shard_birth import Births, Life, read_lines
from tests.boot.installation import Installation, command_line
from tests.mediaserver.running import (
    ROOT,
    STAND_IN,
    Running,
    is_running,
    media_server,
    process_of_thread,
    shards_of,
    shoot,
)
from tests.support.clock import HandWoundClock
from tests.support.waiting import until, until_in_thread

pytestmark = pytest.mark.anyio

TELL = """
import json, os, sys
settings = [name for name in os.environ if name.startswith("PANTAU_")]
told = sys.argv[1:] if "arguments" not in dir() else arguments
print(json.dumps([told, os.getppid(), os.getcwd(), settings]), flush=True)
os.write(int(told[-1]), b"words\\n")
sys.stdin.read()
os._exit(7)
"""
LOAD = f"""
import socket, sys
sys.path.insert(0, {str(ROOT)!r})
from pantau.mediaserver.shard_nursery import become_shard
line = socket.socket(fileno=int(sys.argv[sys.argv.index("--line") + 1]))
arguments = become_shard(line, lambda: None)
"""
STAND_IN_SHARD = """
import tests.mediaserver.stand_in_shard as shard
shard.run(arguments, shard.StandInEngine)
"""


async def told_by(life: Life) -> tuple[list[Any], list[str]]:
    """Let a shard say what it has; it has ended afterwards."""
    said, words = list[str](), list[str]()
    listening = asyncio.gather(
        read_lines(life.log, said.append), read_lines(life.words, words.append)
    )
    await until(lambda: said and words)
    life.leash.close()
    await listening
    assert await life.process.wait() == 7, "the end of its input is the end of it"
    await life.end()
    return json.loads(said[0]), words


@pytest.mark.parametrize("is_forked", [True, False])
async def test_either_way_it_has_the_same_of_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_forked: bool
) -> None:
    monkeypatch.setenv("PANTAU_WORD", "secret")
    births = Births((sys.executable, "-c", TELL), SystemClock(), "warning", "json")
    if is_forked:
        births.nursery = Nursery.exec(sys.executable, ("-c", LOAD + TELL))
    life = await births.start("shard-7", tmp_path / "shard-7.sock")
    called = "serve shard-7" if is_forked else TELL.splitlines()[1]
    await until(lambda: called in title(life.process.pid))
    (told, parent, folder, settings), words = await told_by(life)
    assert (told[:3], words) == (["warning", "json", "shard-7.sock"], ["words"])
    assert (parent, folder, settings) == (os.getpid(), str(tmp_path), [])
    births.close()


async def test_without_its_nursery_it_is_started_the_long_way(tmp_path: Path) -> None:
    births = Births((sys.executable, "-c", TELL), SystemClock())
    births.nursery = lost = Nursery.exec(sys.executable, ("-c", LOAD + TELL))
    os.kill(lost.pid, signal.SIGKILL)
    life = await births.start("shard-1", tmp_path / "shard-1.sock")
    assert births.nursery is None
    assert "serve shard" not in title(life.process.pid)
    await told_by(life)


async def test_nursery_rests_once_nobody_needs_it(tmp_path: Path) -> None:
    clock = HandWoundClock()
    births = Births(STAND_IN, clock)
    births.nursery = nursery = Nursery.exec(sys.executable, ("-c", LOAD + TELL))
    await clock.advance(9)
    life = await births.start("shard-1", tmp_path / "shard-1.sock")
    await clock.advance(9)
    births.rest()
    assert births.nursery is nursery, "ten seconds since the last one"
    await clock.advance(2)
    births.rest()
    await until(lambda: not is_running(nursery.pid))
    await told_by(life)


async def test_forked_shard_that_crashes_names_its_camera_and_takes_nobody_along() -> None:
    nursery = Nursery.exec(sys.executable, ("-c", LOAD + STAND_IN_SHARD))
    async with media_server(nursery=nursery, shard_size=2) as server:
        for name in ("a", "b", "c"):
            await server.add(name)
            await server.until_state(name, ready=True)
        await until(lambda: all("serve shard-" in title(each) for each in shards_of()))
        guilty, other = [await thread_of(server, name) for name in ("a", "c")]
        before = process_of_thread(other)
        shoot(guilty)
        await server.until_state("a", state="parked")
        await server.until_state("b", ready=True)
        assert process_of_thread(other) == before, "the other shard goes on"


def title(pid: int) -> str:
    return " ".join(command_line(psutil.Process(pid)))


async def thread_of(server: Running, name: str) -> int:
    detail: str = (await server.path(name))["pantau"]["detail"]
    return int(detail.removeprefix("thread "))


def test_media_process_forks_a_shard_and_takes_it_along(tmp_path: Path) -> None:
    with Installation(tmp_path, "", "media") as hub:
        hub.until_ready()
        media = hub.process.pid
        until_in_thread(lambda: hub.pid_of("shard-1"), what="a forked shard")
        shard = psutil.Process(hub.pid_of("shard-1"))
        until_in_thread(lambda: shard.ppid() == media, what="a child of the media process")
        until_in_thread(lambda: loads_libav(shard.pid), what="a shard that has loaded all")
        assert not loads_libav(media)
        os.kill(media, signal.SIGKILL)
        until_in_thread(lambda: has_ended(shard), what="the shard's end")


def has_ended(process: psutil.Process) -> bool:
    """Tell of an orphan whose end nobody may have taken note of."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def loads_libav(pid: int) -> bool:
    return "libavcodec" in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
