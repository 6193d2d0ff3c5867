"""`GET /api/viewer/…`: who watches and watched; what players tell is `viewers.telling`'s."""

from collections import defaultdict
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Query

from pantau.viewers.schemas import (
    ActiveOutput,
    HistoryRow,
    StatsOutput,
    ViewerOutput,
    WatchedOutput,
    history_row,
    session_row,
    stats_output,
    viewer_output,
)
from pantau.viewers.service import MOST_HISTORY, MOST_OFFSET, Viewers
from pantau.web.access import viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, refusals
from pantau.web.principal import Principal

_LOOK: Final = refusals(401, 403, 429)
_READ: Final = refusals(400, 401, 403, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class ViewerApi:
    """The endpoints of viewers; include `endpoints.router`."""

    def __init__(self, service: Viewers, *, camera_name: Callable[[int], str | None]) -> None:
        self._service = service
        self._camera_name = camera_name
        self.endpoints: Final = Endpoints("/api/viewer", tag="viewers")
        add, look = self.endpoints, viewers("analytics:read")
        add.get("/active", access=look, responses=_LOOK)(self.active)
        add.get("/stats", access=look, responses=_LOOK)(self.stats)
        add.get("/history", access=look, responses=_READ)(self.history)

    async def active(self, who: _Who) -> Answer[ActiveOutput]:
        """List who watches at this moment; addresses, where they are kept, are for admins alone."""
        live, seen = self._service.live(), sees_addresses(who)
        by_camera: dict[int, list[ViewerOutput]] = defaultdict(list)
        for view in live:
            by_camera[view.camera_id].append(viewer_output(view, with_address=seen))
        cameras = [
            WatchedOutput(cameraId=id_, cameraName=self._camera_name(id_), viewers=watching)
            for id_, watching in sorted(by_camera.items())
        ]
        rows = [
            session_row(view, self._camera_name(view.camera_id), with_address=seen) for view in live
        ]
        return Answer(data=ActiveOutput(totalViewers=len(live), cameras=cameras, sessions=rows))

    async def stats(self) -> Answer[StatsOutput]:
        """Sum up who watches, and the day so far."""
        today = await self._service.today()
        return Answer(data=stats_output(self._service.live(), dict(self._service.counts()), today))

    async def history(
        self,
        who: _Who,
        limit: Annotated[int, Query(ge=1, le=MOST_HISTORY)] = 50,
        offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
        camera_id: Annotated[int | None, Query(alias="cameraId", ge=0, le=2**63 - 1)] = None,
    ) -> Answer[list[HistoryRow]]:
        """List views that are over, the newest first; addresses are for admins alone."""
        found = await self._service.history(limit=limit, offset=offset, camera_id=camera_id)
        return Answer(data=[history_row(view, with_address=sees_addresses(who)) for view in found])


def sees_addresses(who: Principal) -> bool:
    """Tell whether addresses, where they are kept, are for this one's eyes."""
    return who.role == "admin"
