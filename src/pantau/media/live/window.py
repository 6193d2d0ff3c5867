"""Keeps the last segments of one camera in memory, and their playlists, for the event loop."""

import asyncio
import math
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.media.live.parts import LiveEvent, Part, RunBegun, RunEnded
from pantau.media.live.playlist import (
    ListedPart,
    ListedSegment,
    LowLatency,
    media_playlist,
    target_duration_s,
)
from pantau.media.packets import Tracks, VideoTrack

_LEAST_TO_PLAY: Final = 3
"""Chromium's own player fails on fewer (156, measured 2026-11); others wait for three anyway."""
_UNLISTED: Final = 1
"""Segments kept after they left the playlist, for players that read it a moment ago.

One is enough: the edge keeps its own copies, and each costs half a megabyte a camera here.
"""
_LEAST_LISTED: Final = 4
"""Kept however large they are: three that a player wants to be behind, and one more."""
_NUMBERS_A_RUN: Final = 14_400
"""How many segment numbers, an hour of them, make one run number.

hls.js keeps a list as long as the discontinuity sequence and walks through it at each playlist: a
number like that of the segments froze a browser for seven seconds (1.7.4, measured 2026-11-22).
"""
_UNLISTED_SPAN_S: Final = 60.0
"""Above this, what is listed is grace enough."""
_CLOCK_SLACK_S: Final = 0.5
_ADVANCE_S: Final = 3.0
"""How far ahead of the last part a reload may wait (RFC 8216bis, 6.2.5.2)."""
_TARGETS_TO_WAIT: Final = 3


class ReloadRefused(Exception):  # noqa: N818 - a refusal, like those of core.errors
    """A blocking reload asks for what no honest player wants; RFC 8216bis, 6.2.5.2 says 400."""


@dataclass(slots=True)
class _Segment:
    listed: ListedSegment
    pieces: list[bytes] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.listed.number

    def add(self, part: Part, name: str) -> None:
        listed = ListedPart(name, part.duration_s, part.independent)
        self.pieces.append(part.data)
        self.listed = replace(
            self.listed,
            parts=(*self.listed.parts, listed),
            duration_s=self.listed.duration_s + part.duration_s,
        )


@dataclass(frozen=True, slots=True)
class ClosedSegment:
    """A segment that is complete, with all that is needed to play it."""

    listed: ListedSegment
    pieces: Sequence[bytes]
    init: bytes
    video: VideoTrack


