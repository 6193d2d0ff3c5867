"""One process from its first line to its last: log, signals, readiness, a deadline on stopping."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import structlog

from pantau.core.clock import Clock, SystemClock
from pantau.core.log import Output, configure_log, log_crashes
from pantau.core.parent_link import ParentLink
from pantau.core.service_manager import ServiceManager
from pantau.core.supervisor import Service, Supervisor
from pantau.settings import Settings

log = structlog.get_logger()

_GRACE_S: Final = 10.0
"""Cameras are told goodbye and files are closed after the last answer was given."""


class FolderError(Exception):
    """A folder that must be there cannot be made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the worker's part of a web process does not work."""

    kind: str
    """The code of a foreseen trouble, or the name of the error."""
    sentence: str
    """What to do; empty for an error that nobody foresaw: the log has its trace."""


class Superior(Protocol):
    """Whoever started this and knows of the others."""

    async def tell_ready(self) -> None:
        """Tell that the work is done from now on."""

    async def take_over(self) -> None:
        """Tell that it could be done, and wait until nobody else does it."""


@dataclass(slots=True)
class Running:
    """What every process has."""

    name: str
    settings: Settings
    clock: Clock
    supervisor: Supervisor
    stopping: asyncio.Event
    output: Output
    link: Superior | None
    is_standby: bool
    """Whether it follows one that still works."""
    stop_within_s: float
    """When the kernel ends a process that cannot end itself."""
    started_at: datetime
    ready_at: datetime | None = None
    """When it began to do its work; None: not yet."""
    manager: ServiceManager = field(default_factory=ServiceManager)
    """Of a process that a service manager started."""
    is_part: bool = False
    """Whether it is a part of another process, which tells what that takes."""
    part_failure: Failure | None = None
    """Why the worker's part inside this process does not work; None: it does, or there is none."""
    part_failures: int = 0
    """How often it failed."""
    on_second_signal: Callable[[], None] = lambda: None

    async def turn(self) -> None:
        """Wait until nobody else does what two must not do at once; at once where nobody can."""
        if self.link is not None and self.is_standby:
            await self.link.take_over()

    async def ready(self, line: str) -> None:
        """Tell whoever started this process that it does its work: the parent, or a person."""
        if self.link is None:
            self.output.announce(line)
            self.manager.ready()
        else:
            await self.link.tell_ready()
        self.ready_at = self.clock.now()
        if not self.is_part:
            # What was built up to here stays: the collector need not go through it again.  What a
            # part built leaves when that fails.
            gc.freeze()
        log.info("process_ready", pid=os.getpid())

    def stop(self) -> None:
        """Begin to stop; the second call, or a drain that never ends, is the end."""
        if self.stopping.is_set():
            self.on_second_signal()
            os._exit(1)
        self.stopping.set()
        self.manager.stopping()
        log.info("process_stopping", pid=os.getpid())
        # The default action of SIGALRM ends even a process whose loop hangs.
        signal.alarm(int(self.stop_within_s) + 1)


def prepare_log(settings: Settings, name: str) -> Output:
    """Configure the log of this process; lines for stdout are held until it is ready."""
    output = Output(calm=sys.stdout, urgent=sys.stderr, is_held=True)
    as_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    configure_log(
        output, process=name, level=settings.log_level, as_json=as_json, clock=SystemClock()
    )
    log_crashes()
    return output


def prepare_folders(settings: Settings) -> None:
    """Make the data and the socket folder, for this user alone; raises FolderError."""
    os.umask(0o077)
    for folder, variable in (
        (settings.data_dir, "PANTAU_DATA_DIR"),
        (settings.sockets_dir, "PANTAU_RUNTIME_DIR"),
    ):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FolderError(
                f"{folder} cannot be made: {error.strerror}. Set {variable} to another folder."
            ) from error


async def run(
    name: str,
    settings: Settings,
    main: Callable[[Running], Awaitable[None]],
    *,
    parent_link: int | None = None,
    standby: bool = False,
) -> None:
    """Run `main` until it returns; it is asked to by the `stopping` event.

    One that stands by is to wait for its `turn`.  Raises FolderError, and what `main` raises.
    """
    output = prepare_log(settings, name)
    prepare_folders(settings)
    clock = SystemClock()
    # Whoever has a parent is that one's business: systemd asks about the parent alone.
    manager = ServiceManager.introduced()
    link = ParentLink.inherited(parent_link)
    running = Running(
        name=name,
        settings=settings,
        clock=clock,
        supervisor=Supervisor(clock),
        stopping=asyncio.Event(),
        output=output,
        link=link,
        is_standby=standby,
        stop_within_s=settings.drain_s + _GRACE_S,
        started_at=clock.now(),
        manager=manager if parent_link is None else ServiceManager(),
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.stop)
    if link is not None:
        running.supervisor.add(Service("parent", lambda: _heed_parent(running, link)))
    if running.manager.watchdog_s:
        running.supervisor.add(Service("watchdog", lambda: _tell_alive(running)))
    try:
        await main(running)
    finally:
        await running.supervisor.stop(deadline_s=2.0)
        log.info("process_stopped", pid=os.getpid())
        output.release()


async def _tell_alive(running: Running) -> None:
    # Twice as often as it must be, as sd_watchdog_enabled(3) advises.
    while True:
        running.manager.alive()
        await running.clock.sleep(running.manager.watchdog_s / 2)


async def _heed_parent(running: Running, link: ParentLink) -> None:
    await link.listen(on_go=running.output.release)
    if not running.stopping.is_set():
        log.warning("parent_gone")
        running.stop()
