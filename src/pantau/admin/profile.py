"""One's own account: name, password, second factor, and where one is signed in."""

from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.second_factor.service import SecondFactors
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.users.schemas import ProfileUpdate
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import UserChange
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.own_paths import SIGN_IN
from pantau.admin.typed import checked, read_typed
from pantau.admin.waiting import retry_after, wait_s
from pantau.admin.wording import Mistakes
from pantau.audit.events import Action
from pantau.core.errors import Conflict, Invalid, NotFound, Problem, Throttled
from pantau.web.access import signed_in
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

PROFILE: Final = "/admin/profile"
_FIELDS: Final = ("username", "current_password", "new_password")
_Who = Annotated[Principal, Depends(current_principal)]


class ProfilePages:
    """What people do with their own account."""

    def __init__(
        self,
        frame: Frame,
        *,
        users: Users,
        sign_ins: SignIns,
        second_factors: SecondFactors,
        cookies: SessionCookies,
    ) -> None:
        self._frame = frame
        self._users = users
        self._sign_ins = sign_ins
        self._second_factors = second_factors
        self._cookies = cookies

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        mine = signed_in()
        add.get("/profile", access=mine, **HIDDEN)(self.show)
        add.post("/profile/name", access=mine, **HIDDEN)(self.rename)
        add.post("/profile/password", access=mine, **HIDDEN)(self.change_password)
        add.post("/profile/sessions/{session_id}/end", access=mine, **HIDDEN)(self.end_session)
        add.get("/profile/sessions/end", access=mine, **HIDDEN)(self.ask_everywhere)
        add.post("/profile/sessions/end", access=mine, **HIDDEN)(self.sign_out_everywhere)

    async def show(self, request: Request, who: _Who) -> Response:
        """Show everything."""
        return await self._drawn(request, who)

    async def rename(self, request: Request, who: _Who) -> Response:
        """Take another user name."""
        typed = await read_typed(request)
        try:
            wanted = checked(ProfileUpdate, {"username": typed.text("username", most=51)})
            await self._users.change(
                own_id(who),
                UserChange(username=wanted.username),
                by=self._frame.asker(request),
                action=Action.UPDATE_PROFILE,
            )
        except Invalid as problem:
            return await self._refused(request, who, problem, username=typed.text("username"))
        speak = self._frame.wording(request)
        text = speak("Your user name was changed.")
        return self._frame.go(request, PROFILE, Said(text))

    async def change_password(self, request: Request, who: _Who) -> Response:
        """Choose another password; the other sessions end."""
        typed = await read_typed(request)
        try:
            await self._users.change_own_password(
                typed.secret("current_password"),
                typed.secret("new_password"),
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict, Throttled) as problem:
            return await self._refused(request, who, problem)
        speak = self._frame.wording(request)
        text = speak("Your password was changed. Your other sessions have ended.")
        return self._frame.go(request, PROFILE, Said(text))

    async def end_session(self, session_id: RowNumber, request: Request, who: _Who) -> Response:
        """Sign out of another device."""
        views = await self._sign_ins.sessions(own_id(who))
        if session_id not in {view.id for view in views}:
            raise NotFound("session.unknown", "There is no such session.")
        client = self._frame.client(request)
        await self._sign_ins.revoke(session_id, by=who, client=client)
        speak = self._frame.wording(request)
        if session_id == who.session_id:
            said = Said(speak("You are signed out."))
            return self._frame.go(request, SIGN_IN, said, self._cookies.cleared(request.scope))
        return self._frame.go(request, PROFILE, Said(speak("That device is signed out.")))

    async def ask_everywhere(self, request: Request) -> Response:
        """Ask before all of one's sessions end; for browsers without a script."""
        return self._frame.draw(request, "sign_out_everywhere.html", {})

    async def sign_out_everywhere(self, request: Request, who: _Who) -> Response:
        """End all of one's sessions, this one too."""
        await self._sign_ins.sign_out_everywhere(who, self._frame.client(request))
        speak = self._frame.wording(request)
        said = Said(speak("You are signed out on every device."))
        return self._frame.go(request, SIGN_IN, said, self._cookies.cleared(request.scope))

    async def _refused(
        self, request: Request, who: Principal, problem: Problem, *, username: str | None = None
    ) -> Response:
        mistakes = self._frame.wording(request).mistakes(problem, known=_FIELDS)
        look = Look(status=problem.status, here=PROFILE, headers=retry_after(wait_s(problem)))
        return await self._drawn(request, who, mistakes=mistakes, username=username, look=look)

    async def _drawn(
        self,
        request: Request,
        who: Principal,
        *,
        mistakes: Mistakes | None = None,
        username: str | None = None,
        look: Look | None = None,
    ) -> Response:
        user = await self._users.one(own_id(who))
        values = {
            "user": user,
            "username": user.username if username is None else username,
            "age": self._users.password_age(user),
            "standing": await self._second_factors.standing(user.id),
            "sessions": await self._sign_ins.sessions(user.id),
            "mistakes": mistakes or {},
        }
        return self._frame.draw(request, "profile.html", values, look)


def own_id(who: Principal) -> int:
    """Return the account of whoever asks."""
    if who.user_id is None:
        raise NotFound("users.unknown", "There is no such user.")
    return who.user_id
