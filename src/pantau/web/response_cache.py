"""Answers of public endpoints kept in memory: built once for a crowd, dropped when data changes.

A hit is a dictionary look-up that returns bytes made earlier; nothing is awaited.  For public
answers only: whoever asks, the same parameters get the same answer.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from pantau.core.clock import Clock
from pantau.web.cached_endpoint import Build, CachedEndpoint, Spawn
from pantau.web.exchange import Answer, Handler, HotRequest, Route
from pantau.web.hit_rates import DAY_MINUTES, HOUR_MINUTES, Hits, Tally
from pantau.web.kept_answers import Entry, KeptAnswers

_MARK_EVERY_S: Final = 20.0


class Ttl(Enum):
    """How long an answer is kept, in seconds; what changes earlier is dropped by its tags."""

    SHORT = 30.0
    MEDIUM = 120.0
    LONG = 300.0
    VERY_LONG = 900.0
    HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class EndpointStats:
    """How one endpoint did; `ttl_s` is None where the answer is a snapshot, ready at all times."""

    path: str
    ttl_s: float | None
    total: Hits
    hour: Hits
    day: Hits
    entries: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one endpoint had its answer ready; `ttl_s` as in `EndpointStats`."""

    ttl_s: float | None
    total: Hits
    hour: Hits
    day: Hits


@dataclass(frozen=True, slots=True)
class CacheStats:
    """The whole cache at one moment."""

    total: Hits
    hour: Hits
    day: Hits
    sets: int
    """Answers that were built and kept."""
    deletes: int
    """Answers that left because they were old, or to make room."""
    invalidations: int
    """Answers that were dropped because data changed or an operator said so."""
    size_bytes: int
    keys: tuple[str, ...]
    endpoints: tuple[EndpointStats, ...]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    path: str
    tally: Tally
    rebuild: Callable[[], None] | None


