"""Cuts the packets of a run into files and fragments.  Pure: times come with the packets."""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from pantau.media.archive.index import Ending
from pantau.media.codecs import SAMPLES_PER_FRAME
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks

_FRAGMENT: Final = VIDEO_TIME_BASE
"""A crash costs what is not written yet: fragments last a second at most."""
_LEAST_FRAGMENT: Final = VIDEO_TIME_BASE // 2
"""A key frame ends a fragment that is this long."""
_MOST_FRAGMENT_BYTES: Final = 4 * 1024 * 1024
_LATE_SOUND: Final = VIDEO_TIME_BASE * 3 // 10
"""How long the end of a file waits for sound that belongs to it."""
_SLACK_S: Final = 60
"""How much longer than by the clock a file may be: key frames come when they come."""
_GUESSED_DURATION: Final = VIDEO_TIME_BASE // 25


class FileBegun(NamedTuple):
    """What follows belongs into a new file, whose first picture arrived then."""

    started_unix_s: float


class Piece(NamedTuple):
    """What one fragment holds: neighbouring samples with the duration of each.

    `at_ticks` and the times of the packets count from the beginning of the run.
    """

    video: list[Packet]
    durations: list[int]
    audio: list[Packet]
    audio_durations: list[int]
    at_ticks: int
    duration_ticks: int
    size_bytes: int

    @property
    def is_key(self) -> bool:
        return self.video[0].is_keyframe


class FileEnded(NamedTuple):
    """The file is complete."""

    ending: Ending


CutEvent: TypeAlias = FileBegun | Piece | FileEnded


@dataclass(slots=True)
class _Open:
    """What is gathered for one fragment."""

    video: list[Packet]
    durations: list[int]
    ticks: int = 0
    size_bytes: int = 0


class _Ended(NamedTuple):
    gathered: _Open
    ending: Ending
    next_unix_s: float


