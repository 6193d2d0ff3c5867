"""A nursery as whoever asks it for processes sees it: begun, asked, let go."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from pantau.core.child_process import ChildProcess, adopt_orphans, can_fork_for_others

log = structlog.get_logger()

_LOADED_WITHIN_S: Final = 60.0
_MOST_BYTES: Final = 4_096
_OPTION: Final = "--line"


class NurseryGoneError(Exception):
    """The nursery ended, or does not answer."""


class Nursery:
    """Forks processes that have everything loaded, from one environment.  Loop only.

    One asks at a time; each gets its process, which is a child of this one.
    """

    def __init__(self, python: str, pid: int, line: socket.socket) -> None:
        self.python: Final = python
        self.pid: Final = pid
        self.is_closed = False
        """Whether it was let go, rather than lost."""
        self.build = ""
        """Of the code that it has loaded; known after the first fork."""
        self._line = line
        self._asking = asyncio.Lock()
        self._is_over = False
        self._process: ChildProcess | None = None
        line.settimeout(0)
        adopt_orphans()

    @classmethod
    def exec(
        cls, python: str, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> "Nursery":
        """Start one with another interpreter; `arguments` make it one.  Raises OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = str(theirs.fileno())
            process = ChildProcess.exec(
                [python, *arguments, _OPTION, number],
                descriptors=(theirs.fileno(),),
                environment=environment,
            )
        nursery = cls(python, process.pid, ours)
        nursery._process = process
        return nursery

    async def fork(
        self,
        program: str,
        arguments: Sequence[str],
        descriptors: Sequence[int],
        *,
        numbers: Sequence[int] | None = None,
    ) -> ChildProcess:
        """Return a new child of ours; waits while the nursery loads.  Raises NurseryGoneError.

        It has the descriptors under these `numbers`; None: under those that they have here.
        """
        # For a nursery that was forked before there was a loop.
        self._process = self._process or ChildProcess(self.pid)
        told = {"program": program, "arguments": arguments, "numbers": numbers or descriptors}
        async with self._asking:
            try:
                socket.send_fds(self._line, [json.dumps(told).encode()], list(descriptors))
                async with asyncio.timeout(_LOADED_WITHIN_S):
                    answer = await asyncio.get_running_loop().sock_recv(self._line, _MOST_BYTES)
                born = json.loads(answer)
                self.build = str(born["build"])
                return ChildProcess(int(born["pid"]))
            except (OSError, ValueError, KeyError, TimeoutError) as error:
                self._end()
                raise NurseryGoneError(f"the nursery of {self.python} is gone") from error
            finally:
                if self._is_over:
                    self._line.close()

    def close(self) -> None:
        """Let it go; what it forked stays.  Who waits for a fork gets NurseryGoneError."""
        self.is_closed = True
        self._end()

    def _end(self) -> None:
        self._is_over = True
        # Closing alone would not wake whoever waits for an answer.
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        if not self._asking.locked():
            self._line.close()
        # One that was never asked for anything ends as well, and is ours to bury.
        self._process = self._process or ChildProcess(self.pid)
        self._process.kill()


def forked(python: str, become: Callable[[socket.socket], None]) -> Nursery | None:
    """Fork this very process into a nursery, before it has a loop or threads.

    None where that cannot be done.  `become` runs in the nursery, and never returns.
    """
    if not can_fork_for_others():
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            os.setsid()
            become(theirs)
        finally:
            # Whatever happens there, there must not be two of us.
            os._exit(1)
    theirs.close()
    return Nursery(python, pid, ours)
