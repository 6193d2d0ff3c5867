"""How a shard process begins: forked from what has its modules loaded, else an interpreter anew.

Either way it has four things of us: its standard input, which ends when we are gone; its standard
output, for the log; a pipe for its last words; and the folder of its socket to work in.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final, Protocol

import structlog

from pantau.core.clock import Clock
from pantau.core.nursery_line import Nursery, NurseryGoneError

log = structlog.get_logger()

_REST_AFTER_S: Final = 10.0
"""What the nursery holds for itself is worth more than the half second that another shard takes."""
_STDIN: Final = 0
_STDOUT: Final = 1
WORDS: Final = 3
FOLDER: Final = 4
"""Where a forked shard finds them."""
_LONGEST_LINE: Final = 1 << 20


class Process(Protocol):
    """What a shard is steered by, whoever started it."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int | None:
        """None while it runs; minus the signal's number where one ended it."""
        ...

    async def wait(self) -> int:
        """Return how it ended, once it has."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


@dataclass(frozen=True, slots=True)
class Life:
    """A shard process, and our ends of its pipes."""

    process: Process
    log: FileIO
    words: FileIO
    leash: FileIO

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self.process.returncode is not None

    def terminate(self) -> None:
        """Ask it to end; no-op when it has."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """End it; no-op when it has."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def end(self) -> int:
        """End it if it runs, close the pipes, and return how it ended."""
        if not self.is_over:
            self.kill()
        for pipe in (self.leash, self.log, self.words):
            pipe.close()
        return await self.process.wait()


@dataclass(slots=True)
class Births:
    """Starts shards.  Loop only."""

    command: Sequence[str]
    """Starts one the long way; what it is told is added."""
    clock: Clock
    level: str = "info"
    """Of its log, at least; and its form: `json`, `console` or `auto`."""
    form: str = "auto"
    nursery: Nursery | None = None
    _last_mono: float = field(init=False)

    def __post_init__(self) -> None:
        self._last_mono = self.clock.mono_s()

    async def start(self, name: str, socket_path: Path) -> Life:
        """Start a shard that will listen on `socket_path`; raises OSError."""
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as unused:
            pipes = _Pipes.opened(theirs, unused)
            process = await self._forked(name, socket_path, pipes)
            process = process or await self._executed(socket_path, pipes)
            unused.pop_all()
        self._last_mono = self.clock.mono_s()
        return Life(process, pipes.log, pipes.words, pipes.leash)

    def rest(self) -> None:
        """Let the nursery go once nobody has needed it for a while."""
        if self.clock.mono_s() - self._last_mono > _REST_AFTER_S:
            self.close()

    def close(self) -> None:
        """Let the nursery go: shards are started the long way from here on."""
        if self.nursery is not None:
            self.nursery.close()
            self.nursery = None

    async def _forked(self, name: str, socket_path: Path, pipes: "_Pipes") -> Process | None:
        if self.nursery is None:
            return None
        folder = os.open(socket_path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return await self.nursery.fork(
                name,
                (self.level, self.form, socket_path.name, str(WORDS)),
                (pipes.their_leash, pipes.their_log, pipes.their_words, folder),
                numbers=(_STDIN, _STDOUT, WORDS, FOLDER),
            )
        except NurseryGoneError:
            log.warning("shard_nursery_lost", shard=name)
            self.close()
            return None
        finally:
            os.close(folder)

    async def _executed(self, socket_path: Path, pipes: "_Pipes") -> Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            self.level,
            self.form,
            socket_path.name,
            str(pipes.their_words),
            stdin=pipes.their_leash,
            stdout=pipes.their_log,
            pass_fds=(pipes.their_words,),
            env=_environment(),
            # A name in its own folder: arguments are for every user to read.
            cwd=socket_path.parent,
        )


async def read_lines(pipe: FileIO, heed: Callable[[str], None]) -> None:
    """Give each line to `heed` until whoever writes into `pipe` is gone; closes it."""
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while not reader.at_eof():
            # What is longer than a megabyte is no line of ours.
            with contextlib.suppress(ValueError):
                line = await reader.readline()
                if line:
                    heed(line.decode(errors="replace").rstrip("\n"))
    finally:
        transport.close()


@dataclass(frozen=True, slots=True)
class _Pipes:
    leash: FileIO
    log: FileIO
    words: FileIO
    their_leash: int
    their_log: int
    their_words: int

    @classmethod
    def opened(cls, theirs: contextlib.ExitStack, ours: contextlib.ExitStack) -> "_Pipes":
        their_leash, leash = os.pipe()
        log_, their_log = os.pipe()
        words, their_words = os.pipe()
        for number in (their_leash, their_log, their_words):
            theirs.callback(os.close, number)
        return cls(
            leash=ours.enter_context(FileIO(leash, "wb")),
            log=ours.enter_context(FileIO(log_, "rb")),
            words=ours.enter_context(FileIO(words, "rb")),
            their_leash=their_leash,
            their_log=their_log,
            their_words=their_words,
        )


def _environment() -> dict[str, str]:
    """Return our environment without settings, which may be secret and are no shard's business."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PANTAU_")}
