"""One sponsor: the form with its logo, the cameras that it pays for, deleting."""

from collections.abc import Mapping

from fastapi import Request, Response

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.sponsor_form import (
    KNOWN,
    body_of,
    logo_of,
    read_form,
    rupiah,
    shown,
    values_of,
)
from pantau.admin.sponsors import PAGE, package_names, states
from pantau.admin.typed import Typed, read_typed
from pantau.cameras.service import Catalogue
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.core.names import natural_key
from pantau.sponsors.board import picture_key
from pantau.sponsors.service import Sponsors
from pantau.sponsors.values import Sponsor
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber

_Refused = Invalid | Conflict


class SponsorPage:
    """The pages of one sponsor.  For admins."""

    def __init__(self, frame: Frame, sponsors: Sponsors, catalogue: Catalogue) -> None:
        self._frame = frame
        self._sponsors = sponsors
        self._catalogue = catalogue

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, who = "/sponsors/{sponsor_id}", admins()
        add.get("/sponsors/new", access=who, **HIDDEN)(self.ask)
        add.post("/sponsors/new", access=who, **HIDDEN)(self.add)
        add.get(one, access=who, **HIDDEN)(self.show)
        add.post(one, access=who, **HIDDEN)(self.change)
        add.post(f"{one}/cameras", access=who, **HIDDEN)(self.assign)
        add.post(f"{one}/cameras/{{camera_id}}/remove", access=who, **HIDDEN)(self.take_off)
        add.get(f"{one}/delete", access=who, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=who, **HIDDEN)(self.delete)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new one."""
        return await self._form(request, None)

    async def add(self, request: Request) -> Response:
        """Add it."""
        return await self._save(request, None)

    async def show(self, sponsor_id: RowNumber, request: Request) -> Response:
        """Show one."""
        return await self._form(request, await self._sponsors.one(sponsor_id))

    async def change(self, sponsor_id: RowNumber, request: Request) -> Response:
        """Save it."""
        return await self._save(request, await self._sponsors.one(sponsor_id))

    async def assign(self, sponsor_id: RowNumber, request: Request) -> Response:
        """Have it pay for a camera."""
        typed = await read_typed(request)
        one, speak = await self._sponsors.one(sponsor_id), self._frame.wording(request)
        camera_id = min(typed.numbers("camera_id"), default=0)
        try:
            await self._sponsors.assign(camera_id, sponsor_id, by=self._frame.asker(request).actor)
        except (Invalid, Conflict, NotFound) as problem:
            sentence = speak.sentence(problem.sentence)
            if problem.code == "sponsors.quota":
                said = speak("This sponsor has %(cameras)s cameras; its package is for %(quota)s.")
                sentence = said % dict(problem.facts)
            mistakes = {"camera_id": (sentence,)}
            return await self._form(request, one, mistakes=mistakes, status=problem.status)
        text = speak("%(name)s was saved.") % {"name": one.name}
        return self._frame.go(request, _path(one), Said(text))

    async def take_off(
        self, sponsor_id: RowNumber, camera_id: RowNumber, request: Request
    ) -> Response:
        """Have it pay for a camera no more."""
        one = await self._sponsors.one(sponsor_id)
        # Somebody else may have given the camera to another one meanwhile: that stays.
        if camera_id in (await self._sponsors.cameras()).get(one.name, ()):
            await self._sponsors.take_off(camera_id, by=self._frame.asker(request).actor)
        text = self._frame.wording(request)("%(name)s was saved.") % {"name": one.name}
        return self._frame.go(request, _path(one), Said(text))

    async def ask_to_delete(self, sponsor_id: RowNumber, request: Request) -> Response:
        """Ask before it is deleted; for browsers without a script."""
        one = await self._sponsors.one(sponsor_id)
        return self._frame.draw(request, "sponsor_delete.html", {"one": one})

    async def delete(self, sponsor_id: RowNumber, request: Request) -> Response:
        """Delete it."""
        one = await self._sponsors.one(sponsor_id)
        await self._sponsors.delete(sponsor_id, by=self._frame.asker(request).actor)
        text = self._frame.wording(request)("%(name)s was deleted.") % {"name": one.name}
        return self._frame.go(request, PAGE, Said(text))

    async def _save(self, request: Request, one: Sponsor | None) -> Response:
        typed, uploaded = await read_form(request)
        by = self._frame.asker(request).actor
        try:
            body, logo = body_of(typed), await logo_of(uploaded)
            if one is None:
                has_price = body.price is not None
                saved = await self._sponsors.add(body.as_draft(), by=by, has_price=has_price)
            else:
                saved = await self._sponsors.change(one.id, body.given(), by=by)
            if logo is not None:
                await self._sponsors.show_logo(saved.id, logo, by=by)
        except (Invalid, Conflict) as problem:
            return await self._form(request, one, typed=typed, problem=problem)
        text = self._frame.wording(request)("%(name)s was saved.") % {"name": saved.name}
        return self._frame.go(request, _path(saved), Said(text))

    async def _form(
        self,
        request: Request,
        one: Sponsor | None,
        *,
        typed: Typed | None = None,
        problem: _Refused | None = None,
        mistakes: Mapping[str, tuple[str, ...]] | None = None,
        status: int = 200,
    ) -> Response:
        speak = self._frame.wording(request)
        typed = typed or shown(one, speak.language)
        known = await self._sponsors.packages()
        names = package_names(speak)
        if problem is not None:
            mistakes, status = self._mistakes(request, problem), problem.status
        values = {
            "one": one,
            "typed": values_of(typed),
            "state": states(speak)[one.state_on(self._sponsors.today())] if one else "",
            "logo": one.logo if one and picture_key(one.logo) else "",
            "noted_logo": one.logo if one and not picture_key(one.logo) else "",
            "packages": {
                name: f"{names[name]} · {rupiah(each.price, speak.language)} · "
                + speak.ngettext("%(num)s camera", "%(num)s cameras", each.quota)
                for name, each in known.items()
            },
            **(await self._cameras(one) if one else {}),
            "quota": known[one.package].quota if one else 0,
            "mistakes": mistakes or {},
        }
        here = PAGE + "/new" if one is None else _path(one)
        return self._frame.draw(request, "sponsor.html", values, Look(status=status, here=here))

    def _mistakes(self, request: Request, problem: _Refused) -> Mapping[str, tuple[str, ...]]:
        speak = self._frame.wording(request)
        if problem.code == "sponsors.quota":
            said = speak("This sponsor has %(cameras)s cameras; its package is for %(quota)s.")
            return {"package": (said % dict(problem.facts),)}
        return speak.mistakes(problem, known=KNOWN)

    async def _cameras(self, one: Sponsor) -> dict[str, object]:
        by_name = await self._sponsors.cameras()
        taken = {number: name for name, numbers in by_name.items() for number in numbers}
        every = sorted(
            ((int(camera.id), camera.name) for camera in self._catalogue.all()),
            key=lambda pair: natural_key(pair[1]),
        )
        return {
            "cameras": [pair for pair in every if taken.get(pair[0]) == one.name],
            "others": [
                (number, name, taken.get(number, ""))
                for number, name in every
                if taken.get(number) != one.name
            ],
        }


def _path(one: Sponsor) -> str:
    return f"{PAGE}/{one.id}"
