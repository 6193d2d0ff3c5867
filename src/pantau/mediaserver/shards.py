"""All shards together: who lives where, what happens after a crash, one list of reports."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from pantau.core.clock import Clock
from pantau.core.supervisor import Service, Supervisor
from pantau.media.errors import Cause
from pantau.mediaserver.path_report import absent, moment
from pantau.mediaserver.placement import Placement
from pantau.mediaserver.quarantine import Quarantine
from pantau.mediaserver.shard_birth import Births
from pantau.mediaserver.shard_process import Count, End, Limits, ShardProcess, count_nothing

log = structlog.get_logger()

_FRESH_S: Final = 0.3
_HOUSEKEEPING_S: Final = 5.0
_EMPTY_FOR_S: Final = 30.0
_NAMELESS_CRASHES: Final = 3
_CRASHES_WITHIN_S: Final = 300.0
_SETTLE_WITHIN_S: Final = 2.0
_MOST_FAILED_STARTS: Final = 6


class ShardKnown(NamedTuple):
    """One shard as it is."""

    name: str
    pid: int | None
    """None while it is not there."""
    ends: int
    """How often it ended unasked."""


class Shards:
    """Loop only.  Keeps `least` shards, so that the first camera need not wait for Python."""

    def __init__(
        self,
        *,
        folder: Path,
        births: Births,
        clock: Clock,
        supervisor: Supervisor,
        shard_size: int,
        say: Callable[[str], None],
        limits: Limits | None = None,
        least: int = 1,
    ) -> None:
        self._folder = folder
        self._births = births
        self._say = say
        self._count: Count = count_nothing
        self._clock = clock
        self._supervisor = supervisor
        self._limits = limits or Limits()
        self._least = least
        self._placement = Placement(shard_size)
        self._quarantine = Quarantine(clock)
        self._orders: dict[str, dict[str, Any]] = {}
        self._shards: dict[str, ShardProcess] = {}
        self._apart: set[str] = set()
        """Shards for suspects only."""
        self._closed: set[str] = set()
        """Halved shards: one of their cameras is guilty, so nobody new moves in."""
        self._crashes: dict[str, list[float]] = {}
        self._empty_since: dict[str, float] = {}
        self._failed_starts = 0
        self.ends = 0
        """How often a shard ended unasked, also of those that are gone."""
        self._ends_of: Counter[str] = Counter()
        self.hopeless = asyncio.Event()
        """Set when shards do not even start, time and again: nothing here can serve."""

    def start(self, *, count: Count = count_nothing) -> None:
        """Begin with the empty shards that there always are; `count` is told what they log."""
        self._count = count
        for _ in range(self._least):
            self._shard(self._placement.new_shard())
        self._supervisor.add(Service("shards.housekeeping", self._keep_house))

    async def stop(self, *, deadline_s: float) -> None:
        """Stop every shard side by side, so that the deadline holds for all of them."""
        # Whoever waits to be forked would wait until all is loaded.
        self._births.close()
        shards = list(self._shards.values())
        await asyncio.gather(*(shard.stop(deadline_s=deadline_s) for shard in shards))

    async def put(self, path: str, order: dict[str, Any]) -> None:
        """Have `path` pulled as `order` says; waits a little for its shard to know of it."""
        self._quarantine.see_order(path, order)
        self._orders[path] = order
        await self._settle(self._home(path))

    async def remove(self, path: str) -> None:
        """Stop pulling `path`; no-op for one that is not pulled."""
        if self._orders.pop(path, None) is None:
            return
        home = self._placement.home(path)
        self._placement.forget(path)
        self._quarantine.forget(path)
        await self._settle(home)

    def shard_of(self, path: str) -> ShardProcess | None:
        """Return the shard that serves `path`; None for unknown and parked paths."""
        if path not in self._orders or self._quarantine.is_parked(path):
            return None
        return self._shards.get(self._placement.home(path) or "")

    def known(self) -> Sequence[ShardKnown]:
        """Return the shards that there are."""
        return [
            ShardKnown(name, shard.pid, self._ends_of[name]) for name, shard in self._shards.items()
        ]

    def is_parked(self, path: str) -> bool:
        """Whether `path` is parked because it crashed a shard."""
        return self._quarantine.is_parked(path)

    async def reports(self, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """Return the runtime reports of `kinds`: path to kind of source, "" for none."""
        await self._refresh(list(self._shards.values()))
        return {path: self._report(path, kind) for path, kind in kinds.items()}

    async def report(self, path: str, kind: str) -> dict[str, Any]:
        """Return the runtime report of one path, asked for at this moment."""
        shard = self.shard_of(path)
        if shard is not None:
            await shard.look()
        return self._report(path, kind)

    async def restart_recorder(self, path: str) -> bool:
        """Have the recorder of `path` begin another file; False: no recorder heard of it."""
        shard = self.shard_of(path)
        return shard is not None and await shard.restart_recorder(path)

    async def muxers(self) -> dict[str, dict[str, Any]]:
        """Return the paths that were read within the last minute."""
        await self._refresh(list(self._shards.values()))
        return {
            path: muxer
            for shard in self._shards.values()
            for path, muxer in shard.last.muxers.items()
        }

    def _report(self, path: str, kind: str) -> dict[str, Any]:
        if not kind:
            return absent(path, kind, state="idle")
        if self._quarantine.is_parked(path):
            parked = absent(path, kind, state="parked", cause=Cause.CRASHED)
            parked["pantau"]["nextAttempt"] = moment(self._quarantine.until_at(path))
            return parked
        shard = self.shard_of(path)
        known = shard.last.paths.get(path) if shard else None
        return known or absent(path, kind, state="connecting", detail="its shard is starting")

    async def _refresh(self, shards: Sequence[ShardProcess]) -> None:
        oldest_mono = self._clock.mono_s() - _FRESH_S
        stale = [shard for shard in shards if shard.up and shard.last.seen_mono < oldest_mono]
        await asyncio.gather(*(shard.look() for shard in stale))

    def _home(self, path: str) -> str:
        suspect = self._quarantine.is_suspect(path)
        if self._quarantine.is_parked(path):
            return self._placement.home(path) or ""
        open_shards = self._shards.keys() - self._apart - self._closed - self._crashes.keys()
        among = self._apart if suspect else open_shards
        home = self._placement.place(path, among=among)
        if suspect:
            self._apart.add(home)
        self._shard(home)
        return home

    def _shard(self, name: str) -> ShardProcess:
        shard = self._shards.get(name)
        if shard is None:
            shard = self._shards[name] = ShardProcess(
                name,
                folder=self._folder,
                births=self._births,
                clock=self._clock,
                limits=self._limits,
                say=self._say,
                count=self._count,
                on_end=self._after_end,
            )
            self._supervisor.add(Service(f"media.{name}", shard.run))
        return shard

    async def _settle(self, name: str | None) -> None:
        shard = self._shards.get(name or "")
        if shard is None:
            return
        self._instruct(shard)
        try:
            async with asyncio.timeout(_SETTLE_WITHIN_S):
                if await shard.push():
                    await shard.look()
        except TimeoutError:
            log.info("shard_orders_pending", shard=shard.name)

    def _instruct(self, shard: ShardProcess) -> None:
        shard.want(
            {
                path: self._orders[path]
                for path in self._placement.paths(shard.name)
                if path in self._orders and not self._quarantine.is_parked(path)
            }
        )

    def _after_end(self, shard: ShardProcess, end: End) -> None:
        """Decide who is to blame, before the shard starts again."""
        if end.planned:
            return
        self.ends += 1
        self._ends_of[shard.name] += 1
        log.error(
            "shard_died",
            shard=shard.name,
            signal=end.signal_number,
            news=True,
            exit_code=end.exit_code,
            path=end.culprit,
            place=end.place,
            stuck=end.was_stuck,
        )
        self._failed_starts = 0 if end.was_up else self._failed_starts + 1
        if self._failed_starts >= _MOST_FAILED_STARTS:
            self.hopeless.set()
        if end.culprit in self._orders:
            self._park(end.culprit)
        elif end.was_up:
            self._count_nameless(shard)
        self._instruct(shard)

    def _park(self, path: str) -> None:
        park_s = self._quarantine.park(path, self._orders[path])
        self._placement.forget(path)
        log.error("path_parked", path=path, cause=Cause.CRASHED.value, park_s=park_s)

    def _count_nameless(self, shard: ShardProcess) -> None:
        """After three crashes that named nobody, halve the shard until the guilty one is alone."""
        now_mono = self._clock.mono_s()
        recent = [
            at_mono
            for at_mono in self._crashes.get(shard.name, [])
            if now_mono - at_mono < _CRASHES_WITHIN_S
        ]
        self._crashes[shard.name] = [*recent, now_mono]
        paths = self._placement.paths(shard.name)
        if len(recent) + 1 < _NAMELESS_CRASHES or not paths:
            return
        del self._crashes[shard.name]
        if len(paths) == 1:
            self._park(paths[0])
            return
        other = self._shard(self._placement.new_shard())
        self._closed |= {shard.name, other.name}
        self._placement.move(paths[len(paths) // 2 :], to=other.name)
        self._instruct(other)
        log.warning("shard_halved", shard=shard.name, other=other.name, paths=len(paths))

    async def _keep_house(self) -> None:
        while True:
            await self._clock.sleep(_HOUSEKEEPING_S)
            for path in self._quarantine.release():
                if path in self._orders:
                    log.info("path_released", path=path)
                    await self._settle(self._home(path))
            self._forget_old_crashes()
            await self._retire_empty()
            self._births.rest()

    def _forget_old_crashes(self) -> None:
        oldest_mono = self._clock.mono_s() - _CRASHES_WITHIN_S
        self._crashes = {
            name: recent
            for name, crashes in self._crashes.items()
            if (recent := [at_mono for at_mono in crashes if at_mono >= oldest_mono])
        }

    async def _retire_empty(self) -> None:
        now_mono = self._clock.mono_s()
        for name in list(self._shards):
            if self._placement.paths(name) or len(self._shards) <= self._least:
                self._empty_since.pop(name, None)
            elif now_mono - self._empty_since.setdefault(name, now_mono) >= _EMPTY_FOR_S:
                shard = self._shards.pop(name)
                self._apart.discard(name)
                self._closed.discard(name)
                self._crashes.pop(name, None)
                self._empty_since.pop(name, None)
                del self._ends_of[name]
                log.info("shard_retired", shard=name)
                await shard.stop()
