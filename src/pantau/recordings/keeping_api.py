"""`/api/recordings/holds`, `deletions`, `quotas`, `storage`, `planner`: for who keeps footage."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.cameras.changes import MOST_RECORDING_HOURS
from pantau.core.clock import Clock
from pantau.db.paging import MOST_ROWS
from pantau.recordings.keeping_schemas import (
    AskedOutput,
    DeletionOutput,
    HoldInput,
    HoldOutput,
    PlanOutput,
    QuotaInput,
    QuotaOutput,
    QuotasOutput,
    SpanInput,
    StorageOutput,
    asked_output,
    deletion_output,
    hold_output,
    plan_output,
    quota_output,
    storage_output,
)
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.models import Reason, Span
from pantau.recordings.planning import WhatIf
from pantau.recordings.playback.asked import moment_of
from pantau.web.access import admins, operators
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Listed, NextPage, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_READ: Final = refusals(401, 403, 429)
_LIST: Final = refusals(400, 401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)

_Who = Annotated[Principal, Depends(current_principal)]
_Number = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
_Moment = Annotated[str | None, Query(max_length=40)]


class KeepingApi:
    """The endpoints of keeping footage; include `endpoints.router`."""

    def __init__(self, keeping: Keeping, clients: ClientAddresses, clock: Clock) -> None:
        self._keeping = keeping
        self._clients = clients
        self._clock = clock
        self.endpoints: Final = Endpoints("/api/recordings", tag="recordings")
        self._declare()

    def _declare(self) -> None:
        add = self.endpoints
        look, run = operators("recordings:read"), operators("recordings:write")
        add.get("/holds", access=look, responses=_LIST)(self.holds)
        add.post("/holds", access=run, status_code=201, responses=_WRITE)(self.hold)
        add.post("/holds/{hold_id}/release", access=run, responses=_WRITE)(self.release)
        add.get("/deletions", access=look, responses=_LIST)(self.deletions)
        add.get("/quotas", access=look, responses=_READ)(self.quotas)
        add.put("/quotas/cameras/{camera_id}", access=run, responses=_ONE)(self.limit_camera)
        add.put("/quotas/areas/{area_id}", access=admins("recordings:write"), responses=_ONE)(
            self.limit_area
        )
        add.get("/storage", access=look, responses=_READ)(self.storage)
        add.get("/planner", access=look, responses=_LIST)(self.planner)
        add.post("/{camera_id}/delete", access=run, status_code=202, responses=_WRITE)(self.delete)

    async def holds(
        self,
        who: _Who,
        camera_id: _Number = None,
        also_ended: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI names it
    ) -> Answer[list[HoldOutput]]:
        """List holds, the newest first."""
        found = await self._keeping.holds(by=who, camera_id=camera_id, also_ended=also_ended)
        now = self._clock.now()
        return Answer(data=[hold_output(each, now) for each in found])

    async def hold(self, body: HoldInput, who: _Who, request: Request) -> Saved[HoldOutput]:
        """Hold footage: nothing deletes it until the hold ends, not even a full disk."""
        until_ms = body.until
        hold = await self._keeping.hold(
            body.camera_id,
            _span(body),
            reason=body.reason,
            until_at=None if until_ms is None else _EPOCH + timedelta(milliseconds=until_ms),
            by=self._by(who, request),
        )
        return Saved(message="The footage is held.", data=hold_output(hold, self._clock.now()))

    async def release(self, hold_id: RowNumber, who: _Who, request: Request) -> Saved[HoldOutput]:
        """End a hold; what it held leaves with its time."""
        hold = await self._keeping.release(hold_id, by=self._by(who, request))
        return Saved(message="The hold has ended.", data=hold_output(hold, self._clock.now()))

    async def deletions(
        self,
        who: _Who,
        *,
        camera_id: _Number = None,
        reason: Reason | None = None,
        from_: Annotated[_Moment, Query(alias="from")] = None,
        to: _Moment = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
        cursor: Annotated[str | None, Query(max_length=1_000)] = None,
    ) -> Listed[DeletionOutput]:
        """List what was deleted and why, the newest first; `from` and `to` are of the footage."""
        page = await self._keeping.deletions(
            by=who,
            camera_id=camera_id,
            reason=reason,
            from_ms=None if from_ is None else moment_of(from_, field="from"),
            to_ms=None if to is None else moment_of(to, field="to"),
            limit=limit,
            cursor=cursor,
        )
        return Listed(
            data=[deletion_output(each) for each in page.rows],
            pagination=NextPage(limit=limit, next_cursor=page.next_cursor),
        )

    async def quotas(self, who: _Who) -> Answer[QuotasOutput]:
        """Show how much cameras and areas may keep, and how much they do."""
        cameras = await self._keeping.camera_quotas(by=who)
        areas = await self._keeping.area_quotas(by=who)
        return Answer(
            data=QuotasOutput(
                cameras=[quota_output(each) for each in cameras],
                areas=[quota_output(each) for each in areas],
            )
        )

    async def limit_camera(
        self, camera_id: RowNumber, body: QuotaInput, who: _Who, request: Request
    ) -> Saved[QuotaOutput]:
        """Limit how much a camera keeps; the oldest goes first."""
        quota = await self._keeping.set_camera_quota(
            camera_id, body.quota_bytes, by=self._by(who, request)
        )
        return Saved(message="The limit was saved.", data=quota_output(quota))

    async def limit_area(
        self, area_id: RowNumber, body: QuotaInput, who: _Who, request: Request
    ) -> Saved[QuotaOutput]:
        """Limit how much the cameras of an area keep together."""
        quota = await self._keeping.set_area_quota(
            area_id, body.quota_bytes, by=self._by(who, request)
        )
        return Saved(message="The limit was saved.", data=quota_output(quota))

    async def storage(self) -> Answer[StorageOutput]:
        """Show the disks: room, levels, hours of recording left, and what to look at."""
        alarms = await self._keeping.alarms()
        return Answer(data=storage_output(await self._keeping.storage(), list(alarms)))

    async def planner(
        self,
        who: _Who,
        *,
        keep_hours: Annotated[int | None, Query(ge=1, le=MOST_RECORDING_HOURS)] = None,
        more_cameras: Annotated[int, Query(ge=0, le=1_000)] = 0,
        mbit_per_s: Annotated[float | None, Query(gt=0, le=1_000, allow_inf_nan=False)] = None,
        rate_factor: Annotated[float, Query(gt=0, le=100, allow_inf_nan=False)] = 1.0,
        more_bytes: Annotated[int, Query(ge=0, le=2**60)] = 0,
    ) -> Answer[PlanOutput]:
        """Show what cameras write, how long it fits, and what would be if."""
        question = WhatIf(
            keep_hours=keep_hours,
            more_cameras=more_cameras,
            mbit_per_s=mbit_per_s,
            rate_factor=rate_factor,
            more_bytes=more_bytes,
        )
        is_asked = question != WhatIf(mbit_per_s=mbit_per_s)
        plan = await self._keeping.plan(by=who, what_if=question if is_asked else None)
        return Answer(data=plan_output(plan))

    async def delete(
        self, camera_id: RowNumber, body: SpanInput, who: _Who, request: Request
    ) -> Saved[AskedOutput]:
        """Delete footage that touches a time, whole files; refused where any of it is held."""
        asked = await self._keeping.delete(camera_id, _span(body), by=self._by(who, request))
        return Saved(message="The footage is deleted within seconds.", data=asked_output(asked))

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))


def _span(body: SpanInput) -> Span:
    return Span(body.from_, body.to)
