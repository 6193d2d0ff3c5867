"""The outermost layer: judges targets, answers hot addresses, puts headers on every answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias, TypeVar

import structlog

from pantau.core.clock import Clock, SystemClock
from pantau.core.errors import Problem, Unsupported
from pantau.core.request_ids import answering
from pantau.web.bodies import TooLarge, WrongInputs
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import (
    Answer,
    ASGIApp,
    Choice,
    Header,
    HotRequest,
    Receive,
    Reply,
    Route,
    Scope,
    Send,
    Streamed,
)
from pantau.web.guard import Guard
from pantau.web.headers import SecurityHeaders
from pantau.web.late import LOADING_S
from pantau.web.origins import PREFLIGHT_HEADERS
from pantau.web.problems import Problems, refusal_of, refusal_of_status, reply_of
from pantau.web.slow_lane import BodyLimit, LimitedBody, SlowAnswer
from pantau.web.targets import MalformedTarget, check_target
from pantau.web.traffic import Traffic
from pantau.web.writing import HotRoute, Writing

log = structlog.get_logger()

_Done = TypeVar("_Done")

_VERSIONS: Final = frozenset({"1.0", "1.1", "2", "3"})
"""The later two come from servers other than ours."""
_READING: Final = frozenset({"GET", "HEAD"})
_ALLOW: Final = (b"allow", b"GET, HEAD, OPTIONS")
_ALLOW_WRITING: Final = (b"allow", b"OPTIONS, POST")
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", PREFLIGHT_HEADERS),
    (b"access-control-max-age", b"86400"),
)


class FastLane:
    """An ASGI application in front of `app`.  Loop only.

    `exact` maps whole paths, `prefixes` maps beginnings (the longest wins); both answer GET, HEAD
    and OPTIONS and refuse other methods, unless the route passes them on.  What `exact` has for
    writing takes POST alone, past the guard; everything else goes to `app`, past the guard as well.
    `web.connection` asks `begin` first, so that an answer which is known already costs no task.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        exact: Mapping[str, HotRoute],
        prefixes: Mapping[str, Route | Choice],
        clients: ClientAddresses,
        headers: SecurityHeaders | None = None,
        problems: Problems | None = None,
        guard: Guard | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._app = app
        self._clock = clock or SystemClock()
        self._exact = {path: route for path, route in exact.items() if isinstance(route, Route)}
        self._writings = {path: each for path, each in exact.items() if isinstance(each, Writing)}
        self._prefixes = sorted(prefixes.items(), key=lambda pair: -len(pair[0]))
        self._clients = clients
        self._headers = headers or SecurityHeaders(clients)
        self._problems = problems or Problems(data_prefixes=("/api/", "/hls/", "/health"))
        self._bodies = guard.bodies if guard is not None else BodyLimit()
        self._guard = guard
        self.traffic: Final = Traffic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # WebSockets are not spoken, and the supervisor starts services, not a lifespan.
            raise RuntimeError(f"a scope of type {scope['type']} reached the fast lane")
        await self.continue_from(self.begin(scope))(scope, receive, send)

    def begin(self, scope: Scope) -> "HotRequest | Started":
        """Return the answer to a hot address or a refused target, ready or to be awaited.

        Writes have none before their bodies have come.  For every other address the request itself
        comes back: the application answers it.
        """
        request = HotRequest(
            scope,
            request_id=self._headers.request_id(scope),
            look_up_client=self._clients.of,
        )
        request.began_mono = self._clock.mono_s()
        route = None
        try:
            check_target(scope["raw_path"], scope["query_string"])
            _check_form(request)
            route = self._find(request)
            if route is None:
                writing = self._writings.get(request.path)
                return request if writing is None else Started(request, writing, None)
            if request.method in _READING:
                if route.limit == "reads" and self._guard is not None:
                    refused = self._guard.read(request)
                    if refused is not None:
                        return Started(request, route, self._refuse(request, refused, route))
                answer = route.handler(request)
                if type(answer) is Reply and answer.status == 404:
                    answer = self._count_miss(request, answer, route)
                return Started(request, route, answer)
            if route.passes_writes:
                return request
            return Started(request, route, self._answer_other_method(request, route))
        except Exception as error:  # noqa: BLE001  # the HTTP boundary; logged in _refuse
            return Started(request, route, self._refuse(request, error, route))

    def wire_head(self, started: "Started", reply: Reply) -> bytes:
        """Return status line and headers of `reply`, but for the date and the end; count it."""
        request, route = started.request, started.route
        took_s = self._clock.mono_s() - request.began_mono
        self.traffic.note(request, reply.status, took_s, route)
        cross_origin = reply.cross_origin or (route is not None and route.cross_origin)
        block = self._headers.wire_block(request.scope, reply, cross_origin=cross_origin)
        return b"%s%s%sx-request-id: %s\r\n" % (
            reply.wire_head,
            block,
            request.more_lines,
            request.request_id,
        )

    def wire_refusal(self, status: int, more: Iterable[Header]) -> bytes:
        """Return the whole answer to something that was no request, and count it."""
        self.traffic.note_refused(status)
        name = self._headers.new_request_id()
        reply = reply_of(refusal_of_status(status, name))
        own = (*more, (b"x-request-id", name.encode()), (b"connection", b"close"))
        lines = b"".join(b"%s: %s\r\n" % pair for pair in own)
        return b"%s%s%s\r\n%s" % (reply.wire_head, self._headers.plain_block, lines, reply.body)

    def continue_from(
        self, started: "HotRequest | Started", *, write: "Write | None" = None
    ) -> ASGIApp:
        """Return an application that sends what `begin` began.

        A hot answer goes through `write` where it takes it: without what servers make of an
        application's messages, which costs as much as all the rest of an answer that had to wait.
        """

        async def finish(_scope: Scope, receive: Receive, send: Send) -> None:
            request = started if isinstance(started, HotRequest) else started.request
            with answering(request.request_id.decode("latin-1")):
                if isinstance(started, HotRequest):
                    await self._take_slow_lane(started, receive, send)
                else:
                    ready = await self._landed(started, receive)
                    if write is None or isinstance(ready, Streamed) or not write(started, ready):
                        await self._send_landed(started, ready, send)

        return finish

    async def _landed(self, started: "Started", receive: Receive) -> "Reply | Streamed":
        request, route, answer = started
        if isinstance(answer, Reply):
            return answer
        try:
            ready = await _or_failure(answer or self._take_write(started, receive))
        except asyncio.CancelledError:
            self.traffic.note(request, 0, 0.0, route)
            raise
        if isinstance(ready, Exception):
            return self._refuse(request, ready, route)
        return self._count_miss(request, ready, route) if isinstance(ready, Reply) else ready

    async def _take_write(self, started: "Started", receive: Receive) -> Reply:
        request, writing, _ = started
        assert isinstance(writing, Writing)
        body: Receive = LimitedBody(
            receive,
            self._bodies.for_path(request.path),
            _refuse_too_large,
            declared_bytes=_declared_bytes(request),
        )
        if self._guard is not None:
            admitted = await self._guard.admit(request, body)
            if isinstance(admitted, Reply):
                return admitted
            body = admitted
        if request.method != "POST":
            return self._answer_other_method(request, writing)
        return await writing.take(request, body)

    async def _send_landed(self, started: "Started", ready: "Reply | Streamed", send: Send) -> None:
        request, route, _ = started
        cross_origin = route is not None and route.cross_origin
        answer = self._slow_answer(request, send, cross_origin=cross_origin)
        sending = (
            answer.send_reply(ready) if isinstance(ready, Reply) else answer.send_streamed(ready)
        )
        await self._finish(request, answer, sending, route)

    def _count_miss(self, request: HotRequest, reply: Reply, route: HotRoute | None) -> Reply:
        """Count an answer that is not there, and replace it where there were too many."""
        if self._guard is None or route is None or route.limit != "misses" or reply.status != 404:
            return reply
        refused = self._guard.read(request)
        return reply if refused is None else self._refuse(request, refused, route)

    async def _take_slow_lane(self, request: HotRequest, receive: Receive, send: Send) -> None:
        state = request.scope.setdefault("state", {})
        state["request_id"] = request.request_id.decode("latin-1")
        # The application is told GET where HEAD was asked for.
        state["method"] = request.method
        answer = self._slow_answer(request, send)
        body = LimitedBody(
            receive,
            self._bodies.for_path(request.path),
            lambda: self._replace_too_large(request, answer),
            declared_bytes=_declared_bytes(request),
        )
        await self._finish(request, answer, self._enter(request, body, answer))

    async def _enter(self, request: HotRequest, body: Receive, answer: SlowAnswer) -> None:
        if self._guard is not None:
            admitted = await self._guard.admit(request, body)
            if isinstance(admitted, Reply):
                await answer.send_reply(admitted)
                return
            body = admitted
        scope = request.scope
        inner = {**scope, "method": "GET"} if request.method == "HEAD" else scope
        await self._app(inner, body, answer)

    def _slow_answer(
        self, request: HotRequest, send: Send, *, cross_origin: bool = False
    ) -> SlowAnswer:
        return SlowAnswer(
            request, send, self._headers, clock=self._clock, cross_origin=cross_origin
        )

    def _replace_too_large(self, request: HotRequest, answer: SlowAnswer) -> None:
        answer.replacement = self._refuse_status(request, 413)

    async def _finish(
        self,
        request: HotRequest,
        answer: SlowAnswer,
        work: Awaitable[None],
        route: HotRoute | None = None,
    ) -> None:
        try:
            failure = await _or_failure(work)
            if failure is not None:
                reply = answer.replacement or self._refuse(request, failure, route)
                if not answer.has_started:
                    await answer.send_reply(reply)
                elif not answer.is_complete:
                    # Half an answer is out; only closing the connection says that it is not whole.
                    raise failure
        finally:
            loading_s: float = request.scope.get("state", {}).get(LOADING_S, 0.0)
            self.traffic.note(request, answer.status, answer.took_s - loading_s, route)

    def _refuse(self, request: HotRequest, error: Exception, route: HotRoute | None) -> Reply:
        name = request.request_id.decode("latin-1")
        if isinstance(error, Problem):
            refusal = refusal_of(error, name)
            if isinstance(error, WrongInputs):
                self._problems.tell_of_wrong_inputs(request.scope, refusal)
        else:
            with answering(name):
                log.error("request_failed", path=request.path, exc_info=error)
            refusal = refusal_of_status(500, name)
        cross_origin = route is not None and route.cross_origin
        reply = self._problems.reply(request.scope, refusal, cross_origin=cross_origin)
        return self._count_miss(request, reply, route)

    def _refuse_status(self, request: HotRequest, status: int) -> Reply:
        refusal = refusal_of_status(status, request.request_id.decode("latin-1"))
        return self._problems.reply(request.scope, refusal)

    def _answer_other_method(self, request: HotRequest, route: HotRoute) -> Reply:
        allow = _ALLOW_WRITING if isinstance(route, Writing) else _ALLOW
        if request.method == "OPTIONS":
            headers = (allow, *_PREFLIGHT) if route.cross_origin else (allow,)
            return Reply(204, headers=headers, cross_origin=route.cross_origin)
        refused = self._refuse_status(request, 405)
        return Reply(
            405,
            refused.body,
            headers=(*_without_length(refused), allow),
            cross_origin=route.cross_origin,
        )

    def _find(self, request: HotRequest) -> Route | None:
        path = request.path
        route = self._exact.get(path)
        if route is None:
            for prefix, prefixed in self._prefixes:
                if path.startswith(prefix):
                    request.rest = rest = path[len(prefix) :]
                    return prefixed.pick(rest) if isinstance(prefixed, Choice) else prefixed
        return route


