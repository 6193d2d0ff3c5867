"""Analytics: how much is watched, when, what, on what, and how well it plays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Protocol
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from pantau.admin.analytics_charts import (
    day_columns,
    heat,
    hour_columns,
    written_day,
)
from pantau.admin.analytics_tables import (
    Share,
    further_figures,
    playing_figures,
    shown_camera,
    shown_devices,
    shown_peaks,
    shown_retention,
    shown_view,
    shown_visitors,
    top_cameras,
)
from pantau.admin.dashboard_figures import watching_figures
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.overview import period_words
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_rows import page_of
from pantau.admin.wording import Wording
from pantau.analytics.periods import Period
from pantau.analytics.service import Analytics
from pantau.analytics.values import MOST_CAMERAS, Now, Report
from pantau.cameras.service import Catalogue
from pantau.core.errors import Invalid, Unavailable
from pantau.core.names import natural_key
from pantau.ui import charts
from pantau.viewers.views import KeptView
from pantau.web.access import viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.principal import Principal

ANALYTICS: Final = "/admin/analytics"
_USUAL: Final = "7days"
_CAMERAS: Final = 25
_VIEWS: Final = 20
_LAST_PAGE: Final = 10_000
_MOST_NOW: Final = 8
_EXPORTERS: Final = frozenset({"admin", "operator"})
_Who = Annotated[Principal, Depends(current_principal)]
_Text = Annotated[str, Query(max_length=40)]


class History(Protocol):
    """Views that are over: `viewers.service.Viewers`."""

    async def history(
        self,
        *,
        limit: int = 50,
        offset: int = 0,
        camera_id: int | None = None,
        from_at: datetime | None = None,
        until_at: datetime | None = None,
    ) -> Sequence[KeptView]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsServices:
    """What the page asks."""

    analytics: Analytics
    history: History
    catalogue: Catalogue


class AnalyticsPages:
    """The page; everything chosen stands in its address."""

    def __init__(self, frame: Frame, services: AnalyticsServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        add.get("/analytics", access=viewers(), **HIDDEN)(self.show)

    async def show(
        self,
        request: Request,
        who: _Who,
        *,
        period: _Text = _USUAL,
        day: _Text = "",
        camera: _Text = "",
        cameras: _Text = "",
        page: _Text = "",
    ) -> Response:
        """Show one period; `day` is what the picker of a day sends."""
        speak, analytics = self._frame.wording(request), self._services.analytics
        chosen, mistake = self._period(f"date:{day}" if day else period)
        camera_id = _number(camera)
        kept = {"period": chosen.name, "camera": "" if camera_id is None else str(camera_id)}
        look = Look(status=mistake.status if mistake else 200)
        values: dict[str, object] = {
            "period": chosen.name,
            "periods": {**period_words(speak), "all": speak("All")},
            "day": _day_of(chosen),
            "told": _told(chosen, speak),
            "mistake": "" if mistake is None else speak.sentence(mistake.sentence),
            "address": _addresses(kept),
            "camera_id": camera_id,
            "today": self._frame.pages.today().isoformat(),
            "may_export": who.role in _EXPORTERS,
        }
        try:
            report, now = await analytics.report(chosen), await analytics.now()
            views = await self._views(chosen, camera_id, _page_number(page))
        except Unavailable:
            look = Look(status=503)
            return self._frame.draw(request, "analytics_unreadable.html", values, look)
        values |= self._drawn(report, speak, page=cameras, camera_id=camera_id)
        values |= self._newest(views, who, speak, page=_page_number(page))
        values |= {"now": self._now(now, speak)}
        return self._frame.draw(request, "analytics.html", values, look)

    def _period(self, written: str) -> tuple[Period, Invalid | None]:
        analytics = self._services.analytics
        try:
            return analytics.period(written), None
        except Invalid as mistake:
            return analytics.period(_USUAL), mistake

    async def _views(self, chosen: Period, camera_id: int | None, page: int) -> Sequence[KeptView]:
        """Return one view of the period more than a page shows: then there is another page."""
        from_at, until_at = chosen.days.moments(self._frame.pages.site.zone)
        return await self._services.history.history(
            limit=_VIEWS + 1,
            offset=(page - 1) * _VIEWS,
            camera_id=camera_id,
            # Everything has no bounds: not even those of a clock that was wrong once.
            from_at=None if chosen.is_everything else from_at,
            until_at=None if chosen.is_everything else until_at,
        )

    def _drawn(
        self, report: Report, speak: Wording, *, page: str, camera_id: int | None
    ) -> dict[str, object]:
        chosen = report.period
        previous = None if report.comparison is None else report.comparison.previous
        part, where = page_of(list(report.cameras), page, _CAMERAS)
        known = {int(each.id) for each in self._services.catalogue.all()}

        def path(number: int) -> str:
            return f"/admin/cameras/{number}" if number in known else ""

        one = next((each for each in report.cameras if each.camera_id == camera_id), None)
        return {
            "has_views": bool(report.totals.sessions),
            "is_counting": not report.counting.is_complete,
            "behind": report.counting.behind,
            "figures": [
                *watching_figures(report.totals, previous, chosen.name, speak),
                *further_figures(report, speak),
            ],
            "days": day_columns(report, speak),
            "hours": hour_columns(report.by_hour, speak),
            "heat": heat(report.heat, speak),
            "retention": shown_retention(report.totals, speak),
            "devices": shown_devices(report.devices, speak),
            "peaks": shown_peaks(report.peaks, speak),
            "top": top_cameras(report.cameras, speak, most=MOST_CAMERAS),
            "cameras": [shown_camera(each, path, speak) for each in part],
            "page": where,
            "visitors": shown_visitors(report.visitors, speak),
            "one": [] if one is None or camera_id is None else playing_figures(one, speak),
        }

    def _now(self, now: Now, speak: Wording) -> Mapping[str, Any]:
        fig, catalogue = Figures(speak), self._services.catalogue
        watched = sorted(now.by_camera.items(), key=lambda each: (-each[1], each[0]))[:_MOST_NOW]
        most = watched[0][1] if watched else 0
        return {
            "viewers": fig.number(now.viewers),
            "watched": [
                Share(
                    name=camera.name,
                    value=fig.number(count),
                    width=charts.width(count, most),
                    path=f"/admin/cameras/{number}",
                )
                for number, count in watched
                if (camera := catalogue.by_id(number)) is not None
            ],
        }

    def _newest(
        self, views: Sequence[KeptView], who: Principal, speak: Wording, *, page: int
    ) -> dict[str, object]:
        every = sorted(self._services.catalogue.all(), key=lambda each: natural_key(each.name))
        names = {int(each.id): each.name for each in every}
        return {
            "views": [
                shown_view(each, names, speak, shows_addresses=who.role == "admin")
                for each in views[:_VIEWS]
            ],
            "views_page": page,
            "has_more": len(views) > _VIEWS and page < _LAST_PAGE,
            "choices": list(names.items()),
        }


def _told(period: Period, speak: Wording) -> str:
    """Return which days these are, in words."""
    days = period.days
    if period.is_everything:
        return speak("Everything that was ever counted")
    if days.count == 1:
        return written_day(days.first_on, speak)
    return f"{written_day(days.first_on, speak)} – {written_day(days.last_on, speak)}"


def _day_of(period: Period) -> str:
    return period.days.first_on.isoformat() if period.name.startswith("date:") else ""


def _addresses(kept: Mapping[str, str]) -> Any:
    """Return what makes addresses of this page with something different, for the template."""
    usual = {"period": _USUAL, "camera": "", "cameras": "1", "page": "1"}

    def address(**other: object) -> str:
        wanted = {**kept, **{name: str(value) for name, value in other.items()}}
        pairs = [(name, value) for name, value in wanted.items() if value != usual.get(name)]
        return f"{ANALYTICS}?{urlencode(pairs)}" if pairs else ANALYTICS

    return address


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None


def _page_number(written: str) -> int:
    number = _number(written) or 1
    return min(max(number, 1), _LAST_PAGE)
