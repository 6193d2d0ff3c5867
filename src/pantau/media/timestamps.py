"""Turns the timestamps of a camera, which may be anything, into ones that a player can follow."""

import bisect
from dataclasses import dataclass, field
from typing import Final

from pantau.media.packets import VIDEO_TIME_BASE, Packet

NO_TIMESTAMP: Final = -(1 << 62)
"""What a source puts where its container has no value; the arrival of the packet is used."""

_JUMP_S: Final = 10.0
"""Media time this far from arrival time is wrong (measured: +1 h and -10 s pass through libav)."""
_STEP_S: Final = 2.0
"""A single step this long must be explained by silence, or it is a jump."""
_SAME_ORIGIN_S: Final = 5.0
"""Sound and picture of one camera are at most this far apart if they count from one origin."""
_WRAPS: Final = (1 << 32, 1 << 33)
"""RTP counts in 32 bits, MPEG-TS in 33."""
_FOLLOW: Final = 0.0001
"""How much of the difference to arrival is forgiven with each picture: clocks of cameras drift."""
_PATIENCE: Final = 4
"""Jumps in one run after which the camera's timestamps are given up and arrival alone counts."""
_LEAST_STEP_S: Final = 0.001
_MOST_REORDERED: Final = 16
"""H.264 and H.265 allow no more pictures to wait for one another."""


@dataclass(slots=True)
class _Line:
    """What is known of one track.  All out values are ticks; `offset` is what turns in to out."""

    rate_hz: int
    offset: int | None = None
    last_in: int = 0
    last_out: int = -1
    last_arrived_s: float = 0.0
    lead_s: float = 0.0
    jumps: int = 0
    held: list[int] = field(default_factory=list)
    """Picture times (out) shown later than the last decoding time, while pictures are reordered."""


