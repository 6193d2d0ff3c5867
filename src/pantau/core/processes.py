"""Child processes of one parent: started in order, restarted alone, stopped in reverse."""

import asyncio
import contextlib
import random
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.parent_link import GO, READY
from pantau.core.supervisor import Service, Supervisor

log = structlog.get_logger()

_KILL_DEADLINE_S: Final = 2.0
_READY_DEADLINE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Program:
    """One child to keep running.

    `arguments` follow the interpreter; `--parent-link N` is added, the number of the inherited end
    of its line to us.  `descriptors` are inherited as well.
    """

    name: str
    arguments: tuple[str, ...]
    descriptors: tuple[int, ...] = ()


class ChildFailedError(Exception):
    """A child ended before it was ready for the first time."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__(f"{name} ended with exit code {exit_code} before it was ready")
        self.name = name
        self.exit_code = exit_code


@dataclass(slots=True)
class _Incarnation:
    process: asyncio.subprocess.Process
    line: socket.socket
    began_mono: float

    async def until_ready(self) -> bool:
        """Return whether it said so; False when it ended first or took too long and was ended."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_READY_DEADLINE_S):
                return await loop.sock_recv(self.line, len(READY)) == READY
        except TimeoutError:
            self.kill()
        except ConnectionError:
            pass
        return False

    def say_go(self) -> None:
        with contextlib.suppress(OSError):
            self.line.send(GO)

    async def end(self, *, drain_s: float) -> None:
        """Ask it to finish; end it when it has not after `drain_s`."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                async with asyncio.timeout(drain_s):
                    await self.process.wait()
            except TimeoutError:
                log.warning("process_killed_after_deadline", pid=self.process.pid)
                self.kill()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_KILL_DEADLINE_S):
                        await self.process.wait()
        self.line.close()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


@dataclass(slots=True)
class Child:
    """Keeps one program running.  Loop only."""

    program: Program
    clock: Clock
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=0.2, most_s=30.0))
    settled_s: float = 60.0
    on_back: Callable[[], None] = lambda: None
    _now: _Incarnation | None = None
    _is_stopping: bool = False

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        running = self._now is not None and self._now.process.returncode is None
        return self._now.process.pid if running and self._now else None

    async def start(self) -> None:
        """Start it; return without waiting for it to be ready."""
        self._now = await self._spawn()

    async def until_ready(self) -> None:
        """Wait for its first readiness; raises ChildFailedError when it ends before."""
        assert self._now is not None
        if not await self._now.until_ready():
            raise ChildFailedError(self.program.name, await self._now.process.wait())

    def say_go(self) -> None:
        """Tell it that everything is up."""
        if self._now is not None:
            self._now.say_go()

    async def keep(self) -> None:
        """Restart it with back-off whenever it ends; return when it was told to stop."""
        failures = 0
        while not self._is_stopping:
            incarnation = self._now
            assert incarnation is not None
            code = await incarnation.process.wait()
            if self._is_stopping or incarnation is not self._now:
                continue
            incarnation.line.close()
            ran_s = self.clock.mono_s() - incarnation.began_mono
            failures = 1 if ran_s > self.settled_s else failures + 1
            delay_s = self.backoff.delay_s(failures, random=random.random)
            log.warning(
                "process_ended",
                child=self.program.name,
                ended_by=_ended_by(code),
                ran_s=round(ran_s, 1),
                retry_s=round(delay_s, 1),
            )
            await self.clock.sleep(delay_s)
            await self._restart()

    async def renew(self) -> None:
        """Start a second one, and end the first when the second is ready: nobody sees a gap."""
        before = self._now
        fresh = await self._spawn()
        if not await fresh.until_ready() or self._is_stopping or before is not self._now:
            log.error("process_not_renewed", child=self.program.name)
            await fresh.end(drain_s=_KILL_DEADLINE_S)
            return
        self._now = fresh
        fresh.say_go()
        log.info("process_renewed", child=self.program.name, pid=fresh.process.pid)
        if before is not None:
            await before.end(drain_s=30.0)

    async def stop(self, *, drain_s: float) -> None:
        """End it in good order within `drain_s`, and never start it again."""
        self._is_stopping = True
        if self._now is not None:
            await self._now.end(drain_s=drain_s)

    def kill(self) -> None:
        """End it at once."""
        self._is_stopping = True
        if self._now is not None:
            self._now.kill()

    async def _restart(self) -> None:
        if self._is_stopping:
            return
        self._now = fresh = await self._spawn()
        if self._is_stopping:
            await fresh.end(drain_s=_KILL_DEADLINE_S)
        elif await fresh.until_ready():
            fresh.say_go()
            log.info("process_is_back", child=self.program.name, pid=fresh.process.pid)

    async def _spawn(self) -> _Incarnation:
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.program.arguments,
                "--parent-link",
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(), *self.program.descriptors),
                stdin=asyncio.subprocess.DEVNULL,
                # A Ctrl-C in the terminal is for the parent, which ends its children in order.
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return _Incarnation(process, ours, self.clock.mono_s())


class Family:
    """All children of one parent, in the order in which they are started."""

    def __init__(self, programs: Sequence[Program], *, clock: Clock) -> None:
        self._programs = tuple(programs)
        self._clock = clock
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        self._children = {each.name: Child(each, self._clock) for each in self._programs}
        self._supervisor = Supervisor(self._clock)

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    async def start(self) -> None:
        """Start all and return when all are ready; raises ChildFailedError when one ends instead.

        They start in order without waiting for each other: each of them waits for what it needs.
        """
        for child in self._children.values():
            await child.start()
        await asyncio.gather(*(child.until_ready() for child in self._children.values()))

    def keep(self) -> None:
        """Restart from here on whatever ends, and tell everybody that all are up."""
        for name, child in self._children.items():
            child.say_go()
            self._supervisor.add(Service(name, child.keep))

    def renew(self, name: str) -> None:
        """Replace one child in the background without a gap."""
        self._supervisor.spawn(f"renew {name}", self._children[name].renew)

    async def anew(self, between: Callable[[], Awaitable[None]], *, drain_s: float) -> None:
        """End all, do `between`, and start all again, unless they were told to stop meanwhile.

        Raises ChildFailedError when one ends instead of getting ready.
        """
        await self._end(drain_s=drain_s)
        try:
            await between()
        finally:
            if not self._is_over:
                self._begin()
                await self.start()
                self.keep()

    async def stop(self, *, drain_s: float) -> None:
        """End all, the last one first, each within `drain_s`."""
        self._is_over = True
        await self._end(drain_s=drain_s)

    async def _end(self, *, drain_s: float) -> None:
        for child in reversed(self._children.values()):
            await child.stop(drain_s=drain_s)
        await self._supervisor.stop(deadline_s=1.0)

    def kill(self) -> None:
        """End all at once."""
        for child in self._children.values():
            child.kill()


def _ended_by(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
