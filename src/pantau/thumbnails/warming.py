"""Keeps a still of every camera on the shelf, opening those that nobody watches now and then."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

import structlog

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.core.ids import CameraId
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import WIDTHS_PX, Still

log = structlog.get_logger()

_LANES: Final = 2
"""How many cameras are opened at once; a whole network of them woken together would notice."""
_LOOK_EVERY_S: Final = 5.0
_LIVE_EVERY_S: Final = 60.0
_AGAIN_S: Final = 5.0
"""When a camera that gave no picture is asked again; doubles up to the ordinary interval."""


class Origin(Protocol):
    """Where stills come from, and who can be asked to open a camera."""

    async def still(self, stream_key: str, *, width_px: int) -> Still | None: ...

    async def open_camera(self, stream_key: str, *, timeout_s: float) -> bool: ...


@dataclass(slots=True)
class Warmer:
    """Goes through the cameras that are due, two at a time.  Loop only."""

    origin: Origin
    catalogue: Catalogue
    shelf: Shelf
    clock: Clock
    warm_every_s: float
    start_timeout_s: float
    _due_mono: dict[CameraId, float] = field(default_factory=dict)
    _failures: dict[CameraId, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Look for due cameras again and again; never returns."""
        while True:
            await self.round()
            await self.clock.sleep(_LOOK_EVERY_S)

    async def round(self) -> None:
        """Handle every camera that is due now."""
        cameras = self.catalogue.enabled()
        self._due_mono = {camera.id: self._due_mono.get(camera.id, 0.0) for camera in cameras}
        now_mono = self.clock.mono_s()
        due = deque(camera for camera in cameras if self._due_mono[camera.id] <= now_mono)
        await asyncio.gather(*(self._lane(due) for _ in range(_LANES)))

    async def _lane(self, due: deque[Camera]) -> None:
        while due:
            camera = due.popleft()
            try:
                wait_s = await self._visit(camera)
            except Unavailable:
                wait_s = _AGAIN_S
            except OSError:
                log.exception("thumbnail_not_kept", camera=camera.id)
                wait_s = self.warm_every_s
            self._due_mono[camera.id] = self.clock.mono_s() + wait_s

    async def _visit(self, camera: Camera) -> float:
        """Put the camera's still on the shelf; return in how many seconds to come again."""
        still = await self.origin.still(camera.stream_key, width_px=WIDTHS_PX[0])
        if camera.on_demand and camera.status == "active" and self._is_old(still):
            opened = await self.origin.open_camera(
                camera.stream_key, timeout_s=self.start_timeout_s
            )
            log.debug("camera_warmed", camera=camera.id, opened=opened)
        kept = False
        for width_px in WIDTHS_PX:
            still = await self.origin.still(camera.stream_key, width_px=width_px)
            if still is not None:
                self.shelf.put(camera.id, width_px, still)
                kept = True
        if kept:
            self._failures.pop(camera.id, None)
            return self.warm_every_s if camera.on_demand else _LIVE_EVERY_S
        failures = self._failures[camera.id] = self._failures.get(camera.id, 0) + 1
        return Backoff(_AGAIN_S, self.warm_every_s).delay_s(failures, random=random.random)

    def _is_old(self, still: Still | None) -> bool:
        if still is None:
            return True
        return self.clock.now() - still.taken_at > timedelta(seconds=self.warm_every_s)