class LiveWindow:
    """The live segments of one camera; it outlives runs and sessions, so numbers only grow.

    `segments` are kept: all but two of them are listed, the rest is grace for slow players.
    Above `most_bytes` the oldest go first, down to four.  Segments are numbered from
    `first_number`, and runs from a small part of it, so that a process that restarts can go on
    above what players have seen.
    Loop only; `apply` costs microseconds.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        segments: int = 11,
        target_s: int = 2,
        part_target_s: float = 0.5,
        most_bytes: int = 32 * 1024 * 1024,
        first_number: int = 0,
    ) -> None:
        self._clock = clock
        self._most_listed = max(segments - _UNLISTED, _LEAST_LISTED)
        self._target_s = self._least_target_s = target_s
        self._part_target_s = part_target_s
        self._most_bytes = most_bytes
        self._unlisted: deque[_Segment] = deque()
        self._closed: deque[_Segment] = deque()
        self._open: _Segment | None = None
        self._next_number = first_number
        self._next_part = 0
        self._runs = self._first_run = first_number // _NUMBERS_A_RUN
        # The name of the next run is known before it begins: hls.js breaks on a low-latency list
        # without a PRELOAD-HINT (1.7.4: "media sequence mismatch" at the following reload).
        self._prefix = _new_prefix()
        self._is_new_run = True
        self.is_running = False
        """Whether more is to come in the current run."""
        self._inits: dict[str, bytes] = {}
        self._files: dict[str, Sequence[bytes]] = {}
        self._texts: dict[bool, bytes] = {}
        self._changed = asyncio.Event()
        self.tracks: Tracks | None = None
        self.codecs = ""
        self.version = 0
        """Grows with every part, segment, beginning and end."""
        self.last_segment_at_mono_s: float | None = None
        """When the newest part arrived, on the clock's monotonic time; None: never."""
        self.held_bytes = 0

    @property
    def ready(self) -> bool:
        """Whether there is enough for players to begin."""
        return len(self._closed) >= _LEAST_TO_PLAY

    @property
    def target_s(self) -> int:
        """The target duration that the playlist gives at the moment."""
        return self._target_s

    def apply(self, event: LiveEvent) -> None:
        """Take what a `PartCutter` emitted, in its order."""
        if isinstance(event, RunBegun):
            self._begin(event)
        elif isinstance(event, Part):
            self._add(event)
        else:
            self._close_segment()
            if isinstance(event, RunEnded):
                self._end()
        self._tell()

    def forget(self) -> None:
        """Free all segments, as when nobody watches; numbers go on from where they were."""
        for segments in (self._unlisted, self._closed):
            while segments:
                self._drop(segments.popleft())
        self._target_s = self._least_target_s
        self._tell()

    def playlist(self, *, low_latency: bool = False) -> bytes:
        """Return the media playlist; raises `Unavailable` while there is no segment."""
        text = self._texts.get(low_latency)
        if text is None:
            text = self._texts[low_latency] = self._write(low_latency=low_latency)
        return text

    @property
    def last_closed(self) -> ClosedSegment | None:
        """The newest complete segment."""
        if not self._closed or self.tracks is None:
            return None
        segment = self._closed[-1]
        init = self._inits[segment.listed.init_name]
        return ClosedSegment(segment.listed, segment.pieces, init, self.tracks.video)

    def file(self, name: str) -> bytes | None:
        """Return an init segment, segment or part by its name; None: unknown, or gone."""
        pieces = self._files.get(name)
        if pieces is None:
            return self._inits.get(name)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def file_soon(self, name: str) -> bytes | None:
        """Like `file`, but wait for the part that the playlist announces next."""
        if name not in self._files and name == self._next_part_name:
            await self._until(lambda: name in self._files or name != self._next_part_name)
        return self.file(name)

    async def wait(self, number: int, part: int | None = None) -> bool:
        """Wait until the playlist holds segment `number`, or its part `part`; low latency only.

        False after three target durations: answer 503.  Raises `ReloadRefused` when either is too
        far ahead to wait for.
        """
        last = self._next_number - (0 if self._open else 1)
        held = len(self._open.pieces) if self._open and number == last else 0
        most_ahead = math.ceil(_ADVANCE_S / min(self._part_target_s, 1.0))
        if number > last + 2 or (number >= last and part is not None and part >= held + most_ahead):
            raise ReloadRefused
        return await self._until(lambda: self._holds(number, part))

    def _begin(self, event: RunBegun) -> None:
        if self.is_running:
            self._end()
        self.is_running = True
        self._inits[self._init_name] = event.init
        self.held_bytes += len(event.init)
        self.tracks, self.codecs = event.tracks, event.codecs

    def _end(self) -> None:
        self._close_segment()
        self._prefix = _new_prefix()
        self._is_new_run = True
        self.is_running = False
        self._drop_unused_inits()

    def _add(self, part: Part) -> None:
        segment = self._open or self._open_segment(part)
        name = self._next_part_name
        segment.add(part, name)
        self._files[name] = (part.data,)
        self._next_part += 1
        self.held_bytes += len(part.data)
        self.last_segment_at_mono_s = self._clock.mono_s()

    def _open_segment(self, part: Part) -> _Segment:
        started_unix_s = part.started_unix_s
        if self._is_new_run:
            self._runs += 1
        elif self._closed:
            # Arrival jitters by far more than media time; it only counts when the two drift apart.
            before = self._closed[-1].listed
            expected_unix_s = before.started_unix_s + before.duration_s
            if abs(expected_unix_s - started_unix_s) <= _CLOCK_SLACK_S:
                started_unix_s = expected_unix_s
        listed = ListedSegment(
            number=self._next_number,
            name=f"{self._prefix}_seg{self._next_number}.mp4",
            init_name=self._init_name,
            duration_s=0.0,
            started_unix_s=started_unix_s,
            independent=part.independent,
            run=self._runs - 1,
            opens_run=self._is_new_run and self._runs > self._first_run + 1,
        )
        self._is_new_run = False
        self._open = _Segment(listed)
        self._files[listed.name] = self._open.pieces
        return self._open

    def _close_segment(self) -> None:
        if self._open is None:
            return
        self._closed.append(self._open)
        self._open = None
        self._next_number += 1
        while len(self._closed) > self._most_listed:
            self._unlisted.append(self._closed.popleft())
        while self._unlisted and self._is_grace_enough():
            self._drop(self._unlisted.popleft())
        while self.held_bytes > self._most_bytes and len(self._closed) > _LEAST_LISTED:
            self._drop(self._closed.popleft())
        durations_s = [segment.listed.duration_s for segment in self._closed]
        self._target_s = target_duration_s(
            durations_s, least_s=self._least_target_s, before_s=self._target_s
        )

    def _is_grace_enough(self) -> bool:
        kept = (*self._unlisted, *self._closed)
        span_s = sum(segment.listed.duration_s for segment in kept)
        return (
            len(self._unlisted) > _UNLISTED
            or span_s > _UNLISTED_SPAN_S
            or self.held_bytes > self._most_bytes
        )

    def _drop(self, segment: _Segment) -> None:
        del self._files[segment.listed.name]
        for part in segment.listed.parts:
            del self._files[part.name]
        self.held_bytes -= sum(map(len, segment.pieces))
        self._drop_unused_inits()

    def _drop_unused_inits(self) -> None:
        kept = (*self._unlisted, *self._closed)
        used = {segment.listed.init_name for segment in kept} | {self._init_name}
        for name in [name for name in self._inits if name not in used]:
            self.held_bytes -= len(self._inits.pop(name))

    @property
    def _init_name(self) -> str:
        return f"{self._prefix}_init.mp4"

    @property
    def _next_part_name(self) -> str:
        return f"{self._prefix}_part{self._next_part}.mp4"

    def _write(self, *, low_latency: bool) -> bytes:
        if not self._closed:
            raise Unavailable("stream.no_picture", "This camera has no picture yet.")
        segments = [segment.listed for segment in self._closed]
        if not low_latency:
            return media_playlist(segments, target_s=self._target_s)
        extra = LowLatency(
            part_target_s=self._part_target_s,
            open_segment=self._open.listed if self._open else None,
            next_part_name=self._next_part_name,
        )
        return media_playlist(segments, target_s=self._target_s, low_latency=extra)

    def _holds(self, number: int, part: int | None) -> bool:
        if number < self._next_number:
            last = self._closed[-1] if self._closed else None
            if last is None or part is None or number < last.number or part < len(last.pieces):
                return True
            # A part behind the last one of a segment is the first of the following (6.2.5.2).
            number, part = number + 1, 0
        if self._open is None or part is None:
            return False
        return number == self._next_number and part < len(self._open.pieces)

    def _tell(self) -> None:
        self.version += 1
        self._texts.clear()
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    async def _until(self, is_so: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(_TARGETS_TO_WAIT * self._target_s):
                while not is_so():
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True


def _new_prefix() -> str:
    """Name a run: caches downstream never mix two runs, nor two processes."""
    return secrets.token_hex(6)