@dataclass(slots=True)
class Rebaser:
    """Map the packets of one run to timestamps that start near zero and only grow.

    Pure: `arrived_s` is monotonic seconds, of any origin.  Jumps, wraps, values that stand still
    and nonsense end on the time of arrival; sound keeps its distance to the picture as long as
    both count from one origin.  Pictures in decoding order without decoding times get some.
    """

    sample_rate_hz: int | None = None
    _started_s: float | None = None
    _lines: dict[bool, _Line] = field(default_factory=dict)

    def rebase(self, packet: Packet, arrived_s: float) -> Packet | None:
        """Return `packet` on the run's own time, or None for sound from before the run."""
        if self._started_s is None:
            self._started_s = arrived_s
        line = self._lines.get(packet.is_video)
        if line is None:
            rate_hz = VIDEO_TIME_BASE if packet.is_video else self.sample_rate_hz
            if rate_hz is None:
                return None
            line = self._lines[packet.is_video] = _Line(rate_hz)
        raw_pts = packet.pts if packet.pts != NO_TIMESTAMP else packet.dts
        raw_dts = packet.dts if packet.dts != NO_TIMESTAMP else raw_pts
        dts, pts = self._place(line, raw_dts, raw_pts, arrived_s)
        line.last_in, line.last_arrived_s = raw_dts, arrived_s
        if dts < 0:
            return None
        line.last_out = dts
        # Written out: `dataclasses.replace` costs three times as much, for every packet there is.
        return Packet(
            packet.is_video,
            max(pts, dts),
            dts,
            packet.is_keyframe,
            packet.data,
            packet.received_unix_s,
        )

    def _place(self, line: _Line, dts: int, pts: int, arrived_s: float) -> tuple[int, int]:
        """Return dts and pts on the run's time; at least one tick after what was given before."""
        if line.offset is None:
            self._anchor(line, dts, arrived_s)
        elif line.jumps >= _PATIENCE or dts == NO_TIMESTAMP:
            line.offset = self._by_arrival(line, arrived_s) - dts
        else:
            self._unwrap(line, dts)
            if dts < line.last_in and self._is_reordered(line, dts, pts, arrived_s):
                return self._reorder(line, pts)
            if self._is_jump(line, dts, arrived_s):
                line.held.clear()
                self._anchor(line, dts, arrived_s)
        assert line.offset is not None
        if line.held:
            return self._reorder(line, pts)
        return dts + line.offset, self._shown(line, dts, pts)

    def _shown(self, line: _Line, dts: int, pts: int) -> int:
        """Return the picture time; a distance to the decoding time beyond all sense is dropped."""
        delay = pts - dts
        return dts + (delay if 0 <= delay < _STEP_S * line.rate_hz else 0) + (line.offset or 0)

    def _anchor(self, line: _Line, dts: int, arrived_s: float) -> None:
        """Choose the offset afresh: as the other track has it if that fits, else by arrival."""
        expected = self._by_arrival(line, arrived_s)
        is_first = line.offset is None
        line.offset = expected - dts
        line.lead_s = 0.0
        for other in self._lines.values():
            if other is line or other.offset is None:
                continue
            shared = other.offset * line.rate_hz // other.rate_hz
            fits = abs(dts + shared - expected) < _SAME_ORIGIN_S * line.rate_hz
            # Sound from before the first picture is dropped; a picture never is.
            may_be_early = is_first and line.rate_hz != VIDEO_TIME_BASE
            if fits and (may_be_early or dts + shared > line.last_out):
                line.offset = shared

    def _by_arrival(self, line: _Line, arrived_s: float) -> int:
        """Return the time that `arrived_s` means on this track, always after the last given."""
        if line.last_out < 0:
            return round((arrived_s - (self._started_s or 0.0)) * line.rate_hz)
        passed_s = max(_LEAST_STEP_S, arrived_s - line.last_arrived_s)
        return line.last_out + max(1, round(passed_s * line.rate_hz))

    def _unwrap(self, line: _Line, dts: int) -> None:
        if line.last_in <= dts:
            return
        for span in _WRAPS:
            if abs(dts + span - line.last_in) < _JUMP_S * line.rate_hz:
                line.offset = (line.offset or 0) + span
                line.held.clear()
                line.last_in -= span

    def _is_jump(self, line: _Line, dts: int, arrived_s: float) -> bool:
        step_s = (dts - line.last_in) / line.rate_hz
        passed_s = arrived_s - line.last_arrived_s
        lead_s = line.lead_s + step_s - passed_s
        out_of_step = dts + (line.offset or 0) <= line.last_out and not line.held
        unexplained = step_s > _STEP_S and lead_s > _STEP_S
        if out_of_step or unexplained or abs(step_s) > _JUMP_S + passed_s:
            line.jumps += 1
            return True
        if abs(lead_s) > _JUMP_S or len(line.held) > _MOST_REORDERED:
            # No jump, yet wrong in sum: this clock runs at another speed or not at all.
            line.jumps = _PATIENCE
            return True
        line.lead_s = lead_s * (1.0 - _FOLLOW)
        return False

    def _is_reordered(self, line: _Line, dts: int, pts: int, arrived_s: float) -> bool:
        """Whether a picture came after one that is shown later, and has no decoding time."""
        return (
            dts == pts
            and line.last_in - dts < _STEP_S * line.rate_hz
            and arrived_s - line.last_arrived_s < _STEP_S
            and len(line.held) <= _MOST_REORDERED
            and line.rate_hz == VIDEO_TIME_BASE
        )

    def _reorder(self, line: _Line, pts: int) -> tuple[int, int]:
        """Give a decoding time to a picture that came without one: the earliest not yet given.

        Starts with the first picture that is shown before its predecessor; each time the camera
        holds back one picture more than thought, everything moves later by what is missing, once.
        """
        assert line.offset is not None
        if pts + line.offset <= line.last_out:
            bisect.insort(line.held, line.last_out)
        shown = pts + line.offset
        bisect.insort(line.held, shown)
        dts = line.held.pop(0)
        missing = line.last_out + 1 - dts
        if missing > 0:
            line.offset += missing
            line.held = [held + missing for held in line.held]
            return dts + missing, shown + missing
        return dts, shown
