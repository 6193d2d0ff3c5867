"""Fetches every piece of a live stream once and serves it to all viewers from memory."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias
from urllib.parse import parse_qsl, urlencode

from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.streaming.origin_client import Ask
from pantau.streaming.origin_problems import BadOrigin, BadReload
from pantau.streaming.pieces import Piece, Playlist, Segment, content_type_of
from pantau.streaming.policy import Allowed, StreamFacts, decide
from pantau.streaming.segment_store import SegmentStore
from pantau.web.exchange import HotRequest, Reply

Key: TypeAlias = tuple[str, str, str]
"""Path inside the media server, file name, query."""
Spawn: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], object]
Touch: TypeAlias = Callable[[int, HotRequest], None]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
_RELOAD: Final[tuple[str, ...]] = ("_HLS_msn", "_HLS_part", "_HLS_skip")
_RELOAD_VALUE: Final = re.compile(r"[0-9]{1,15}|YES|v2")
_OUR_OWN: Final = frozenset({*_RELOAD, "session", "token", "cookieCheck"})
"""Parameters that are ours, or the edge's own business with the origin: not passed on."""
_MOST_QUERY_CHARS: Final = 512
_MOST_REFUSALS: Final = 2048


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """What the edge may take up, and how fresh things are."""

    most_bytes: int = 256 * 1024 * 1024
    most_file_bytes: int = 32 * 1024 * 1024
    """A 4K camera's segment may hold several megabytes; nothing sane holds more than this."""
    playlist_fresh_s: float = 0.4
    multivariant_fresh_s: float = 15.0
    """MediaMTX opens a session at each request of a multivariant playlist, and it never changes."""
    segment_kept_s: float = 120.0
    refusal_kept_s: float = 0.7
    fetch_timeout_s: float = 10.0
    start_timeout_s: float = 13.0
    """For playlists: the origin may first have to connect to the camera."""
    most_flights: int = 32
    """Fetches at once for one stream, and as many again that wait for a part to be made."""


