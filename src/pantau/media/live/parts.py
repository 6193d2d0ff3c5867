"""Cuts the packets of a run into parts and segments, in the session's thread."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from pantau.media.codecs import SAMPLES_PER_FRAME, codec_strings
from pantau.media.codecs.init import AUDIO_TRACK_ID, VIDEO_TRACK_ID, init_segment
from pantau.media.live.fragments import TrackSamples, fragment
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks

_STARTUP_S: Final = (0.2, 0.2, 0.2)
"""The first segments of a run are short, so that whoever waits for the camera sees it early.

Three, because Chromium's own player gives up on a playlist that it has read to the end before it
plays, and it plays after the second segment (Chromium 156, measured 2026-11).
"""
_EARLY_KEY_S: Final = 0.25
"""A key frame this much before its time still ends a segment: cameras' timestamps jitter."""
_LONGEST_S: Final = 12.0
"""A segment this long ends between key frames; most cameras can be set to 10 s at most."""
_MOST_SEGMENT_BYTES: Final = 16 * 1024 * 1024
_GUESSED_DURATION: Final = VIDEO_TIME_BASE // 25


@dataclass(frozen=True, slots=True)
class RunBegun:
    """What follows belongs to `init` until the next one; `codecs` is its name in RFC 6381."""

    init: bytes
    tracks: Tracks
    codecs: str
    started_unix_s: float


@dataclass(frozen=True, slots=True)
class Part:
    """One fragment.  `independent`: it begins with a key frame.  `started_unix_s`: it arrived."""

    data: bytes
    duration_s: float
    independent: bool
    started_unix_s: float


@dataclass(frozen=True, slots=True)
class SegmentClosed:
    """The parts since the last one are a segment."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing more comes until the next `RunBegun`."""


LiveEvent: TypeAlias = RunBegun | Part | SegmentClosed | RunEnded


class PartCutter:
    """A `media.fanout.Consumer` that turns packets into live events.  One thread; never blocks.

    Without `part_s` every segment is one part.  With it, parts last `part_s` at most, as far as
    the camera's own pictures do: a picture that stands for longer is a part by itself.  Cuts are
    made by video alone: sound that comes late goes into the next part with its true time.
    """

    def __init__(
        self,
        emit: Callable[[LiveEvent], None],
        *,
        segment_s: float = 2.0,
        part_s: float | None = None,
    ) -> None:
        self._emit = emit
        self._segment_ticks = round(segment_s * VIDEO_TIME_BASE)
        self._part_ticks = None if part_s is None else round(part_s * VIDEO_TIME_BASE)
        self._run: _Run | None = None

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        """Start a run; raises `SourceError` when the tracks cannot be described in MP4."""
        self.end()
        init = init_segment(tracks)
        self._run = _Run(self._emit, tracks, self._segment_ticks, self._part_ticks)
        self._emit(RunBegun(init, tracks, codec_strings(tracks), started_unix_s))

    def write(self, packet: Packet) -> None:
        """Take a packet; a video packet completes the one before it, whose duration it tells."""
        if self._run is None:
            return
        if packet.is_video:
            self._run.take_video(packet)
        else:
            self._run.take_audio(packet)

    def end(self) -> None:
        """Finish what is open; may be called when there is no run."""
        if self._run is not None:
            self._run.finish()
            self._run = None
            self._emit(RunEnded())