class RunCutter:
    """One run of one camera; emits `FileBegun Piece* FileEnded` again and again.

    Files are cut at whole multiples of `segment_s` by the wall clock, at the next key frame, so
    that a clock that is set in either direction cuts and nothing else; and by media time where the
    clock would never ask for it.  Nothing is left out: each packet is in exactly one piece, but for
    sound from before the first picture.
    """

    def __init__(self, emit: Callable[[CutEvent], None], tracks: Tracks, *, segment_s: int) -> None:
        self._emit = emit
        self._segment_s = segment_s
        self._rate_hz = tracks.audio.sample_rate_hz if tracks.audio else None
        self._most_ticks = (segment_s + _SLACK_S) * VIDEO_TIME_BASE
        self._asked: Ending | None = None
        self._held: Packet | None = None
        self._open = _Open([], [])
        self._audio: list[Packet] = []
        self._ended: _Ended | None = None
        """The last fragment of a file that is over, until its sound is all there."""
        self._shown_after = 0
        self._slot: int | None = None
        self._file_at = 0
        """Where the file begins whose pictures are gathered …"""
        self._origin = 0
        """… and the one whose pieces are emitted."""
        self._key_at: int | None = None
        self._target = _FRAGMENT
        self._last_duration = _GUESSED_DURATION

    def cut_soon(self, ending: Ending) -> None:
        """Have the file end before the next key frame, whatever the clock says."""
        self._asked = ending

    def take(self, packet: Packet) -> None:
        """Take a packet; a video packet completes the one before it, whose duration it tells."""
        if not packet.is_video:
            self._take_sound(packet)
            return
        held = self._held
        if held is None:
            if packet.is_keyframe:
                self._held = packet
                self._shown_after = packet.pts - packet.dts
                self._begin_file(packet)
            return
        self._held = packet
        self._complete(held, packet.dts - held.dts)
        ending = self._ending_before(packet)
        if ending is not None:
            self._end_file(packet, ending)
        elif self._fragment_is_over(packet):
            self._flush(packet.dts)
        if packet.is_keyframe:
            self._learn_interval(packet)
        if self._ended is not None and packet.dts - self._file_at >= _LATE_SOUND:
            self._settle()

    def finish(self) -> None:
        """Emit what is left of the run; why its file ends is for the caller to know."""
        held, self._held = self._held, None
        if held is None:
            return
        self._settle()
        self._complete(held, self._last_duration)
        gathered, self._open = self._open, _Open([], [])
        self._emit_piece(gathered, None, is_last=True)

    def _take_sound(self, packet: Packet) -> None:
        rate_hz = self._rate_hz
        if rate_hz is None or self._held is None:
            return
        self._audio.append(packet)
        if self._ended is not None and self._is_heard_after(packet, self._file_at):
            self._settle()

    def _begin_file(self, packet: Packet) -> None:
        self._slot = self._slot_of(packet)
        self._file_at = self._origin = packet.dts
        self._asked = None
        self._emit(FileBegun(packet.received_unix_s))

    def _slot_of(self, packet: Packet) -> int:
        return math.floor(packet.received_unix_s / self._segment_s)

    def _complete(self, packet: Packet, duration: int) -> None:
        """Add a sample; one that stands for long is a fragment by itself."""
        if self._open.video and self._open.ticks + duration > _FRAGMENT:
            self._flush(packet.dts)
        self._open.video.append(packet)
        self._open.durations.append(duration)
        self._open.ticks += duration
        self._open.size_bytes += len(packet.data)
        self._last_duration = duration

    def _ending_before(self, following: Packet) -> Ending | None:
        """Tell whether the file ends before this picture, and why."""
        length = following.dts - self._file_at
        if length < _LATE_SOUND:
            return None  # sound of the file before may still be on its way
        if not following.is_keyframe:
            # A camera that sends one key frame in its life must not write one file for ever.
            return Ending.BOUNDARY if length >= 2 * self._most_ticks else None
        if self._asked is not None:
            return self._asked
        is_over = self._slot_of(following) != self._slot or length >= self._most_ticks
        return Ending.BOUNDARY if is_over else None

    def _fragment_is_over(self, following: Packet) -> bool:
        gathered = self._open
        if gathered.size_bytes >= _MOST_FRAGMENT_BYTES:
            return True
        if following.is_keyframe:
            return gathered.ticks >= _LEAST_FRAGMENT or not gathered.video[0].is_keyframe
        return gathered.ticks + self._last_duration > self._target

    def _learn_interval(self, keyframe: Packet) -> None:
        """Divide the camera's key frame interval evenly, so that key frames begin fragments."""
        if self._key_at is not None:
            interval = keyframe.dts - self._key_at
            even = math.ceil(interval / math.ceil(interval / _FRAGMENT))
            # Timestamps jitter: half a picture more, or each interval ends in a fragment of one.
            even += self._last_duration // 2
            self._target = max(_LEAST_FRAGMENT, min(_FRAGMENT, even))
        self._key_at = keyframe.dts

    def _end_file(self, following: Packet, ending: Ending) -> None:
        self._settle()
        gathered, self._open = self._open, _Open([], [])
        self._ended = _Ended(gathered, ending, following.received_unix_s)
        self._file_at = following.dts
        self._slot = self._slot_of(following)
        self._asked = None
        has_all = bool(self._audio) and self._is_heard_after(self._audio[-1], following.dts)
        if self._rate_hz is None or has_all:
            self._settle()

    def _settle(self) -> None:
        """Emit the end of a file that waited for its sound, and the beginning of the next."""
        ended, self._ended = self._ended, None
        if ended is not None:
            self._emit_piece(ended.gathered, self._file_at, is_last=True)
            self._emit(FileEnded(ended.ending))
            self._origin = self._file_at
            self._emit(FileBegun(ended.next_unix_s))

    def _flush(self, at: int) -> None:
        """Emit what is complete; `at` is the decoding time of the next picture."""
        self._settle()
        gathered, self._open = self._open, _Open([], [])
        self._emit_piece(gathered, at)

    def _emit_piece(self, gathered: _Open, at: int | None, *, is_last: bool = False) -> None:
        """Emit a fragment; `at` is the decoding time of the next picture, None at the end."""
        audio, durations = self._sound_before(at)
        first = gathered.video[0]
        if is_last and audio:
            # Players begin the next file where the longer track ends.  Sound that outlasts the
            # picture leaves a hole in it, at which Chromium's own HLS (156) stops for good.
            ends = (first.dts + gathered.ticks + self._shown_after) * (self._rate_hz or 1)
            left = ends // VIDEO_TIME_BASE - audio[-1].pts
            durations[-1] = max(1, min(durations[-1], left))
        size_bytes = gathered.size_bytes + sum(len(packet.data) for packet in audio)
        self._emit(
            Piece(
                gathered.video,
                gathered.durations,
                audio,
                durations,
                at_ticks=first.dts,
                duration_ticks=gathered.ticks,
                size_bytes=size_bytes,
            )
        )

    def _sound_before(self, at: int | None) -> tuple[list[Packet], list[int]]:
        """Take the sound that is heard before the picture decoded at `at` is shown."""
        audio, rate_hz = self._audio, self._rate_hz
        if not audio or rate_hz is None:
            return [], []
        count = len(audio)
        if at is not None:
            until = (at + self._shown_after) * rate_hz
            count = bisect_left(audio, until, key=lambda packet: packet.pts * VIDEO_TIME_BASE)
        taken, self._audio = audio[:count], audio[count:]
        begin = bisect_left(
            taken, self._origin * rate_hz, key=lambda packet: packet.dts * VIDEO_TIME_BASE
        )
        taken = taken[begin:]  # what is left out is from before the first picture
        if not taken:
            return [], []
        durations = [after.dts - packet.dts for packet, after in pairwise(audio[begin : count + 1])]
        if count == len(audio):
            durations.append(SAMPLES_PER_FRAME)
        # Sound that pauses here leaves a gap behind it instead of one endless sample.
        durations[-1] = min(durations[-1], 2 * SAMPLES_PER_FRAME)
        return taken, durations

    def _is_heard_after(self, packet: Packet, at: int) -> bool:
        rate_hz = self._rate_hz or 1
        return packet.pts * VIDEO_TIME_BASE >= (at + self._shown_after) * rate_hz