class Origin(Protocol):
    """Where pieces come from: our engine, or a media server that is not ours."""

    @property
    def is_foreign(self) -> bool:
        """Whether queries other than those of blocking reload may mean something there."""
        ...

    async def fetch(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return the whole body; `count` hears of every piece, and may refuse it by raising.

        Raises `NotFound` for a file that is not there, `Unavailable` with the camera's own cause
        where there is no picture, and `Exhausted` for a body above `ask.most_bytes`.
        """
        ...


class Edge:
    """The handler of `/hls/<stream_key>/<file>`.  Loop only.

    A piece that is held is returned without a coroutine.  A piece that is not is fetched once,
    however many wait; the fetch belongs to nobody who waits, so a viewer who leaves ends nothing.
    """

    def __init__(
        self,
        client: Origin,
        *,
        find: Callable[[str], StreamFacts | None],
        touch: Touch,
        spawn: Spawn,
        clock: Clock,
        limits: EdgeLimits | None = None,
    ) -> None:
        self._client = client
        self._find = find
        self._touch = touch
        self._spawn = spawn
        self._clock = clock
        self._limits = limits or EdgeLimits()
        self._store: SegmentStore[Key, Piece] = SegmentStore(self._limits.most_bytes)
        self._refusals: SegmentStore[Key, Problem] = SegmentStore(_MOST_REFUSALS * 1024)
        self._flights: dict[Key, asyncio.Future[Piece | Problem]] = {}
        self._in_flight: dict[tuple[str, bool], int] = {}
        self.fetched = 0
        """How often the origin was asked."""

    @property
    def held_bytes(self) -> int:
        """Memory that pieces take, those that are arriving included."""
        return self._store.held_bytes

    def handle(self, request: HotRequest) -> Reply | Awaitable[Reply]:
        """Answer a viewer; raises the problem where there is nothing for them."""
        stream_key, _, name = request.rest.partition("/")
        verdict = decide(self._find(stream_key))
        if isinstance(verdict, Problem):
            raise verdict
        path, query = verdict.facts.path, request.query
        key = (path, name, self._meaning_of(query, path, name) if query else "")
        now_mono = self._clock.mono_s()
        piece = self._store.get(key, now_mono)
        if piece is not None:
            return self._serve(piece, request, verdict)
        refusal = self._refusals.get(key, now_mono)
        if refusal is not None:
            raise _afresh(refusal)
        return self._wait(key, request, verdict)

    def sweep(self) -> None:
        """Let go of what is too old to be served; call it every few seconds."""
        now_mono = self._clock.mono_s()
        self._store.drop_expired(now_mono)
        self._refusals.drop_expired(now_mono)

    async def _wait(self, key: Key, request: HotRequest, verdict: Allowed) -> Reply:
        flight = self._flights.get(key) or self._take_off(key)
        # The fetch goes on for the others when this viewer leaves.
        landed = await asyncio.shield(flight)
        if isinstance(landed, Problem):
            raise _afresh(landed)
        return self._serve(landed, request, verdict)

    def _serve(self, piece: Piece, request: HotRequest, verdict: Allowed) -> Reply:
        if type(piece) is Playlist:
            # Only a playlist that was served shows that somebody watches: a player that retries in
            # front of a dark camera does not.
            self._touch(verdict.facts.camera_id, request)
        return piece.reply(request, verdict.cache)

    def _take_off(self, key: Key) -> "asyncio.Future[Piece | Problem]":
        path, name, query = key
        if not _NAME.fullmatch(name) or content_type_of(name) is None:
            raise NotFound("stream.no_such_file", "No stream has a file of this name.")
        lane = (path, bool(query))
        flying = self._in_flight.get(lane, 0)
        if flying >= self._limits.most_flights:
            raise Unavailable(
                "stream.busy", "Too many pieces of this stream are asked for.", retry_after_s=1
            )
        self._in_flight[lane] = flying + 1
        flight = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        self._spawn("edge.fetch", lambda: self._fly(key, lane, flight))
        return flight

    async def _fly(
        self, key: Key, lane: tuple[str, bool], flight: "asyncio.Future[Piece | Problem]"
    ) -> None:
        landed: Piece | Problem = Unavailable(
            "stream.interrupted", "The piece could not be fetched.", retry_after_s=1
        )
        arriving_bytes = 0

        def count(size_bytes: int) -> None:
            nonlocal arriving_bytes
            self._store.arriving(size_bytes)
            arriving_bytes += size_bytes

        try:
            landed = await self._fetch(key, count)
        except Problem as problem:
            landed = problem
            until_mono = self._clock.mono_s() + self._limits.refusal_kept_s
            self._refusals.put(key, problem, 0, until_mono)
        finally:
            self._store.arrived(arriving_bytes)
            del self._flights[key]
            self._leave(lane)
            if not flight.done():
                flight.set_result(landed)
        if not isinstance(landed, Problem):
            self._keep(key, landed)

    async def _fetch(self, key: Key, count: Callable[[int], None]) -> Piece:
        path, name, query = key
        limits = self._limits
        ask = Ask(path, name, query, self._patience_s(key), limits.most_file_bytes)
        self.fetched += 1
        body = await self._client.fetch(ask, count=count)
        if not ask.is_playlist:
            return Segment(body, name)
        known = self._store.peek(key)
        if isinstance(known, Playlist) and known.is_same(body):
            return known
        playlist = Playlist(body)
        if isinstance(known, Playlist):
            playlist.follows(known)
        if not playlist.is_sound:
            raise BadOrigin("stream.bad_playlist", "The media server sent no usable playlist.")
        return playlist

    def _patience_s(self, key: Key) -> float:
        path, name, query = key
        if not name.endswith(".m3u8"):
            return self._limits.fetch_timeout_s
        if not query:
            return self._limits.start_timeout_s
        known = self._store.peek((path, name, ""))
        target_s = known.target_s if isinstance(known, Playlist) else 2.0
        # RFC 8216bis, 6.2.5.2: a blocked reload that lasts three target durations has failed.
        return 3 * target_s + 1.0

    def _keep(self, key: Key, piece: Piece) -> None:
        now_mono, limits = self._clock.mono_s(), self._limits
        if isinstance(piece, Segment):
            kept_s = limits.segment_kept_s
        elif piece.is_multivariant:
            kept_s = limits.multivariant_fresh_s
        else:
            kept_s = limits.playlist_fresh_s
        until_mono = now_mono + kept_s
        if isinstance(piece, Playlist):
            piece.seen_mono_s = now_mono
            until_mono = max(until_mono, piece.settled_until_mono_s)
        self._store.put(key, piece, piece.size_bytes, until_mono)
        path, name, query = key
        if isinstance(piece, Playlist) and query and "_HLS_skip" not in query:
            # What a blocked reload brings is the newest there is, so others may have it as well.
            self._store.put((path, name, ""), piece, piece.size_bytes, now_mono + kept_s)

    def _leave(self, lane: tuple[str, bool]) -> None:
        left = self._in_flight[lane] - 1
        if left:
            self._in_flight[lane] = left
        else:
            del self._in_flight[lane]

    def _meaning_of(self, query: bytes, path: str, name: str) -> str:
        """Return the part of a query that can change the answer, in one spelling.

        Everything else would let anybody make the edge fetch the same bytes again and again.
        """
        if len(query) > _MOST_QUERY_CHARS:
            return ""
        pairs = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        meant: dict[str, str] = {}
        if self._blocks(path, name):
            meant = {part: pairs[part] for part in _RELOAD if part in pairs}
            if not all(_RELOAD_VALUE.fullmatch(text) for text in meant.values()):
                raise BadReload("stream.bad_reload", "The playlist cannot be asked for like that.")
        if self._client.is_foreign:
            meant |= {name: text for name, text in sorted(pairs.items()) if name not in _OUR_OWN}
        return urlencode(meant)

    def _blocks(self, path: str, name: str) -> bool:
        known = self._store.peek((path, name, "")) if name.endswith(".m3u8") else None
        return isinstance(known, Playlist) and known.can_block


def _afresh(problem: Problem) -> Problem:
    # One exception raised for many viewers would grow a traceback with each of them.
    return type(problem)(problem.code, problem.sentence, field=problem.field, **problem.facts)
