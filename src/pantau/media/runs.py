"""Cuts what a source yields into runs: stretches with one set of codec parameters, on one clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pantau.media.errors import Cause, SourceError
from pantau.media.fanout import Consumer
from pantau.media.packets import Packet, Tracks, VideoTrack
from pantau.media.timestamps import Rebaser

_SOUND_STEADY_S: Final = 2.0
"""Sound that starts late must last this long before a new run is worth the discontinuity."""
_SOUND_PAUSE_S: Final = 1.0
"""A longer pause starts the count of steady sound afresh."""
_SOUND_GONE_S: Final = 10.0
"""Silence after which the run goes on without sound, so that players stop waiting for it."""
_MOST_HELD_BYTES: Final = 16 * 1024 * 1024
_MOST_REFUSED: Final = 5
"""Key frames in a row that may be undecodable before the camera counts as broken."""


def _accept_all(_video: VideoTrack, _keyframe: Packet) -> bool:
    return True


@dataclass(slots=True)
class Runs:
    """Start, split and end runs for `sink`.  One thread; `arrived_s` is monotonic seconds.

    A run starts at a key frame.  Sound that the source promises is waited for `sound_wait_s` at
    most: one camera advertises a microphone and never sends it (lesson R24).  `accept` looks at
    the first key frame of a session: a picture that cannot be decoded is no picture.
    """

    sink: Consumer
    sound_wait_s: float = 1.5
    picture_deadline_s: float = 15.0
    accept: Callable[[VideoTrack, Packet], bool] = _accept_all
    _offered: Tracks | None = None
    _current: Tracks | None = None
    _rebaser: Rebaser = field(default_factory=Rebaser)
    _held: list[tuple[Packet, float]] = field(default_factory=list)
    _held_bytes: int = 0
    _is_stale: bool = False
    _is_accepted: bool = False
    _refused: int = 0
    _since_s: float | None = None
    _sound_since_s: float | None = None
    _sound_last_s: float | None = None

    @property
    def current(self) -> Tracks | None:
        """What the run carries; None between runs."""
        return self._current

    @property
    def has_heard_sound(self) -> bool:
        """Whether the source has sent any sound that it may send."""
        return self._sound_last_s is not None

    def take(self, item: Tracks | Packet, arrived_s: float) -> None:
        """Take the next thing from the source; calls `sink` for what follows from it.

        Raises `SourceError` when packets keep coming and no run can start.
        """
        if isinstance(item, Tracks):
            self._offer(item)
        elif item.is_video:
            self._take_picture(item, arrived_s)
        else:
            self._take_sound(item, arrived_s)

    def end(self) -> None:
        """Finish the run, if there is one."""
        self._held, self._held_bytes = [], 0
        if self._current is not None:
            self._current = None
            self.sink.end()

    def _offer(self, tracks: Tracks) -> None:
        before, self._offered = self._offered, tracks
        if before is not None and before.video != tracks.video:
            # Nothing that follows can be decoded with the old parameters.
            self.end()
        elif before is not None and before.audio != tracks.audio:
            self._is_stale = True

    def _take_sound(self, packet: Packet, arrived_s: float) -> None:
        if self._offered is None or self._offered.audio is None:
            return
        if self._sound_last_s is None or arrived_s - self._sound_last_s > _SOUND_PAUSE_S:
            self._sound_since_s = arrived_s
        self._sound_last_s = arrived_s
        if self._current is None:
            if self._held:
                self._hold(packet, arrived_s)
        elif self._current.audio == self._offered.audio:
            self._write(packet, arrived_s)

    def _take_picture(self, packet: Packet, arrived_s: float) -> None:
        if self._offered is None:
            raise SourceError(Cause.BROKEN, "pictures came before their description")
        if self._since_s is None:
            self._since_s = arrived_s
        if self._current is not None:
            if packet.is_keyframe and (self._is_stale or self._sound_changed(arrived_s)):
                self.end()
                self._hold(packet, arrived_s)
                self._begin(with_sound=self._is_sounding(arrived_s))
            else:
                self._write(packet, arrived_s)
            return
        if self._held or (packet.is_keyframe and self._is_acceptable(packet)):
            self._hold(packet, arrived_s)
            self._decide(arrived_s)
        elif not self._is_accepted and arrived_s - self._since_s > self.picture_deadline_s:
            raise SourceError(Cause.NO_PICTURE, "no key frame among the packets")

    def _is_acceptable(self, keyframe: Packet) -> bool:
        assert self._offered is not None
        if not self._is_accepted:
            self._is_accepted = self.accept(self._offered.video, keyframe)
            self._refused += not self._is_accepted
            if self._refused >= _MOST_REFUSED:
                raise SourceError(Cause.BROKEN, "key frames cannot be decoded")
        return self._is_accepted

    def _decide(self, arrived_s: float) -> None:
        """Start the run as soon as it is clear whether there will be sound."""
        assert self._offered is not None
        waited_s = arrived_s - self._held[0][1]
        if self._offered.audio is None or self._is_sounding(arrived_s):
            self._begin(with_sound=self._offered.audio is not None)
        elif waited_s >= self.sound_wait_s or self._held_bytes > _MOST_HELD_BYTES:
            self._begin(with_sound=False)

    def _begin(self, *, with_sound: bool) -> None:
        assert self._offered is not None
        audio = self._offered.audio if with_sound else None
        self._current = Tracks(self._offered.video, audio)
        self._rebaser = Rebaser(sample_rate_hz=audio.sample_rate_hz if audio else None)
        self._is_stale = False
        held, self._held, self._held_bytes = self._held, [], 0
        self.sink.begin(self._current, held[0][0].received_unix_s)
        for packet, arrived_s in held:
            self._write(packet, arrived_s)

    def _write(self, packet: Packet, arrived_s: float) -> None:
        rebased = self._rebaser.rebase(packet, arrived_s)
        if rebased is not None:
            self.sink.write(rebased)

    def _hold(self, packet: Packet, arrived_s: float) -> None:
        self._held.append((packet, arrived_s))
        self._held_bytes += len(packet.data)

    def _is_sounding(self, arrived_s: float) -> bool:
        return (
            self._offered is not None
            and self._offered.audio is not None
            and self._sound_last_s is not None
            and arrived_s - self._sound_last_s < _SOUND_GONE_S
        )

    def _sound_changed(self, arrived_s: float) -> bool:
        assert self._current is not None
        if self._current.audio is not None:
            return not self._is_sounding(arrived_s)
        if not self._is_sounding(arrived_s) or self._sound_since_s is None:
            return False
        assert self._sound_last_s is not None
        is_present = arrived_s - self._sound_last_s <= _SOUND_PAUSE_S
        return is_present and arrived_s - self._sound_since_s >= _SOUND_STEADY_S
