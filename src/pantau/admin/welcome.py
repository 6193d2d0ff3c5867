"""The first admin, and somebody locked out: a link that works once leads to a name and password."""

from typing import Final

from fastapi import Request, Response

from pantau.accounts.first_run import FirstRun
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.own_paths import HOME, WELCOME
from pantau.admin.typed import read_typed
from pantau.admin.wording import Mistakes
from pantau.core.errors import Invalid, NotFound
from pantau.web.access import public
from pantau.web.endpoints import Endpoints
from pantau.web.exchange import Header

_FIELDS: Final = ("username", "password")
_MOST_TOKEN: Final = 100
# The address holds the token until a script takes it out, and must not travel.  Not `no-referrer`:
# browsers then also send the form with `Origin: null`, which says that it is not ours.
_NO_ADDRESS: Final[tuple[Header, ...]] = ((b"referrer-policy", b"strict-origin"),)


class WelcomePages:
    """Redeems links to the first run."""

    def __init__(self, frame: Frame, *, first_run: FirstRun, cookies: SessionCookies) -> None:
        self._frame = frame
        self._first_run = first_run
        self._cookies = cookies

    def declare(self, add: Endpoints) -> None:
        """Declare the pages; the link itself is the permission."""
        add.get("/welcome", access=public(), **HIDDEN)(self.show)
        add.post("/welcome", access=public(), **HIDDEN)(self.redeem)

    async def show(self, request: Request, token: str = "") -> Response:
        """Show the form behind a good link."""
        if len(token) > _MOST_TOKEN or not await self._first_run.is_valid(token):
            return self._dead(request)
        return self._form(request, token, username="", mistakes={}, status=200)

    async def redeem(self, request: Request) -> Response:
        """Make the admin and let them in."""
        typed = await read_typed(request)
        token = typed.text("token", most=_MOST_TOKEN)
        username = typed.text("username", most=51)
        try:
            begun = await self._first_run.redeem(
                token, username, typed.secret("password"), self._frame.client(request)
            )
        except NotFound:
            return self._dead(request)
        except Invalid as problem:
            mistakes = self._frame.wording(request).mistakes(problem, known=_FIELDS)
            return self._form(request, token, username=username, mistakes=mistakes, status=400)
        speak = self._frame.wording(request)
        text = speak("Welcome. A second factor makes your account safer.")
        said = Said(text, has_just_signed_in=True)
        return self._frame.go(request, HOME, said, self._cookies.of(begun, request.scope))

    def _form(
        self, request: Request, token: str, *, username: str, mistakes: Mistakes, status: int
    ) -> Response:
        values = {"token": token, "username": username, "mistakes": mistakes}
        look = Look(status=status, headers=_NO_ADDRESS)
        return self._frame.draw(request, "welcome.html", values, look)

    def _dead(self, request: Request) -> Response:
        speak = self._frame.wording(request)
        values = {
            "title": speak("This link does not work any more"),
            "sentence": speak(
                "It was used, it is older than a day, or a newer one was made. "
                "On the server, `pantau admin-link` makes another."
            ),
            "icon": "link",
            "request_id": "",
            "wait_s": 0,
            "again": "",
            "back": HOME,
        }
        look = Look(status=404, headers=_NO_ADDRESS, here=WELCOME)
        return self._frame.draw(request, "refused.html", values, look)
