"""`/api/announcements` and `/api/cameras/{id}/notice`: what the operator says."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.core.clock import Clock
from pantau.notices.camera_notices import HUB, CameraNotices
from pantau.notices.inputs import AnnouncementInput, NoticeInput
from pantau.notices.notice_rows import Key
from pantau.notices.schemas import (
    AnnouncementOutput,
    NoticeOutput,
    announcement_output,
    notice_output,
)
from pantau.notices.service import Announcements
from pantau.notices.values import NoticeTexts
from pantau.web.access import operators, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class NoticeApi:
    """The endpoints; include those of `routers`."""

    def __init__(
        self,
        announcements: Announcements,
        notices: CameraNotices,
        *,
        clients: ClientAddresses,
        clock: Clock,
    ) -> None:
        self._announcements = announcements
        self._notices = notices
        self._clients = clients
        self._clock = clock
        self.announcements: Final = Endpoints("/api/announcements", tag="announcements")
        self.cameras: Final = Endpoints("/api/cameras", tag="announcements")
        self.areas: Final = Endpoints("/api/areas", tag="announcements")
        self.hub: Final = Endpoints("/api/camera-notice", tag="announcements")
        self._declare()

    def _declare(self) -> None:
        look, write = viewers("site:read"), operators("site:write")
        add = self.announcements
        add.get("", access=look, responses=_READ)(self.every)
        add.post("", access=write, status_code=201, responses=_WRITE)(self.add)
        add.get("/{announcement_id}", access=look, responses=_ONE)(self.one)
        add.put("/{announcement_id}", access=write, responses=_WRITE)(self.change)
        add.delete("/{announcement_id}", access=write, responses=_ONE)(self.delete)
        self.cameras.get("/{camera_id}/notice", access=look, responses=_ONE)(self.of_camera)
        self.cameras.put("/{camera_id}/notice", access=write, responses=_ONE)(self.put_of_camera)
        self.areas.get("/{area_id}/notice", access=look, responses=_ONE)(self.of_area)
        self.areas.put("/{area_id}/notice", access=write, responses=_ONE)(self.put_of_area)
        self.hub.get("", access=look, responses=_READ)(self.of_hub)
        self.hub.put("", access=write, responses=_ONE)(self.put_of_hub)

    async def every(self) -> Answer[list[AnnouncementOutput]]:
        """List all announcements with what they are at this moment."""
        now = self._clock.now()
        every = await self._announcements.every()
        return Answer(data=[announcement_output(each, now) for each in every])

    async def one(self, announcement_id: RowNumber) -> Answer[AnnouncementOutput]:
        """Show one announcement."""
        found = await self._announcements.one(announcement_id)
        return Answer(data=announcement_output(found, self._clock.now()))

    async def add(
        self, body: AnnouncementInput, who: _Who, request: Request
    ) -> Saved[AnnouncementOutput]:
        """Announce something."""
        added = await self._announcements.add(body.as_draft(), by=self._by(who, request))
        return Saved(
            message="The announcement was added.",
            data=announcement_output(added, self._clock.now()),
        )

    async def change(
        self, announcement_id: RowNumber, body: AnnouncementInput, who: _Who, request: Request
    ) -> Saved[AnnouncementOutput]:
        """Replace everything about an announcement; its picture stays unless told otherwise."""
        before = await self._announcements.one(announcement_id)
        changed = await self._announcements.change(
            announcement_id, body.as_draft(picture=before.picture), by=self._by(who, request)
        )
        return Saved(
            message="The announcement was saved.",
            data=announcement_output(changed, self._clock.now()),
        )

    async def delete(self, announcement_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete an announcement."""
        await self._announcements.delete(announcement_id, by=self._by(who, request))
        return Done(message="The announcement was deleted.")

    async def of_camera(self, camera_id: RowNumber) -> Answer[NoticeOutput]:
        """Show what is said about a camera."""
        return Answer(data=await self._output(("camera", camera_id)))

    async def put_of_camera(
        self, camera_id: RowNumber, body: NoticeInput, who: _Who, request: Request
    ) -> Saved[NoticeOutput]:
        """Replace what is said about a camera."""
        return await self._put(("camera", camera_id), body, who, request)

    async def of_area(self, area_id: RowNumber) -> Answer[NoticeOutput]:
        """Show what is said about the cameras of an area."""
        return Answer(data=await self._output(("area", area_id)))

    async def put_of_area(
        self, area_id: RowNumber, body: NoticeInput, who: _Who, request: Request
    ) -> Saved[NoticeOutput]:
        """Replace what is said about the cameras of an area."""
        return await self._put(("area", area_id), body, who, request)

    async def of_hub(self) -> Answer[NoticeOutput]:
        """Show what is said about every camera of the hub."""
        return Answer(data=await self._output(HUB))

    async def put_of_hub(
        self, body: NoticeInput, who: _Who, request: Request
    ) -> Saved[NoticeOutput]:
        """Replace what is said about every camera of the hub."""
        return await self._put(HUB, body, who, request)

    async def _put(
        self, key: Key, body: NoticeInput, who: Principal, request: Request
    ) -> Saved[NoticeOutput]:
        texts = await self._notices.put(key, body.as_texts(), by=self._by(who, request))
        return Saved(message="The notice was saved.", data=self._shown(key, texts))

    async def _output(self, key: Key) -> NoticeOutput:
        return self._shown(key, await self._notices.written(key))

    def _shown(self, key: Key, texts: NoticeTexts) -> NoticeOutput:
        hours = self._notices.of(key[1], None).keep_hours if key[0] == "camera" else None
        return notice_output(texts, self._notices.wider(key), hours)

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
