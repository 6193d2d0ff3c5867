"""One relayed camera: its playlists, fetched once for everybody, and what its names lead to."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from pantau.cameras.models import CameraSource
from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Problem
from pantau.streaming.origin_client import Ask
from pantau.streaming.relay.evidence import Outcome, RelayEvidence, Sightings
from pantau.streaming.relay.failures import (
    MAY_BE_BRIDGED,
    MAY_HAVE_MOVED,
    WORTH_ANOTHER_TRY,
    RelayFailure,
)
from pantau.streaming.relay.fetching import Fetched, Fetcher, Route
from pantau.streaming.relay.limits import RelayLimits
from pantau.streaming.relay.links import Namer, host_of
from pantau.streaming.relay.playlists import Origin, Rewritten, rewrite
from pantau.streaming.relay.targets import ROOT, Kind, Target

Spawn: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], object]
_Flight: TypeAlias = "asyncio.Future[_Kept | RelayFailure]"

_LARGE_BYTES: Final = 32 * 1024
"""From this size on a playlist is rewritten in a thread: milliseconds would be felt by others."""
_MOST_TARGETS: Final = 12_000
_MOST_PLAYLISTS: Final = 24
_MOST_CHILDREN_READ_AGAIN: Final = 8
_PAUSE_S: Final = 0.3
_AGAIN: Final = Backoff(first_s=1.0, most_s=10.0)


@dataclass(slots=True)
class _Kept:
    """The last good playlist of one name.  It stays when it is too old to be fresh (lesson M16)."""

    origin_url: str
    raw: bytes
    rewritten: Rewritten
    good_mono: float
    fresh_until_mono: float


@dataclass(slots=True)
class _Trouble:
    """Why the last attempt at a playlist failed, and when the next one may be made."""

    failure: RelayFailure
    failures: int
    again_mono: float


class RelayedStream:
    """Loop only.  `url` and `route` come from `fetching.route_of`."""

    def __init__(
        self,
        source: CameraSource,
        url: str,
        route: Route,
        *,
        namer: Namer,
        fetcher: Fetcher,
        clock: Clock,
        spawn: Spawn,
        limits: RelayLimits,
    ) -> None:
        self.source = source
        self._route = route
        self._namer = namer
        self._fetcher = fetcher
        self._clock = clock
        self._spawn = spawn
        self._limits = limits
        self._root = Target(Kind.PLAYLIST, "", url)
        self._targets: OrderedDict[str, Target] = OrderedDict()
        self._playlists: OrderedDict[str, _Kept] = OrderedDict()
        self._troubles: dict[str, _Trouble] = {}
        self._flights: dict[tuple[str, str], _Flight] = {}
        self._reading_again: asyncio.Future[None] | None = None
        self._read_again_mono = float("-inf")
        self._sightings = Sightings(clock)
        self.asked_mono = clock.mono_s()
        """When a viewer last asked for anything."""

    @property
    def evidence(self) -> RelayEvidence | None:
        """What was seen of the owner's server; None before the first answer."""
        return self._sightings.evidence()

    async def playlist(self, ask: Ask) -> bytes:
        """Return a playlist as viewers get it; raises `Problem`."""
        self.asked_mono = self._clock.mono_s()
        if not await self._is_known(ask.name, ask.timeout_s):
            raise _unknown()
        kept = self._playlists.get(ask.name)
        query = ask.query if kept is not None and kept.rewritten.can_block else ""
        if not query and kept is not None and self.asked_mono < kept.fresh_until_mono:
            return kept.rewritten.body
        trouble = self._troubles.get(ask.name)
        bridge = self._bridge(ask.name)
        is_resting = trouble is not None and self.asked_mono < trouble.again_mono
        if trouble is not None and is_resting and bridge is None:
            raise trouble.failure.of_playlist()
        if bridge is not None and trouble is not None:
            # The owner is in trouble: nobody waits for what may not come.
            if not is_resting:
                self._take_off(ask.name, "", self._limits.playlist_timeout_s)
            return bridge.rewritten.body
        return await self._awaited(ask, query, bridge)

    async def piece(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return a segment, an init segment or a key; raises `Problem`."""
        began_mono = self.asked_mono = self._clock.mono_s()
        if not await self._is_known(ask.name, ask.timeout_s):
            raise _unknown()
        target = self._targets[ask.name]
        if target.kind is Kind.OTHER:
            raise _unknown()
        try:
            try:
                return await self._piece_at(target, ask, count)
            except RelayFailure as failure:
                if failure.outcome not in MAY_HAVE_MOVED:
                    raise
                await self._newer_playlist(target.parent, than_mono=began_mono)
                moved = self._targets.get(ask.name)
                if moved is None or moved.url == target.url:
                    raise
            return await self._piece_at(moved, ask, count)
        except RelayFailure as failure:
            raise failure.of_piece() from failure

    # Pieces

    async def _piece_at(self, target: Target, ask: Ask, count: Callable[[int], None]) -> bytes:
        if target.data is not None:
            count(len(target.data))
            return target.data

        async def attempt() -> Fetched:
            return await self._get(target, ask.most_bytes, count)

        return (await self._tried(attempt, ask.timeout_s)).body

    async def _is_known(self, name: str, timeout_s: float) -> bool:
        """Tell whether we gave that name; reads the playlists again before it says no.

        Another process may have given it, with the same key.
        """
        if name == ROOT or name in self._targets:
            return True
        now_mono = self._clock.mono_s()
        reading = self._reading_again
        if reading is None:
            if now_mono - self._read_again_mono < self._limits.unknown_every_s:
                return False
            reading = self._reading_again = asyncio.get_running_loop().create_future()
            self._spawn("relay.names", lambda: self._read_again(reading))
        await asyncio.wait([reading], timeout=timeout_s)
        return name in self._targets

    async def _read_again(self, done: "asyncio.Future[None]") -> None:
        try:
            async with asyncio.timeout(2 * self._limits.playlist_timeout_s):
                await self._quietly(ROOT)
                root = self._playlists.get(ROOT)
                named = root.rewritten.targets.items() if root is not None else ()
                children = [name for name, target in named if target.kind is Kind.PLAYLIST]
                await asyncio.gather(
                    *(self._quietly(name) for name in children[:_MOST_CHILDREN_READ_AGAIN])
                )
        except TimeoutError:
            pass
        finally:
            self._read_again_mono = self._clock.mono_s()
            self._reading_again = None
            done.set_result(None)

    async def _quietly(self, name: str) -> None:
        """Have a playlist that is fresh, if it can be had."""
        kept, now_mono = self._playlists.get(name), self._clock.mono_s()
        trouble = self._troubles.get(name)
        is_fresh = kept is not None and now_mono < kept.fresh_until_mono
        if not is_fresh and (trouble is None or now_mono >= trouble.again_mono):
            timeout_s = self._limits.playlist_timeout_s
            await asyncio.wait([self._take_off(name, "", timeout_s)], timeout=timeout_s)

    async def _newer_playlist(self, name: str, *, than_mono: float) -> None:
        """Have the playlist that was asked for after `than_mono`, if it can be had."""
        kept = self._playlists.get(name)
        if kept is None or kept.good_mono < than_mono:
            timeout_s = self._limits.playlist_timeout_s
            await asyncio.wait([self._take_off(name, "", timeout_s)], timeout=timeout_s)

    # Playlists

    def _bridge(self, name: str) -> _Kept | None:
        """Return what may be served while nothing newer can be had."""
        kept, trouble = self._playlists.get(name), self._troubles.get(name)
        if kept is None or (trouble and trouble.failure.outcome not in MAY_BE_BRIDGED):
            return None
        is_constant = kept.rewritten.is_multivariant
        limits = self._limits
        longest_s = limits.multivariant_bridged_s if is_constant else limits.bridged_s
        return kept if self._clock.mono_s() - kept.good_mono <= longest_s else None

    async def _awaited(self, ask: Ask, query: str, bridge: _Kept | None) -> bytes:
        timeout_s = ask.timeout_s if query else min(ask.timeout_s, self._limits.playlist_timeout_s)
        flight = self._take_off(ask.name, query, timeout_s)
        wait_s = timeout_s + 1.0
        if bridge is not None and not query:
            wait_s = min(wait_s, self._limits.bridged_wait_s)
        await asyncio.wait([flight], timeout=wait_s)
        landed = flight.result() if flight.done() else RelayFailure(Outcome.SLOW)
        if isinstance(landed, _Kept):
            return landed.rewritten.body
        if bridge is not None and landed.outcome in MAY_BE_BRIDGED:
            return bridge.rewritten.body
        raise landed.of_playlist()

    def _take_off(self, name: str, query: str, timeout_s: float) -> _Flight:
        """Return the one fetch of this playlist that is under way, begun by whoever came first."""
        key = (name, query)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.get_running_loop().create_future()
            self._spawn("relay.playlist", lambda: self._fly(key, timeout_s, flight))
        return flight

    async def _fly(self, key: tuple[str, str], timeout_s: float, flight: _Flight) -> None:
        name, query = key
        landed: _Kept | RelayFailure = RelayFailure(Outcome.SLOW)
        try:
            try:
                landed = await self._fetched(name, query, timeout_s)
            except RelayFailure as failure:
                if failure.outcome not in MAY_HAVE_MOVED or name == ROOT:
                    raise
                landed = await self._fetched_where_it_is_now(name, query, timeout_s, failure)
            self._troubles.pop(name, None)
        except RelayFailure as failure:
            landed = failure
            self._note_failure(name, failure)
        finally:
            del self._flights[key]
            if not flight.done():
                flight.set_result(landed)

    async def _fetched_where_it_is_now(
        self, name: str, query: str, timeout_s: float, failure: RelayFailure
    ) -> _Kept:
        """Try once more if the playlist above names another address: tokens in them end."""
        before = self._target(name)
        await self._newer_playlist(ROOT, than_mono=self._clock.mono_s())
        now = self._target(name)
        if before is None or now is None or now.url == before.url:
            raise failure
        return await self._fetched(name, query, timeout_s)

    async def _fetched(self, name: str, query: str, timeout_s: float) -> _Kept:
        target = self._target(name)
        if target is None:
            raise RelayFailure(Outcome.GONE)

        async def attempt() -> Fetched:
            return await self._get(target, self._limits.most_playlist_bytes, _nobody, query)

        fetched = await self._tried(attempt, timeout_s)
        is_whole = "_HLS_skip" not in query
        return await self._taken(name, target, fetched, is_whole=is_whole)

    async def _taken(self, name: str, target: Target, fetched: Fetched, *, is_whole: bool) -> _Kept:
        kept = self._playlists.get(name)
        now_mono = self._clock.mono_s()
        is_same = kept is not None and (kept.raw, kept.origin_url) == (fetched.body, fetched.url)
        if kept is not None and is_same:
            kept.good_mono = now_mono
            kept.fresh_until_mono = now_mono + self._fresh_s(kept.rewritten) / 2
            taken = kept
        else:
            rewritten = await self._rewritten(name, target, fetched)
            fresh_until_mono = now_mono + self._fresh_s(rewritten)
            taken = _Kept(fetched.url, fetched.body, rewritten, now_mono, fresh_until_mono)
            self._keep(name, taken, is_whole=is_whole)
        last_number = kept.rewritten.last_number if kept is not None else None
        self._sightings.came(
            is_media=not taken.rewritten.is_multivariant,
            is_ended=taken.rewritten.is_ended,
            has_grown=taken.rewritten.last_number != last_number,
        )
        return taken

    async def _rewritten(self, name: str, target: Target, fetched: Fetched) -> Rewritten:
        origin = Origin(name, fetched.url, target.variables)
        hide = frozenset({self._route.home, host_of(target.url or "")})

        def work() -> Rewritten:
            return rewrite(fetched.body, origin, self._namer, hide=hide)

        is_large = len(fetched.body) > _LARGE_BYTES
        return await asyncio.to_thread(work) if is_large else work()

    def _keep(self, name: str, taken: _Kept, *, is_whole: bool) -> None:
        if is_whole:
            self._playlists[name] = taken
            self._playlists.move_to_end(name)
        while len(self._playlists) > _MOST_PLAYLISTS:
            self._playlists.popitem(last=False)
        for each, target in taken.rewritten.targets.items():
            self._targets[each] = target
            self._targets.move_to_end(each)
        while len(self._targets) > _MOST_TARGETS:
            self._targets.popitem(last=False)

    def _fresh_s(self, rewritten: Rewritten) -> float:
        limits = self._limits
        if rewritten.is_multivariant:
            return limits.multivariant_fresh_s
        if rewritten.is_ended:
            return limits.ended_fresh_s
        if rewritten.can_block:
            return limits.blocking_fresh_s
        return min(max(rewritten.target_s / 2, 0.5), limits.longest_fresh_s)

    def _target(self, name: str) -> Target | None:
        return self._root if name == ROOT else self._targets.get(name)

    # The owner's server

    async def _get(
        self, target: Target, most_bytes: int, count: Callable[[int], None], query: str = ""
    ) -> Fetched:
        if target.url is None:
            raise RelayFailure(Outcome.NOT_ALLOWED)
        url = target.url
        if query:
            url += ("&" if "?" in url else "?") + query

        def counted(size_bytes: int) -> None:
            self._sightings.inbound_bytes += size_bytes
            count(size_bytes)

        return await self._fetcher.get(
            url, self._route, most_bytes=most_bytes, count=counted, span=target.span
        )

    async def _tried(self, attempt: Callable[[], Awaitable[Fetched]], timeout_s: float) -> Fetched:
        """Try, and once more where a moment may help; raises `RelayFailure`."""
        began_mono = self._clock.mono_s()
        try:
            async with asyncio.timeout(timeout_s):
                try:
                    return await attempt()
                except RelayFailure as failure:
                    passed_s = self._clock.mono_s() - began_mono
                    if failure.outcome not in WORTH_ANOTHER_TRY or passed_s > timeout_s / 2:
                        raise
                await self._clock.sleep(_PAUSE_S * (0.5 + random.random()))
                return await attempt()
        except TimeoutError as error:
            raise RelayFailure(Outcome.SLOW) from error

    def _note_failure(self, name: str, failure: RelayFailure) -> None:
        before = self._troubles.pop(name, None)
        failures = before.failures + 1 if before else 1
        wait_s = _AGAIN.delay_s(failures, random=random.random)
        self._troubles[name] = _Trouble(failure, failures, self._clock.mono_s() + wait_s)
        while len(self._troubles) > _MOST_PLAYLISTS:
            del self._troubles[next(iter(self._troubles))]
        self._sightings.failed(failure.outcome, is_bridged=self._bridge(name) is not None)


def _nobody(_: int) -> None:
    """Playlists are counted when they are handed on."""


def _unknown() -> Problem:
    return NotFound("stream.no_such_file", "No stream has a file of this name.")
