"""Alerts at a glance: maintenance, targets, rules, what did not arrive, and how they behave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from pantau.admin.alert_words import HOURS, form_words, state_words, whole
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.admin.users import ListAreas, area_names
from pantau.cameras.service import Catalogue
from pantau.core.errors import Conflict, Invalid, Problem
from pantau.core.names import natural_key
from pantau.notifications.alerts import Alerts
from pantau.notifications.inputs import DrillInput, MaintenanceInput, WindowsInput
from pantau.notifications.values import MessageState
from pantau.notifications.words import kind_words
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber

ALERTS: Final = "/admin/alerts"
_BEHAVIOUR: Final = ("down_after_s", "up_after_s", "gather_s", "fleet_percent", "remind_hours")
_MAINTENANCE: Final = ("scope", "subject_id", "minutes", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertServices:
    """What the pages show and change."""

    alerts: Alerts
    catalogue: Catalogue
    areas: ListAreas


class AlertPages:
    """The page of alerts, its settings and its outbox."""

    def __init__(self, frame: Frame, services: AlertServices) -> None:
        self._frame = frame
        self._services = services
        self._alerts = services.alerts

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        own = admins()
        add.get("/alerts", access=own, **HIDDEN)(self.show)
        add.post("/alerts/maintenance", access=own, **HIDDEN)(self.begin_maintenance)
        add.post("/alerts/maintenance/{number}/end", access=own, **HIDDEN)(self.end_maintenance)
        add.get("/alerts/settings", access=own, **HIDDEN)(self.settings)
        add.post("/alerts/settings", access=own, **HIDDEN)(self.save_settings)
        add.get("/alerts/outbox", access=own, **HIDDEN)(self.outbox)
        add.post("/alerts/outbox/{message_id}/retry", access=own, **HIDDEN)(self.retry)
        add.post("/alerts/drill", access=own, **HIDDEN)(self.drill)

    async def show(self, request: Request) -> Response:
        """Show everything at a glance."""
        return await self._page(request, Typed())

    async def begin_maintenance(self, request: Request) -> Response:
        """Have nothing be told of something for a while."""
        typed = await read_typed(request)
        hours = whole(typed, "hours")
        scope, _, subject = typed.text("what").partition(":")
        values = {
            "scope": scope,
            "subject_id": int(subject) if subject.isdecimal() and len(subject) < 19 else None,
            "minutes": hours * 60 if isinstance(hours, int) else hours,
            "reason": typed.text("reason"),
        }
        try:
            one = await self._alerts.rules.begin_maintenance(
                checked(MaintenanceInput, values), by=self._frame.asker(request)
            )
        except (Invalid, Conflict) as problem:
            return await self._page(request, typed, problem)
        speak = self._frame.wording(request)
        until = self._frame.pages.moment(one.until_at, speak.language)
        text = speak("Nothing is told until %(time)s; after that comes what is still down.")
        return self._frame.go(request, ALERTS, Said(text % {"time": until}))

    async def end_maintenance(self, request: Request, number: RowNumber) -> Response:
        """End maintenance now."""
        await read_typed(request)
        await self._alerts.rules.end_maintenance(number, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, ALERTS, Said(speak("Maintenance has ended.")))

    async def settings(self, request: Request) -> Response:
        """Show how alerts behave."""
        return await self._settings(request)

    async def save_settings(self, request: Request) -> Response:
        """Save it."""
        typed = await read_typed(request)
        values: dict[str, object] = {name: whole(typed, name) for name in _BEHAVIOUR}
        values["muted_camera_ids"] = sorted(typed.numbers("camera"))
        try:
            given = checked(WindowsInput, values)
            await self._alerts.rules.set_behaviour(given, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            return await self._settings(request, typed, problem)
        speak = self._frame.wording(request)
        return self._frame.go(request, ALERTS, Said(speak("Saved.")))

    async def outbox(self, request: Request) -> Response:
        """Show the newest messages."""
        values = {
            "messages": await self._alerts.outbox.messages(),
            "targets": {each.id: each for each in await self._alerts.targets.all()},
            "state_words": state_words(self._frame.wording(request)),
        }
        return self._frame.draw(request, "alert_outbox.html", values)

    async def retry(self, request: Request, message_id: RowNumber) -> Response:
        """Try a message again."""
        await read_typed(request)
        await self._alerts.outbox.retry(message_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(
            request, f"{ALERTS}/outbox", Said(speak("The message will be tried again."))
        )

    async def drill(self, request: Request) -> Response:
        """Really send a marked message, and show what became of it."""
        typed = await read_typed(request)
        values = {"target_id": whole(typed, "target"), "rule_id": whole(typed, "rule")}
        try:
            given = checked(DrillInput, values)
            results = await self._alerts.outbox.drill(given, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            return await self._page(request, typed, problem)
        speak = self._frame.wording(request)
        shown = {
            "results": [(each, speak.sentence(each.reason)) for each in results],
            "arrived": sum(each.state is MessageState.SENT for each in results),
            "state_words": state_words(speak),
        }
        return self._frame.draw(request, "alert_drill.html", shown, Look(here=ALERTS))

    async def _page(
        self, request: Request, typed: Typed, problem: Problem | None = None
    ) -> Response:
        speak, alerts = self._frame.wording(request), self._alerts
        areas = await area_names(self._services.areas)
        cameras = self._cameras()
        targets = await alerts.targets.all()
        values = {
            "targets": targets,
            "target_names": {each.id: each.name for each in targets},
            "rules": await alerts.rules.all(),
            "maintenance": await alerts.rules.maintenance(),
            "counts": await alerts.outbox.counts(),
            "dead": await alerts.outbox.messages(state=MessageState.DEAD),
            "camera_count": len(cameras),
            "cameras": cameras,
            "areas": areas,
            "camera_names": {number: name for number, name, _ in cameras},
            "form_words": form_words(speak),
            "kind_words": kind_words(speak),
            "hours": HOURS,
            "typed": {name: typed.text(name) for name in ("what", "reason")},
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_MAINTENANCE),
        }
        return self._frame.draw(request, "alerts.html", values, look_of(problem, ALERTS))

    async def _settings(
        self, request: Request, typed: Typed | None = None, problem: Problem | None = None
    ) -> Response:
        behaviour = await self._alerts.rules.behaviour()
        speak = self._frame.wording(request)
        values: dict[str, object] = {
            "form": {
                name: typed.text(name) if typed else str(getattr(behaviour.windows, name))
                for name in _BEHAVIOUR
            },
            "muted": typed.numbers("camera") if typed else behaviour.muted,
            "cameras": self._cameras(),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_BEHAVIOUR),
        }
        return self._frame.draw(request, "alert_settings.html", values, look_of(problem))

    def _cameras(self) -> Sequence[tuple[int, str, str]]:
        return cameras_of(self._services.catalogue)


def cameras_of(catalogue: Catalogue) -> Sequence[tuple[int, str, str]]:
    """Return number, name and area of every camera, area by area."""
    every = [(int(each.id), each.name, each.area_name or "") for each in catalogue.all()]
    return sorted(every, key=lambda each: (natural_key(each[2]), natural_key(each[1])))


def look_of(problem: Problem | None, here: str = "") -> Look:
    """Return what drawing a page changes when something was refused."""
    return Look() if problem is None else Look(status=problem.status, here=here)
