"""One user: role and areas, password, locks, second factor, sessions, and saying goodbye."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.sessions.service import SignIns
from pantau.accounts.users.schemas import UserUpdate
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import User
from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.admin.users import FIELDS, USERS, ListAreas, area_names, chosen_areas
from pantau.admin.wording import Mistakes
from pantau.core.errors import Conflict, Invalid
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import ROLES, Principal

_Who = Annotated[Principal, Depends(current_principal)]
_MOST_PASSWORD: Final = 1024


class UserPages:
    """What an admin does with one account."""

    def __init__(self, frame: Frame, *, users: Users, sign_ins: SignIns, areas: ListAreas) -> None:
        self._frame = frame
        self._users = users
        self._sign_ins = sign_ins
        self._areas = areas

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, access = "/users/{user_id}", admins()
        add.get(one, access=access, **HIDDEN)(self.show)
        add.post(one, access=access, **HIDDEN)(self.change)
        add.post(f"{one}/password", access=access, **HIDDEN)(self.set_password)
        add.post(f"{one}/unlock", access=access, **HIDDEN)(self.unlock)
        add.post(f"{one}/second-factor", access=access, **HIDDEN)(self.reset_second_factor)
        add.post(f"{one}/sessions/end", access=access, **HIDDEN)(self.end_sessions)
        add.get(f"{one}/delete", access=access, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=access, **HIDDEN)(self.delete)

    async def show(self, user_id: RowNumber, request: Request, who: _Who) -> Response:
        """Show the account."""
        return await self._page(request, who, await self._users.one(user_id))

    async def change(self, user_id: RowNumber, request: Request, who: _Who) -> Response:
        """Save name, role, areas, and whether they may sign in."""
        typed = await read_typed(request)
        before = await self._users.one(user_id)
        try:
            wanted = checked(
                UserUpdate,
                {
                    "username": typed.text("username", most=51),
                    "role": typed.text("role"),
                    "area_ids": chosen_areas(typed),
                    "disabled": not typed.is_checked("may_sign_in"),
                },
            )
            after = await self._users.change(
                user_id, wanted.as_change(), by=self._frame.asker(request)
            )
        except Invalid as problem:
            return await self._page(request, who, before, typed=typed, problem=problem)
        speak = self._frame.wording(request)
        if after == before:
            return self._frame.go(
                request, _path(user_id), Said(speak("There was nothing to save."))
            )
        text = speak("%(name)s was saved.") % {"name": after.username}
        said = Said(text, undo=Undo(_path(user_id), _fields(before)))
        return self._frame.go(request, _path(user_id), said)

    async def set_password(self, user_id: RowNumber, request: Request, who: _Who) -> Response:
        """Give them a new password; their sessions end."""
        typed = await read_typed(request)
        password = typed.secret("password", most=_MOST_PASSWORD)
        speak = self._frame.wording(request)
        if user_id == who.user_id:
            return self._frame.go(request, "/admin/profile")
        try:
            await self._users.set_password(user_id, password, by=self._frame.asker(request))
        except (Invalid, Conflict) as problem:
            user = await self._users.one(user_id)
            return await self._page(request, who, user, problem=problem)
        text = speak("The password was changed, and all sessions of this user have ended.")
        return self._frame.go(request, _path(user_id), Said(text))

    async def unlock(self, user_id: RowNumber, request: Request, who: _Who) -> Response:
        """Let them try to sign in again at once."""

        async def work() -> str:
            await self._users.unlock(user_id, by=self._frame.asker(request))
            speak = self._frame.wording(request)
            return speak("The account is unlocked.")

        return await self._done(user_id, request, who, work)

    async def reset_second_factor(
        self, user_id: RowNumber, request: Request, who: _Who
    ) -> Response:
        """Take the second factor off, whose owner has lost it."""

        async def work() -> str:
            await self._users.reset_second_factor(user_id, by=self._frame.asker(request))
            speak = self._frame.wording(request)
            return speak("The second factor is off, and all sessions of this user have ended.")

        return await self._done(user_id, request, who, work)

    async def end_sessions(self, user_id: RowNumber, request: Request, who: _Who) -> Response:
        """Sign them out everywhere."""

        async def work() -> str:
            ended = await self._users.end_sessions(user_id, by=self._frame.asker(request))
            speak = self._frame.wording(request)
            return speak.ngettext(
                "%(num)s session has ended.", "%(num)s sessions have ended.", ended
            )

        return await self._done(user_id, request, who, work)

    async def ask_to_delete(self, user_id: RowNumber, request: Request) -> Response:
        """Ask for the name before anything is deleted; for browsers without a script."""
        user = await self._users.one(user_id)
        return self._frame.draw(request, "user_delete.html", {"user": user})

    async def delete(self, user_id: RowNumber, request: Request) -> Response:
        """Delete the account, if its name was typed."""
        typed = await read_typed(request)
        user = await self._users.one(user_id)
        speak = self._frame.wording(request)
        mistakes: Mistakes = {"typed": (speak("Type the user name exactly as it is written."),)}
        if typed.text("typed") == user.username:
            try:
                await self._users.remove(user_id, by=self._frame.asker(request))
            except Invalid as problem:
                mistakes = speak.mistakes(problem, known=())
            else:
                text = speak("%(name)s was deleted.") % {"name": user.username}
                return self._frame.go(request, USERS, Said(text))
        values = {"user": user, "mistakes": mistakes}
        return self._frame.draw(request, "user_delete.html", values, Look(status=400))

    async def _done(
        self,
        user_id: int,
        request: Request,
        who: Principal,
        work: Callable[[], Awaitable[str]],
    ) -> Response:
        try:
            text = await work()
        except Invalid as problem:
            user = await self._users.one(user_id)
            return await self._page(request, who, user, problem=problem)
        return self._frame.go(request, _path(user_id), Said(text))

    async def _page(
        self,
        request: Request,
        who: Principal,
        user: User,
        *,
        typed: Typed | None = None,
        problem: Invalid | Conflict | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        values = {
            "user": user,
            "username": typed.text("username", most=51) if typed else user.username,
            "role": typed.text("role") if typed else user.role,
            "roles": ROLES,
            "areas": await area_names(self._areas),
            "area_ids": chosen_areas(typed) if typed else user.area_ids,
            "may_sign_in": typed.is_checked("may_sign_in") if typed else not user.is_disabled,
            "is_self": user.id == who.user_id,
            "is_locked": await self._sign_ins.is_locked(user.username),
            "sessions": await self._users.sessions(user.id),
            "age": self._users.password_age(user),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status, here=_path(user.id))
        return self._frame.draw(request, "user.html", values, look)


def _path(user_id: int) -> str:
    return f"{USERS}/{user_id}"


def _fields(user: User) -> tuple[tuple[str, str], ...]:
    """Return the form that makes a user what they are."""
    fields = [("username", user.username), ("role", user.role)]
    if user.area_ids is not None:
        fields.append(("areas", "some"))
        fields += [("area", str(area_id)) for area_id in sorted(user.area_ids)]
    if not user.is_disabled:
        fields.append(("may_sign_in", "1"))
    return tuple(fields)
