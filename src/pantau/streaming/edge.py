"""Fetches every piece of a live stream once and serves it to all viewers from memory."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode

from pantau.cameras.access import Allowed, CameraAccess, Purpose
from pantau.cameras.visitors import STRANGER, Guest, Visitors, has_credential
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.streaming.hotlink import HotlinkGate, hotlinked
from pantau.streaming.known_streams import LATE, KnownStream, Origin, is_plain
from pantau.streaming.origin_client import Ask
from pantau.streaming.origin_problems import BadOrigin, BadReload
from pantau.streaming.pieces import Piece, Playlist, Segment, content_type_of
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
_FIRST: Final = "index.m3u8"
_MOST_REFUSALS: Final = 2048
_YOUNG_LIST_S: Final = 30.0
"""So long segments are kept at least: the first list of a stream names few of them, and grows."""


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
    """At most: twice as long as the playlist lists is long enough for every player."""
    refusal_kept_s: float = 0.7
    fetch_timeout_s: float = 10.0
    start_timeout_s: float = 13.0
    """For playlists: the origin may first have to connect to the camera."""
    most_flights: int = 32
    """Fetches at once for one stream, and as many again that wait for a part to be made."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may have a stream, where that is not plain."""

    access: CameraAccess
    visitors: Visitors
    hotlinks: HotlinkGate | None = None
    """None: pages of any site may show the streams."""


@dataclass(frozen=True, slots=True)
class _Admitted:
    """What a visitor may have, and who they are: asked again after every wait."""

    verdict: Allowed
    guest: Guest = STRANGER


