"""Who is watching which camera at the moment, known from playlist polls and kept in memory only."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from pantau.core.clock import Clock
from pantau.web.exchange import HotRequest

_HASH_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class PresenceRules:
    """When somebody counts as watching."""

    gone_after_s: float = 20.0
    """Silence after which a view has ended; its end is the last poll, not now (lesson M20)."""
    counts_after_s: float = 5.0
    """Shorter views are accidents and robots."""
    most_per_camera: int = 20_000
    most_views: int = 100_000


@dataclass(slots=True)
class _View:
    first_mono: float
    last_mono: float


@dataclass(frozen=True, slots=True)
class EndedView:
    """One person's watching of one camera, over."""

    camera_id: int
    started_mono: float
    ended_mono: float


class Presence:
    """Counts visitors by a hash of address and browser whose salt is forgotten every day.

    Loop only.  Neither address nor browser is kept; two people behind one address with the same
    browser are one.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        rules: PresenceRules | None = None,
        new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(16),
    ) -> None:
        self._clock = clock
        self._rules = rules or PresenceRules()
        self._new_salt = new_salt
        self._salt_on: date | None = None
        self._salted = hashlib.blake2b(digest_size=_HASH_BYTES, key=new_salt())
        self._views: dict[int, dict[bytes, _View]] = {}
        self._view_count = 0

    def touch(self, camera_id: int, request: HotRequest) -> None:
        """Note that this visitor polled the camera's playlist."""
        hashed = self._salted.copy()
        hashed.update(request.client_address.encode())
        hashed.update(request.header(b"user-agent"))
        self.touch_visitor(camera_id, hashed.digest(), self._clock.mono_s())

    def touch_visitor(self, camera_id: int, visitor: bytes, now_mono: float) -> None:
        """Note the same for a visitor that is a hash already."""
        views = self._views.get(camera_id)
        if views is None:
            views = self._views[camera_id] = {}
        view = views.get(visitor)
        if view is not None:
            view.last_mono = now_mono
        elif len(views) < self._rules.most_per_camera and self._view_count < self._rules.most_views:
            views[visitor] = _View(now_mono, now_mono)
            self._view_count += 1

    def viewers_now(self, camera_id: int) -> int:
        """Return how many watch the camera.  O(its viewers): for lists, read `counts` once."""
        views = self._views.get(camera_id)
        return self._count(views, self._clock.mono_s()) if views else 0

    def counts(self) -> dict[int, int]:
        """Return the viewers of every camera that has any."""
        now_mono = self._clock.mono_s()
        counted = {
            camera_id: self._count(views, now_mono) for camera_id, views in self._views.items()
        }
        return {camera_id: count for camera_id, count in counted.items() if count}

    def sweep(self) -> list[EndedView]:
        """Forget who has gone, return the views that counted, change the salt at midnight UTC.

        Call it every few seconds.
        """
        self._renew_salt()
        oldest_mono = self._clock.mono_s() - self._rules.gone_after_s
        ended: list[EndedView] = []
        for camera_id, views in list(self._views.items()):
            gone = [visitor for visitor, view in views.items() if view.last_mono <= oldest_mono]
            for visitor in gone:
                view = views.pop(visitor)
                if view.last_mono - view.first_mono >= self._rules.counts_after_s:
                    ended.append(EndedView(camera_id, view.first_mono, view.last_mono))
            self._view_count -= len(gone)
            if not views:
                del self._views[camera_id]
        return ended

    def _count(self, views: dict[bytes, _View], now_mono: float) -> int:
        oldest_mono = now_mono - self._rules.gone_after_s
        least_s = self._rules.counts_after_s
        return sum(
            view.last_mono > oldest_mono and view.last_mono - view.first_mono >= least_s
            for view in views.values()
        )

    def _renew_salt(self) -> None:
        today_on = self._clock.now().date()
        if self._salt_on is None:
            self._salt_on = today_on
        elif today_on != self._salt_on:
            self._salt_on = today_on
            self._salted = hashlib.blake2b(digest_size=_HASH_BYTES, key=self._new_salt())
