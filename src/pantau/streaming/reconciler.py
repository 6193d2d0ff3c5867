"""Makes a media server pull exactly the cameras of this hub, again and again, and nothing else."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.mediaserver import go_durations
from pantau.streaming.media_server import ServerInfo
from pantau.streaming.owned_paths import OwnedPaths

log = structlog.get_logger()

_MEDIAMTX_SCHEMES: Final = ("rtsp://", "rtsps://", "http://", "https://")
_AGAIN_S: Final = 0.5
"""How soon a media server that does not answer is asked again: its cameras wait for it."""
_WARN_AT_MISSES: Final = 10
_NANOSECONDS: Final = 1_000_000_000


class PathServer(Protocol):
    """The part of a media server's client that is needed here."""

    async def info(self) -> ServerInfo: ...

    async def config_paths(self) -> Mapping[str, Mapping[str, Any]]: ...

    async def replace(self, name: str, conf: Mapping[str, Any]) -> None: ...

    async def delete(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class OnDemandTimes:
    """How long on-demand paths may take to start, and stay after their last reader."""

    start_timeout_s: float = 10.0
    close_after_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one comparison found and did.  `foreign` paths belong to somebody else: untouched."""

    put: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    unchanged: int = 0
    foreign: int = 0


@dataclass(slots=True)
class Reconciler:
    """Compares desired with actual paths every `every_s` and on `wake`.  Loop only.

    Level-triggered: it needs to know nothing of what happened before, so a media server that lost
    everything, or half of it, is whole again after one sweep.
    """

    server: PathServer
    catalogue: Catalogue
    owned: OwnedPaths
    clock: Clock
    times: OnDemandTimes = field(default_factory=OnDemandTimes)
    every_s: float = 3.0
    on_sweep: Callable[[Sweep | None], None] = lambda _: None
    """Hears of every sweep; None: the media server did not answer."""
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _misses: int = 0

    def wake(self) -> None:
        """Have the next sweep done at once."""
        self._awake.set()

    async def run(self) -> None:
        """Sweep again and again; never returns."""
        while True:
            self._awake.clear()
            self.on_sweep(await self.sweep_if_reachable())
            with contextlib.suppress(TimeoutError):
                wait_s = min(_AGAIN_S, self.every_s) if self._misses else self.every_s
                async with asyncio.timeout(wait_s):
                    await self._awake.wait()

    async def sweep_if_reachable(self) -> Sweep | None:
        """Sweep once; return None while the media server does not answer."""
        try:
            sweep = await self.sweep()
        except Unavailable as problem:
            self._misses += 1
            if self._misses == _WARN_AT_MISSES:
                log.warning("media_server_unreachable", code=problem.code)
            return None
        if self._misses >= _WARN_AT_MISSES:
            log.info("media_server_reachable")
        self._misses = 0
        if sweep.put or sweep.deleted:
            log.info("paths_reconciled", put=len(sweep.put), deleted=len(sweep.deleted))
        return sweep

    async def sweep(self) -> Sweep:
        """Compare and correct once; raises `Unavailable` when the server cannot be asked."""
        info = await self.server.info()
        is_ours = "pantau" in (info.version or "")
        actual = await self.server.config_paths()
        desired: dict[str, dict[str, Any]] = {}
        failed: dict[str, str] = {}
        for camera in self.catalogue.enabled():
            if not is_ours and not camera.source.url.startswith(_MEDIAMTX_SCHEMES):
                failed[camera.stream_key] = "media_server.unsupported_source"
                continue
            desired[camera.stream_key] = path_conf(camera, self.times, is_ours=is_ours)
        put = await self._put(desired, actual, failed)
        gone = [name for name in self.owned.names if name not in desired]
        deleted = await self._delete(gone, actual, failed)
        ours = self.owned.names | desired.keys()
        return Sweep(
            put=put,
            deleted=deleted,
            failed=failed,
            unchanged=len(desired) - len(put) - len(failed.keys() & desired.keys()),
            foreign=sum(1 for name in actual if name not in ours and name not in deleted),
        )

    async def _put(
        self,
        desired: Mapping[str, Mapping[str, Any]],
        actual: Mapping[str, Mapping[str, Any]],
        failed: dict[str, str],
    ) -> tuple[str, ...]:
        due = [name for name, conf in desired.items() if not _holds(actual.get(name), conf)]
        # Remembered before it is done: a crash in between must not leave a path nobody owns.
        self.owned.add(desired.keys())
        done = []
        for name in due:
            try:
                await self.server.replace(name, desired[name])
            except Problem as problem:
                _give_up_if_lost(problem)
                failed[name] = problem.code
                log.warning("path_not_put", path=name, code=problem.code)
            else:
                done.append(name)
        return tuple(done)

    async def _delete(
        self,
        gone: Sequence[str],
        actual: Mapping[str, Mapping[str, Any]],
        failed: dict[str, str],
    ) -> tuple[str, ...]:
        done = []
        for name in gone:
            try:
                if name in actual:
                    await self.server.delete(name)
                    done.append(name)
            except NotFound:
                pass
            except Problem as problem:
                _give_up_if_lost(problem)
                failed[name] = problem.code
                log.warning("path_not_deleted", path=name, code=problem.code)
        self.owned.discard(set(gone) - failed.keys())
        return tuple(done)


def path_conf(camera: Camera, times: OnDemandTimes, *, is_ours: bool) -> dict[str, Any]:
    """Return the path configuration that `camera` asks for; `is_ours` adds our engine's own keys.

    Holds the camera's address with its password.
    """
    source = camera.source
    conf: dict[str, Any] = {
        "source": source.url,
        "sourceOnDemand": camera.on_demand,
        "sourceOnDemandStartTimeout": _duration(times.start_timeout_s),
        "sourceOnDemandCloseAfter": _duration(times.close_after_s),
        "sourceFingerprint": source.tls_fingerprint,
        "rtspTransport": source.transport,
    }
    if is_ours:
        conf["pantauKind"] = source.kind or ""
        conf["pantauEncode"] = source.encode
        conf["pantauLowLatency"] = camera.low_latency
    return conf


def _holds(actual: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> bool:
    # Keys that an older server does not know are missing from its answer; it refused or ignored
    # them when they were put, and putting them again would restart the stream at every sweep.
    return actual is not None and all(
        key not in actual or actual[key] == value for key, value in wanted.items()
    )


def _give_up_if_lost(problem: Problem) -> None:
    if isinstance(problem, Unavailable) and problem.code != "media_server.confused":
        raise problem


def _duration(duration_s: float) -> str:
    return go_durations.format_ns(round(duration_s * _NANOSECONDS))
