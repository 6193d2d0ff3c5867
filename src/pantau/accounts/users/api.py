"""`/api/users`: everybody's own profile, and the management of users for admins."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request

from pantau.accounts.client import client_of
from pantau.accounts.passwords.rules import requirements
from pantau.accounts.users.asker import Asker, asker
from pantau.accounts.users.schemas import (
    OwnPasswordUpdate,
    PasswordUpdate,
    ProfileOutput,
    ProfileUpdate,
    Requirements,
    SessionOutput,
    UserInput,
    UserOutput,
    UserUpdate,
    profile_output,
    session_output,
    user_output,
)
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import UserChange, UserFilter
from pantau.audit.events import Action
from pantau.core.errors import NotFound
from pantau.web.access import admins, public, signed_in
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Listed, NextPage, RowNumber, Saved, refusals
from pantau.web.principal import Principal, Role

_PAGE: Final = 50
_KNOWN: Final = refusals(401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)

_Who = Annotated[Principal, Depends(current_principal)]


class UserApi:
    """The endpoints of users; include `endpoints.router`."""

    def __init__(self, users: Users, clients: ClientAddresses) -> None:
        self._users = users
        self._clients = clients
        self.endpoints = Endpoints("/api/users", tag="users")
        self._declare_own()
        self._declare_managed()

    def _declare_own(self) -> None:
        add = self.endpoints
        mine, expired = signed_in(), signed_in(also_with_expired_password=True)
        add.get("/password-requirements", access=public(), responses=refusals(429))(
            self.password_requirements
        )
        add.get("/profile", access=expired, responses=_KNOWN)(self.profile)
        add.put("/profile", access=mine, responses=_WRITE)(self.rename_self)
        add.put("/profile/password", access=expired, responses=_WRITE)(self.change_own_password)

    def _declare_managed(self) -> None:
        add, who = self.endpoints, admins()
        add.get("", access=who, responses=refusals(400, 401, 403, 429))(self.listed)
        add.post("", access=who, status_code=201, responses=_WRITE)(self.add)
        add.get("/{user_id}", access=who, responses=_ONE)(self.one)
        add.put("/{user_id}", access=who, responses=_WRITE)(self.change)
        add.delete("/{user_id}", access=who, responses=_ONE)(self.remove)
        add.put("/{user_id}/password", access=who, responses=_WRITE)(self.set_password)
        add.post("/{user_id}/unlock", access=who, responses=_ONE)(self.unlock)
        add.delete("/{user_id}/second-factor", access=who, responses=_ONE)(self.reset_second_factor)
        add.get("/{user_id}/sessions", access=who, responses=_ONE)(self.sessions)
        add.delete("/{user_id}/sessions", access=who, responses=_ONE)(self.end_sessions)
        add.delete("/{user_id}/sessions/{session_id}", access=who, responses=_ONE)(self.end_session)

    async def password_requirements(self) -> Answer[Requirements]:
        """Say what a password must be."""
        return Answer(data=Requirements(requirements=list(requirements())))

    async def profile(self, who: _Who) -> Answer[ProfileOutput]:
        """Show one's own account."""
        user = await self._users.one(_own(who))
        return Answer(data=profile_output(user, self._users.password_age(user)))

    async def rename_self(
        self, body: ProfileUpdate, who: _Who, request: Request
    ) -> Saved[ProfileOutput]:
        """Give oneself another username; all other sessions end."""
        user = await self._users.change(
            _own(who),
            UserChange(username=body.username),
            by=self._by(who, request),
            action=Action.UPDATE_PROFILE,
        )
        output = profile_output(user, self._users.password_age(user))
        return Saved(message="Your profile was saved.", data=output)

    async def change_own_password(
        self, body: OwnPasswordUpdate, who: _Who, request: Request
    ) -> Done:
        """Choose a new password; all other sessions end."""
        await self._users.change_own_password(
            body.current_password, body.new_password, by=self._by(who, request)
        )
        return Done(message="Your password was changed. Your other sessions have ended.")

    async def listed(
        self,
        search: Annotated[str, Query(max_length=50)] = "",
        role: Role | None = None,
        limit: Annotated[int | None, Query(ge=1, le=200)] = None,
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
    ) -> Answer[list[UserOutput]] | Listed[UserOutput]:
        """List the users: all of them, or with `limit` or `cursor` a page."""
        wanted = UserFilter(search=search.replace("\0", ""), role=role)
        if limit is None and cursor is None:
            return Answer(data=[user_output(user) for user in await self._users.all(wanted)])
        rows = limit or _PAGE
        page = await self._users.page(wanted, limit=rows, cursor=cursor)
        return Listed(
            data=[user_output(user) for user in page.rows],
            pagination=NextPage(limit=rows, next_cursor=page.next_cursor),
        )

    async def add(self, body: UserInput, who: _Who, request: Request) -> Saved[UserOutput]:
        """Add a user."""
        user = await self._users.add(body.as_new(), by=self._by(who, request))
        return Saved(message="The user was created.", data=user_output(user))

    async def one(self, user_id: RowNumber) -> Answer[UserOutput]:
        """Show a user."""
        return Answer(data=user_output(await self._users.one(user_id)))

    async def change(
        self, user_id: RowNumber, body: UserUpdate, who: _Who, request: Request
    ) -> Saved[UserOutput]:
        """Change a user; another name or role and being disabled end their sessions."""
        user = await self._users.change(user_id, body.as_change(), by=self._by(who, request))
        return Saved(message="The user was saved.", data=user_output(user))

    async def remove(self, user_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete a user; their sessions end."""
        await self._users.remove(user_id, by=self._by(who, request))
        return Done(message="The user was deleted.")

    async def set_password(
        self, user_id: RowNumber, body: PasswordUpdate, who: _Who, request: Request
    ) -> Done:
        """Give somebody a new password; their sessions end."""
        await self._users.set_password(
            user_id, body.password, by=self._by(who, request), current=body.current_password
        )
        return Done(message="The password was changed.")

    async def unlock(self, user_id: RowNumber, who: _Who, request: Request) -> Done:
        """Let somebody sign in again at once, who was locked after wrong passwords."""
        await self._users.unlock(user_id, by=self._by(who, request))
        return Done(message="The user may try to sign in again.")

    async def reset_second_factor(self, user_id: RowNumber, who: _Who, request: Request) -> Done:
        """Take the second factor off an account whose owner lost it; their sessions end."""
        await self._users.reset_second_factor(user_id, by=self._by(who, request))
        return Done(message="The user signs in with the password alone.")

    async def sessions(self, user_id: RowNumber, who: _Who) -> Answer[list[SessionOutput]]:
        """Show where a user is signed in."""
        found = await self._users.sessions(user_id)
        return Answer(data=[session_output(session, who.session_id) for session in found])

    async def end_session(
        self, user_id: RowNumber, session_id: RowNumber, who: _Who, request: Request
    ) -> Done:
        """End one session of a user."""
        await self._users.end_session(user_id, session_id, by=self._by(who, request))
        return Done(message="The session has ended.")

    async def end_sessions(self, user_id: RowNumber, who: _Who, request: Request) -> Done:
        """End every session of a user but the one that asks."""
        ended = await self._users.end_sessions(user_id, by=self._by(who, request))
        return Done(message=f"{ended} sessions have ended.")

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))


def _own(who: Principal) -> int:
    if who.user_id is None:
        raise NotFound("users.unknown", "There is no such user.")
    return who.user_id
