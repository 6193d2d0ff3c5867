"""A nursery forks what has everything loaded; its end costs nothing but the next fork."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator

import psutil
import pytest

from pantau.core.child_process import ChildProcess
from pantau.core.environments import Environment
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

NURSERY = """
import os, socket, sys
from pantau.core.nursery import Stage, be_nursery
line = socket.socket(fileno=int(sys.argv[sys.argv.index("--line") + 1]))
born = be_nursery(line, [Stage(lambda: None, frozenset({"web"}))])
out = socket.socket(fileno=int(born.arguments[-1]))
out.sendall(f"{born.program} {os.getpid()} {os.getppid()} {os.getsid(0)}".encode())
out.recv(1)
os._exit(7)
"""


class Birth:
    """One process of the environment, and what it said of itself."""

    def __init__(self, child: ChildProcess, line: socket.socket) -> None:
        self.child = child
        self._line = line
        line.settimeout(30)
        name, *numbers = line.recv(200).decode().split()
        self.name = name
        self.pid, self.parent, self.session = map(int, numbers)

    async def end(self) -> int:
        self._line.close()
        return await self.child.wait()


async def born(environment: Environment) -> Birth:
    ours, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        child = await environment.start("web", (str(number),), (number,), is_nursed=True)
    return Birth(child, ours)


@pytest.fixture
async def environment() -> AsyncIterator[Environment]:
    found = Environment(nursery_arguments=("-c", NURSERY))
    yield found
    found.close()


async def test_what_it_forks_is_a_child_of_whoever_asked(environment: Environment) -> None:
    birth = await born(environment)
    assert (birth.name, birth.pid, birth.parent) == ("web", birth.child.pid, os.getpid())
    assert birth.session == birth.pid, "a Ctrl-C is not for it"
    assert "serve web" in " ".join(psutil.Process(birth.pid).cmdline())
    assert len(environment.build) == 12
    assert await birth.end() == 7


async def test_its_end_costs_nothing_but_the_next_fork(environment: Environment) -> None:
    first = await born(environment)
    assert environment.nursery is not None
    lost = environment.nursery.pid
    os.kill(lost, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(lost))
    second = await born(environment)
    assert first.child.returncode is None
    assert environment.nursery.pid != lost
    assert [await each.end() for each in (first, second)] == [7, 7]


async def test_it_rests_between_starts(environment: Environment) -> None:
    first = await born(environment)
    assert environment.nursery is not None
    loaded = environment.nursery.pid
    environment.rest()
    await until(lambda: not psutil.pid_exists(loaded))
    assert first.child.returncode is None
    starting = asyncio.ensure_future(born(environment))
    await until(lambda: environment.nursery is not None)
    # Somebody waits for it.
    environment.rest()
    second = await starting
    assert [await each.end() for each in (first, second)] == [7, 7]


async def test_process_starts_the_long_way_where_there_can_be_no_nursery() -> None:
    environment = Environment(nursery_arguments=("-c", "raise SystemExit(1)"))
    told = "import sys; sys.exit(int(sys.argv[1]))"
    child = await environment.start("web", ("-c", told, "5"), (), is_nursed=True)
    assert await child.wait() == 5
    environment.close()


async def test_signal_that_ended_it_is_told_like_everywhere(environment: Environment) -> None:
    birth = await born(environment)
    birth.child.kill()
    assert await birth.end() == -signal.SIGKILL


UNASKED = """
import asyncio, os, sys
from pantau.core.nursery import Stage, be_nursery
from pantau.core.nursery_line import forked
nursery = forked(sys.executable, lambda line: be_nursery(line, [Stage(lambda: None, frozenset())]))

async def let_go():
    nursery.close()
    nursery.close()
    async with asyncio.timeout(45):
        while os.path.exists(f"/proc/{nursery.pid}"):
            await asyncio.sleep(0.01)

asyncio.run(let_go())
print("gone")
"""


async def test_one_that_nobody_asked_leaves_nothing_behind() -> None:
    asked = await asyncio.create_subprocess_exec(
        sys.executable, "-c", UNASKED, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asked.communicate()
    assert said == b"gone\n"
