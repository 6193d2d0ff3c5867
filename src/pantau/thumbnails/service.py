"""Answers `/api/thumbnails/<id>.<jpg|webp>` from memory; renews what is old when somebody asks."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, NamedTuple, Protocol

from pantau.cameras.access import Allowed, CacheClass, Purpose, Visitor
from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors, has_credential
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound, Problem, Unavailable
from pantau.core.ids import CameraId
from pantau.thumbnails.addresses import FORMS, POSTER_PX, TILE_PX, WIDTHS_PX, StillForm
from pantau.thumbnails.kept import KeptStill
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import Still
from pantau.web.exchange import HotRequest, Reply

_NAME: Final = re.compile(r"(?P<id>[0-9]{1,10})\.(?P<form>jpg|webp)", re.ASCII)
_WIDTH: Final = re.compile(rb"(?:^|&)w=(?P<px>[0-9]{1,5})(?:&|$)")
_VERSION: Final = re.compile(rb"(?:^|&)v=(?P<version>[0-9a-f]{1,16})(?:&|$)")
_PATIENCE_S: Final = 1.0
"""How long a visitor waits for a newer still before the last good one is given."""


class Stills(Protocol):
    """Where stills come from."""

    async def still(
        self, stream_key: str, *, width_px: int, form: StillForm = "jpg", late: bool = False
    ) -> Still | None: ...


class _Slot(NamedTuple):
    camera_id: CameraId
    width_px: int
    form: StillForm
    late: bool


class Thumbnails:
    """The stills of all cameras.  Loop only.

    The last good still is kept when a camera goes away.  A camera is never opened because somebody
    looks at its still: that would open all of them for one look at the wall.  Who may have one is
    decided at every request; a camera that somebody may not see and one that never was are
    answered alike (lesson X10).
    """

    def __init__(
        self,
        catalogue: Catalogue,
        stills: Stills,
        *,
        visitors: Visitors,
        clock: Clock,
        spawn: Callable[[str, Callable[[], Awaitable[None]]], asyncio.Task[None]],
        fresh_s: float,
    ) -> None:
        self._catalogue = catalogue
        self._stills = stills
        self._visitors = visitors
        self._clock = clock
        self._spawn = spawn
        self._fresh_s = fresh_s
        self._shelf: Shelf | None = None
        self._kept: dict[_Slot, KeptStill] = {}
        self._asked_mono: dict[_Slot, float] = {}
        self._under_way: dict[_Slot, asyncio.Task[None]] = {}
        self._revisions = self._present()
        catalogue.on_cameras(self._forget_gone)

    def load(self, shelf: Shelf) -> None:
        """Take what was kept on disk; call it before the loop serves anybody, since it blocks.

        Later, the shelf is looked at where the engine has nothing.
        """
        self._shelf = shelf
        for camera in self._catalogue.all():
            for form in FORMS:
                still = shelf.get(camera.id, TILE_PX, form)
                if still is not None:
                    self._keep(_Slot(camera.id, TILE_PX, form, late=False), still)

    def handle(self, request: HotRequest) -> "Reply | Awaitable[Reply]":
        """Answer one request of the fast lane; raises `NotFound` and `Invalid`."""
        name = _NAME.fullmatch(request.rest)
        camera = self._catalogue.by_id(int(name["id"])) if name else None
        if name is None or camera is None:
            raise _unknown()
        form: StillForm = "webp" if name["form"] == "webp" else "jpg"
        verdict = self._catalogue.access.decide(camera, Purpose.STILL)
        is_plain = (
            isinstance(verdict, Allowed)
            and verdict.cache is CacheClass.SHARED
            and not verdict.delay_s
        )
        if not is_plain and camera.enabled and has_credential(request):
            return self._ask_who(request, camera, form)
        return self._answer(request, camera, form, "public")

    async def newest_public(self, camera_id: int) -> Still | None:
        """Return the newest large still that anybody may see, as JPEG where there is one.

        None where there is none yet; raises NotFound where the public may not see the camera.
        """
        verdict = self._allowed(CameraId(camera_id), "public")
        slot = _Slot(verdict.camera.id, POSTER_PX, "jpg", verdict.delay_s > 0)
        if self._is_due(slot):
            await self._wait_for_newer(verdict.camera, slot)
            verdict = self._allowed(slot.camera_id, "public")
        kept = self._find(slot._replace(late=verdict.delay_s > 0), verdict.delay_s)
        return None if kept is None else kept.still

    async def _ask_who(self, request: HotRequest, camera: Camera, form: StillForm) -> Reply:
        try:
            visitor = (await self._visitors.of(request, camera)).visitor
        except Problem:
            # Numbers can be guessed: a bad token must not tell that there is a camera (X10).
            visitor = "public"
        answer = self._answer(request, camera, form, visitor)
        return answer if isinstance(answer, Reply) else await answer

    def _answer(
        self, request: HotRequest, camera: Camera, form: StillForm, visitor: Visitor
    ) -> "Reply | Awaitable[Reply]":
        verdict = self._allowed(camera.id, visitor)
        slot = _Slot(camera.id, _width_px(request), form, verdict.delay_s > 0)
        if self._is_due(slot):
            return self._renewed(request, verdict.camera, slot, visitor)
        return self._given(request, verdict, slot)

    def _allowed(self, camera_id: CameraId, visitor: Visitor) -> Allowed:
        camera = self._catalogue.by_id(camera_id)
        verdict = self._catalogue.access.decide(camera, Purpose.STILL, visitor)
        if not isinstance(verdict, Allowed):
            raise _unknown()
        return verdict

    def _is_due(self, slot: _Slot) -> bool:
        asked_mono = self._asked_mono.get(slot)
        return asked_mono is None or self._clock.mono_s() - asked_mono >= self._fresh_s

    async def _renewed(
        self, request: HotRequest, camera: Camera, slot: _Slot, visitor: Visitor
    ) -> Reply:
        await self._wait_for_newer(camera, slot)
        # Decided anew: a camera may be cut off, or delayed, while somebody waits.
        verdict = self._allowed(camera.id, visitor)
        return self._given(request, verdict, slot._replace(late=verdict.delay_s > 0))

    async def _wait_for_newer(self, camera: Camera, slot: _Slot) -> None:
        task = self._under_way.get(slot)
        if task is None:
            task = self._spawn("thumbnail", lambda: self._renew(camera, slot))
            self._under_way[slot] = task
            task.add_done_callback(lambda _: self._under_way.pop(slot, None))
        await asyncio.wait([task], timeout=_PATIENCE_S)

    async def _renew(self, camera: Camera, slot: _Slot) -> None:
        still = await self._newest(camera, slot)
        if self._revisions.get(camera.id) != camera.stream_revision:
            return
        self._asked_mono[slot] = self._clock.mono_s()
        if still is not None:
            self._keep(slot, still)

    async def _newest(self, camera: Camera, slot: _Slot) -> Still | None:
        is_pulled = capabilities_for(camera.source).carrier in {Carrier.ENGINE, Carrier.RELAY}
        still = None
        if is_pulled:
            try:
                still = await self._stills.still(
                    camera.stream_key, width_px=slot.width_px, form=slot.form, late=slot.late
                )
            except Unavailable:
                # The live states say so, and the last good still stays.
                still = None
        if still is not None or self._shelf is None:
            return still
        return await asyncio.to_thread(self._shelf.get, camera.id, slot.width_px, slot.form)

    def _keep(self, slot: _Slot, still: Still) -> None:
        before = self._kept.get(slot)
        if before is not None and before.still.taken_at >= still.taken_at:
            return
        camera = self._catalogue.by_id(slot.camera_id)
        is_public = camera is None or self._is_old_enough(still, camera.decision.delay_s)
        if slot.late and not is_public:
            return
        self._kept[slot] = KeptStill(still, slot.form)
        if is_public:
            # What lists say of the newest still is not ahead of what the public is shown.
            self._catalogue.still_taken(slot.camera_id, still.taken_at)

    def _given(self, request: HotRequest, verdict: Allowed, slot: _Slot) -> Reply:
        kept = self._find(slot, verdict.delay_s)
        if kept is None:
            raise NotFound("thumbnail.none", "There is no picture of this camera yet.")
        if verdict.cache is CacheClass.PRIVATE:
            return kept.private()
        asked = _VERSION.search(request.query)
        is_meant = asked is not None and asked["version"] == kept.version
        # A picture of another size stands in for a moment only.
        return kept.public(request, is_meant=is_meant and kept is self._kept.get(slot))

    def _find(self, slot: _Slot, delay_s: float) -> KeptStill | None:
        """Return the still, or else another size or form of it; never one that is too new."""
        for form in (slot.form, *FORMS):
            for width_px in (slot.width_px, *WIDTHS_PX):
                for late in (True, False) if slot.late else (False,):
                    kept = self._kept.get(_Slot(slot.camera_id, width_px, form, late))
                    if kept is not None and self._is_old_enough(kept.still, delay_s):
                        return kept
        return None

    def _is_old_enough(self, still: Still, delay_s: float) -> bool:
        return not delay_s or still.taken_at <= self._clock.now() - timedelta(seconds=delay_s)

    def _present(self) -> dict[CameraId, int]:
        return {camera.id: camera.stream_revision for camera in self._catalogue.all()}

    def _forget_gone(self) -> None:
        """Forget cameras that have left, and those whose source is another."""
        before, self._revisions = self._revisions, self._present()
        stale = {id_ for id_, was in before.items() if self._revisions.get(id_) != was}
        if not stale:
            return
        self._kept = {slot: kept for slot, kept in self._kept.items() if slot[0] not in stale}
        self._asked_mono = {
            slot: asked for slot, asked in self._asked_mono.items() if slot[0] not in stale
        }


def _width_px(request: HotRequest) -> int:
    asked = _WIDTH.search(request.query)
    if asked is None:
        return TILE_PX
    width_px = int(asked["px"])
    if width_px not in WIDTHS_PX:
        *smaller, widest = map(str, WIDTHS_PX)
        raise Invalid(
            "thumbnail.width",
            f"Stills are {', '.join(smaller)} or {widest} pixels wide.",
            field="w",
        )
    return width_px


def _unknown() -> NotFound:
    return NotFound("thumbnail.unknown_camera", "There is no such camera.")
