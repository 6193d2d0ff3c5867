"""What the others notice when a shard dies: nothing; and who is held responsible."""

import asyncio
import os
import re
import signal
import sys

import pytest

from tests.mediaserver.running import (
    Running,
    is_running,
    media_server,
    process_of_thread,
    shards_of,
    shoot,
)
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.fault]


def sequence(playlist: bytes) -> int:
    found = re.search(rb"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)
    assert found
    return int(found[1])


async def test_killed_shard_is_back_within_seconds_and_its_numbers_go_on() -> None:
    async with media_server() as server:
        await server.add("gate")
        await server.until_state("gate", ready=True)
        before = sequence((await server.get("/gate/index.m3u8")).body)
        os.kill(shards_of()[0], signal.SIGKILL)
        await until(lambda: not shards_of() or len(shards_of()) == 1)
        async with asyncio.timeout(45):
            while (answer := await server.get("/gate/index.m3u8")).status != 200:
                assert answer.status == 503
                await asyncio.sleep(0.05)
        assert sequence(answer.body) >= before


async def test_other_shards_do_not_notice_a_death() -> None:
    async with media_server(shard_size=1) as server:
        await server.add("gate")
        first = set(shards_of())
        await server.add("yard")
        await server.until_state("yard", ready=True)
        os.kill(first.pop(), signal.SIGKILL)
        seen: set[int] = set()
        async with asyncio.timeout(45):
            while (await server.get("/gate/index.m3u8")).status != 200 or len(seen) < 10:
                answer = await server.get("/yard/index.m3u8")
                assert answer.status == 200
                seen.add(sequence(answer.body))
                await asyncio.sleep(0.02)
        assert sorted(seen) == list(range(min(seen), max(seen) + 1))


async def test_camera_whose_thread_crashed_is_parked_and_the_others_return() -> None:
    async with media_server() as server:
        await server.add("gate")
        await server.add("yard")
        path = await server.until_state("yard", ready=True)
        shoot(int(path["pantau"]["detail"].removeprefix("thread ")))
        parked = await server.until_state("yard", state="parked")
        assert parked["pantau"]["cause"] == "crashed"
        assert parked["pantau"]["nextAttempt"]
        await server.until_state("gate", ready=True)
        answer = await server.get("/yard/index.m3u8")
        assert (answer.status, answer.headers["X-Pantau-Cause"]) == (404, "crashed")


async def test_parked_camera_with_another_source_starts_with_a_clean_sheet() -> None:
    async with media_server() as server:
        await server.add("gate")
        path = await server.until_state("gate", ready=True)
        shoot(int(path["pantau"]["detail"].removeprefix("thread ")))
        await server.until_state("gate", state="parked")
        same = {"source": "testcard:steady"}
        await server.call("POST", "/v3/config/paths/replace/gate", json=same)
        assert (await server.path("gate"))["pantau"]["state"] == "parked"
        other = {"source": "testcard:steady2"}
        await server.call("POST", "/v3/config/paths/replace/gate", json=other)
        await server.until_state("gate", ready=True)


async def test_shard_dies_with_a_parent_that_was_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    try:
        async with asyncio.timeout(45):
            while await parent.stdout.readline() != b"up\n":
                assert parent.returncode is None
        shard = shards_of(parent.pid)[0]
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: not is_running(shard), timeout_s=45)


PARENT = """
import asyncio
from tests.mediaserver.running import media_server
async def main():
    async with media_server() as server:
        await server.add("gate")
        await server.until_state("gate", ready=True)
        print("up", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def kill_and_wait(server: Running, pid: int, path: str) -> None:
    """Kill a shard and wait until its camera is with another process."""
    before = (await server.path(path))["pantau"]["detail"]
    os.kill(pid, signal.SIGKILL)
    await server.until_answered(
        f"/v3/paths/get/{path}",
        lambda now: (
            now["pantau"]["state"] == "parked"
            or (now["ready"] and now["pantau"]["detail"] != before)
        ),
    )


async def test_crashes_that_name_nobody_are_narrowed_down_to_one_camera() -> None:
    async with media_server() as server:
        for name in ("gate", "yard"):
            await server.add(name)
            await server.until_state(name, ready=True)
        for _ in range(3):
            (shard,) = shards_of()
            await kill_and_wait(server, shard, "yard")
        await until(lambda: len(shards_of()) == 2, what="a second shard")
        await server.until_state("gate", ready=True)
        for _ in range(3):
            yard = await server.path("yard")
            thread = int(yard["pantau"]["detail"].removeprefix("thread "))
            await kill_and_wait(server, process_of_thread(thread), "yard")
        await server.until_state("yard", state="parked", cause="crashed")
        await server.until_state("gate", ready=True)
