"""One child process that somebody else may have forked for us: waited for, signalled, reaped."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36


class ChildProcess:
    """A child of this process by its number.  Loop only; nobody else may wait for it.

    `returncode` is None while it runs, and minus the signal's number where one ended it.
    """

    def __init__(self, pid: int) -> None:
        self.pid: Final = pid
        self.returncode: int | None = None
        self._over = asyncio.Event()
        self._descriptor = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(self._descriptor, self._reap)

    @classmethod
    def exec(
        cls,
        command: Sequence[str],
        *,
        descriptors: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        output: int | None = None,
    ) -> "ChildProcess":
        """Start a program in a session of its own, with nothing to read; raises OSError.

        `output` is where it writes; None: where we do.  A Ctrl-C in the terminal is for us alone:
        we end our children in order.
        """
        popen = subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
            list(command),
            pass_fds=tuple(descriptors),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=None if environment is None else dict(environment),
        )
        # We wait for it ourselves: else the library would do so again, or complain.
        popen.returncode = 0
        return cls(popen.pid)

    async def wait(self) -> int:
        """Return how it ended, once it has."""
        await self._over.wait()
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # The descriptor names this very process, however soon its number is another's.
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        try:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            self.returncode = 255
        self._over.set()


def adopt_orphans() -> None:
    """Become the parent of all descendants whose parent ends; raises OSError.  Linux only."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def reap_strays(before: frozenset[int]) -> frozenset[int]:
    """Let go of ended children that were there `before`; return the others, for the next look.

    Those that somebody waits for are gone at once, so who is there twice is an orphan of ours.
    """
    ended = frozenset(filter(_has_ended, _children()))
    for pid in ended & before:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return ended - before


def _children() -> Iterator[int]:
    for children in Path("/proc/self/task").glob("*/children"):
        yield from map(int, children.read_text(encoding="ascii").split())


def _has_ended(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"


def can_fork_for_others() -> bool:
    """Tell whether children of children can become ours, and be told apart for certain."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")
