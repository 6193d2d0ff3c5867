"""The worker's work inside the web process: what a small hub does to need less memory.

It has everything of its own, as in a process of its own, but for loop and interpreter.
"""

import asyncio
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Final, TextIO

from structlog.contextvars import bound_contextvars

from pantau.app.running import Running
from pantau.core.clock import Clock
from pantau.core.log import Output
from pantau.core.supervisor import Supervisor
from pantau.settings import CameraSettings

_NAME: Final = "worker"
_LOCK: Final = "working.lock"
_LOOK_EVERY_S: Final = 0.1


async def work_beside(running: Running, *, demo: tuple[CameraSettings, ...]) -> None:
    """Do the worker's work until stopped, once no other process of this hub does it.

    Visitors come first: it is loaded when they are served.  Ends with whatever would end a worker:
    who keeps it begins anew.
    """
    while running.ready_at is None:
        await running.clock.sleep(_LOOK_EVERY_S)
    worker = await asyncio.to_thread(import_module, "pantau.app.worker")
    with (
        bound_contextvars(process=_NAME),
        _turn_taking(running.settings.sockets_dir / _LOCK, running.clock) as turn,
    ):
        part = replace(
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
        )
        try:
            await worker.run_worker(part, demo=demo)
        finally:
            await part.supervisor.stop(deadline_s=2.0)


@dataclass(slots=True)
class _Turn:
    """Stands for the parent, which knows of the whole process only."""

    lock: TextIO
    clock: Clock

    async def tell_ready(self) -> None:
        """Tell nobody: the parent waits for what visitors see."""

    async def take_over(self) -> None:
        """Wait until the process before has let go; at once where there was none."""
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await self.clock.sleep(_LOOK_EVERY_S)
            else:
                return


@contextmanager
def _turn_taking(file: Path, clock: Clock) -> Iterator[_Turn]:
    with file.open("w", encoding="utf-8") as lock:
        yield _Turn(lock, clock)