class ResponseCache:
    """All cached answers of this process, within one limit of entries and bytes.  Loop only.

    `spawn` starts background work (`Supervisor.spawn`); builds belong to nobody who waits.
    """

    def __init__(self, *, clock: Clock, spawn: Spawn, most_entries: int, most_bytes: int) -> None:
        self._clock = clock
        self._spawn = spawn
        self._kept = KeptAnswers(most_entries=most_entries, most_bytes=most_bytes)
        self._endpoints: dict[str, CachedEndpoint] = {}
        self._snapshots: dict[str, _Snapshot] = {}
        self._tallies: dict[str, Tally] = {}
        self._invalidations = 0

    def endpoint(
        self,
        path: str,
        *,
        ttl: Ttl,
        tags: Iterable[str],
        build: Build,
        parameters: Iterable[str] = (),
        content_type: bytes = b"application/json; charset=utf-8",
        cache_control: bytes = b"no-cache",
    ) -> Route:
        """Return the route that answers `path` with what `build` made.

        `build` gets the declared query `parameters` that were sent (the last of a repeated one) and
        validates them; it may raise a `Problem`, which is not kept.  All other parameters count for
        nothing.  `tags` name the topics whose changes make the answer old.
        """
        endpoint = CachedEndpoint(
            path=path,
            ttl_s=ttl.value,
            tags=frozenset(tags),
            build=build,
            parameters=frozenset(parameters),
            content_type=content_type,
            cache_control=cache_control,
            kept=self._kept,
            clock=self._clock,
            spawn=self._spawn,
            tally=self._tally_for(path),
        )
        self._endpoints[path] = endpoint
        return Route(endpoint.handle, cross_origin=True)

    def counted(
        self, routes: Mapping[str, Route], *, rebuild: Callable[[], None] | None = None
    ) -> dict[str, Route]:
        """Return `routes`, whose answers are always ready, with their hits counted.

        A manual invalidation of one of them calls `rebuild`, once for all that share it.
        """
        counted = {}
        for path, route in routes.items():
            snapshot = self._snapshots[path] = _Snapshot(path, self._tally_for(path), rebuild)
            counted[path] = replace(route, handler=_counting(route.handler, snapshot.tally))
        return counted

    def invalidate_tag(self, tag: str) -> int:
        """Drop what depends on `tag` and return how many; what is being built is not kept."""
        return self._drop(lambda _, tags: tag in tags)

    def invalidate_prefix(self, prefix: str) -> int:
        """Drop answers whose path begins so, rebuild such snapshots; return how many."""
        dropped = self._drop(lambda path, _: path.startswith(prefix))
        return dropped + self._rebuild(lambda path: path.startswith(prefix))

    def matching(self, prefix: str) -> int:
        """Return how many answers and snapshots have a path that begins so."""
        kept = sum(entry.path.startswith(prefix) for entry in self._kept.entries())
        return kept + sum(path.startswith(prefix) for path in self._snapshots)

    def clear(self) -> int:
        """Drop everything, rebuild all snapshots; return how many."""
        return self.invalidate_prefix("")

    async def warm_up(self) -> None:
        """Build every answer that needs no parameter; failures are logged and built on demand."""
        await asyncio.gather(*(endpoint.warm_up() for endpoint in self._endpoints.values()))

    async def run(self) -> None:
        """Keep the rates over time and let go of what is too old; never returns."""
        while True:
            await self._clock.sleep(_MARK_EVERY_S)
            self._mark()
            self._kept.drop_old(self._clock.mono_s())

    def rates(self) -> Mapping[str, Rates]:
        """Return the hits and misses by path.  O(endpoints): cheap enough for each second."""
        self._mark()
        endpoints = self._endpoints
        return {
            path: Rates(
                endpoints[path].ttl_s if path in endpoints else None,
                tally.total(),
                tally.over(HOUR_MINUTES),
                tally.over(DAY_MINUTES),
            )
            for path, tally in self._tallies.items()
        }

    def stats(self) -> CacheStats:
        """Return the statistics.  O(entries)."""
        self._mark()
        endpoints = (
            *(_stats_of(each.path, None, each.tally, []) for each in self._snapshots.values()),
            *(self._stats_of(endpoint) for endpoint in self._endpoints.values()),
        )
        return CacheStats(
            total=_sum(each.total for each in endpoints),
            hour=_sum(each.hour for each in endpoints),
            day=_sum(each.day for each in endpoints),
            sets=self._kept.sets,
            deletes=self._kept.deletes,
            invalidations=self._invalidations,
            size_bytes=self._kept.held_bytes,
            keys=(*self._snapshots, *self._kept),
            endpoints=endpoints,
        )

    def _tally_for(self, path: str) -> Tally:
        if path in self._tallies:
            raise ValueError(f"{path} is cached already")
        tally = self._tallies[path] = Tally(self._clock.mono_s())
        return tally

    def _drop(self, is_meant: Callable[[str, frozenset[str]], bool]) -> int:
        for endpoint in self._endpoints.values():
            if is_meant(endpoint.path, endpoint.tags):
                endpoint.forget_flights()
        dropped = self._kept.drop_where(lambda entry: is_meant(entry.path, entry.tags))
        self._invalidations += dropped
        return dropped

    def _rebuild(self, is_meant: Callable[[str], bool]) -> int:
        meant = [each for each in self._snapshots.values() if is_meant(each.path) and each.rebuild]
        for rebuild in dict.fromkeys(each.rebuild for each in meant):
            if rebuild is not None:
                rebuild()
        self._invalidations += len(meant)
        return len(meant)

    def _mark(self) -> None:
        now_mono = self._clock.mono_s()
        for tally in self._tallies.values():
            tally.mark(now_mono)

    def _stats_of(self, endpoint: CachedEndpoint) -> EndpointStats:
        entries = [entry for entry in self._kept.entries() if entry.path == endpoint.path]
        return _stats_of(endpoint.path, endpoint.ttl_s, endpoint.tally, entries)


def _counting(handler: Handler, tally: Tally) -> Handler:
    def counted(request: HotRequest) -> Answer:
        answer = handler(request)
        # Only what was answered: a refusal is raised.
        tally.hits += 1
        return answer

    return counted


def _stats_of(path: str, ttl_s: float | None, tally: Tally, entries: list[Entry]) -> EndpointStats:
    return EndpointStats(
        path=path,
        ttl_s=ttl_s,
        total=tally.total(),
        hour=tally.over(HOUR_MINUTES),
        day=tally.over(DAY_MINUTES),
        entries=len(entries),
        size_bytes=sum(entry.cost_bytes for entry in entries),
    )


def _sum(counts: Iterable[Hits]) -> Hits:
    hits = misses = 0
    for each in counts:
        hits += each.hits
        misses += each.misses
    return Hits(hits, misses)
