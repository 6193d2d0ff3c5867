"""`pantau serve`: starts the other processes, watches them, and ends them in order."""

import asyncio
import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from pantau.app.demo_port import demo_port
from pantau.app.restarting import Restores
from pantau.app.running import Running
from pantau.core.listening import address_of, listen
from pantau.core.processes import ChildFailedError, Family, Program
from pantau.core.supervisor import Service
from pantau.settings import Settings

log = structlog.get_logger()

_LOCK_FILE: Final = "serve.lock"
_ANSWER_S: Final = 3.0
"""What a child needs beyond its drain to be gone."""


class AlreadyRunningError(Exception):
    """Another Pantau uses the same data folder."""


async def run_family(running: Running, *, with_demo: bool) -> None:
    """Run all processes until stopped; ready when all of them are.

    The port is opened here and inherited by each web process, so that visitors who come while one
    web process follows another wait for a moment instead of being refused.
    """
    settings = running.settings
    with _only_one(settings), listen(settings.host, settings.port) as listener:
        farm_port = demo_port(settings.data_dir) if with_demo else None
        programs = _programs(settings, listener.fileno(), farm_port)
        family = Family(programs, clock=running.clock)
        running.on_second_signal = family.kill
        running.stop_within_s = len(programs) * (settings.drain_s + 2 * _ANSWER_S)
        stopped = running.supervisor.spawn("serve.stop", lambda: _stop(running, family))
        try:
            await family.start()
            await running.ready(f"Pantau is ready on {address_of(listener)}")
            family.keep()
            restores = Restores(running, family)
            running.supervisor.add(Service("serve.restores", restores.run))
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, family.renew, "web")
            await running.stopping.wait()
        except ChildFailedError:
            if not running.stopping.is_set():
                raise
        finally:
            running.stopping.set()
            await stopped


async def _stop(running: Running, family: Family) -> None:
    await running.stopping.wait()
    await family.stop(drain_s=running.settings.drain_s + _ANSWER_S)


def _programs(settings: Settings, listen_fd: int, farm_port: int | None) -> list[Program]:
    serve = ("-m", "pantau", "serve")
    demo = () if farm_port is None else ("--demo-port", str(farm_port))
    programs = [Program("demo", (*serve, "demo", *demo))] if demo else []
    if not settings.media.api_url:
        programs.append(Program("media", (*serve, "media", *demo)))
    programs.append(Program("worker", (*serve, "worker", *demo)))
    web = (*serve, "web", *demo, "--listen-fd", str(listen_fd))
    programs.append(Program("web", web, descriptors=(listen_fd,)))
    return programs


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    with (settings.sockets_dir / _LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                "Another Pantau is running with this data folder. Stop it, or choose another "
                "folder with PANTAU_DATA_DIR."
            ) from error
        yield
