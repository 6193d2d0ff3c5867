"""A process that has everything loaded and forks others: they start at once and share its memory.

It has one thread and no loop, opens nothing and decides nothing.  What it forks is not its child
but a child of whoever asked (`adopt_orphans`), so its end costs only the next fork.
"""

import contextlib
import ctypes
import fcntl
import gc
import json
import os
import select
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.core.build import build_id

MOST_BYTES: Final = 16_384
MOST_DESCRIPTORS: Final = 8
_ABOVE_OURS: Final = 200
"""No descriptor of a process that has only loaded modules is as high."""
_PR_SET_NAME: Final = 15
_PR_SET_PDEATHSIG: Final = 1
_ARGUMENTS: Final = slice(45, 47)
"""Where `/proc/self/stat` tells the place of the command line, behind the name (proc(5))."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What to load, and for whom that is enough."""

    load: Callable[[], None]
    programs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Born:
    """What a forked process is to be."""

    program: str
    arguments: tuple[str, ...]


def be_nursery(line: socket.socket, stages: Sequence[Stage], *, title: str = "nursery") -> Born:
    """Load and fork on demand; return in each forked process, and nowhere else.

    `line` carries one request per message with the descriptors that the process inherits (under
    the same numbers as at whoever asked), and its number as the answer.  Its end is ours.
    """
    _die_with_parent()
    entitle(title)
    # What the build is told by is read while these are the files that are loaded.
    build_id()
    ready: frozenset[str] = frozenset()
    wanted: _Wanted | None = None
    for stage in stages:
        is_last = stage is stages[-1]
        stage.load()
        # What is loaded stays as it is in all of them: the collector need not write into it.
        gc.freeze()
        ready |= stage.programs
        while wanted is not None or is_last or _is_waiting(line):
            wanted = wanted or _next(line)
            if wanted.program not in ready and not is_last:
                break
            if _fork(line, wanted):
                return Born(wanted.program, wanted.arguments)
            wanted = None
    raise AssertionError("the last stage goes on until the line ends")


def entitle(program: str) -> None:
    """Show `pantau serve <program>` as the command line of this process.  Linux only."""
    title = b"\0".join((b"pantau", b"serve", program.encode(), b""))
    with contextlib.suppress(OSError, ValueError):
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        begin, end = (int(word) for word in fields[_ARGUMENTS])
        ctypes.memmove(begin, title[: end - begin - 1].ljust(end - begin, b"\0"), end - begin)
        ctypes.CDLL(None).prctl(_PR_SET_NAME, f"pantau {program}".encode()[:15], 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Wanted:
    program: str
    arguments: tuple[str, ...]
    numbers: tuple[int, ...]
    received: tuple[int, ...]


def _is_waiting(line: socket.socket) -> bool:
    return bool(select.select([line], [], [], 0)[0])


def _next(line: socket.socket) -> _Wanted:
    """Wait for a request; ends this process when nobody can ask any more."""
    try:
        message, received, _, _ = socket.recv_fds(line, MOST_BYTES, MOST_DESCRIPTORS)
    except ConnectionError:
        message = b""
    if not message:
        os._exit(0)
    told = json.loads(message)
    return _Wanted(
        told["program"], tuple(told["arguments"]), tuple(told["numbers"]), tuple(received)
    )


def _fork(line: socket.socket, wanted: _Wanted) -> bool:
    """Return True in the forked process, which is nobody's child here; False in this one."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        pid = os.fork()
        if pid == 0:
            _take_place(line, wanted)
            return True
        os.write(writing, str(pid).encode())
        os._exit(0)
    os.close(writing)
    # Once it is gone, its child has the parent that is to know its number.
    os.waitpid(between, 0)
    answer = {"pid": int(os.read(reading, 32)), "build": build_id()}
    os.close(reading)
    for descriptor in wanted.received:
        os.close(descriptor)
    with contextlib.suppress(ConnectionError):
        line.send(json.dumps(answer).encode())
    return False


def _take_place(line: socket.socket, wanted: _Wanted) -> None:
    """Have the inherited descriptors under their numbers, and nothing else of the nursery's."""
    os.setsid()
    line.detach()
    kept = [fcntl.fcntl(each, fcntl.F_DUPFD, _ABOVE_OURS) for each in wanted.received]
    os.closerange(3, _ABOVE_OURS)
    for number, descriptor in zip(wanted.numbers, kept, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    entitle(wanted.program)


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
