"""Room for footage: the disks, what cameras write a day, what would be if, and areas' quotas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_alarms import shown_alarms
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_needs import RECORDINGS, RecordingServices, path_of, shown_disks
from pantau.admin.recordings_rows import page_of
from pantau.admin.recordings_rules import (
    decimal,
    typed_gigabytes,
    whole_number,
    written_gigabytes,
)
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.cameras.changes import MOST_RECORDING_HOURS
from pantau.core.errors import Conflict, Forbidden, Invalid
from pantau.recordings.keeping_values import Quota
from pantau.recordings.planning import CameraPlan, Forecast, Plan, WhatIf
from pantau.web.access import admins, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

STORAGE: Final = f"{RECORDINGS}/storage"
_PAGE: Final = 50
_TB: Final = 10**12
_MOST_CAMERAS: Final = 100_000
_MOST_MBIT: Final = 1_000.0
_MOST_TB: Final = 100_000.0
_MOST_PER_CENT: Final = 10_000.0
_DAY_S: Final = 86_400
_ASKED: Final = ("keep_hours", "more_cameras", "mbit_per_s", "rate", "more_tb")
_Who = Annotated[Principal, Depends(current_principal)]
_Text = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlan:
    """What one camera writes and keeps."""

    name: str
    path: str
    a_day: str
    basis: str
    kept: str
    size: str
    needed: str
    is_removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownForecast:
    """A forecast in sentences; the widths are of a hundred."""

    said: str
    is_bad: bool
    a_day: str
    needed: str
    capacity: str
    kept: str
    kept_width: float
    needed_width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuota:
    """What an area keeps and may keep."""

    quota: Quota
    used: str
    limit: str
    typed: str
    is_over: bool


class StoragePages:
    """The disks and the planner."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/recordings/storage", access=viewers(), **HIDDEN)(self.show)
        add.post("/recordings/storage/areas/{area_id}", access=admins(), **HIDDEN)(self.limit)

    async def show(self, request: Request, who: _Who, page: _Text = "") -> Response:
        """Show it; fields of the question stand in the address."""
        asked = request.query_params
        typed = Typed([(name, asked.get(name, "")[:20]) for name in _ASKED])
        return await self._page(request, who, typed, page=page)

    async def limit(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Say how much an area may keep; nothing: as much as it wants."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        before = {each.id: each for each in await self._services.keeping.area_quotas(by=who)}
        try:
            after = await self._services.keeping.set_area_quota(
                area_id,
                typed_gigabytes(typed.text("quota_bytes"), "quota_bytes"),
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict, Forbidden) as problem:
            said = Said(speak.sentence(problem.sentence), "warn")
            return self._frame.go(request, f"{STORAGE}#areas", said)
        text = speak("%(name)s may keep as much as it wants.") % {"name": after.name}
        if after.quota_bytes is not None:
            text = speak("%(name)s may keep %(size)s.") % {
                "name": after.name,
                "size": Figures(speak).size(after.quota_bytes),
            }
        old = before.get(area_id)
        fields = (("quota_bytes", written_gigabytes(old.quota_bytes if old else None)),)
        undo = Undo(f"{STORAGE}/areas/{area_id}", fields)
        return self._frame.go(request, f"{STORAGE}#areas", Said(text, undo=undo))

    async def _page(self, request: Request, who: Principal, typed: Typed, *, page: str) -> Response:
        speak, keeping = self._frame.wording(request), self._services.keeping
        storage = await keeping.storage()
        problem: Invalid | None = None
        try:
            plan = await keeping.plan(by=who, what_if=_question(typed))
        except Invalid as wrong:
            problem = wrong
            plan = await keeping.plan(by=who)
        rows = sorted(plan.cameras, key=lambda each: -(each.bytes_per_day or 0))
        part, where = page_of(rows, page, _PAGE)
        kept = {name: typed.text(name) for name in _ASKED if typed.text(name)}
        values = {
            "disks": shown_disks(storage, speak),
            "alarms": shown_alarms(await keeping.alarms(), storage, speak),
            "seen_at": storage.seen_at,
            "forecast": _forecast(plan.forecast, speak),
            "what_if": None if plan.what_if is None else _forecast(plan.what_if, speak),
            "typed": typed,
            "cameras": [_shown_plan(each, speak) for each in part],
            "total": _sum(plan, speak),
            "page": where,
            "address": lambda page: f"{STORAGE}?{urlencode({**kept, 'page': page})}#cameras",
            "areas": [_shown_quota(each, speak) for each in await keeping.area_quotas(by=who)],
            "may_limit": who.role == "admin",
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_ASKED),
        }
        look = Look(status=problem.status if problem else 200)
        return self._frame.draw(request, "recordings_storage.html", values, look)