class UnknownVersion(Unsupported):
    """A version of HTTP that nobody has agreed on here."""

    status = 505


class Started(NamedTuple):
    """A hot request with its answer, ready or on its way."""

    request: HotRequest
    route: HotRoute | None
    answer: "Answer | None"
    """None: of a write, whose body has not come."""


Write: TypeAlias = Callable[[Started, Reply], bool]
"""Puts a hot answer on the wire, counted with its head; says no where it cannot."""


async def _or_failure(work: Awaitable[_Done]) -> _Done | Exception:
    """Do `work`; what fails in it is handed back, for whoever asked to make an answer of it."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001  # the HTTP boundary; logged in _refuse
        return error


def _check_form(request: HotRequest) -> None:
    version = request.scope.get("http_version")
    if version not in _VERSIONS:
        raise UnknownVersion("request.version", "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    # RFC 9112, section 3.2: without exactly one Host two programs may read a request differently.
    if not request.header(b"host") and version != "1.0":
        raise MalformedTarget("request.host", "The request does not say which host it is for.")
    if request.repeats(b"host"):
        raise MalformedTarget("request.host", "The request names more than one host.")


def _declared_bytes(request: HotRequest) -> int:
    return int(request.header(b"content-length") or b"0")


def _refuse_too_large() -> None:
    raise TooLarge


def _without_length(reply: Reply) -> tuple[Header, ...]:
    return tuple(pair for pair in reply.headers if pair[0] != b"content-length")
