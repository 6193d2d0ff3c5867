"""Answers `/api/thumbnails/<id>.jpg` from memory, and renews what is old when somebody asks."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final, Protocol

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.core.ids import CameraId
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import WIDTHS_PX, Still
from pantau.web.exchange import HotRequest, Reply

_NAME: Final = re.compile(r"(?P<id>[0-9]{1,10})\.jpg", re.ASCII)
_WIDTH: Final = re.compile(rb"(?:^|&)w=(?P<px>[0-9]{1,5})(?:&|$)")
_CACHE: Final = (b"cache-control", b"public, max-age=5, stale-while-revalidate=30")
_PATIENCE_S: Final = 1.0
"""How long a visitor waits for a newer still before the last good one is given."""


class Stills(Protocol):
    """Where stills come from."""

    async def still(self, stream_key: str, *, width_px: int) -> Still | None: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    still: Still
    reply: Reply
    not_modified: Reply
    etag: bytes


class Thumbnails:
    """The stills of all cameras.  Loop only.

    The last good still is kept when a camera goes away.  A camera is never opened because somebody
    looks at its still: that would open all of them for one look at the wall.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        stills: Stills,
        *,
        clock: Clock,
        spawn: Callable[[str, Callable[[], Awaitable[None]]], asyncio.Task[None]],
        fresh_s: float,
    ) -> None:
        self._catalogue = catalogue
        self._stills = stills
        self._clock = clock
        self._spawn = spawn
        self._fresh_s = fresh_s
        self._kept: dict[tuple[CameraId, int], _Kept] = {}
        self._asked_mono: dict[tuple[CameraId, int], float] = {}
        self._under_way: dict[tuple[CameraId, int], asyncio.Task[None]] = {}
        catalogue.on_change(self._forget_gone)

    def load(self, shelf: Shelf) -> None:
        """Take what was kept on disk; call it before the loop serves anybody, since it blocks."""
        for camera in self._catalogue.all():
            for width_px, still in shelf.all_of(camera.id):
                self._keep((camera.id, width_px), still)

    def handle(self, request: HotRequest) -> "Reply | Awaitable[Reply]":
        """Answer one request of the fast lane; raises `NotFound` and `Invalid`."""
        name = _NAME.fullmatch(request.rest)
        camera = self._catalogue.enabled_by_id(int(name["id"])) if name else None
        if camera is None:
            raise NotFound("thumbnail.unknown_camera", "There is no such camera.")
        slot = (camera.id, _width_px(request))
        if self._is_due(slot):
            return self._renewed(request, camera, slot)
        return self._answer(request, slot)

    def _is_due(self, slot: tuple[CameraId, int]) -> bool:
        asked_mono = self._asked_mono.get(slot)
        return asked_mono is None or self._clock.mono_s() - asked_mono >= self._fresh_s

    async def _renewed(
        self, request: HotRequest, camera: Camera, slot: tuple[CameraId, int]
    ) -> Reply:
        task = self._under_way.get(slot)
        if task is None:
            task = self._spawn("thumbnail", lambda: self._renew(camera, slot))
            self._under_way[slot] = task
            task.add_done_callback(lambda _: self._under_way.pop(slot, None))
        await asyncio.wait([task], timeout=_PATIENCE_S)
        return self._answer(request, slot)

    async def _renew(self, camera: Camera, slot: tuple[CameraId, int]) -> None:
        try:
            still = await self._stills.still(camera.stream_key, width_px=slot[1])
        except Unavailable:
            # The media server is away; the live states say so, and the last good still stays.
            still = None
        self._asked_mono[slot] = self._clock.mono_s()
        if still is not None and self._catalogue.enabled_by_id(camera.id) is not None:
            self._keep(slot, still)

    def _keep(self, slot: tuple[CameraId, int], still: Still) -> None:
        before = self._kept.get(slot)
        if before is not None and before.still.taken_at >= still.taken_at:
            return
        etag = b'"%s"' % hashlib.blake2b(still.jpeg, digest_size=9).hexdigest().encode()
        taken = format_datetime(still.taken_at, usegmt=True).encode()
        headers = (_CACHE, (b"etag", etag), (b"last-modified", taken))
        self._kept[slot] = _Kept(
            still,
            Reply(200, still.jpeg, content_type=b"image/jpeg", headers=headers),
            Reply(304, headers=headers),
            etag,
        )
        self._catalogue.still_taken(slot[0], still.taken_at)

    def _answer(self, request: HotRequest, slot: tuple[CameraId, int]) -> Reply:
        kept = self._kept.get(slot) or self._other_width(slot)
        if kept is None:
            raise NotFound("thumbnail.none", "There is no picture of this camera yet.")
        is_known = kept.etag in request.header(b"if-none-match")
        return kept.not_modified if is_known else kept.reply

    def _other_width(self, slot: tuple[CameraId, int]) -> _Kept | None:
        found = (self._kept.get((slot[0], width_px)) for width_px in WIDTHS_PX)
        return next(filter(None, found), None)

    def _forget_gone(self) -> None:
        known = {camera.id for camera in self._catalogue.all()}
        for gone in [slot for slot in self._kept if slot[0] not in known]:
            del self._kept[gone]
        for gone in [slot for slot in self._asked_mono if slot[0] not in known]:
            del self._asked_mono[gone]


def _width_px(request: HotRequest) -> int:
    asked = _WIDTH.search(request.query)
    if asked is None:
        return WIDTHS_PX[0]
    width_px = int(asked["px"])
    if width_px not in WIDTHS_PX:
        raise Invalid(
            "thumbnail.width",
            f"Stills are {' or '.join(map(str, WIDTHS_PX))} pixels wide.",
            field="w",
        )
    return width_px
