"""`GET /api/admin/stats`: the dashboard of existing clients."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Protocol
from zoneinfo import ZoneInfo

from fastapi import Depends, Response

from pantau.audit.schemas import RecentLog
from pantau.operations.dashboard import Snapshot
from pantau.operations.dashboard_schemas import Stats, stats_of
from pantau.web.access import viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, refusals
from pantau.web.principal import Principal

_REFUSED: Final = refusals(401, 403, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class Telling(Protocol):
    """Whoever knows how the hub is: `dashboard.Dashboard`."""

    async def snapshot(self) -> Snapshot: ...

    async def recent(self, limit: int = 10) -> Sequence[RecentLog]: ...


class DashboardApi:
    """The endpoint; include `endpoints.router`.  `zone` is asked each time: it may change."""

    def __init__(self, dashboard: Telling, *, zone: Callable[[], ZoneInfo]) -> None:
        self._dashboard = dashboard
        self._zone = zone
        self.endpoints: Final = Endpoints("/api/admin", tag="analytics")
        look = viewers("analytics:read")
        self.endpoints.get("/stats", access=look, response_model=Answer[Stats], responses=_REFUSED)(
            self.stats
        )

    async def stats(self, who: _Who) -> Response:
        """Tell how the hub is at this moment; the trail and addresses are for admins alone."""
        is_admin = who.kind == "session" and who.role == "admin"
        snapshot = await self._dashboard.snapshot()
        logs = await self._dashboard.recent() if is_admin else ()
        data = stats_of(snapshot, logs, zone=self._zone(), shows_addresses=is_admin)
        # Written here: hundreds of streams through the framework's own encoder take three times
        # as long.
        body = Answer[Stats](data=data).model_dump_json(by_alias=True)
        return Response(body, media_type="application/json")