class Edge:
    """The handler of `/hls/<stream_key>/<file>`.  Loop only.

    A piece that is held is returned without a coroutine.  A piece that is not is fetched once,
    however many wait; the fetch belongs to nobody who waits, so a viewer who leaves ends nothing.
    Who may have it is decided at every request, also for pieces that are held.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], KnownStream | None],
        doors: Doors,
        touch: Touch,
        spawn: Spawn,
        clock: Clock,
        limits: EdgeLimits | None = None,
    ) -> None:
        self._find = find
        self._doors = doors
        self._gate = doors.hotlinks
        self._touch = touch
        self._spawn = spawn
        self._clock = clock
        self._limits = limits or EdgeLimits()
        self._store: SegmentStore[Key, Piece] = SegmentStore(self._limits.most_bytes)
        self._refusals: SegmentStore[Key, Problem] = SegmentStore(_MOST_REFUSALS * 1024)
        self._flights: dict[Key, asyncio.Future[Piece | Problem]] = {}
        self._in_flight: dict[tuple[str, bool], int] = {}
        self.fetched = 0
        """How often an origin was asked."""

    @property
    def held_bytes(self) -> int:
        """Memory that pieces take, those that are arriving included."""
        return self._store.held_bytes

    def handle(self, request: HotRequest) -> Reply | Awaitable[Reply]:
        """Answer a viewer; raises the problem where there is nothing for them."""
        stream_key, _, name = request.rest.partition("/")
        stream = self._find(stream_key)
        if stream is None:
            raise _unknown()
        plain, gate = stream.plain, self._gate
        is_refused = gate is not None and name.endswith(".m3u8") and gate.refuses(request)
        if plain is None or is_refused:
            return self._admit(request, stream, name, is_refused=is_refused)
        return self._answer(request, stream, name, plain, STRANGER)

    def sweep(self) -> None:
        """Let go of what is too old to be served; call it every few seconds."""
        now_mono = self._clock.mono_s()
        self._store.drop_expired(now_mono)
        self._refusals.drop_expired(now_mono)

    def forget(self, paths: Collection[str]) -> None:
        """Let go of every piece of these streams, and of what is on its way."""
        gone = frozenset(paths)
        self._store.drop_where(lambda key: key[0] in gone)
        self._refusals.drop_where(lambda key: key[0] in gone)
        for key in [key for key in self._flights if key[0] in gone]:
            del self._flights[key]

    def _admit(
        self, request: HotRequest, stream: KnownStream, name: str, *, is_refused: bool
    ) -> Reply | Awaitable[Reply]:
        """Answer where not everybody gets the same: first as to the public, then by credential."""
        verdict = self._doors.access.decide(stream.camera, Purpose.LIVE)
        is_everybodys = isinstance(verdict, Allowed) and is_plain(verdict) and not is_refused
        if not is_everybodys and has_credential(request):
            return self._ask_who(request, stream, name, is_refused=is_refused)
        if isinstance(verdict, Problem):
            raise verdict
        if is_refused:
            raise hotlinked()
        return self._answer(request, stream, name, verdict, STRANGER)

    async def _ask_who(
        self, request: HotRequest, stream: KnownStream, name: str, *, is_refused: bool
    ) -> Reply:
        guest = await self._doors.visitors.of(request, stream.camera)
        verdict = self._doors.access.decide(stream.camera, Purpose.LIVE, guest.visitor)
        if isinstance(verdict, Problem):
            raise verdict
        if is_refused and guest == STRANGER:
            raise hotlinked()
        answer = self._answer(request, stream, name, verdict, guest)
        return answer if isinstance(answer, Reply) else await answer

    def _answer(
        self, request: HotRequest, stream: KnownStream, name: str, verdict: Allowed, guest: Guest
    ) -> Reply | Awaitable[Reply]:
        if verdict.delay_s:
            name = _late_name(stream, name)
        elif name.startswith(LATE):
            raise _no_such_file()
        path, query = stream.camera.stream_key, request.query
        key = (path, name, self._meaning_of(query, stream, name) if query else "")
        now_mono = self._clock.mono_s()
        piece = self._store.get(key, now_mono)
        if piece is not None:
            return self._serve(piece, request, verdict, guest)
        refusal = self._refusals.get(key, now_mono)
        if refusal is not None:
            raise _afresh(refusal)
        return self._wait(key, request, stream, _Admitted(verdict, guest))

    async def _wait(
        self, key: Key, request: HotRequest, stream: KnownStream, admitted: _Admitted
    ) -> Reply:
        flight = self._flights.get(key) or self._take_off(key, stream)
        # The fetch goes on for the others when this viewer leaves.
        landed = await asyncio.shield(flight)
        self._check_again(stream, admitted)
        if isinstance(landed, Problem):
            raise _afresh(landed)
        return self._serve(landed, request, admitted.verdict, admitted.guest)

    def _check_again(self, stream: KnownStream, admitted: _Admitted) -> None:
        """Raise unless the visitor may still have what they waited for: a reload waits seconds."""
        now = self._find(stream.path)
        if now is stream and stream.plain is not None:
            return
        camera = None if now is None else now.camera
        verdict = self._doors.access.decide(camera, Purpose.LIVE, admitted.guest.visitor)
        if isinstance(verdict, Problem):
            raise verdict
        if verdict.delay_s != admitted.verdict.delay_s:
            raise _interrupted()

    def _serve(self, piece: Piece, request: HotRequest, verdict: Allowed, guest: Guest) -> Reply:
        if isinstance(piece, Segment):
            return piece.reply(request, verdict.cache, int(self._clock.unix_s()))
        # Only a playlist that was served shows that somebody watches: a player that retries in
        # front of a dark camera does not.
        self._touch(verdict.camera.id, request)
        if guest.ticket:
            return piece.reply_with(guest.ticket)
        return piece.reply(request, verdict.cache)

    def _take_off(self, key: Key, stream: KnownStream) -> "asyncio.Future[Piece | Problem]":
        path, name, query = key
        if not _NAME.fullmatch(name) or content_type_of(name) is None:
            raise _no_such_file()
        lane = (path, bool(query))
        flying = self._in_flight.get(lane, 0)
        if flying >= self._limits.most_flights:
            raise Unavailable(
                "stream.busy", "Too many pieces of this stream are asked for.", retry_after_s=1
            )
        self._in_flight[lane] = flying + 1
        flight = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        self._spawn("edge.fetch", lambda: self._fly(key, stream.origin, flight))
        return flight

    async def _fly(
        self, key: Key, origin: Origin, flight: "asyncio.Future[Piece | Problem]"
    ) -> None:
        landed: Piece | Problem = _interrupted()
        arriving_bytes = 0

        def count(size_bytes: int) -> None:
            nonlocal arriving_bytes
            self._store.arriving(size_bytes)
            arriving_bytes += size_bytes

        try:
            landed = await self._fetch(key, origin, count)
        except Problem as problem:
            landed = problem
        finally:
            self._store.arrived(arriving_bytes)
            # Unless the stream was forgotten meanwhile: then it is nobody's any more.
            is_wanted = self._flights.get(key) is flight
            if is_wanted:
                del self._flights[key]
            self._leave((key[0], bool(key[2])))
            if not flight.done():
                flight.set_result(landed)
        if is_wanted:
            self._keep(key, landed)

    async def _fetch(self, key: Key, origin: Origin, count: Callable[[int], None]) -> Piece:
        path, name, query = key
        limits = self._limits
        ask = Ask(path, name, query, self._patience_s(key), limits.most_file_bytes)
        self.fetched += 1
        body = await origin.fetch(ask, count=count)
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

    def _keep(self, key: Key, piece: Piece | Problem) -> None:
        now_mono, limits = self._clock.mono_s(), self._limits
        if isinstance(piece, Problem):
            self._refusals.put(key, piece, 0, now_mono + limits.refusal_kept_s)
            return
        if isinstance(piece, Segment):
            kept_s = self._segment_kept_s(key)
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

    def _segment_kept_s(self, key: Key) -> float:
        path, name, _ = key
        first = LATE + _FIRST if name.startswith(LATE) else _FIRST
        known = self._store.peek((path, first, ""))
        most_s = self._limits.segment_kept_s
        if not isinstance(known, Playlist) or not known.length_s:
            return most_s
        # RFC 8216, 6.2.2: a segment stays for its own length and the longest list that named it
        # after it has left the list.  More is memory that nobody asks for.
        return min(most_s, max(_YOUNG_LIST_S, 2 * known.length_s + known.target_s))

    def _leave(self, lane: tuple[str, bool]) -> None:
        left = self._in_flight[lane] - 1
        if left:
            self._in_flight[lane] = left
        else:
            del self._in_flight[lane]

    def _meaning_of(self, query: bytes, stream: KnownStream, name: str) -> str:
        """Return the part of a query that can change the answer, in one spelling.

        Everything else would let anybody make the edge fetch the same bytes again and again.
        """
        if len(query) > _MOST_QUERY_CHARS:
            return ""
        pairs = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        meant: dict[str, str] = {}
        if self._blocks(stream.path, name):
            meant = {part: pairs[part] for part in _RELOAD if part in pairs}
            if not all(_RELOAD_VALUE.fullmatch(text) for text in meant.values()):
                raise BadReload("stream.bad_reload", "The playlist cannot be asked for like that.")
        if stream.origin.is_foreign:
            meant |= {name: text for name, text in sorted(pairs.items()) if name not in _OUR_OWN}
        return urlencode(meant)

    def _blocks(self, path: str, name: str) -> bool:
        known = self._store.peek((path, name, "")) if name.endswith(".m3u8") else None
        return isinstance(known, Playlist) and known.can_block


def _late_name(stream: KnownStream, name: str) -> str:
    """Return under which name the origin has what a visitor may see late; raises what says no."""
    if not stream.can_be_late:
        raise Unavailable(
            "stream.delay_unsupported",
            "This camera is to be shown late, which its media server cannot do.",
            retry_after_s=60,
        )
    if name == _FIRST:
        return LATE + name
    if not name.startswith(LATE):
        raise _no_such_file()
    return name


def _unknown() -> NotFound:
    return NotFound("stream.unknown", "There is no such stream.")


def _no_such_file() -> NotFound:
    return NotFound("stream.no_such_file", "No stream has a file of this name.")


def _interrupted() -> Unavailable:
    return Unavailable("stream.interrupted", "The piece could not be fetched.", retry_after_s=1)


def _afresh(problem: Problem) -> Problem:
    # One exception raised for many viewers would grow a traceback with each of them.
    return type(problem)(problem.code, problem.sentence, field=problem.field, **problem.facts)
