"""`pantau serve`: starts the other processes, watches them, renews them, and ends them in order."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from pantau.app.demo_port import demo_port
from pantau.app.programs import SERVE, Only, knows_together, programs
from pantau.app.restarting import Restores
from pantau.app.running import Running
from pantau.core.child_process import reap_strays
from pantau.core.clock import Clock
from pantau.core.environments import Environment
from pantau.core.family_file import FamilyState, file_name, write_family
from pantau.core.incarnations import Program
from pantau.core.listening import address_of, listen
from pantau.core.nursery_line import Nursery
from pantau.core.processes import ChildFailedError, Family
from pantau.core.releases import current_python, passed_over
from pantau.core.supervisor import Service
from pantau.settings import Settings

log = structlog.get_logger()

_NURSERY: Final = (*SERVE, "nursery")
_RENEWED: Final = ("worker", "web")
"""In this order: a new web process may ask for what only a new worker does.  Media stays: whoever
ends it ends every stream."""
_ANSWER_S: Final = 3.0
"""What a child needs beyond its drain to be gone."""
_STRAYS_EVERY_S: Final = 10.0


class AlreadyRunningError(Exception):
    """Another Pantau uses the same data folder."""


async def run_family(
    running: Running,
    *,
    with_demo: bool = False,
    only: Only | None = None,
    nursery: Nursery | None = None,
    is_together: bool = False,
) -> None:
    """Run all processes until stopped, or one of them; ready when all of them are.

    The port is opened here and inherited by each web process, so that visitors who come while one
    web process follows another wait for a moment instead of being refused.
    """
    settings = running.settings
    passed_over_release = passed_over(settings.releases_folder)
    if passed_over_release is not None:
        log.warning(
            "not_the_current_release",
            runs=sys.prefix,
            current=str(passed_over_release),
            hint="start releases/current/bin/pantau, or deploy what this is",
        )
    with ExitStack() as closing:
        closing.enter_context(_only_one(settings, only))
        listener = None
        if only in {None, "web"}:
            listener = closing.enter_context(listen(settings.host, settings.port))
        farm_port = demo_port(settings.data_dir) if with_demo else None
        shared_out = partial(
            programs,
            settings,
            listen_fd=None if listener is None else listener.fileno(),
            farm_port=farm_port,
            only=only,
        )

        async def programs_of(environment: Environment) -> list[Program]:
            knows = is_together and await knows_together(environment.python)
            return shared_out(is_together=knows)

        children = shared_out(is_together=is_together)
        keeper = _Keeper(running, settings.sockets_dir / file_name(only))
        family = keeper.family = Family(
            children,
            clock=running.clock,
            environment=Environment(nursery_arguments=_NURSERY, nursery=nursery),
            on_change=keeper.note,
            programs_of=programs_of,
        )
        closing.callback(keeper.forget)
        running.on_second_signal = family.kill
        running.stop_within_s = len(children) * (settings.drain_s + 2 * _ANSWER_S)
        place = f" on {address_of(listener)}" if listener else ""
        await _keep(running, keeper, f"Pantau {f'{only} ' if only else ''}is ready{place}", only)


async def _keep(running: Running, keeper: "_Keeper", line: str, only: Only | None) -> None:
    family, supervisor = keeper.family, running.supervisor
    stopped = supervisor.spawn("serve.stop", lambda: _stop(running, family))
    try:
        await family.start()
        await running.ready(line)
        family.keep()
        if only is None:
            restores = Restores(running, family, nursery_arguments=_NURSERY)
            supervisor.add(Service("serve.restores", restores.run))
        supervisor.add(Service("serve.strays", lambda: _let_strays_go(running.clock)))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, keeper.renew)
        await running.stopping.wait()
    except ChildFailedError:
        if not running.stopping.is_set():
            raise
    finally:
        running.stopping.set()
        await stopped


@dataclass(slots=True)
class _Keeper:
    """Tells others of the family: in its file, and whoever started all this."""

    running: Running
    file: Path
    family: Family = None  # type: ignore[assignment]  # the family tells the keeper of itself
    _is_renewing: bool = False

    def renew(self) -> None:
        """Replace what can be replaced without a gap, from the release that is current."""
        settings = self.running.settings
        names = [name for name in _RENEWED if name in self.family]
        if not names:
            log.warning("nothing_to_renew", why="media goes on until it is stopped")
            return
        python = current_python(settings.releases_folder)
        fresh = Environment(
            python=sys.executable if python is None else str(python), nursery_arguments=_NURSERY
        )
        self.family.renew(*names, environment=fresh)

    def note(self) -> None:
        """Write down how everybody is."""
        family, running = self.family, self.running
        is_renewing = bool(family.renewing)
        if is_renewing and not self._is_renewing:
            running.manager.reloading(mono_s=running.clock.mono_s())
        state = FamilyState(
            parents=(os.getpid(),),
            started_at=running.started_at.isoformat(),
            renewing=family.renewing,
            children=family.states,
        )
        try:
            write_family(self.file, state)
        except OSError as error:
            log.warning("family_not_told", cause=error.strerror)
        if self._is_renewing and not is_renewing:
            running.manager.ready()
        self._is_renewing = is_renewing

    def forget(self) -> None:
        """Take the file away: nobody runs."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)


async def _let_strays_go(clock: Clock) -> None:
    seen: frozenset[int] = frozenset()
    while True:
        await clock.sleep(_STRAYS_EVERY_S)
        seen = reap_strays(seen)


async def _stop(running: Running, family: Family) -> None:
    await running.stopping.wait()
    await family.stop(drain_s=running.settings.drain_s + _ANSWER_S)


@contextmanager
def _only_one(settings: Settings, only: Only | None) -> Iterator[None]:
    name = f"serve-{only}.lock" if only else "serve.lock"
    with (settings.sockets_dir / name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                "Another Pantau is running with this data folder. Stop it, or choose another "
                "folder with PANTAU_DATA_DIR."
            ) from error
        yield