def _question(typed: Typed) -> WhatIf | None:
    """Return what somebody wants to know; None: nothing.  Raises Invalid, naming the field."""
    said = {name: typed.text(name) for name in _ASKED}
    if not any(said.values()):
        return None
    hours = whole_number(said["keep_hours"], "keep_hours", most=MOST_RECORDING_HOURS)
    more = whole_number(said["more_cameras"], "more_cameras", least=0, most=_MOST_CAMERAS)
    mbit = (
        decimal(said["mbit_per_s"], "mbit_per_s", most=_MOST_MBIT) if said["mbit_per_s"] else None
    )
    rate = decimal(said["rate"], "rate", most=_MOST_PER_CENT) if said["rate"] else 100.0
    terabytes = decimal(said["more_tb"], "more_tb", most=_MOST_TB) if said["more_tb"] else 0.0
    return WhatIf(
        keep_hours=hours,
        more_cameras=more or 0,
        mbit_per_s=mbit,
        rate_factor=rate / 100,
        more_bytes=round(terabytes * _TB),
    )


def _forecast(forecast: Forecast, speak: Wording) -> ShownForecast:
    fig = Figures(speak)
    whole = max(forecast.capacity_bytes or 0, forecast.needed_bytes, forecast.kept_bytes, 1)
    return ShownForecast(
        said=_sentence(forecast, fig, speak),
        is_bad=forecast.fits is False,
        a_day=fig.size(forecast.bytes_per_day),
        needed=fig.size(forecast.needed_bytes),
        capacity="" if forecast.capacity_bytes is None else fig.size(forecast.capacity_bytes),
        kept=fig.size(forecast.kept_bytes),
        kept_width=round(100 * forecast.kept_bytes / whole, 1),
        needed_width=round(100 * forecast.needed_bytes / whole, 1),
    )


def _sentence(forecast: Forecast, fig: Figures, speak: Wording) -> str:
    if not forecast.bytes_per_day:
        return speak("Nothing was recorded for long enough to tell.")
    if forecast.fits is None:
        return speak("A disk cannot be read, so nobody knows what fits.")
    if forecast.fits:
        return speak("It fits: everything is kept as long as it should be.")
    said = speak("It does not fit.")
    if forecast.full_in_hours is not None:
        span = {"span": fig.hours(forecast.full_in_hours)}
        said += " " + speak("The disks are full in %(span)s.") % span
    if forecast.reaches_hours is not None:
        span = {"span": fig.hours(forecast.reaches_hours)}
        said += " " + speak("From then on footage reaches back %(span)s.") % span
    return said


def _shown_plan(plan: CameraPlan, speak: Wording) -> ShownPlan:
    fig = Figures(speak)
    return ShownPlan(
        name=plan.name or speak("Removed camera %(id)s") % {"id": plan.camera_id},
        path="" if plan.is_removed else path_of(plan.camera_id),
        a_day="" if plan.bytes_per_day is None else fig.size(plan.bytes_per_day),
        basis={
            "week": speak.ngettext("%(num)s day", "%(num)s days", 7),
            "day": speak.ngettext("%(num)s day", "%(num)s days", 1),
            "hours": speak("hours only"),
            "none": speak("nothing yet"),
        }[plan.basis],
        kept=fig.kept(plan.keep_hours),
        size=fig.size(plan.kept_bytes),
        needed="" if plan.needed_bytes is None else fig.size(plan.needed_bytes),
        is_removed=plan.is_removed,
    )


def _shown_quota(quota: Quota, speak: Wording) -> ShownQuota:
    fig = Figures(speak)
    return ShownQuota(
        quota=quota,
        used=fig.size(quota.used_bytes),
        limit="" if quota.quota_bytes is None else fig.size(quota.quota_bytes),
        typed=written_gigabytes(quota.quota_bytes),
        is_over=quota.quota_bytes is not None and quota.used_bytes > quota.quota_bytes,
    )


def _sum(plan: Plan, speak: Wording) -> Mapping[str, str]:
    fig = Figures(speak)
    return {
        "a_day": fig.size(sum(each.bytes_per_day or 0 for each in plan.cameras)),
        "rate": fig.rate(sum(each.bytes_per_day or 0 for each in plan.cameras) / _DAY_S),
    }
