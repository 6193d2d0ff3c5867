"""One life of a child: the process, and our end of the line to it."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import Final

import structlog

from pantau.core.child_process import ChildProcess
from pantau.core.clock import Clock
from pantau.core.environments import Environment
from pantau.core.family_file import ChildState
from pantau.core.parent_link import GO, LOADED, READY, TAKE

log = structlog.get_logger()

KILL_DEADLINE_S: Final = 2.0
_READY_DEADLINE_S: Final = 60.0
_MOST_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Program:
    """One child to keep running.

    `arguments` follow the interpreter; `--parent-link N` is added, the number of the inherited end
    of its line to us.  `descriptors` are inherited as well.  One that `is_nursed` may be forked
    from a process that has its code loaded.  Of one that `is_alone` two must never work at once:
    its replacement gets `--standby`, and waits until the one before is gone.
    """

    name: str
    arguments: tuple[str, ...]
    descriptors: tuple[int, ...] = ()
    is_nursed: bool = False
    is_alone: bool = False


@dataclass(slots=True, eq=False)
class Incarnation:
    """A child from its start to its end."""

    process: ChildProcess
    environment: Environment
    line: socket.socket
    began_mono: float
    began_at: str
    is_ready: bool = False
    _heard: bytes = b""

    async def until_ready(self) -> bool:
        """Return whether it said so; False when it ended first or took too long and was ended."""
        self.is_ready = await self._until(READY)
        return self.is_ready

    async def until_loaded(self) -> bool:
        """Return whether it waits for its turn."""
        return await self._until(LOADED)

    async def _until(self, word: bytes) -> bool:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_READY_DEADLINE_S):
                while word not in self._heard:
                    heard = await loop.sock_recv(self.line, _MOST_BYTES)
                    if not heard:
                        return False
                    self._heard += heard
        except TimeoutError:
            self.process.kill()
            return False
        except OSError:
            return False
        return True

    def say_go(self) -> None:
        """Tell it that everything is up."""
        self._say(GO)

    def say_take(self) -> None:
        """Tell it that it is alone."""
        self._say(TAKE)

    def _say(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            self.line.send(word)

    async def end(self, *, drain_s: float) -> None:
        """Ask it to finish; end it when it has not after `drain_s`."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(drain_s):
                    await self.process.wait()
            except TimeoutError:
                log.warning("process_killed_after_deadline", pid=self.process.pid)
                self.process.kill()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(KILL_DEADLINE_S):
                        await self.process.wait()
        self.line.close()

    def state(self) -> ChildState:
        """Return how it is, without what came before it."""
        return ChildState(
            pid=self.process.pid if self.process.returncode is None else None,
            is_ready=self.is_ready and self.process.returncode is None,
            started_at=self.began_at,
            python=self.environment.python,
            build=self.environment.build,
        )


async def spawn(
    program: Program, environment: Environment, clock: Clock, *, standby: bool = False
) -> Incarnation:
    """Start a life of `program`; raises OSError when its interpreter cannot be started."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    number = theirs.fileno()
    arguments = (*program.arguments, *(("--standby",) if standby else ()))
    with contextlib.ExitStack() as unused, theirs:
        unused.callback(ours.close)
        process = await environment.start(
            program.name,
            (*arguments, "--parent-link", str(number)),
            (number, *program.descriptors),
            is_nursed=program.is_nursed,
        )
        unused.pop_all()
    return Incarnation(process, environment, ours, clock.mono_s(), clock.now().isoformat())
