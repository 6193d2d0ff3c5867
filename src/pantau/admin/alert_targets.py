"""Targets of alerts: adding one through a form for its service, changing, deleting."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response

from pantau.admin.alert_words import FORMS, form_words
from pantau.admin.alerts import ALERTS, AlertServices, look_of
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.typed import Typed, checked, read_typed
from pantau.core.errors import Conflict, Invalid, NotFound, Problem
from pantau.notifications.inputs import TargetInput, TargetUpdate
from pantau.notifications.services import SERVICES
from pantau.notifications.values import Form, Target
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber

_FIELDS: Final[Mapping[Form, tuple[str, ...]]] = {
    Form.TELEGRAM: ("bot_token", "chat"),
    Form.EMAIL: ("to", "server", "user", "password", "sender"),
    Form.NTFY: ("server", "topic", "token"),
    Form.WEBHOOK: ("url",),
    Form.OTHER: ("address",),
}
_SECRETS: Final = frozenset({"bot_token", "password", "token", "url", "address"})
_EVERY: Final = ("name", "language", "enabled", *{f for each in _FIELDS.values() for f in each})


class AlertTargetPages:
    """The pages of one target."""

    def __init__(self, frame: Frame, services: AlertServices) -> None:
        self._frame = frame
        self._targets = services.alerts.targets

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        own, one = admins(), "/alerts/targets/{target_id}"
        add.get("/alerts/targets/new", access=own, **HIDDEN)(self.ask)
        add.post("/alerts/targets/new", access=own, **HIDDEN)(self.add)
        add.get(one, access=own, **HIDDEN)(self.show)
        add.post(one, access=own, **HIDDEN)(self.save)
        add.get(f"{one}/delete", access=own, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=own, **HIDDEN)(self.delete)

    async def ask(self, request: Request, form: str = "") -> Response:
        """Show the form for a new target, of the service that was chosen."""
        return self._draw(request, _form(form), Typed())

    async def add(self, request: Request) -> Response:
        """Add a target."""
        typed = await read_typed(request)
        form = _form(typed.text("form"))
        try:
            given = checked(TargetInput, _values(typed) | {"to": _address(form, typed)})
            target = await self._targets.add(given, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            return self._draw(request, form, typed, problem=problem)
        speak = self._frame.wording(request)
        text = speak("%(name)s was added. Send a test message to see whether it arrives.")
        path = f"{ALERTS}/targets/{target.id}"
        return self._frame.go(request, path, Said(text % {"name": target.name}))

    async def show(self, target_id: RowNumber, request: Request) -> Response:
        """Show a target; its address is never shown again."""
        target = await self._one(target_id)
        return self._draw(request, target.form, None, target=target)

    async def save(self, target_id: RowNumber, request: Request) -> Response:
        """Change a target; where no address was typed, the one there is stays."""
        typed = await read_typed(request)
        target = await self._one(target_id)
        address = _address(target.form, typed)
        values = _values(typed)
        if any(value for name, value in address.items() if name != "form"):
            values["to"] = address
        try:
            given = checked(TargetUpdate, values)
            after = await self._targets.change(target_id, given, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            return self._draw(request, target.form, typed, target=target, problem=problem)
        speak = self._frame.wording(request)
        text = speak("%(name)s was saved.") % {"name": after.name}
        return self._frame.go(request, ALERTS, Said(text))

    async def ask_to_delete(self, target_id: RowNumber, request: Request) -> Response:
        """Ask before a target is deleted."""
        values = {"target": await self._one(target_id)}
        return self._frame.draw(request, "alert_target_delete.html", values)

    async def delete(self, target_id: RowNumber, request: Request) -> Response:
        """Delete a target."""
        await read_typed(request)
        target = await self._one(target_id)
        try:
            await self._targets.delete(target_id, by=self._frame.asker(request))
        except Conflict as problem:
            speak = self._frame.wording(request)
            values = {"target": target, "mistakes": speak.mistakes(problem, known=())}
            look = look_of(problem)
            return self._frame.draw(request, "alert_target_delete.html", values, look)
        speak = self._frame.wording(request)
        text = speak("%(name)s was deleted.") % {"name": target.name}
        return self._frame.go(request, ALERTS, Said(text))

    async def _one(self, target_id: int) -> Target:
        for target in await self._targets.all():
            if target.id == target_id:
                return target
        raise NotFound("alerts.no_such_target", "There is no such target.")

    def _draw(
        self,
        request: Request,
        form: Form,
        typed: Typed | None,
        *,
        target: Target | None = None,
        problem: Problem | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        stands = {
            name: "" if typed is None or name in _SECRETS else typed.text(name) for name in _EVERY
        }
        if typed is None and target is not None:
            stands |= {"name": target.name, "language": target.language}
            stands["enabled"] = "1" if target.enabled else ""
        elif problem is None:
            stands |= {"language": speak.language, "enabled": "1"}
        values = {
            "form": form,
            "forms": FORMS,
            "form_words": form_words(speak),
            "fields": stands,
            "speeches": [each for each in self._frame.pages.speeches if len(each.language) == 2],
            "target": target,
            "services": ", ".join(sorted({each.name for each in SERVICES.values()})),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_EVERY),
        }
        return self._frame.draw(request, "alert_target.html", values, look_of(problem))


def _form(text: str) -> Form:
    return next((form for form in FORMS if form.value == text), Form.TELEGRAM)


def _values(typed: Typed) -> dict[str, object]:
    return {
        "name": typed.text("name"),
        "language": typed.text("language"),
        "enabled": typed.is_checked("enabled"),
    }


def _address(form: Form, typed: Typed) -> dict[str, object]:
    return {
        "form": form.value,
        **{
            name: typed.secret(name).strip() if name in _SECRETS else typed.text(name)
            for name in _FIELDS[form]
        },
    }
