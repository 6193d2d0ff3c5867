"""The list of users, and adding one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Final, Protocol, TypeAlias

from fastapi import Query, Request, Response

from pantau.accounts.users.schemas import UserInput
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import UserFilter
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.core.errors import Invalid
from pantau.core.names import natural_key
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.principal import ROLES

USERS: Final = "/admin/users"
PAGE: Final = 50
FIELDS: Final = ("username", "password", "role", "area_ids")


class AreaName(Protocol):
    """An area as forms offer it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


ListAreas: TypeAlias = Callable[[], Awaitable[Sequence[AreaName]]]


class UserListPages:
    """Everybody who may sign in."""

    def __init__(self, frame: Frame, *, users: Users, areas: ListAreas) -> None:
        self._frame = frame
        self._users = users
        self._areas = areas

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/users", access=admins(), **HIDDEN)(self.show)
        add.get("/users/new", access=admins(), **HIDDEN)(self.ask)
        add.post("/users/new", access=admins(), **HIDDEN)(self.add)

    async def show(
        self,
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        role: Annotated[str, Query(max_length=20)] = "",
        cursor: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        """List them, a page at a time."""
        wanted = next((each for each in ROLES if each == role), None)
        found = UserFilter(search=q.strip()[:50].replace("\0", ""), role=wanted)
        page = await self._users.page(found, limit=PAGE, cursor=cursor or None)
        values = {
            "users": page.rows,
            "next_cursor": page.next_cursor or "",
            "is_first": not cursor,
            "query": found.search,
            "role": wanted or "",
            "roles": ROLES,
            "areas": await area_names(self._areas),
            "age": self._users.password_age,
        }
        return self._frame.draw(request, "users.html", values)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new user."""
        return await self._form(request, Typed([("role", "viewer")]), Look())

    async def add(self, request: Request) -> Response:
        """Add a user."""
        typed = await read_typed(request)
        try:
            wanted = checked(
                UserInput,
                {
                    "username": typed.text("username", most=51),
                    "password": typed.secret("password"),
                    "role": typed.text("role"),
                    "area_ids": chosen_areas(typed),
                },
            )
            user = await self._users.add(wanted.as_new(), by=self._frame.asker(request))
        except Invalid as problem:
            look = Look(status=problem.status)
            return await self._form(request, typed, look, problem=problem)
        speak = self._frame.wording(request)
        text = speak("%(name)s was added.") % {"name": user.username}
        return self._frame.go(request, f"{USERS}/{user.id}", Said(text))

    async def _form(
        self, request: Request, typed: Typed, look: Look, *, problem: Invalid | None = None
    ) -> Response:
        speak = self._frame.wording(request)
        values = {
            "username": typed.text("username", most=51),
            "role": typed.text("role"),
            "roles": ROLES,
            "areas": await area_names(self._areas),
            "area_ids": chosen_areas(typed),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=FIELDS),
        }
        return self._frame.draw(request, "user_new.html", values, look)


async def area_names(areas: ListAreas) -> Mapping[int, str]:
    """Return the areas that operators can be given, by number, in the order of their names."""
    found = sorted(await areas(), key=lambda area: natural_key(area.name))
    return {area.id: area.name for area in found}


def chosen_areas(typed: Typed) -> frozenset[int] | None:
    """Return the areas that a form gives an operator; None: all of them."""
    if typed.text("role") != "operator" or typed.text("areas") != "some":
        return None
    return typed.numbers("area")
