"""Turns RTP timestamps into presentation and decoding times on one time line for both tracks."""

import bisect
from dataclasses import dataclass
from typing import Final

from pantau.media.packets import VIDEO_TIME_BASE

_WRAP: Final = 1 << 32
_JUMP_S: Final = 5.0
"""Media time that runs this far off arrival time in one step is a jump of the camera's clock."""
_FIRST_CORRECTION_S: Final = 0.02
_NEXT_CORRECTION_S: Final = 0.1
"""Camera clocks jitter: sound is moved by what is heard, not by what is measured."""
_MOST_CORRECTION_S: Final = 5.0
"""Further apart, the reports of the two tracks count from different clocks."""
_NOMINAL_STEP: Final = VIDEO_TIME_BASE // 30
_MOST_DEPTH: Final = 16
_MOST_STEP_TICKS: Final = 2 * VIDEO_TIME_BASE


@dataclass(slots=True)
class TrackTime:
    """The 32-bit timestamps of one track, unwrapped to numbers that count from 0."""

    clock_hz: int
    value: int = 0
    arrived_mono: float = 0.0
    _raw: int | None = None
    _report: tuple[int, float] | None = None

    def place(self, timestamp: int, arrived_mono: float) -> bool:
        """Move to `timestamp`; return whether that was a jump (the first time is one)."""
        if self._raw is None:
            self._raw, self.arrived_mono = timestamp, arrived_mono
            return True
        step = self._distance(timestamp)
        self.value += step
        passed_s = arrived_mono - self.arrived_mono
        self._raw, self.arrived_mono = timestamp, arrived_mono
        if abs(step / self.clock_hz - passed_s) < _JUMP_S:
            return False
        self._report = None
        return True

    def report(self, timestamp: int, ntp_s: float) -> None:
        """Learn which time of the camera's clock belongs to `timestamp`."""
        self._report = (timestamp, ntp_s)

    def ntp_s(self) -> float | None:
        """Return the camera's clock at `value`, if a report has told."""
        if self._report is None or self._raw is None:
            return None
        return self._report[1] - self._distance(self._report[0]) / self.clock_hz

    def _distance(self, timestamp: int) -> int:
        assert self._raw is not None
        return (timestamp - self._raw + _WRAP // 2) % _WRAP - _WRAP // 2


class CommonTime:
    """Puts sound beside the picture: first by arrival, then by the camera's sender reports."""

    def __init__(self, video_hz: int, audio_hz: int) -> None:
        self.video = TrackTime(video_hz)
        self.audio = TrackTime(audio_hz)
        self._audio_offset: int | None = None
        self._is_corrected = False

    def video_pts(self, timestamp: int, arrived_mono: float) -> int:
        """Return the presentation time of a picture in ticks of `VIDEO_TIME_BASE`."""
        if self.video.place(timestamp, arrived_mono):
            self._audio_offset = None
        return self.video.value * VIDEO_TIME_BASE // self.video.clock_hz

    def audio_pts(self, timestamp: int, arrived_mono: float) -> int:
        """Return the presentation time of sound in ticks of its own clock rate."""
        if self.audio.place(timestamp, arrived_mono) or self._audio_offset is None:
            self._anchor_audio()
        assert self._audio_offset is not None
        return self.audio.value + self._audio_offset

    def align(self) -> None:
        """Use the reports of both tracks, after one has come."""
        video_ntp_s, audio_ntp_s = self.video.ntp_s(), self.audio.ntp_s()
        if video_ntp_s is None or audio_ntp_s is None or self._audio_offset is None:
            return
        shown_s = self.video.value / self.video.clock_hz + audio_ntp_s - video_ntp_s
        offset = round(shown_s * self.audio.clock_hz) - self.audio.value
        wrong_s = abs(offset - self._audio_offset) / self.audio.clock_hz
        least_s = _NEXT_CORRECTION_S if self._is_corrected else _FIRST_CORRECTION_S
        if least_s < wrong_s < _MOST_CORRECTION_S:
            self._audio_offset = offset
        self._is_corrected = True

    def _anchor_audio(self) -> None:
        later_s = self.audio.arrived_mono - self.video.arrived_mono
        shown_s = self.video.value / self.video.clock_hz + later_s
        self._audio_offset = round(shown_s * self.audio.clock_hz) - self.audio.value
        self._is_corrected = False
        self.align()


class DecodingTimes:
    """Derives decoding times, which RTP does not carry, from the order of presentation times.

    When at most `depth` pictures come before one that is shown earlier, the smallest of the newest
    `depth` + 1 presentation times is the time to decode the newest picture.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._newest: list[int] = []
        self._last: int | None = None

    def declare(self, depth: int | None) -> None:
        """Learn from the parameter sets how many pictures may be held back."""
        if depth is not None and depth > self._depth:
            self._depth = min(depth, _MOST_DEPTH)
            if self._newest:
                self._fill(self._newest[0])

    def of(self, pts: int, *, is_keyframe: bool) -> int | None:
        """Return when to decode the next picture; None for one that comes too late for that."""
        newest = self._newest
        if not newest or self._is_jump(pts, is_keyframe=is_keyframe):
            self._newest = [pts]
            self._fill(pts)
            self._last = self._newest[0]
            return self._last
        if pts == newest[-1]:
            return self._last  # time stands still; `media.timestamps` knows what to do about that
        shown_later = len(newest) - bisect.bisect_right(newest, pts)
        if shown_later > self._depth and self._depth < _MOST_DEPTH:
            # An undeclared B picture: the first few come too late, then all is in order.
            self._depth += 1
        bisect.insort(newest, pts)
        del newest[: max(0, len(newest) - self._depth - 1)]
        assert self._last is not None
        dts = max(newest[0], self._last + 1)
        if dts > pts:
            return None
        self._last = dts
        return dts

    def _is_jump(self, pts: int, *, is_keyframe: bool) -> bool:
        assert self._last is not None
        ahead = pts - self._newest[-1]
        is_back = ahead < -VIDEO_TIME_BASE or (is_keyframe and ahead < 0 and pts <= self._last)
        return is_back or ahead > _MOST_STEP_TICKS

    def _fill(self, first: int) -> None:
        missing = self._depth + 1 - len(self._newest)
        self._newest[:0] = [first - _NOMINAL_STEP * back for back in range(missing, 0, -1)]
