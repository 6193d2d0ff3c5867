"""Keeps stills of every camera on the shelf, opening those that nobody watches now and then."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

import structlog

from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.core.ids import CameraId
from pantau.core.jobs import timed_job
from pantau.thumbnails.addresses import POSTER_PX, TILE_PX, StillForm
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import Still

log = structlog.get_logger()

_LANES: Final = 2
"""How many cameras are opened at once; a whole network of them woken together would notice."""
_LOOK_EVERY_S: Final = 5.0
_LIVE_EVERY_S: Final = 120.0
_AGAIN_S: Final = 5.0
"""When a camera that gave no picture is asked again; doubles up to the ordinary interval."""
_SHELVED: Final[tuple[tuple[int, StillForm], ...]] = (
    # What a page shows first after a restart; each costs the engine a decoded picture.
    (TILE_PX, "jpg"),
    (TILE_PX, "webp"),
    (POSTER_PX, "jpg"),
)


class Origin(Protocol):
    """Where stills come from, and who can be asked to open a camera."""

    async def still(
        self, stream_key: str, *, width_px: int, form: StillForm = "jpg", late: bool = False
    ) -> Still | None: ...

    async def open_camera(self, stream_key: str, *, timeout_s: float) -> bool: ...


class Owner(Protocol):
    """Where stills come from that no engine has: the owner's own, or another media server's."""

    async def stills(self, camera: Camera) -> dict[tuple[int, StillForm], Still]:
        """Return what there is, by width and form; nothing where there is nothing to be had."""
        ...


def nobody_is_dead(_: CameraId) -> bool:
    """Know nothing of anybody's health."""
    return False


@dataclass(slots=True)
class Warmer:
    """Goes through the cameras that are due, two at a time.  Loop only.

    Without an `origin` of our own, all stills come from `owner`; with one, those of cameras that
    nobody here pulls.  A camera that health calls dead or offline is never opened for a still.
    """

    origin: Origin | None
    catalogue: Catalogue
    shelf: Shelf
    clock: Clock
    warm_every_s: float
    start_timeout_s: float
    owner: Owner | None = None
    is_dead: Callable[[CameraId], bool] = nobody_is_dead
    _due_mono: dict[CameraId, float] = field(default_factory=dict)
    _failures: dict[CameraId, int] = field(default_factory=dict)
    _revisions: dict[CameraId, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Look for due cameras again and again; never returns."""
        while True:
            with timed_job("thumbnails.warming", every_s=_LOOK_EVERY_S):
                await self.round()
            await self.clock.sleep(_LOOK_EVERY_S)

    async def round(self) -> None:
        """Handle every camera that is due now."""
        cameras = self.catalogue.enabled()
        self._due_mono = {camera.id: self._due_mono.get(camera.id, 0.0) for camera in cameras}
        self._forget_other_sources(cameras)
        now_mono = self.clock.mono_s()
        due = deque(camera for camera in cameras if self._due_mono[camera.id] <= now_mono)
        await asyncio.gather(*(self._lane(due) for _ in range(_LANES)))

    def _forget_other_sources(self, cameras: list[Camera]) -> None:
        before = self._revisions
        self._revisions = {camera.id: camera.stream_revision for camera in cameras}
        for camera in cameras:
            if before.get(camera.id, camera.stream_revision) != camera.stream_revision:
                try:
                    self.shelf.forget(camera.id)
                except OSError:
                    log.exception("thumbnail_not_forgotten", camera=camera.id)
                self._due_mono[camera.id] = 0.0
        self._failures = {id_: was for id_, was in self._failures.items() if id_ in self._revisions}

    async def _lane(self, due: deque[Camera]) -> None:
        while due:
            camera = due.popleft()
            try:
                wait_s = await self._visit(camera)
            except Unavailable:
                wait_s = _AGAIN_S
            except OSError as error:
                log.warning("thumbnails_not_kept", why=error.strerror)
                wait_s = self.warm_every_s
            self._due_mono[camera.id] = self.clock.mono_s() + wait_s

    async def _visit(self, camera: Camera) -> float:
        """Put the camera's stills on the shelf; return in how many seconds to come again."""
        is_pulled = capabilities_for(camera.source).carrier in {Carrier.ENGINE, Carrier.RELAY}
        if is_pulled and self.origin is not None:
            kept = await self._visit_ours(camera, self.origin)
        else:
            kept = await self._visit_theirs(camera)
        if kept:
            self._failures.pop(camera.id, None)
            is_running = is_pulled and self.origin is not None and not camera.on_demand
            return _LIVE_EVERY_S if is_running else self.warm_every_s
        failures = self._failures[camera.id] = self._failures.get(camera.id, 0) + 1
        return Backoff(_AGAIN_S, self.warm_every_s).delay_s(failures, random=random.random)

    async def _visit_ours(self, camera: Camera, origin: Origin) -> bool:
        still = await origin.still(camera.stream_key, width_px=TILE_PX)
        if self._may_be_opened(camera) and self._is_old(still):
            opened = await origin.open_camera(camera.stream_key, timeout_s=self.start_timeout_s)
            log.debug("camera_warmed", camera=camera.id, opened=opened)
        kept = False
        for width_px, form in _SHELVED:
            still = await origin.still(camera.stream_key, width_px=width_px, form=form)
            if still is not None:
                self.shelf.put(camera.id, width_px, still, form)
                kept = True
        return kept

    async def _visit_theirs(self, camera: Camera) -> bool:
        if self.owner is None or camera.status != "active" or self.is_dead(camera.id):
            return False
        found = await self.owner.stills(camera)
        for (width_px, form), still in found.items():
            self.shelf.put(camera.id, width_px, still, form)
        return bool(found)

    def _may_be_opened(self, camera: Camera) -> bool:
        # Delayed and recorded cameras are pulled whether somebody watches or not.
        is_pulled_anyway = camera.recorded or camera.decision.delay_s > 0
        is_ours = camera.on_demand and camera.status == "active" and not is_pulled_anyway
        return is_ours and not self.is_dead(camera.id)

    def _is_old(self, still: Still | None) -> bool:
        if still is None:
            return True
        return self.clock.now() - still.taken_at > timedelta(seconds=self.warm_every_s)
