"""API keys: which there are, making one, and revoking it."""

from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.keys.schemas import KeyInput
from pantau.accounts.keys.service import ApiKeys
from pantau.accounts.keys.values import DEFAULT_SCOPES
from pantau.accounts.trail import actor_at
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

KEYS: Final = "/admin/api-keys"
DAYS: Final = (30, 90, 180, 365)
_FIELDS: Final = ("name", "description", "scopes", "expiresInDays")
_Who = Annotated[Principal, Depends(current_principal)]


class KeyPages:
    """The keys of this installation."""

    def __init__(self, frame: Frame, *, keys: ApiKeys, clock: Clock) -> None:
        self._frame = frame
        self._keys = keys
        self._clock = clock

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/api-keys", access=admins(), **HIDDEN)(self.show)
        add.get("/api-keys/new", access=admins(), **HIDDEN)(self.ask)
        add.post("/api-keys/new", access=admins(), **HIDDEN)(self.create)
        add.get("/api-keys/{key_id}/revoke", access=admins(), **HIDDEN)(self.ask_to_revoke)
        add.post("/api-keys/{key_id}/revoke", access=admins(), **HIDDEN)(self.revoke)

    async def show(self, request: Request) -> Response:
        """List the keys that are not revoked."""
        values = {"keys": await self._keys.all(), "now": self._clock.now()}
        return self._frame.draw(request, "keys.html", values)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new key."""
        fresh = Typed([("days", "90"), *(("scope", scope) for scope in DEFAULT_SCOPES)])
        return self._form(request, fresh)

    async def create(self, request: Request, who: _Who) -> Response:
        """Make a key and show it, this once."""
        typed = await read_typed(request)
        try:
            wanted = checked(
                KeyInput,
                {
                    "name": typed.text("name", most=101),
                    "description": typed.text("description", most=501),
                    "scopes": typed.every("scope"),
                    "expiresInDays": typed.text("days", most=4),
                },
            )
            actor = actor_at(self._frame.client(request), who)
            key, secret = await self._keys.create(wanted.as_new(self._clock.now()), by=actor)
        except Invalid as problem:
            return self._form(request, typed, problem=problem)
        values = {"key": key, "secret": secret}
        return self._frame.draw(request, "key_made.html", values, Look(here=KEYS))

    async def ask_to_revoke(self, key_id: RowNumber, request: Request) -> Response:
        """Ask before a key ends; for browsers without a script."""
        key = next((key for key in await self._keys.all() if key.id == key_id), None)
        if key is None:
            raise NotFound("keys.unknown", "There is no such API key.")
        return self._frame.draw(request, "key_revoke.html", {"key": key})

    async def revoke(self, key_id: RowNumber, request: Request, who: _Who) -> Response:
        """End a key for good."""
        await self._keys.revoke(key_id, by=actor_at(self._frame.client(request), who))
        speak = self._frame.wording(request)
        return self._frame.go(request, KEYS, Said(speak("The API key was revoked.")))

    def _form(self, request: Request, typed: Typed, *, problem: Invalid | None = None) -> Response:
        speak = self._frame.wording(request)
        values = {
            "name": typed.text("name", most=101),
            "description": typed.text("description", most=501),
            "chosen": typed.every("scope"),
            "days": typed.text("days", most=4),
            "every_days": [str(days) for days in DAYS],
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status)
        return self._frame.draw(request, "key_new.html", values, look)
