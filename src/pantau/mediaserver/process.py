"""The media server as a whole: shards, the control API and the HLS origin on their sockets."""

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from pantau.core.clock import Clock
from pantau.core.nursery_line import Nursery
from pantau.core.supervisor import Service, Supervisor
from pantau.media.archive.orders import RecordRules
from pantau.media.late.disk import clear_in_thread
from pantau.mediaserver.control_api import ControlApi
from pantau.mediaserver.hls_relay import HlsRelay
from pantau.mediaserver.listeners import loopback_listener, private_folder, unix_listener
from pantau.mediaserver.shard_birth import Births
from pantau.mediaserver.shard_process import Count, count_nothing
from pantau.mediaserver.shards import Shards
from pantau.mediaserver.sockets import API_SOCKET, HLS_SOCKET

log = structlog.get_logger()

SHARD_COMMAND: Final = (sys.executable, "-m", "pantau.mediaserver.shard_entry")
STOP_WITHIN_S: Final = 8.0


def to_stderr(line: str) -> None:
    """Write a shard's line where a server that was started by hand is watched."""
    sys.stderr.write(f"{line}\n")


@dataclass(frozen=True, slots=True)
class ShardLog:
    """How shards log: least level, `json`, `console` or `auto`, and who gets what is no warning.

    `nursery` forks one; where it is gone, `command` starts one.
    """

    level: str = "info"
    form: str = "auto"
    say: Callable[[str], None] = to_stderr
    count: Count = count_nothing
    command: Sequence[str] = SHARD_COMMAND
    nursery: Nursery | None = None
    known: Callable[[Shards], None] = lambda _: None
    """Is given the shards before they begin, to tell how they are."""


TO_STDERR: Final = ShardLog()


@dataclass(frozen=True, slots=True)
class CameraRules:
    """What holds for all cameras of this server."""

    allowed_networks: tuple[str, ...] = ()
    """Where guarded paths may be dialled although these networks (CIDR) are reserved."""
    spool_dir: Path | None = None
    """Takes what delayed cameras show later; emptied at both ends.  None: nothing is shown late."""
    recording: RecordRules | None = None
    """What recorders have in common; None: nothing is recorded.  Travels with the orders over the
    shards' own sockets: no argument of a process names a folder."""
    least_shards: int = 1
    """How many wait for cameras while there are none."""


NO_RULES: Final = CameraRules()


class HopelessError(Exception):
    """Shard processes end before they serve, time and again."""


async def run_media_server(
    *,
    runtime_dir: Path,
    clock: Clock,
    stopping: asyncio.Event,
    shard_size: int = 50,
    api_tcp: str | None = None,
    hls_tcp: str | None = None,
    cameras: CameraRules = NO_RULES,
    shard_log: ShardLog = TO_STDERR,
) -> None:
    """Serve until `stopping` is set, then tell every camera goodbye, within about nine seconds.

    Sockets are `media-api.sock` and `media-hls.sock` in `runtime_dir`; `api_tcp` and `hls_tcp`
    (`127.0.0.1:9997`) open loopback ports as well.  Raises `ListenError` or `HopelessError` when
    it cannot serve.
    """
    private_folder(runtime_dir)
    api_sockets = _open(runtime_dir / API_SOCKET, api_tcp)
    hls_sockets = _open(runtime_dir / HLS_SOCKET, hls_tcp)
    await _clear(cameras.spool_dir)
    supervisor = Supervisor(clock)
    shards = Shards(
        folder=runtime_dir,
        births=Births(shard_log.command, clock, shard_log.level, shard_log.form, shard_log.nursery),
        clock=clock,
        supervisor=supervisor,
        shard_size=shard_size,
        say=shard_log.say,
        least=cameras.least_shards,
    )
    control = ControlApi(
        shards,
        started_at=clock.now(),
        allowed_networks=cameras.allowed_networks,
        spool_dir=cameras.spool_dir,
        recording=cameras.recording,
    )
    runners: list[web.AppRunner] = []
    try:
        shard_log.known(shards)
        shards.start(count=shard_log.count)
        runners.append(await _serve(control.application(), api_sockets))
        runners.append(await _serve(HlsRelay(shards).application(), hls_sockets))
        log.info("media_server_started", shard_size=shard_size, tcp=bool(api_tcp or hls_tcp))
        supervisor.add(Service("media.hope", lambda: _stop_when_hopeless(shards, stopping)))
        await stopping.wait()
    finally:
        await shards.stop(deadline_s=STOP_WITHIN_S)
        for runner in runners:
            await runner.cleanup()
        await supervisor.stop(deadline_s=1.0)
        for name in (API_SOCKET, HLS_SOCKET):
            (runtime_dir / name).unlink(missing_ok=True)
        await _clear(cameras.spool_dir)
    if shards.hopeless.is_set():
        raise HopelessError("no shard process can be started")
    log.info("media_server_stopped")


async def _clear(spool_dir: Path | None) -> None:
    if spool_dir is not None:
        private_folder(spool_dir)
        await asyncio.to_thread(clear_in_thread, spool_dir)


async def _stop_when_hopeless(shards: Shards, stopping: asyncio.Event) -> None:
    await shards.hopeless.wait()
    stopping.set()


def _open(path: Path, tcp: str | None) -> list[socket.socket]:
    return [unix_listener(path), *([loopback_listener(tcp)] if tcp else [])]


async def _serve(app: web.Application, sockets: list[socket.socket]) -> web.AppRunner:
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=0.5,
        keepalive_timeout=75.0,
        handler_cancellation=True,
    )
    await runner.setup()
    for sock in sockets:
        await web.SockSite(runner, sock).start()
    return runner
