"""`/api/auth`: signing in and out, renewing, and one's own sessions."""

from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import Body, Depends, Request, Response

from pantau.accounts.client import Client, client_of
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.accounts.sessions.credentials import REFRESH_COOKIE
from pantau.accounts.sessions.resolver import SessionResolver
from pantau.accounts.sessions.schemas import (
    CsrfOutput,
    LoginInput,
    LoginOutput,
    RefreshInput,
    SecondFactorInput,
    SessionOutput,
    TokensOutput,
    UserOutput,
    VerifyOutput,
    login_output,
    session_output,
    tokens_output,
)
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.sessions.values import Credentials, SecondFactorNeeded, SignedIn
from pantau.core.errors import NotFound, Unauthenticated
from pantau.web.access import public, signed_in
from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import cookie_of
from pantau.web.csrf import HEADER, LIFETIME_S, CsrfTokens
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.exchange import Scope
from pantau.web.principal import Principal

_SIGNING_IN: Final = refusals(400, 401, 403, 429, 503)
_OWN: Final = refusals(401, 403, 429)
_SIGNED_IN: Final = "You are signed in."
_Who = Annotated[Principal, Depends(current_principal)]


class AuthApi:
    """The endpoints of sessions; include `endpoints.router`."""

    def __init__(
        self,
        sign_ins: SignIns,
        resolver: SessionResolver,
        *,
        cookies: SessionCookies,
        csrf: CsrfTokens,
        clients: ClientAddresses,
    ) -> None:
        self._sign_ins = sign_ins
        self._resolver = resolver
        self._cookies = cookies
        self._csrf = csrf
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/auth", tag="auth")
        self._declare_public()
        self._declare_own()

    def _declare_public(self) -> None:
        add, anybody = self.endpoints, public()
        bare = {"response_model_exclude_none": True}
        add.get("/csrf", access=anybody, responses=refusals(403, 429))(self.csrf)
        add.post("/login", access=anybody, responses=_SIGNING_IN, **bare)(self.login)
        add.post("/second-factor", access=anybody, responses=_SIGNING_IN, **bare)(
            self.second_factor
        )
        add.post("/refresh", access=anybody, responses=_SIGNING_IN)(self.refresh)
        # Also for an access token that has expired: its session has not, and must end here.
        known = signed_in(also_with_expired_password=True)
        add.post("/logout", access=anybody, described_as=known, responses=_OWN)(self.logout)

    def _declare_own(self) -> None:
        add, mine = self.endpoints, signed_in(also_with_expired_password=True)
        add.get("/verify", access=mine, responses=_OWN)(self.verify)
        add.get("/sessions", access=mine, responses=_OWN)(self.sessions)
        one = refusals(400, 401, 403, 404, 429)
        add.delete("/sessions/{session_id}", access=mine, responses=one)(self.end_session)
        add.post("/logout-everywhere", access=mine, responses=_OWN)(self.logout_everywhere)

    async def csrf(self, request: Request, response: Response) -> Answer[CsrfOutput]:
        """Return the token that writes must carry; other tabs keep theirs."""
        token, is_fresh = self._csrf.for_page(request.scope)
        left_s = LIFETIME_S if is_fresh else self._csrf.left_s(token)
        _set(response, [self._cookies.csrf(token, request.scope)])
        return Answer(data=CsrfOutput(token=token, headerName=HEADER, expiresIn=left_s))

    async def login(
        self, body: LoginInput, request: Request, response: Response
    ) -> Saved[LoginOutput]:
        """Begin a session."""
        credentials = Credentials(
            username=body.username, password=body.password, code=body.code or ""
        )
        begun = await self._sign_ins.sign_in(credentials, self._client(request))
        if isinstance(begun, SecondFactorNeeded):
            raise Unauthenticated(
                "auth.second_factor",
                "The code of the second factor is needed too.",
                envelope={"challenge": begun.challenge},
            )
        return self._begun(begun, request.scope, response)

    async def second_factor(
        self, body: SecondFactorInput, request: Request, response: Response
    ) -> Saved[LoginOutput]:
        """Begin the session that waited for the second factor."""
        begun = await self._sign_ins.second_factor(body.challenge, body.code, self._client(request))
        return self._begun(begun, request.scope, response)

    async def refresh(
        self,
        request: Request,
        response: Response,
        body: Annotated[RefreshInput | None, Body()] = None,
    ) -> Saved[TokensOutput]:
        """Replace both tokens; the body may be missing."""
        told = body.refreshToken if body is not None else None
        token = cookie_of(request.scope, REFRESH_COOKIE) or told or ""
        renewed = await self._sign_ins.refresh(token, self._client(request))
        _set(response, self._cookies.of(renewed, request.scope))
        tokens = tokens_output(renewed, shows_tokens=_shows_tokens(request.scope))
        return Saved(message="The session was renewed.", data=tokens)

    async def logout(self, request: Request, response: Response) -> Done:
        """End the session and remove its cookies."""
        principal = await self._resolver.signed_out_by(request.scope)
        if not principal.is_known:
            raise Unauthenticated("access.unauthenticated", "You are not signed in.")
        await self._sign_ins.sign_out(principal, self._client(request))
        _set(response, self._cookies.cleared(request.scope))
        return Done(message="You are signed out.")

    async def verify(self, who: _Who) -> Answer[VerifyOutput]:
        """Tell who is signed in."""
        return Answer(data=VerifyOutput(user=_user_of(who)))

    async def sessions(self, who: _Who) -> Answer[list[SessionOutput]]:
        """List one's own sessions, the newest first."""
        views = await self._sign_ins.sessions(_user_of(who).id)
        return Answer(data=[session_output(view, current_id=who.session_id) for view in views])

    async def end_session(self, session_id: RowNumber, who: _Who, request: Request) -> Done:
        """End one of one's own sessions."""
        views = await self._sign_ins.sessions(_user_of(who).id)
        if session_id not in {view.id for view in views}:
            raise NotFound("session.unknown", "There is no such session.")
        await self._sign_ins.revoke(session_id, by=who, client=self._client(request))
        return Done(message="The session was ended.")

    async def logout_everywhere(self, who: _Who, request: Request, response: Response) -> Done:
        """End all of one's own sessions, this one too."""
        ended = await self._sign_ins.sign_out_everywhere(who, self._client(request))
        _set(response, self._cookies.cleared(request.scope))
        return Done(message=f"{ended} sessions were ended.")

    def _client(self, request: Request) -> Client:
        return client_of(request.scope, self._clients)

    def _begun(self, begun: SignedIn, scope: Scope, response: Response) -> Saved[LoginOutput]:
        _set(response, self._cookies.of(begun, scope))
        output = login_output(begun, shows_tokens=_shows_tokens(scope))
        return Saved(message=_SIGNED_IN, data=output)


def _set(response: Response, cookies: Iterable[str]) -> None:
    response.headers["cache-control"] = "no-store"
    for value in cookies:
        response.headers.append("set-cookie", value)


def _shows_tokens(scope: Scope) -> bool:
    # Only browsers send this.  What a page's script can read, an injected one can, too.
    return not any(name == b"sec-fetch-site" for name, _ in scope["headers"])


def _user_of(who: Principal) -> UserOutput:
    if who.user_id is None or who.role is None:
        raise Unauthenticated("access.unauthenticated", "You are not signed in.")
    return UserOutput(id=who.user_id, username=who.username, role=who.role)
