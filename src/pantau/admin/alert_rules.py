"""Rules of alerts: who hears of what, about which cameras, and when not."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import Request, Response

from pantau.admin.alert_words import clock_of, minute_of, whole
from pantau.admin.alerts import ALERTS, AlertServices, cameras_of, look_of
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.typed import Typed, checked, read_typed
from pantau.admin.users import area_names
from pantau.cameras.service import Catalogue
from pantau.core.errors import Conflict, Invalid, Problem
from pantau.notifications.inputs import RuleInput
from pantau.notifications.previewing import Preview, SampleCamera
from pantau.notifications.rule_service import CoveredRule
from pantau.notifications.values import Rule
from pantau.notifications.words import kind_words
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber

_KNOWN: Final = (
    "name",
    "kinds",
    "area_ids",
    "camera_ids",
    "target_ids",
    "quiet",
    "down_after_s",
    "up_after_s",
)
_FRESH: Final[Mapping[str, object]] = {
    "name": "",
    "enabled": True,
    "tells_recovery": True,
    "critical_passes": True,
    "kinds": frozenset(),
    "area_ids": frozenset(),
    "camera_ids": frozenset(),
    "target_ids": frozenset(),
    "quiet_from": "",
    "quiet_until": "",
    "down_after_s": "",
    "up_after_s": "",
}


class AlertRulePages:
    """The pages of one rule."""

    def __init__(self, frame: Frame, services: AlertServices) -> None:
        self._frame = frame
        self._services = services
        self._rules = services.alerts.rules

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        own, one = admins(), "/alerts/rules/{rule_id}"
        add.get("/alerts/rules/new", access=own, **HIDDEN)(self.ask)
        add.post("/alerts/rules/new", access=own, **HIDDEN)(self.add)
        add.get(one, access=own, **HIDDEN)(self.show)
        add.post(one, access=own, **HIDDEN)(self.save)
        add.get(f"{one}/delete", access=own, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=own, **HIDDEN)(self.delete)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new rule."""
        return await self._draw(request, _FRESH)

    async def add(self, request: Request) -> Response:
        """Add a rule."""
        typed = await read_typed(request)
        try:
            given = checked(RuleInput, _values(typed))
            added = await self._rules.add(given, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            return await self._draw(request, _typed_form(typed), problem=problem)
        return self._went(request, "%(name)s was added.", added)

    async def show(self, rule_id: RowNumber, request: Request) -> Response:
        """Show a rule."""
        covered = await self._rules.one(rule_id)
        return await self._draw(request, _form_of(covered.rule), covered=covered)

    async def save(self, rule_id: RowNumber, request: Request) -> Response:
        """Save a rule."""
        typed = await read_typed(request)
        covered = await self._rules.one(rule_id)
        try:
            given = checked(RuleInput, _values(typed))
            saved = await self._rules.put(rule_id, given, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            form = _typed_form(typed)
            return await self._draw(request, form, covered=covered, problem=problem)
        return self._went(request, "%(name)s was saved.", saved)

    async def ask_to_delete(self, rule_id: RowNumber, request: Request) -> Response:
        """Ask before a rule is deleted."""
        values = {"rule": (await self._rules.one(rule_id)).rule}
        return self._frame.draw(request, "alert_rule_delete.html", values)

    async def delete(self, rule_id: RowNumber, request: Request) -> Response:
        """Delete a rule."""
        await read_typed(request)
        covered = await self._rules.one(rule_id)
        await self._rules.delete(rule_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        text = speak("%(name)s was deleted.") % {"name": covered.rule.name}
        return self._frame.go(request, ALERTS, Said(text))

    def _went(self, request: Request, sentence: str, covered: CoveredRule) -> Response:
        speak = self._frame.wording(request)
        text = speak(sentence) % {"name": covered.rule.name}
        text += " " + speak.ngettext(
            "It is about %(num)s camera.", "It is about %(num)s cameras.", covered.cameras
        )
        return self._frame.go(request, ALERTS, Said(text))

    async def _draw(
        self,
        request: Request,
        form: Mapping[str, object],
        *,
        covered: CoveredRule | None = None,
        problem: Problem | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        previews: Sequence[Preview] = ()
        if covered is not None:
            camera = _sample(covered.rule, self._services.catalogue)
            previews = await self._services.alerts.outbox.preview(covered.rule, camera)
        values = {
            "previews": previews,
            "form": form,
            "covered": covered,
            "kind_words": kind_words(speak),
            "targets": await self._services.alerts.targets.all(),
            "areas": await area_names(self._services.areas),
            "cameras": cameras_of(self._services.catalogue),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_KNOWN),
        }
        return self._frame.draw(request, "alert_rule.html", values, look_of(problem))


def _sample(rule: Rule, catalogue: Catalogue) -> SampleCamera | None:
    """Return the first camera that the rule is about, as the list shows them."""
    for number, name, area in cameras_of(catalogue):
        camera = catalogue.by_id(number)
        if camera is None:
            continue
        if not rule.is_scoped or number in rule.camera_ids or camera.area_id in rule.area_ids:
            return SampleCamera(number, name, area)
    return None


def _values(typed: Typed) -> dict[str, object]:
    """Return what was typed as the API takes it."""
    begin, end = minute_of(typed.text("quiet_from")), minute_of(typed.text("quiet_until"))
    has_quiet = begin is not None or end is not None
    return {
        "name": typed.text("name"),
        "enabled": typed.is_checked("enabled"),
        "kinds": list(typed.every("kind")),
        "area_ids": sorted(typed.numbers("area")),
        "camera_ids": sorted(typed.numbers("camera")),
        "target_ids": sorted(typed.numbers("target")),
        "tells_recovery": typed.is_checked("tells_recovery"),
        "critical_passes": typed.is_checked("critical_passes"),
        "quiet": {"from_min": begin, "until_min": end} if has_quiet else None,
        "down_after_s": whole(typed, "down_after_s"),
        "up_after_s": whole(typed, "up_after_s"),
    }


def _typed_form(typed: Typed) -> dict[str, object]:
    return {
        "name": typed.text("name"),
        "enabled": typed.is_checked("enabled"),
        "tells_recovery": typed.is_checked("tells_recovery"),
        "critical_passes": typed.is_checked("critical_passes"),
        "kinds": frozenset(typed.every("kind")),
        "area_ids": typed.numbers("area"),
        "camera_ids": typed.numbers("camera"),
        "target_ids": typed.numbers("target"),
        "quiet_from": typed.text("quiet_from"),
        "quiet_until": typed.text("quiet_until"),
        "down_after_s": typed.text("down_after_s"),
        "up_after_s": typed.text("up_after_s"),
    }


def _form_of(rule: Rule) -> dict[str, object]:
    return {
        "name": rule.name,
        "enabled": rule.enabled,
        "tells_recovery": rule.tells_recovery,
        "critical_passes": rule.critical_passes,
        "kinds": rule.kinds,
        "area_ids": rule.area_ids,
        "camera_ids": rule.camera_ids,
        "target_ids": rule.target_ids,
        "quiet_from": clock_of(None if rule.quiet is None else rule.quiet.from_min),
        "quiet_until": clock_of(None if rule.quiet is None else rule.quiet.until_min),
        "down_after_s": "" if rule.down_after_s is None else str(rule.down_after_s),
        "up_after_s": "" if rule.up_after_s is None else str(rule.up_after_s),
    }
