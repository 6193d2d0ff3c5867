"""The notice that goes with every camera: whose it is, what for, how long, whom to ask."""

import asyncio
from collections.abc import Mapping

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Forbidden, NotFound
from pantau.db.database import Database
from pantau.notices import notice_rows
from pantau.notices.notice_rows import Key
from pantau.notices.service import AreaExists
from pantau.notices.values import CameraNotice, NoticeTexts

HUB: Key = ("hub", 0)
_NOTHING = NoticeTexts()


class CameraNotices:
    """Reads and writes them; pages read the memory of this process.  Loop only.

    What a camera does not say its area says, and then the hub.  `default_hours` is for how long
    recordings are kept where a camera decides nothing.  Raises NotFound and Forbidden.
    """

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        area_exists: AreaExists,
        default_hours: int,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._area_exists = area_exists
        self._default_hours = default_hours
        self._trail = trail
        self._clock = clock
        self._texts: Mapping[Key, NoticeTexts] = {}
        self._hours: Mapping[int, int] = {}
        self._changed = asyncio.Event()
        for topic in ("notices", "cameras", "recordings"):
            database.changes.on(topic, self._changed.set)

    def of(self, camera_id: int, area_id: int | None) -> CameraNotice:
        """Return what is said about a camera, a second old at most."""
        texts = self._texts.get(("camera", camera_id), _NOTHING)
        if area_id is not None:
            texts = texts.over(self._texts.get(("area", area_id), _NOTHING))
        texts = texts.over(self._texts.get(HUB, _NOTHING))
        return CameraNotice(texts=texts, keep_hours=self._hours.get(camera_id))

    def wider(self, key: Key) -> NoticeTexts:
        """Return what holds where one scope says nothing."""
        scope, number = key
        if scope == "hub":
            return _NOTHING
        texts = self._texts.get(HUB, _NOTHING)
        camera = self._catalogue.by_id(number) if scope == "camera" else None
        if camera is not None and camera.area_id is not None:
            texts = self._texts.get(("area", int(camera.area_id)), _NOTHING).over(texts)
        return texts

    async def written(self, key: Key) -> NoticeTexts:
        """Return what somebody wrote about one scope, and nothing of the wider ones."""
        await self._check(key)
        async with self._database.read() as reading:
            return await notice_rows.one(reading, key)

    async def put(self, key: Key, texts: NoticeTexts, *, by: Asker) -> NoticeTexts:
        """Replace what is said about one scope."""
        target, area_id = await self._check(key)
        if not by.principal.may_change_area(area_id):
            raise Forbidden(
                "notices.area", "You may write about your areas and their cameras only."
            )
        async with self._database.write() as writing:
            before = await notice_rows.one(writing, key)
            if before == texts:
                return before
            await notice_rows.put(writing, key, texts, at=self._clock.now())
            await self._trail.record(
                writing,
                by.actor,
                Action.UPDATE_CAMERA_NOTICE,
                target=target,
                before=_told(before),
                after=_told(texts),
            )
        return texts

    async def refresh(self) -> None:
        """Read everything."""
        async with self._database.read() as reading:
            self._texts = await notice_rows.every(reading)
            self._hours = await notice_rows.keep_hours(reading, default=self._default_hours)

    async def follow(self) -> None:
        """Take over every change, wherever it was made; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            self._changed.clear()
            await self.refresh()
            await self._changed.wait()

    async def _check(self, key: Key) -> tuple[str, int | None]:
        """Return what a scope is called in the trail, and the area that it belongs to."""
        scope, number = key
        if scope == "hub":
            return "hub", None
        if scope == "area":
            if not await self._area_exists(number):
                raise NotFound("areas.unknown", "There is no such area.")
            return f"area {number}", number
        camera: Camera | None = self._catalogue.by_id(number)
        if camera is None:
            raise NotFound("cameras.unknown", "There is no such camera.")
        return f"camera {number} ({camera.name})", camera.area_id


def _told(texts: NoticeTexts) -> dict[str, object]:
    return {
        "owner": texts.owner,
        "purpose": texts.purpose,
        "retention": texts.retention,
        "contact": texts.contact,
    }
