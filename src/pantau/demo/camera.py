"""One demo camera: what it shows, how it behaves, and what its clients did to it."""

import zlib
from collections import deque
from dataclasses import dataclass, field

from pantau.core.clock import Clock
from pantau.demo.behaviour import GOOD, Behaviour
from pantau.demo.bitstream import CLIP_S, Clip
from pantau.demo.login import Doorkeeper
from pantau.demo.packetize import Reel, wind


@dataclass(slots=True)
class Counters:
    """What tests ask about."""

    connections: int = 0
    sessions_now: int = 0
    sessions_most: int = 0
    teardowns: int = 0
    plays: int = 0
    refused_logins: int = 0
    last_play_mono_s: float = 0.0
    dialled_mono_s: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))


@dataclass(slots=True)
class DemoRtspCamera:
    """Loop only.  `behave` may be called at any time; open sessions feel it at once."""

    name: str
    clip: Clip
    clock: Clock
    behaviour: Behaviour = GOOD
    other: Clip | None = None
    counters: Counters = field(default_factory=Counters)
    doorkeeper: Doorkeeper = field(default_factory=Doorkeeper)
    reels: dict[tuple[int, bool], Reel] = field(default_factory=dict)
    """Shared by the cameras of a farm: fifty that show one clip hold it once."""
    _leaked_until: list[float] = field(default_factory=list)

    def behave(self, behaviour: Behaviour = GOOD) -> None:
        """Change how the camera behaves."""
        self.behaviour = behaviour

    def reel(self, *, other: bool = False) -> Reel:
        """Return the packetized clip, made once for each way of sending parameter sets.

        A reel holds its clip, so that the identity in the key stays its own.
        """
        clip = self.other if other and self.other is not None else self.clip
        in_band = self.behaviour.parameter_sets in {"sdp", "in_band"}
        key = (id(clip), in_band)
        if key not in self.reels:
            self.reels[key] = wind(clip, sets_in_band=in_band)
        return self.reels[key]

    def position_s(self, mono_s: float) -> float:
        """Return how far into its loop the camera is; cameras of one farm are not in step.

        Fifty cameras that sent their key pictures together would measure bursts, not cameras.
        """
        return (mono_s + zlib.crc32(self.name.encode()) % 1000 * CLIP_S / 1000) % CLIP_S

    def dials(self, *, within_s: float) -> int:
        """Return how many connections asked for this camera in the last `within_s`."""
        since_mono = self.clock.mono_s() - within_s
        return sum(1 for at_mono in self.counters.dialled_mono_s if at_mono >= since_mono)

    def is_full(self) -> bool:
        """Return whether another session would be one too many."""
        limit = self.behaviour.session_limit
        return limit is not None and self.taken() >= limit

    def taken(self) -> int:
        """Return open sessions and slots still held by clients that vanished."""
        now = self.clock.mono_s()
        self._leaked_until = [until for until in self._leaked_until if until > now]
        return self.counters.sessions_now + len(self._leaked_until)

    def session_opened(self) -> None:
        """Count a session."""
        self.counters.plays += 1
        self.counters.last_play_mono_s = self.clock.mono_s()
        self.counters.sessions_now += 1
        self.counters.sessions_most = max(self.counters.sessions_most, self.counters.sessions_now)

    def session_ended(self, *, politely: bool, by_reset: bool = False) -> None:
        """Count its end; an impolite one may keep its slot for a while."""
        spared = politely or (by_reset and self.behaviour.reset_frees_slot)
        if self.behaviour.leak_s and not spared:
            self._leaked_until.append(self.clock.mono_s() + self.behaviour.leak_s)
        self.counters.sessions_now -= 1
