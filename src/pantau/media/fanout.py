"""Gives the packets of one camera to everybody who wants them, out of one session."""

import threading
from dataclasses import dataclass, field
from typing import Protocol

from pantau.media.packets import Packet, Tracks


class Consumer(Protocol):
    """Somebody who takes packets: the live window, the still keeper, a recorder.

    All three are called in the session's thread, in the order `begin write* end`, and must not
    block.  What they raise ends the session; a recorder keeps the trouble of its disk to itself.
    """

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        """Start a run; its timestamp zero was at `started_unix_s`.  A video key frame follows."""
        ...

    def write(self, packet: Packet) -> None:
        """Take one packet of the run, with the timestamps that `media.timestamps` promises."""
        ...

    def end(self) -> None:
        """Finish the run."""
        ...


@dataclass(slots=True)
class Fanout:
    """A `Consumer` that passes on to many; it outlives sessions, and so do those attached."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wanted: list[Consumer] = field(default_factory=list)
    _begun: list[Consumer] = field(default_factory=list)
    _run: tuple[Tracks, float] | None = None
    _changed: bool = False

    def attach(self, consumer: Consumer) -> None:
        """Add `consumer`; during a run it begins just before the next key frame.  Any thread."""
        with self._lock:
            self._wanted = [*self._wanted, consumer]
            self._changed = True

    def detach(self, consumer: Consumer) -> None:
        """Remove `consumer`; `end` follows in the session's thread with the next packet.

        Any thread.
        """
        with self._lock:
            self._wanted = [other for other in self._wanted if other is not consumer]
            self._changed = True

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        """Start a run for everybody attached; ends one that was left open.  Session thread."""
        self.end()
        self._run = (tracks, started_unix_s)
        self._changed = True
        self._settle(at_keyframe=True)

    def write(self, packet: Packet) -> None:
        """Pass on one packet of the run.  Session thread."""
        if self._changed:
            self._settle(at_keyframe=packet.is_video and packet.is_keyframe)
        for consumer in self._begun:
            consumer.write(packet)

    def end(self) -> None:
        """Finish the run for everybody.  Session thread; may be called when there is none."""
        self._run = None
        begun, self._begun = self._begun, []
        for consumer in begun:
            consumer.end()

    def _settle(self, *, at_keyframe: bool) -> None:
        with self._lock:
            wanted = self._wanted
            self._changed = False
        for consumer in _missing(self._begun, among=wanted):
            self._begun = _missing(self._begun, among=[consumer])
            consumer.end()
        late = _missing(wanted, among=self._begun)
        if late and self._run is not None and at_keyframe:
            for consumer in late:
                consumer.begin(*self._run)
                self._begun.append(consumer)
        elif late:
            with self._lock:
                self._changed = True


def _missing(consumers: list[Consumer], *, among: list[Consumer]) -> list[Consumer]:
    known = {id(consumer) for consumer in among}
    return [consumer for consumer in consumers if id(consumer) not in known]
