"""The door of the application: how often, who, from where, and whether it is meant.

In this order, and each with its effect before the next is asked; the endpoint's own rule and the
body follow inside (`web.endpoints`).
"""

from typing import Final

from pantau.core.errors import Forbidden, Problem, Throttled
from pantau.web import csrf, forms
from pantau.web.events import OnEvent, ignore
from pantau.web.exchange import HotRequest, Receive, Reply
from pantau.web.origins import PREFLIGHT, Origins
from pantau.web.principal import ANONYMOUS, Principal, Resolver, put_principal
from pantau.web.slow_lane import BodyLimit
from pantau.web.throttle import Throttle

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UNPROVEN: Final = frozenset(
    {
        "/api/auth/login",
        "/api/auth/second-factor",
        "/api/auth/refresh",
        "/api/viewer/start",
        "/api/viewer/heartbeat",
        "/api/viewer/stop",
        "/api/viewer/quality",
        # The form stands on pages that are the same for everybody, and uses no credentials.
        "/suara",
    }
)
"""Whole paths: a prefix would let in what happens to begin with the same letters."""
_CREDENTIALS: Final = (b"cookie", b"authorization", b"x-api-key")
_CSRF_SENTENCE: Final = "This request does not carry the token of this site. Load the page again."
_ORIGIN_SENTENCE: Final = "Pages of this site may not use this hub."
_MOST_TOLD: Final = 200


class Guard:
    """Judges every request to the application, and how often hot addresses are read.  Loop only.

    `resolver` is asked only where a credential was sent.
    """

    def __init__(
        self,
        *,
        throttle: Throttle,
        origins: Origins,
        tokens: csrf.CsrfTokens,
        resolver: Resolver | None = None,
        on_event: OnEvent = ignore,
        bodies: BodyLimit | None = None,
    ) -> None:
        self._throttle = throttle
        self._origins = origins
        self._tokens = tokens
        self._resolver = resolver
        self._on_event = on_event
        self.bodies: Final = bodies or BodyLimit()

    def read(self, request: HotRequest) -> Problem | None:
        """Count a read of a hot address; return the refusal where there were too many."""
        refused = self._throttle.read(request)
        if refused is not None:
            self._tell_of_flood(request, refused)
        return refused

    async def admit(self, request: HotRequest, receive: Receive) -> Receive | Reply:
        """Let a request in, and return what its body comes from; or answer a preflight.

        Puts the principal into the request.  Raises the Problem to answer with.
        """
        principal = ANONYMOUS
        if request.header(b"x-api-key"):
            principal = await self._resolve_key(request)
        key_id = principal.key_id if principal.kind == "api_key" else None
        self._refuse_flood(request, await self._throttle.enter(request, key_id=key_id))
        if principal is ANONYMOUS:
            principal = await self._resolve(request)
        put_principal(request.scope, principal)
        if request.method in _SAFE:
            return self._admit_reading(request) or receive
        self._check_origin(request, is_welcome=not self._origins.is_write_from_elsewhere(request))
        return await self._check_meaning(request, receive)

    def _admit_reading(self, request: HotRequest) -> Reply | None:
        self._check_origin(request, is_welcome=not self._origins.is_foreign(request))
        is_preflight = request.method == "OPTIONS" and self._origins.is_allowed(request)
        return Reply(204, headers=PREFLIGHT) if is_preflight else None

    def _check_origin(self, request: HotRequest, *, is_welcome: bool) -> None:
        if is_welcome:
            return
        origin = request.header(b"origin").decode("latin-1")[:_MOST_TOLD]
        self._on_event("ORIGIN_VALIDATION_FAILURE", request.scope, origin=origin)
        raise Forbidden("origin.foreign", _ORIGIN_SENTENCE, envelope={"error": "Forbidden"})

    async def _check_meaning(self, request: HotRequest, receive: Receive) -> Receive:
        if request.path in _UNPROVEN or _has_credential_no_browser_adds(request):
            return receive
        sent = request.header(csrf.HEADER.lower().encode()).decode("latin-1")
        if not sent and forms.is_form(request):
            body = await forms.read_whole(receive)
            sent = forms.field_of(body, csrf.FIELD)
            receive = forms.replay(body, receive)
        elif not sent and forms.is_upload(request):
            beginning = await forms.read_beginning(receive)
            sent = forms.first_field_of(beginning, csrf.FIELD)
            receive = forms.replay_beginning(beginning, receive)
        if self._tokens.is_meant(request.scope, sent):
            return receive
        self._on_event("CSRF_INVALID", request.scope, reason="invalid" if sent else "missing")
        raise Forbidden("csrf.invalid", _CSRF_SENTENCE, envelope={"error": "Forbidden"})

    async def _resolve_key(self, request: HotRequest) -> Principal:
        self._refuse_flood(request, self._throttle.after_guesses(request))
        principal = await self._resolve(request)
        if not principal.is_known and principal.refusal != "unavailable":
            self._throttle.count_guess(request)
            self._on_event("API_KEY_INVALID", request.scope, reason=principal.refusal)
        return principal

    async def _resolve(self, request: HotRequest) -> Principal:
        if self._resolver is None or not any(request.header(name) for name in _CREDENTIALS):
            return ANONYMOUS
        return await self._resolver.resolve(request.scope)

    def _refuse_flood(self, request: HotRequest, refused: Throttled | None) -> None:
        if refused is not None:
            self._tell_of_flood(request, refused)
            raise refused

    def _tell_of_flood(self, request: HotRequest, refused: Throttled) -> None:
        if refused.facts["is_news"]:
            facts = {name: refused.facts[name] for name in ("rate_class", "limit")}
            self._on_event("RATE_LIMIT_EXCEEDED", request.scope, **facts)


def _has_credential_no_browser_adds(request: HotRequest) -> bool:
    # Basic is another matter: browsers repeat it by themselves, to whichever page asks for it.
    scheme = request.header(b"authorization")[:7].lower()
    return scheme == b"bearer " or bool(request.header(b"x-api-key"))
