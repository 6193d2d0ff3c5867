"""The worker's work inside the web process: what a small hub does to need less memory.

It has everything of its own, as in a process of its own, but for loop and interpreter.
"""

import asyncio
import fcntl
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Final, TextIO

import structlog
from structlog.contextvars import bound_contextvars

from pantau.app.cameras import CamerasError
from pantau.app.foundation import FoundationError
from pantau.app.running import Failure, Running
from pantau.core.errors import Problem, Unavailable
from pantau.core.log import Output
from pantau.core.supervisor import Supervisor
from pantau.health.probes import write_failure
from pantau.settings import CameraSettings

log = structlog.get_logger()

_NAME: Final = "worker"
_LOCK: Final = "working.lock"
_LOOK_EVERY_S: Final = 0.1


async def work_beside(running: Running, *, demo: tuple[CameraSettings, ...]) -> None:
    """Do the worker's work until stopped, once no other process of this hub does it.

    Visitors come first: it is loaded when they are served.  Ends with whatever would end a worker,
    and leaves nothing open: who keeps it begins anew.
    """
    while running.ready_at is None:
        await running.clock.sleep(_LOOK_EVERY_S)
    with bound_contextvars(process=_NAME), ExitStack() as ending:
        ending.push(partial(_note_failure, running))
        try:
            worker = await asyncio.to_thread(import_module, "pantau.app.worker")
            with _turn_taking(running) as turn:
                await _work(worker.run_worker, _part_of(running, turn), demo)
        except (CamerasError, FoundationError, Problem) as error:
            raise _foreseen(running, error) from error


async def _work(
    run_worker: Callable[..., Awaitable[None]], part: Running, demo: tuple[CameraSettings, ...]
) -> None:
    try:
        await run_worker(part, demo=demo)
    finally:
        await part.supervisor.stop(deadline_s=2.0)


def _part_of(running: Running, turn: "_Turn") -> Running:
    return replace(
        running,
        name=_NAME,
        supervisor=Supervisor(running.clock),
        # Lines are written, and counted, by the process.
        output=Output(calm=sys.stdout, urgent=sys.stderr, is_held=False),
        link=turn,
        is_standby=True,
        is_part=True,
        started_at=running.clock.now(),
        ready_at=None,
        part_failure=None,
        part_failures=0,
    )


def _foreseen(running: Running, error: Exception) -> Problem:
    """Say what is wrong once, until it is something else, and return what is said already."""
    kind = error.code if isinstance(error, Problem) else type(error).__name__
    told = Unavailable(kind, str(error))
    told.is_told = True
    if running.part_failure != Failure(kind, told.sentence):
        log.error("worker_does_not_work", why=told.sentence, code=kind)
    return told


def _note_failure(
    running: Running,
    _: type[BaseException] | None,
    error: BaseException | None,
    __: TracebackType | None,
) -> None:
    # Who is cancelled did not fail.
    if not isinstance(error, Exception):
        return
    failure = Failure(type(error).__name__, "")
    if isinstance(error, Problem):
        failure = Failure(error.code, error.sentence)
    running.part_failure = failure
    running.part_failures += 1
    with suppress(OSError):
        write_failure(running.settings.sockets_dir, running.clock.mono_s(), failure.kind)


@dataclass(slots=True)
class _Turn:
    """Stands for the parent, which knows of the whole process only."""

    lock: TextIO
    whole: Running

    async def tell_ready(self) -> None:
        """Note that it works; the parent waits for what visitors see."""
        self.whole.part_failure = None

    async def take_over(self) -> None:
        """Wait until the process before has let go; at once where there was none."""
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await self.whole.clock.sleep(_LOOK_EVERY_S)
            else:
                return


@contextmanager
def _turn_taking(running: Running) -> Iterator[_Turn]:
    with (running.settings.sockets_dir / _LOCK).open("w", encoding="utf-8") as lock:
        yield _Turn(lock, running)
