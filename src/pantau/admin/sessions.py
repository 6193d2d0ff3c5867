"""Where everybody is signed in."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.sessions.service import SignIns
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.own_paths import SIGN_IN, own_path
from pantau.admin.typed import read_typed
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

SESSIONS: Final = "/admin/sessions"
_MOST: Final = 200
_Who = Annotated[Principal, Depends(current_principal)]


class SessionPages:
    """The sessions of all users, and their end."""

    def __init__(self, frame: Frame, *, sign_ins: SignIns) -> None:
        self._frame = frame
        self._sign_ins = sign_ins

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/sessions", access=admins(), **HIDDEN)(self.show)
        add.post("/sessions/{session_id}/end", access=admins(), **HIDDEN)(self.end)
        add.get("/sessions/end-all", access=admins(), **HIDDEN)(self.ask_to_end_all)
        add.post("/sessions/end-all", access=admins(), **HIDDEN)(self.end_all)

    async def show(self, request: Request) -> Response:
        """List them, the newest first."""
        sessions = await self._sign_ins.sessions_of_everybody(most=_MOST)
        values = {"sessions": sessions, "is_cut": len(sessions) == _MOST, "word": self._word()}
        return self._frame.draw(request, "sessions.html", values)

    async def end(self, session_id: RowNumber, request: Request, who: _Who) -> Response:
        """End one of them."""
        typed = await read_typed(request)
        client = self._frame.client(request)
        await self._sign_ins.revoke(session_id, by=who, client=client)
        speak = self._frame.wording(request)
        if session_id == who.session_id:
            return self._frame.go(request, SIGN_IN, Said(speak("You are signed out.")))
        back = own_path(typed.text("back") or SESSIONS)
        return self._frame.go(request, back, Said(speak("The session has ended.")))

    async def ask_to_end_all(self, request: Request) -> Response:
        """Ask before everybody is signed out; for browsers without a script."""
        return self._ask(request, {}, Look())

    async def end_all(self, request: Request, who: _Who) -> Response:
        """Sign everybody out but whoever asks, if the word was typed."""
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        if typed.text("typed").casefold() != self._word():
            mistakes = {"typed": (speak("Type the word exactly as it is written."),)}
            return self._ask(request, mistakes, Look(status=400))
        ended = await self._sign_ins.end_all_others(who, self._frame.client(request))
        text = speak.ngettext("%(num)s session has ended.", "%(num)s sessions have ended.", ended)
        return self._frame.go(request, SESSIONS, Said(text))

    def _ask(
        self, request: Request, mistakes: Mapping[str, tuple[str, ...]], look: Look
    ) -> Response:
        values = {"word": self._word(), "mistakes": mistakes}
        return self._frame.draw(request, "sessions_end.html", values, look)

    def _word(self) -> str:
        # One word for every language: a page and its form may be in two.
        return "pantau"
