"""Makes a media server pull exactly the cameras of this hub, again and again, and nothing else."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.core.ids import CameraId
from pantau.core.jobs import timed_job
from pantau.streaming.desired_paths import (
    DesiredPaths,
    OnDemandTimes,
    RecordWish,
    RecordWishes,
    all_paths,
    has_path,
    no_wish,
    recorded_paths,
)
from pantau.streaming.media_reports import Correction, Failure, What
from pantau.streaming.media_server import ServerInfo
from pantau.streaming.owned_paths import OwnedPaths

log = structlog.get_logger()

_AGAIN_S: Final = 0.5
"""How soon a media server that does not answer is asked again: its cameras wait for it."""
_WARN_AT_MISSES: Final = 10
_SHARE: Final = 100
"""One part in so many is what comparing may take of the time; a change is compared at once."""
_LATEST_S: Final = 30.0
"""How long a path that somebody else changed or removed may stay so, however many there are."""
_NOBODY: Final = ServerInfo(version=None, started_at=None)


class PathServer(Protocol):
    """The part of a media server's client that is needed here."""

    async def info(self) -> ServerInfo: ...

    async def config_paths(self) -> Mapping[str, Mapping[str, Any]]: ...

    async def replace(self, name: str, conf: Mapping[str, Any]) -> None: ...

    async def delete(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one comparison found and did.  `foreign` paths belong to somebody else: untouched."""

    put: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    failed: Mapping[str, Failure] = field(default_factory=dict)
    unchanged: int = 0
    foreign: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    """What was not as it should be, failures included."""
    cameras: Mapping[str, int] = field(default_factory=dict)
    """Whose path each desired one is."""
    server: ServerInfo = _NOBODY
    took_s: float = 0.0

    @property
    def desired(self) -> int:
        """How many paths the media server should have from us."""
        return len(self.cameras)

    @property
    def is_ours(self) -> bool:
        """Tell whether the media server is our engine."""
        return is_our_engine(self.server)


@dataclass(slots=True)
class _Work:
    """One comparison while it is under way."""

    desired: DesiredPaths
    actual: Mapping[str, Mapping[str, Any]]
    put: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    failed: dict[str, Failure] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)


@dataclass(slots=True)
class Reconciler:
    """Compares desired with actual paths every `every_s`, and on `wake`.  Loop only.

    Level-triggered: it needs to know nothing of what happened before, so a media server that lost
    everything, or half of it, is whole again after one sweep.  Where comparing costs a lot, it is
    done less often; whether the server was restarted is looked at every time.
    """

    server: PathServer
    catalogue: Catalogue
    owned: OwnedPaths
    clock: Clock
    times: OnDemandTimes = field(default_factory=OnDemandTimes)
    every_s: float = 3.0
    record: RecordWishes = no_wish
    """Which cameras are to be recorded; `wake` when that has changed and shall hold at once."""
    recorded_from: str = ""
    """The RTSP side of a MediaMTX: then this server has those that are to be recorded alone."""
    job: str = "streaming.reconciling"
    """What its work is called in the figures."""
    on_sweep: Callable[[Sweep | None], None] = lambda _: None
    """Hears of every look; None: the media server did not answer."""
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _misses: int = 0
    _last: Sweep | None = None
    _due_mono: float = 0.0
    _told_failed: frozenset[str] = frozenset()
    _desired: DesiredPaths | None = None
    _desired_of: tuple[int, bool] = (-1, False)
    _wishes: dict[CameraId, RecordWish] = field(default_factory=dict)

    def wake(self) -> None:
        """Have the next sweep done at once."""
        self._due_mono = self.clock.mono_s()
        self._awake.set()

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            self._awake.clear()
            with timed_job(self.job, every_s=self.every_s):
                self.on_sweep(await self.look_if_reachable())
            with contextlib.suppress(TimeoutError):
                wait_s = min(_AGAIN_S, self.every_s) if self._misses else self.every_s
                async with asyncio.timeout(wait_s):
                    await self._awake.wait()

    async def look_if_reachable(self) -> Sweep | None:
        """Sweep if it is due or the server was restarted; return the last sweep, or None."""
        last = self._last
        # A server that does not say when it was started may have been a moment ago.
        if last is None or last.server.started_at is None or self.clock.mono_s() >= self._due_mono:
            return await self.sweep_if_reachable()
        try:
            info = await self.server.info()
        except Unavailable as problem:
            self._missed(problem)
            return None
        if info != last.server:
            return await self.sweep_if_reachable()
        return self._answered(last)

    async def sweep_if_reachable(self) -> Sweep | None:
        """Sweep once; return None while the media server does not answer."""
        try:
            sweep = await self.sweep()
        except Unavailable as problem:
            self._missed(problem)
            return None
        return self._answered(sweep)

    async def sweep(self, *, is_forced: bool = False) -> Sweep:
        """Compare and correct once; raises `Unavailable` when the server cannot be asked.

        `is_forced` puts also those paths again that are right.
        """
        async with self._one_at_a_time:
            began_mono = self.clock.mono_s()
            info = await self.server.info()
            actual = await self.server.config_paths()
            work = _Work(self._wanted(is_ours=is_our_engine(info)), actual)
            work.failed.update(work.desired.refused)
            await self._put(work, is_forced=is_forced)
            await self._delete(work)
            took_s = self.clock.mono_s() - began_mono
            self._last = self._told(work, info, took_s)
            self._due_mono = self.clock.mono_s() + min(_LATEST_S, _SHARE * took_s)
            return self._last

    def _missed(self, problem: Unavailable) -> None:
        self._misses += 1
        # What it knew may be gone with it.
        self._due_mono = self.clock.mono_s()
        if self._misses == _WARN_AT_MISSES:
            log.warning("media_server_unreachable", code=problem.code)

    def _answered(self, sweep: Sweep) -> Sweep:
        if self._misses >= _WARN_AT_MISSES:
            log.info("media_server_reachable")
        self._misses = 0
        return sweep

    def _wanted(self, *, is_ours: bool) -> DesiredPaths:
        """Return what is asked for, made anew only when cameras or wishes have changed."""
        now = (self.catalogue.revision, is_ours)
        cameras = [camera for camera in self.catalogue.all() if has_path(camera)]
        wishes = {camera.id: wish for camera in cameras if (wish := self.record(camera))}
        if self._desired is None or self._desired_of != now or self._wishes != wishes:
            self._desired = (
                recorded_paths(self.recorded_from, cameras, wishes)
                if self.recorded_from
                else all_paths(cameras, self.times, wishes, is_ours=is_ours)
            )
            self._desired_of, self._wishes = now, wishes
        return self._desired

    async def _put(self, work: _Work, *, is_forced: bool) -> None:
        confs = work.desired.confs
        # Remembered before it is done: a crash in between must not leave a path nobody owns.
        self.owned.add(confs)
        # Those that failed go last: one that keeps the server busy must not hold up the others.
        for name in sorted(confs, key=self._told_failed.__contains__):
            what, keys = _difference(work.actual.get(name), confs[name])
            if what is None and not is_forced:
                continue
            failure = await self._attempt("put", name, self.server.replace(name, confs[name]))
            self._note(work, name, what or "forced", keys, failure)
            if failure is None:
                work.put.append(name)

    async def _delete(self, work: _Work) -> None:
        gone = [name for name in self.owned.names if name not in work.desired.confs]
        for name in gone:
            if name not in work.actual:
                continue
            failure = await self._attempt("delete", name, self.server.delete(name))
            self._note(work, name, "unwanted", (), failure)
            if failure is None:
                work.deleted.append(name)
        self.owned.discard(set(gone) - work.failed.keys())

    async def _attempt(self, doing: str, name: str, call: Any) -> Failure | None:
        """Await `call`; return why it failed.  Raises `Unavailable` when the server is lost."""
        try:
            await call
        except NotFound:
            return None
        except Problem as problem:
            if isinstance(problem, Unavailable) and problem.code not in _OF_ONE_PATH:
                raise
            if problem.code == _SILENT:
                # Silent about this path, or for good?
                await self.server.info()
            if name not in self._told_failed:
                log.warning("path_refused", path=name, doing=doing, code=problem.code)
            return Failure(problem.code, problem.sentence)
        return None

    def _note(
        self, work: _Work, name: str, what: What, keys: tuple[str, ...], failure: Failure | None
    ) -> None:
        if failure is not None:
            work.failed[name] = failure
        work.corrections.append(
            Correction(
                path=name,
                camera_id=work.desired.cameras.get(name),
                what=what,
                keys=keys,
                failure=failure,
                at=self.clock.now(),
            )
        )

    def _told(self, work: _Work, info: ServerInfo, took_s: float) -> Sweep:
        self._told_failed = frozenset(work.failed)
        if work.put or work.deleted:
            log.info("paths_reconciled", put=len(work.put), deleted=len(work.deleted))
        desired = work.desired
        ours = self.owned.names | desired.cameras.keys() | set(work.deleted)
        return Sweep(
            put=tuple(work.put),
            deleted=tuple(work.deleted),
            failed=work.failed,
            unchanged=len(desired.cameras)
            - len(work.put)
            - len(work.failed.keys() & desired.cameras.keys()),
            foreign=tuple(sorted(name for name in work.actual if name not in ours)),
            corrections=tuple(work.corrections),
            cameras=desired.cameras,
            server=info,
            took_s=took_s,
        )


_SILENT: Final = "media_server.silent"
_OF_ONE_PATH: Final = frozenset({_SILENT, "media_server.confused"})
"""Failures that may be about the path and not about the server."""


def is_our_engine(info: ServerInfo) -> bool:
    """Tell whether the media server is our own."""
    return "pantau" in (info.version or "")


def _difference(
    actual: Mapping[str, Any] | None, wanted: Mapping[str, Any]
) -> tuple[What | None, tuple[str, ...]]:
    if actual is None:
        return "missing", ()
    # Keys that an older server does not know are missing from its answer; it refused or ignored
    # them when they were put, and putting them again would restart the stream at every sweep.
    keys = tuple(key for key, value in wanted.items() if actual.get(key, value) != value)
    return ("different" if keys else None), keys
