"""Runs one source in a thread of its own, from dialling to the last packet."""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

import structlog

from pantau.media.errors import Cause, SourceError
from pantau.media.fanout import Consumer
from pantau.media.handoff import Handoff
from pantau.media.packets import Packet, Picture, Tracks
from pantau.media.runs import Runs
from pantau.media.sources.base import Deadlines, Source
from pantau.media.stills import OnThread, StillKeeper, is_decodable_in_thread

log = structlog.get_logger()

_GRACE_S: Final = 5.0
"""A source keeps its deadlines by itself; this much later somebody else ends it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session is over; `detail` is for operators."""

    cause: Cause
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ears:
    """Whom a session tells."""

    on_run: Callable[["Session", Tracks | None], None]
    """On the loop: the first picture, and each new run; None: whole pictures without video."""
    on_end: Callable[["Session", Ending], None]
    """On the loop: the last word."""
    on_thread: OnThread | None = None
    """In the thread, before anything else."""


class Session:
    """One attempt at one camera.  Made and watched on the loop, lives in its own daemon thread.

    `sink` and `keeper` get everything in that thread.  Ended by the source, or by `interrupt`;
    a thread that does not come back in spite of it is left alone: `abandon`.
    """

    def __init__(
        self,
        path: str,
        source: Source,
        *,
        sink: Consumer,
        keeper: StillKeeper,
        ears: Ears,
        handoff: Handoff,
        deadlines: Deadlines,
        sound_wait_s: float = 1.5,
    ) -> None:
        self.path = path
        self.source = source
        self._clock = handoff.clock
        self.sign_of_life_mono = self._clock.mono_s()
        self.interrupted_mono: float | None = None
        self.verdict: Ending | None = None
        """Why the loop ended it, where that was the camera's fault."""
        self.has_picture = False
        """Set on the loop, when `on_run` is called."""
        self._sink = sink
        self._keeper = keeper
        self._ears = ears
        self._handoff = handoff
        self._silence_s = max(deadlines.open_s, deadlines.silence_s) + _GRACE_S
        self._is_left = False
        self._has_told = False
        self._promised_sound = False
        self._runs = Runs(
            self,
            sound_wait_s=sound_wait_s,
            picture_deadline_s=deadlines.open_s,
            accept=is_decodable_in_thread,
        )
        self._thread = threading.Thread(
            target=self._run_in_thread, name=f"camera {path}"[:60], daemon=True
        )

    def start(self) -> None:
        """Dial."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    @property
    def was_silent(self) -> bool:
        """Whether the camera promised sound and sent none."""
        return self._promised_sound and not self._runs.has_heard_sound

    def interrupt(self) -> None:
        """Ask the thread to end; it says `on_end` as always.  Loop only; may be repeated."""
        if self.interrupted_mono is None:
            self.interrupted_mono = self._clock.mono_s()
        self.source.interrupt()

    def abandon(self) -> None:
        """Give the thread up: whatever it does from here on reaches nobody."""
        self._is_left = True

    def is_silent(self, now_mono: float) -> bool:
        """Whether the thread gave no sign of life for longer than its source may take."""
        return now_mono - self.sign_of_life_mono > self._silence_s

    def is_stuck(self, now_mono: float) -> bool:
        """Whether the thread does not react to `interrupt`."""
        return self.interrupted_mono is not None and now_mono - self.interrupted_mono > _GRACE_S

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        """Pass on the beginning of a run, as the consumer of `media.runs`."""
        if not self._is_left:
            self._keeper.begin(tracks, started_unix_s)
            self._sink.begin(tracks, started_unix_s)
            self._tell_run(tracks)

    def write(self, packet: Packet) -> None:
        """Pass on a packet, as the consumer of `media.runs`."""
        if not self._is_left:
            self._keeper.write(packet)
            self._sink.write(packet)

    def end(self) -> None:
        """Pass on the end of a run, as the consumer of `media.runs`."""
        if not self._is_left:
            self._keeper.end()
            self._sink.end()

    def _run_in_thread(self) -> None:
        ending = Ending(Cause.BROKEN, "the session died")
        try:
            if self._ears.on_thread is not None:
                self._ears.on_thread(self.path, threading.get_native_id(), threading.get_ident())
            self._follow_in_thread()
            ending = Ending(Cause.CLOSED, "the stream has ended")
        except SourceError as error:
            ending = Ending(error.cause, error.detail)
        except Exception:
            # A bug of ours or of libav's binding must cost one camera its session and no more.
            log.exception("session_broke", path=self.path)
            ending = Ending(Cause.BROKEN, "an error in the engine; its log holds the trace")
        finally:
            self._post(lambda: self._ears.on_end(self, ending))

    def _follow_in_thread(self) -> None:
        items = self.source.items()
        try:
            for item in items:
                self.sign_of_life_mono = self._clock.mono_s()
                if self._is_left:
                    return
                self._take(item)
        finally:
            if isinstance(items, Generator):
                items.close()  # the camera is told at once, not when the collector comes round
            self._runs.end()

    def _take(self, item: Tracks | Packet | Picture) -> None:
        if isinstance(item, Picture):
            self._keeper.put(item)
            if not self._has_told:
                self._tell_run(None)
            return
        if isinstance(item, Tracks):
            self._promised_sound = item.audio is not None
        self._runs.take(item, self.sign_of_life_mono)

    def _tell_run(self, tracks: Tracks | None) -> None:
        self._has_told = True

        def tell() -> None:
            self.has_picture = True
            self._ears.on_run(self, tracks)

        self._post(tell)

    def _post(self, call: Callable[[], None]) -> None:
        if not self._is_left:
            self._handoff.post_in_thread(call)