class _Run:
    """The part and the segment that are being filled.  All times are ticks of the video."""

    def __init__(
        self,
        emit: Callable[[LiveEvent], None],
        tracks: Tracks,
        segment_ticks: int,
        part_ticks: int | None,
    ) -> None:
        self._emit = emit
        self._limit = segment_ticks
        self._part_limit = part_ticks
        self._sample_rate_hz = tracks.audio.sample_rate_hz if tracks.audio else None
        self._startup = [round(length_s * VIDEO_TIME_BASE) for length_s in _STARTUP_S]
        self._sequence = 0
        self._held: Packet | None = None
        self._shown_after = 0
        self._last_duration = _GUESSED_DURATION
        self._video: list[Packet] = []
        self._durations: list[int] = []
        self._audio: list[Packet] = []
        self._part = 0
        self._segment = 0
        self._segment_bytes = 0
        self._segment_has_key = False

    def take_audio(self, packet: Packet) -> None:
        if self._sample_rate_hz is not None and self._held is not None:
            self._audio.append(packet)
            self._segment_bytes += len(packet.data)

    def take_video(self, packet: Packet) -> None:
        held, self._held = self._held, packet
        if held is None:
            if packet.is_keyframe:
                self._shown_after = packet.pts - packet.dts
            else:
                self._held = None
            return
        self._complete(held, packet.dts - held.dts)
        if self._segment_is_over(packet):
            self._close_segment(packet.dts)
        elif self._part_is_full():
            self._close_part(packet.dts)

    def finish(self) -> None:
        if self._held is not None:
            self._complete(self._held, self._last_duration)
            self._close_segment(None)

    def _complete(self, packet: Packet, duration: int) -> None:
        """Add a sample; it opens a new part when it lasts too long for the open one."""
        limit = self._part_limit
        if limit is not None and self._video and self._part + duration > limit:
            self._close_part(packet.dts)
        if not self._segment:
            self._segment_has_key = packet.is_keyframe
        self._video.append(packet)
        self._durations.append(duration)
        self._part += duration
        self._segment += duration
        self._segment_bytes += len(packet.data)
        self._last_duration = duration

    def _part_is_full(self) -> bool:
        """Tell whether one more picture like the last one would be too much."""
        return self._part_limit is not None and self._part + self._last_duration > self._part_limit

    def _segment_is_over(self, following: Packet) -> bool:
        startup = self._startup[0] if self._startup else None
        if following.is_keyframe:
            early = round(_EARLY_KEY_S * VIDEO_TIME_BASE)
            least = self._limit - early if startup is None else startup
            return self._segment >= least or not self._segment_has_key
        most = round(_LONGEST_S * VIDEO_TIME_BASE)
        if startup is not None:
            most = startup
        elif not self._segment_has_key:
            # What is left of a group of pictures that was cut already; no use in keeping it whole.
            most = self._limit
        return self._segment >= most or self._segment_bytes >= _MOST_SEGMENT_BYTES

    def _close_segment(self, at: int | None) -> None:
        if self._video:
            self._close_part(at)
        self._segment = self._segment_bytes = 0
        if self._startup:
            del self._startup[0]
        self._emit(SegmentClosed())

    def _close_part(self, at: int | None) -> None:
        """Emit what is complete; `at` is the decoding time of the next picture, None at the end."""
        self._sequence += 1
        tracks = [TrackSamples(VIDEO_TRACK_ID, self._video, self._durations)]
        audio = self._audio_before(at)
        if audio is not None:
            tracks.append(audio)
        first = self._video[0]
        data = fragment(self._sequence, tracks)
        duration_s = self._part / VIDEO_TIME_BASE
        self._video, self._durations, self._part = [], [], 0
        self._emit(Part(data, duration_s, first.is_keyframe, first.received_unix_s))

    def _audio_before(self, at: int | None) -> TrackSamples | None:
        """Take the sound that is heard before the picture decoded at `at` is shown."""
        audio, rate_hz = self._audio, self._sample_rate_hz
        if not audio or rate_hz is None:
            return None
        count = len(audio)
        if at is not None:
            until = (at + self._shown_after) * rate_hz
            count = bisect_left(audio, until, key=lambda packet: packet.pts * VIDEO_TIME_BASE)
        if not count:
            return None
        taken, self._audio = audio[:count], audio[count:]
        starts = [packet.dts for packet in audio[: count + 1]]
        durations = [after - start for start, after in pairwise(starts)]
        if count == len(audio):
            durations.append(SAMPLES_PER_FRAME)
        # Sound that pauses after this part leaves a gap there instead of one endless sample.
        durations[-1] = min(durations[-1], 2 * SAMPLES_PER_FRAME)
        return TrackSamples(AUDIO_TRACK_ID, taken, durations)
