"""One's own second factor: setting it up with an app, recovery codes, switching it off."""

from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.second_factor.service import SecondFactors
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.profile import PROFILE, own_id
from pantau.admin.typed import read_typed
from pantau.admin.waiting import retry_after, wait_s
from pantau.core.errors import Conflict, Invalid, Problem, Throttled
from pantau.web.access import signed_in
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.principal import Principal

FACTOR: Final = "/admin/profile/second-factor"
_FIELDS: Final = ("password", "code")
_Who = Annotated[Principal, Depends(current_principal)]


class SecondFactorPages:
    """The steps of a second factor; secrets and codes are shown once."""

    def __init__(self, frame: Frame, *, second_factors: SecondFactors) -> None:
        self._frame = frame
        self._second_factors = second_factors

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        mine, path = signed_in(), "/profile/second-factor"
        add.get(path, access=mine, **HIDDEN)(self.show)
        add.post(f"{path}/begin", access=mine, **HIDDEN)(self.begin)
        add.post(f"{path}/confirm", access=mine, **HIDDEN)(self.confirm)
        add.post(f"{path}/disable", access=mine, **HIDDEN)(self.disable)
        add.post(f"{path}/codes", access=mine, **HIDDEN)(self.renew_codes)

    async def show(self, request: Request, who: _Who) -> Response:
        """Say how it stands, and ask for the password before anything changes."""
        return await self._standing(request, who, Look())

    async def begin(self, request: Request, who: _Who) -> Response:
        """Show the picture that an authenticator app reads."""
        typed = await read_typed(request)
        client = self._frame.client(request)
        try:
            offered = await self._second_factors.enrol(who, typed.secret("password"), client)
        except (Invalid, Conflict, Throttled) as problem:
            return await self._refused(request, who, problem)
        values = {"qr_svg": offered.qr_svg, "secret": _in_fours(offered.secret)}
        return self._frame.draw(request, "factor_scan.html", values, Look(here=FACTOR))

    async def confirm(self, request: Request, who: _Who) -> Response:
        """Switch it on with the first code; show the recovery codes."""
        typed = await read_typed(request)
        client = self._frame.client(request)
        try:
            codes = await self._second_factors.confirm(who, typed.text("code", most=20), client)
        except Conflict as problem:
            return await self._refused(request, who, problem)
        except Invalid as problem:
            mistakes = self._frame.wording(request).mistakes(problem, known=_FIELDS)
            values = {"qr_svg": "", "secret": "", "mistakes": mistakes}
            look = Look(status=problem.status, here=FACTOR)
            return self._frame.draw(request, "factor_scan.html", values, look)
        return self._codes(request, codes, is_new=True)

    async def disable(self, request: Request, who: _Who) -> Response:
        """Switch it off."""
        typed = await read_typed(request)
        client = self._frame.client(request)
        try:
            await self._second_factors.disable(who, typed.secret("password"), client)
        except (Invalid, Conflict, Throttled) as problem:
            return await self._refused(request, who, problem)
        speak = self._frame.wording(request)
        said = Said(speak("The second factor is off."), "warn")
        return self._frame.go(request, PROFILE, said)

    async def renew_codes(self, request: Request, who: _Who) -> Response:
        """Show ten fresh recovery codes."""
        typed = await read_typed(request)
        client = self._frame.client(request)
        try:
            codes = await self._second_factors.renew_codes(who, typed.secret("password"), client)
        except (Invalid, Conflict, Throttled) as problem:
            return await self._refused(request, who, problem)
        return self._codes(request, codes, is_new=False)

    def _codes(self, request: Request, codes: tuple[str, ...], *, is_new: bool) -> Response:
        values = {"codes": codes, "is_new": is_new}
        return self._frame.draw(request, "factor_codes.html", values, Look(here=PROFILE))

    async def _refused(self, request: Request, who: Principal, problem: Problem) -> Response:
        look = Look(status=problem.status, here=FACTOR, headers=retry_after(wait_s(problem)))
        return await self._standing(request, who, look, problem=problem)

    async def _standing(
        self, request: Request, who: Principal, look: Look, *, problem: Problem | None = None
    ) -> Response:
        speak = self._frame.wording(request)
        values = {
            "standing": await self._second_factors.standing(own_id(who)),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        return self._frame.draw(request, "factor.html", values, look)


def _in_fours(secret: str) -> str:
    """Return a secret as people copy it by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
