"""Looks at one camera's picture once a minute, while it is pulled anyway."""

import asyncio
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import SourceError
from pantau.media.packets import Picture
from pantau.media.picture.keys import KeySpan
from pantau.media.picture.look import Look, look_in_thread
from pantau.media.picture.verdict import PictureRules, PictureState, Verdict
from pantau.media.stills import KeyFrame, OnThread, StillKeeper

_RATE_OVER_S: Final = 10.0
_USUAL_PIXELS: Final = 1920 * 1080
"""Larger pictures are looked at less often in proportion, so that no camera costs more."""


@dataclass(frozen=True, slots=True)
class PictureStatus:
    """What the pictures of a camera are like; None where nobody can tell."""

    state: PictureState | None = None
    since_at: datetime | None = None
    key_frame_interval_s: float | None = None
    bit_rate_bps: int | None = None


class Lookers:
    """The thread that looks, for all cameras of an engine.  Loop only."""

    def __init__(
        self, *, rules: PictureRules | None = None, on_thread: OnThread | None = None
    ) -> None:
        self.rules = rules or PictureRules()
        self._on_thread = on_thread
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="look")

    def look(self, path: str, latest: KeyFrame | Picture) -> "asyncio.Future[Look | None]":
        """Look at a picture; None when it cannot be decoded."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._pool, self._look_in_thread, path, latest)

    def close(self) -> None:
        """Drop what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look_in_thread(self, path: str, latest: KeyFrame | Picture) -> Look | None:
        if self._on_thread is not None:
            self._on_thread(path, threading.get_native_id(), threading.get_ident())
        try:
            return look_in_thread(latest)
        except SourceError:
            return None


@dataclass(slots=True)
class PictureWatch:
    """One camera's turn to be looked at.  Loop only; `step` is called several times a second.

    Turns are spread over the minute by chance, and never keep step with a clip in a loop.
    """

    path: str
    lookers: Lookers
    clock: Clock
    random: Callable[[], float] = random.random
    _verdict: Verdict = field(init=False)
    _next_mono: float | None = None
    _looked_mono: float | None = None
    _running: "asyncio.Future[Look | None] | None" = None
    _keeper: StillKeeper | None = None
    _latest: KeyFrame | Picture | None = None
    _rate_from: tuple[float, int] | None = None
    _bit_rate_bps: int | None = None

    def __post_init__(self) -> None:
        self._verdict = Verdict(self.lookers.rules)

    def step(self, keeper: StillKeeper, *, inbound_bytes: int, is_live: bool) -> None:
        """Look when it is time and there is something new."""
        now_mono = self.clock.mono_s()
        if keeper is not self._keeper:  # another camera
            self._keeper, self._latest, self._looked_mono = keeper, None, None
            self._verdict = Verdict(self.lookers.rules)
        if not is_live:
            self._next_mono = self._rate_from = self._bit_rate_bps = None
            return
        self._measure(now_mono, inbound_bytes)
        if self._next_mono is None:
            self._next_mono = now_mono + self._share(0.1, 1.0)
        latest = keeper.latest
        if now_mono < self._next_mono or self._running is not None or latest is None:
            return
        if latest is self._latest:
            return
        self._latest = latest
        self._next_mono = now_mono + self._share(0.9, 1.1)
        self._verdict.is_album = isinstance(latest, Picture)
        self._running = self.lookers.look(self.path, latest)
        self._running.add_done_callback(partial(self._looked, self._verdict, keeper.keys.span()))

    def status(self) -> PictureStatus:
        """Say what is known."""
        now_mono = self.clock.mono_s()
        fresh_s = self.lookers.rules.fresh_s
        is_fresh = self._looked_mono is not None and now_mono - self._looked_mono <= fresh_s
        is_live = self._rate_from is not None
        return PictureStatus(
            state=self._verdict.state if is_fresh else None,
            since_at=self._verdict.since_at if is_fresh else None,
            key_frame_interval_s=(
                self._keeper.keys.interval_s if self._keeper is not None and is_live else None
            ),
            bit_rate_bps=self._bit_rate_bps,
        )

    def _looked(self, verdict: Verdict, keys: KeySpan, done: "asyncio.Future[Look | None]") -> None:
        self._running = None
        look = None if done.cancelled() else done.result()
        if look is None or verdict is not self._verdict:
            return
        self._looked_mono = now_mono = self.clock.mono_s()
        verdict.take(look, keys, now_mono, self.clock.now())
        share = (0.3, 0.7) if verdict.is_suspicious else (0.9, 1.1)
        larger = max(1.0, look.pixels / _USUAL_PIXELS)
        self._next_mono = now_mono + self._share(*share) * larger

    def _share(self, least: float, most: float) -> float:
        return self.lookers.rules.every_s * (least + (most - least) * self.random())

    def _measure(self, now_mono: float, inbound_bytes: int) -> None:
        if self._rate_from is None:
            self._rate_from = (now_mono, inbound_bytes)
        since_mono, bytes_then = self._rate_from
        passed_s = now_mono - since_mono
        if passed_s >= _RATE_OVER_S:
            self._bit_rate_bps = round((inbound_bytes - bytes_then) * 8 / passed_s)
            self._rate_from = (now_mono, inbound_bytes)
