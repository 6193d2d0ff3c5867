"""`/api/admin/stats/today` and `/api/admin/analytics/…`: the numbers, at rest and as they come."""

from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from pantau.analytics.answers import now_output, report_output, short_output
from pantau.analytics.exporting import Exporter
from pantau.analytics.live import LiveFeed
from pantau.analytics.schemas import NowOutput, ReportOutput, ShortOutput
from pantau.analytics.service import Analytics
from pantau.audit.actors import actor_of
from pantau.viewers.api import sees_addresses
from pantau.web.access import decide, operators, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, refusals
from pantau.web.principal import Principal, Resolver

_REFUSED: Final = refusals(401, 403, 429)
_REFUSED_INPUT: Final = refusals(400, 401, 403, 429)
_CSV: Final = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_EVENT_STREAM: Final = "text/event-stream"
_EVENTS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_EVENT_STREAM: {}}}}
_LOOK: Final = viewers("analytics:read")
_EXPORT: Final = operators("analytics:read")
_NOT_HELD_BACK: Final = {
    "cache-control": "no-store, no-transform",
    # nginx holds answers back until they are long enough, unless it is told not to.
    "x-accel-buffering": "no",
}

_Who = Annotated[Principal, Depends(current_principal)]
_Period = Annotated[
    str,
    Query(
        pattern=r"^(today|yesterday|7days|30days|all|date:[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        description="today, yesterday, 7days, 30days, all or date:YYYY-MM-DD; 400 for others.",
    ),
]


class AnalyticsApi:
    """The endpoints of the numbers; include `endpoints.router`."""

    def __init__(
        self,
        analytics: Analytics,
        *,
        feed: LiveFeed,
        exporter: Exporter,
        resolver: Resolver,
        clients: ClientAddresses,
    ) -> None:
        self._analytics = analytics
        self._feed = feed
        self._exporter = exporter
        self._resolver = resolver
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/admin", tag="analytics")
        self._declare()

    def _declare(self) -> None:
        add = self.endpoints
        add.get("/stats/today", access=_LOOK, responses=_REFUSED)(self.today)
        add.get("/analytics/viewers", access=_LOOK, responses=_REFUSED_INPUT)(self.viewers)
        add.get("/analytics/realtime", access=_LOOK, responses=_REFUSED)(self.realtime)
        add.get(
            "/analytics/live",
            access=_LOOK,
            response_class=Response,
            responses={**_EVENTS, **_REFUSED},
        )(self.live)
        add.get(
            "/analytics/export.csv",
            access=_EXPORT,
            response_class=Response,
            responses={**_CSV, **_REFUSED_INPUT},
        )(self.export)

    async def today(
        self,
        period: Annotated[
            str, Query(description="today, yesterday, 7days or 30days; else today.")
        ] = "today",
    ) -> Answer[ShortOutput]:
        """Give the few figures of a dashboard, compared with the time before."""
        return Answer(data=short_output(await self._analytics.short(period)))

    async def viewers(self, who: _Who, period: _Period = "7days") -> Answer[ReportOutput]:
        """Give everything about a period: sums, charts, cameras, visitors."""
        report = await self._analytics.report(self._analytics.period(period))
        now = await self._analytics.now()
        return Answer(data=report_output(report, now, with_addresses=sees_addresses(who)))

    async def realtime(self, who: _Who) -> Answer[NowOutput]:
        """Give what is watched at this moment."""
        now = await self._analytics.now()
        return Answer(data=now_output(now, with_addresses=sees_addresses(who)))

    async def live(self, request: Request, who: _Who) -> Response:
        """Give what is watched as it changes, as server-sent events, while the sign-in lasts.

        Only who asks for `text/event-stream`, as every EventSource does, gets more than one event.
        """
        whose = f"{who.kind}:{who.session_id or who.key_id}"
        self._feed.check_room(whose)

        async def may_go_on() -> bool:
            known = await self._resolver.resolve(request.scope)
            # While nobody can tell, whoever was let in stays.
            if known.refusal == "unavailable":
                return True
            return decide(_LOOK, known) is None

        return StreamingResponse(
            self._feed.stream(
                whose,
                follows=_EVENT_STREAM in request.headers.get("accept", ""),
                with_addresses=sees_addresses(who),
                may_go_on=may_go_on,
            ),
            media_type=_EVENT_STREAM,
            headers=_NOT_HELD_BACK,
        )

    async def export(
        self,
        request: Request,
        who: _Who,
        period: _Period = "7days",
        camera_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    ) -> Response:
        """Give single views as CSV, the newest first, at most a million; noted in the trail."""
        actor = actor_of(
            who,
            self._clients.of(request.scope),
            request.headers.get("user-agent", ""),
            endpoint=f"{request.method} {request.url.path}",
        )
        export = await self._exporter.begin(
            self._analytics.period(period),
            camera_id=camera_id,
            with_addresses=sees_addresses(who),
            by=actor,
        )
        return StreamingResponse(
            export.pieces(),
            media_type="text/csv; charset=utf-8",
            headers={
                "content-disposition": f'attachment; filename="{self._exporter.file_name()}"',
                "cache-control": "no-store",
            },
        )
