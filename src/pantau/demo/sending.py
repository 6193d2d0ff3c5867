"""One client's stream: bursts at their time, as good or bad as the camera behaves."""

import asyncio
import secrets
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pantau.demo.behaviour import Behaviour
from pantau.demo.camera import DemoRtspCamera
from pantau.demo.describe import PAYLOAD_TYPES, VIDEO_TYPE
from pantau.demo.packetize import AUDIO, VIDEO, Burst, Reel

SEND_RTP = Callable[[int, Sequence[bytes]], None]
"""Takes the track and whole RTP packets."""
_NTP_EPOCH_S: Final = 2_208_988_800
_REPORT_EVERY_S: Final = 5.0
_MASK: Final = 0xFFFFFFFF


@dataclass(slots=True)
class Stream:
    """Runs by timers of the loop until `stop`; `on_end` hears when the camera ends it."""

    camera: DemoRtspCamera
    tracks: frozenset[int]
    send_rtp: SEND_RTP
    send_rtcp: SEND_RTP
    on_end: Callable[[str], None]
    _sequence: list[int] = field(default_factory=lambda: [secrets.randbelow(60_000) for _ in "av"])
    _source: list[int] = field(default_factory=lambda: [secrets.randbits(32) for _ in "av"])
    _origin: list[int] = field(default_factory=lambda: [secrets.randbits(30) for _ in "av"])
    _timer: asyncio.TimerHandle | None = None
    _began_mono: float = 0.0
    _reported_mono: float = -1e9
    _sent: int = 0
    _held: tuple[int, bytes] | None = None

    def start(self) -> None:
        """Begin in the middle of the loop, as a camera that has been running does."""
        self._began_mono = self.camera.clock.mono_s()
        if self.camera.behaviour.near_wrap:
            self._origin = [(_MASK - 90_000 * 3 - round(self._began_mono * 90_000)) & _MASK] * 2
        self._next(self._plan(self.camera.reel(), self._began_mono))

    def stop(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _plan(self, reel: Reel, from_mono: float) -> Iterator[tuple[float, float, Burst, Reel]]:
        """Give due time, start of its loop and burst, for ever, from `from_mono` on."""
        switched = awaits_key = False
        loop_at = from_mono - self.camera.position_s(from_mono)
        while True:
            for burst in reel.bursts:
                due = loop_at + burst.at_s
                if due < from_mono:
                    continue
                after = self.camera.behaviour.switch_after_s
                if after is not None and not switched and due - self._began_mono > after:
                    switched = awaits_key = True
                    reel = self.camera.reel(other=True)
                    break
                if awaits_key and burst.track == VIDEO:
                    # An encoder that was set to another size begins with a key picture.
                    if not burst.is_key:
                        continue
                    awaits_key = False
                if burst.track in self.tracks:
                    yield due, loop_at, burst, reel
            else:
                loop_at += reel.loop_s
                continue
            from_mono = due

    def _next(self, plan: Iterator[tuple[float, float, Burst, Reel]]) -> None:
        due, loop_at, burst, reel = next(plan)
        delay = max(0.0, due - self.camera.clock.mono_s())
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(delay, self._tick, plan, (due, loop_at, burst, reel))

    def _tick(
        self,
        plan: Iterator[tuple[float, float, Burst, Reel]],
        now: tuple[float, float, Burst, Reel],
    ) -> None:
        due, loop_at, burst, reel = now
        behaviour = self.camera.behaviour
        ran_s = due - self._began_mono
        if behaviour.close_after_s is not None and ran_s > behaviour.close_after_s:
            self.on_end(behaviour.close_how)
            return
        if not self._is_silent(behaviour, burst, ran_s):
            self._report(behaviour, reel, due, ran_s)
            if behaviour.media != "rtcp_only":
                self._emit(behaviour, burst, reel, loop_at, ran_s)
        self._next(plan)

    def _is_silent(self, behaviour: Behaviour, burst: Burst, ran_s: float) -> bool:
        if behaviour.media == "none" or ran_s < behaviour.late_start_s:
            return True
        if behaviour.stall_after_s is not None and ran_s > behaviour.stall_after_s:
            return True
        gap = behaviour.gap_after_s
        if gap is not None and gap < ran_s < gap + behaviour.gap_s:
            return True
        if burst.track == AUDIO:
            return behaviour.audio == "silent" or (
                behaviour.audio == "late" and ran_s < behaviour.audio_late_s
            )
        return False

    def _emit(
        self, behaviour: Behaviour, burst: Burst, reel: Reel, loop_at: float, ran_s: float
    ) -> None:
        time = self._time(behaviour, burst, reel, loop_at, ran_s)
        packets = self._packets(behaviour, burst, reel, time)
        kept: list[bytes] = []
        for packet in packets:
            self._sent += 1
            if behaviour.lose_every and self._sent % behaviour.lose_every == 0:
                continue
            if (
                behaviour.swap_every
                and self._sent % behaviour.swap_every == 0
                and self._held is None
            ):
                self._held = (burst.track, packet)
                continue
            kept.append(packet)
            if self._held is not None and self._held[0] == burst.track:
                kept.append(self._held[1])
                self._held = None
        if kept:
            self.send_rtp(burst.track, kept)

    def _time(
        self, behaviour: Behaviour, burst: Burst, reel: Reel, loop_at: float, ran_s: float
    ) -> int:
        if behaviour.frozen_timestamps:
            return self._origin[burst.track]
        if behaviour.random_timestamps:
            return secrets.randbits(32)
        rate = reel.rates[burst.track]
        jump_s = 0.0
        if behaviour.jump_after_s is not None and ran_s > behaviour.jump_after_s:
            jump_s = behaviour.jump_s
        return (self._origin[burst.track] + round((loop_at + jump_s) * rate) + burst.time) & _MASK

    def _packets(
        self, behaviour: Behaviour, burst: Burst, reel: Reel, time: int
    ) -> Iterator[bytes]:
        kind = VIDEO_TYPE if burst.track == VIDEO else PAYLOAD_TYPES[reel.clip.audio or "aac"]
        if behaviour.media == "wrong_payload_type":
            kind = 127
        for marker, payload in _spoilt(behaviour, burst):
            sequence = self._sequence[burst.track] = (self._sequence[burst.track] + 1) & 0xFFFF
            head = struct.pack(
                ">BBHII",
                0x80,
                (0x80 if marker else 0) | kind,
                sequence,
                time,
                self._source[burst.track],
            )
            yield head + payload

    def _report(self, behaviour: Behaviour, reel: Reel, due: float, ran_s: float) -> None:
        if due - self._reported_mono < (0.1 if behaviour.media == "rtcp_only" else _REPORT_EVERY_S):
            return
        self._reported_mono = due
        wall_s = self.camera.clock.unix_s() + _NTP_EPOCH_S
        for track in self.tracks:
            jump_s = behaviour.jump_s if (behaviour.jump_after_s or 1e9) < ran_s else 0.0
            time = (self._origin[track] + round((due + jump_s) * reel.rates[track])) & _MASK
            report = struct.pack(
                ">BBHIIIIII",
                0x80,
                200,
                6,
                self._source[track],
                int(wall_s) & _MASK,
                int(wall_s % 1 * 2**32) & _MASK,
                time,
                0,
                0,
            )
            self.send_rtcp(track, [report])


def _spoilt(behaviour: Behaviour, burst: Burst) -> Sequence[tuple[bool, bytes]]:
    sent: Sequence[tuple[bool, bytes]] = burst.payloads
    match behaviour.media:
        case "garbage":
            # Type 30 is undefined in H.264 (RFC 6184, table 1), 15 is reserved in H.265.
            sent = [(mark, b"\x1e" + secrets.token_bytes(len(payload))) for mark, payload in sent]
        case "random":
            sent = [(mark, secrets.token_bytes(len(payload))) for mark, payload in sent]
        case "truncated":
            sent = [(marker, payload[: 1 + len(payload) // 3]) for marker, payload in sent]
        case "bad_lengths":
            # An aggregate whose first unit is longer than the packet.
            sent = [(marker, b"\x78\xff\xff" + payload) for marker, payload in sent]
        case "endless_nal":
            # A fragmented unit that never ends: no end bit, no marker.
            sent = [(False, b"\x7c\x05" + b"\xaa" * 1390)] * 40
        case "trickle":
            sent = sent[:1] if burst.is_key and burst.track == VIDEO else ()
    return sent
