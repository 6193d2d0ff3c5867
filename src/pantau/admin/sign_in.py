"""Signing in and out: two forms, and what is said when they do not open."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response

from pantau.accounts.sessions.cookies import SessionCookies
from pantau.accounts.sessions.resolver import SessionResolver
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.sessions.values import Credentials, SecondFactorNeeded, SignedIn
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.own_paths import HOME, SIGN_IN, own_path
from pantau.admin.typed import Typed, read_typed
from pantau.admin.waiting import retry_after, wait_s
from pantau.core.errors import Problem, Throttled, Unauthenticated
from pantau.web.access import public
from pantau.web.endpoints import Endpoints
from pantau.web.principal import principal_of

SIGN_OUT: Final = "/admin/sign-out"
NEW_PASSWORD: Final = "/admin/new-password"  # noqa: S105 - an address
_MOST_NAME: Final = 50
_MOST_PASSWORD: Final = 128


def sign_in_values(
    next_path: str,
    *,
    username: str = "",
    mistake: str = "",
    notice: str = "",
    wait: float = 0.0,
    may_be_renewed: bool = False,
) -> Mapping[str, object]:
    """Return what the template `sign_in.html` needs.

    `may_be_renewed` lets a script try once whether the session merely aged.
    """
    return {
        "next_path": next_path,
        "username": username,
        "mistake": mistake,
        "notice": notice,
        "wait_s": round(wait),
        "may_be_renewed": may_be_renewed,
    }


class SignInPages:
    """The way in and the way out."""

    def __init__(
        self,
        frame: Frame,
        *,
        sign_ins: SignIns,
        resolver: SessionResolver,
        cookies: SessionCookies,
    ) -> None:
        self._frame = frame
        self._sign_ins = sign_ins
        self._resolver = resolver
        self._cookies = cookies

    def declare(self, add: Endpoints) -> None:
        """Declare the pages; all of them are for people who are not signed in."""
        anybody = public()
        add.get("/sign-in", access=anybody, **HIDDEN)(self.show)
        add.post("/sign-in", access=anybody, **HIDDEN)(self.sign_in)
        add.get("/second-factor", access=anybody, **HIDDEN)(self.show)
        add.post("/second-factor", access=anybody, **HIDDEN)(self.second_factor)
        # Also with a session that has aged: its refresh token lives on until somebody ends it.
        add.post("/sign-out", access=anybody, **HIDDEN)(self.sign_out)

    async def show(self, request: Request, next: str = HOME) -> Response:  # noqa: A002 - its name
        """Show the form, or go on where somebody is signed in already."""
        next_path = own_path(next)
        if principal_of(request.scope).kind == "session":
            return self._frame.go(request, next_path)
        values = sign_in_values(next_path, may_be_renewed=True)
        return self._frame.draw(request, "sign_in.html", values, Look(here=SIGN_IN))

    async def sign_in(self, request: Request) -> Response:
        """Try a user name and a password."""
        typed = await read_typed(request)
        username = typed.text("username", most=_MOST_NAME)
        password = typed.secret("password", most=_MOST_PASSWORD + 1)
        if not username or not password or len(password) > _MOST_PASSWORD:
            speak = self._frame.wording(request)
            mistake = speak("Type your user name and your password.")
            return self._refused(request, typed, mistake=mistake, status=400)
        credentials = Credentials(username=username, password=password)
        try:
            begun = await self._sign_ins.sign_in(credentials, self._frame.client(request))
        except (Unauthenticated, Throttled) as problem:
            return self._refused_by(problem, request, typed)
        if isinstance(begun, SecondFactorNeeded):
            return self._ask_for_code(request, typed, begun.challenge)
        return self._begun(request, typed, begun)

    async def second_factor(self, request: Request) -> Response:
        """Try a code of the second factor."""
        typed = await read_typed(request)
        challenge = typed.text("challenge")
        code = typed.text("code", most=20)
        try:
            begun = await self._sign_ins.second_factor(challenge, code, self._frame.client(request))
        except Unauthenticated as problem:
            if problem.code == "auth.challenge":
                return self._refused_by(problem, request, typed)
            speak = self._frame.wording(request)
            mistake = speak("This code is not right, or it was used before.")
            return self._ask_for_code(request, typed, challenge, mistake=mistake, status=401)
        except Throttled as problem:
            return self._refused_by(problem, request, typed)
        return self._begun(request, typed, begun)

    async def sign_out(self, request: Request) -> Response:
        """End the session of whoever asks."""
        principal = await self._resolver.signed_out_by(request.scope)
        if principal.is_known:
            await self._sign_ins.sign_out(principal, self._frame.client(request))
        speak = self._frame.wording(request)
        said = Said(speak("You are signed out."))
        return self._frame.go(request, SIGN_IN, said, self._cookies.cleared(request.scope))

    def _begun(self, request: Request, typed: Typed, begun: SignedIn) -> Response:
        next_path = own_path(typed.text("next", most=1001))
        cookies = self._cookies.of(begun, request.scope)
        said = Said(has_just_signed_in=True)
        age = begun.password_age
        if age.is_expired:
            return self._frame.go(request, NEW_PASSWORD, said, cookies)
        if age.should_warn and age.days_left is not None:
            speak = self._frame.wording(request)
            text = speak.ngettext(
                "Your password expires within %(num)s day. Choose a new one on your profile.",
                "Your password expires in %(num)s days. Choose a new one on your profile.",
                age.days_left,
            )
            said = Said(text, "warn", has_just_signed_in=True)
        return self._frame.go(request, next_path, said, cookies)

    def _ask_for_code(
        self,
        request: Request,
        typed: Typed,
        challenge: str,
        *,
        mistake: str = "",
        status: int = 200,
    ) -> Response:
        values = {
            "next_path": own_path(typed.text("next", most=1001)),
            "challenge": challenge,
            "mistake": mistake,
        }
        look = Look(status=status, here=SIGN_IN)
        return self._frame.draw(request, "second_factor.html", values, look)

    def _refused_by(self, problem: Problem, request: Request, typed: Typed) -> Response:
        sentence = self._frame.wording(request).sentence(problem.sentence)
        return self._refused(
            request, typed, mistake=sentence, status=problem.status, wait=wait_s(problem)
        )

    def _refused(
        self, request: Request, typed: Typed, *, mistake: str, status: int, wait: float = 0.0
    ) -> Response:
        values = sign_in_values(
            own_path(typed.text("next", most=1001)),
            username=typed.text("username", most=_MOST_NAME),
            mistake=mistake,
            wait=wait,
        )
        look = Look(status=status, here=SIGN_IN, headers=retry_after(wait))
        return self._frame.draw(request, "sign_in.html", values, look)
