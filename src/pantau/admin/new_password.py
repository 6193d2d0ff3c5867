"""Choosing a new password because the old one has expired."""

from fastapi import Request, Response

from pantau.accounts.users.service import Users
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.own_paths import HOME, own_path
from pantau.admin.sign_in import NEW_PASSWORD
from pantau.admin.typed import read_typed
from pantau.admin.waiting import retry_after, wait_s
from pantau.core.errors import Conflict, Invalid, Throttled
from pantau.web.access import signed_in
from pantau.web.endpoints import Endpoints

_FIELDS = ("current_password", "new_password")


class NewPasswordPages:
    """The only page of the admin that opens with an expired password."""

    def __init__(self, frame: Frame, *, users: Users) -> None:
        self._frame = frame
        self._users = users

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        also_expired = signed_in(also_with_expired_password=True)
        add.get("/new-password", access=also_expired, **HIDDEN)(self.show)
        add.post("/new-password", access=also_expired, **HIDDEN)(self.change)

    async def show(self, request: Request) -> Response:
        """Show the form."""
        return self._frame.draw(request, "new_password.html", {"next_path": HOME})

    async def change(self, request: Request) -> Response:
        """Change it and go on."""
        typed = await read_typed(request)
        next_path = own_path(typed.text("next", most=1001))
        try:
            await self._users.change_own_password(
                typed.secret("current_password"),
                typed.secret("new_password"),
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict, Throttled) as problem:
            mistakes = self._frame.wording(request).mistakes(problem, known=_FIELDS)
            look = Look(
                status=problem.status, here=NEW_PASSWORD, headers=retry_after(wait_s(problem))
            )
            values = {"next_path": next_path, "mistakes": mistakes}
            return self._frame.draw(request, "new_password.html", values, look)
        speak = self._frame.wording(request)
        text = speak("Your password was changed. Your other sessions have ended.")
        return self._frame.go(request, next_path, Said(text))
