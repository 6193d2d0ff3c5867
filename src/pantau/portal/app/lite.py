"""Lite mode by hand, for browsers with and without scripts.

The choice is a cookie.  `early.js` reads it before the first paint; whose browser runs no script
gets the same mark from here: `data-lite` on the root of the page, which styles look at.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit

from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import Answer, Choice, Handler, HotRequest, Reply, Route, Streamed
from pantau.web.snapshot import Encoded

COOKIE: Final = "pantau_lite"
SWITCH: Final = "/hemat"
_Some = TypeVar("_Some", Route, Route | Choice)
_ROOT: Final = b"<html "
_CHOICES: Final = {b"lite=1": "1", b"lite=0": "0"}
_YEAR_S: Final = 31_536_000
_MOST_READY: Final = 32
_NO_PAGES: Final = ("/api/", "/assets/", "/gambar/", "/health", "/hls/", "/ikon/", "/warna/")
_AS_IT_IS: Final = "/?%:@!$&'()*+,;=~-._"
"""What may stand in an address as it is."""
_OWN_HEADERS: Final = frozenset(
    {b"content-type", b"content-length", b"content-encoding", b"etag", b"cache-control"}
)


class LiteMode:
    """Wraps routes of public pages.  Loop only; costs nothing for whoever wants all of a page."""

    def __init__(self) -> None:
        self._ready: OrderedDict[int, tuple[Reply, Encoded]] = OrderedDict()

    def exact(self) -> dict[str, Route]:
        """Return the route of the switch."""
        return {SWITCH: Route(switch)}

    def around(self, routes: Mapping[str, _Some]) -> dict[str, _Some]:
        """Return `routes`; pages among them understand `?lite=1` and `?lite=0`, and are marked."""
        return {
            path: replace(route, handler=self._around(route.handler))
            if isinstance(route, Route) and not path.startswith((*_NO_PAGES, SWITCH))
            else route
            for path, route in routes.items()
        }

    def _around(self, handler: Handler) -> Handler:
        def handle(request: HotRequest) -> Answer:
            if b"lite=" in request.query:
                chosen = _chosen(request.query)
                if chosen:
                    return _remember(chosen, _without_choice(request.path, request.query))
            why = _why(request)
            if not why:
                return handler(request)
            answer = handler(_plainly(request))
            if isinstance(answer, Reply):
                return self._marked(answer, request, why)
            return self._later(answer, request, why)

        return handle

    async def _later(
        self, answer: Awaitable[Reply | Streamed], request: HotRequest, why: bytes
    ) -> Reply | Streamed:
        ready = await answer
        return self._marked(ready, request, why) if isinstance(ready, Reply) else ready

    def _marked(self, reply: Reply, request: HotRequest, why: bytes) -> Reply:
        if not reply.is_html or reply.status != 200:
            return reply
        kept = self._ready.get(id(reply))
        if kept is not None and why == b"hand":
            self._ready.move_to_end(id(reply))
            return kept[1].reply(request)
        body = reply.body.replace(_ROOT, b'%sdata-lite="%s" ' % (_ROOT, why), 1)
        said = dict(reply.headers)
        page = Encoded(
            body,
            content_type=said[b"content-type"],
            cache_control=said[b"cache-control"],
            headers=tuple(pair for pair in reply.headers if pair[0] not in _OWN_HEADERS),
        )
        if why == b"hand" and b"set-cookie" not in said:
            # A page that is the same for everybody is the same object until it changes.
            self._ready[id(reply)] = (reply, page)
            while len(self._ready) > _MOST_READY:
                self._ready.popitem(last=False)
        return page.reply(request)


def switch(request: HotRequest) -> Reply:
    """Remember a choice and lead back to the page it was made on."""
    chosen = _chosen(request.query)
    try:
        came_from = urlsplit(request.header(b"referer").decode("latin-1"))
    except ValueError:
        return _remember(chosen, "/")
    is_ours = came_from.netloc.encode("latin-1") == request.header(b"host") != b""
    if not is_ours or came_from.path.startswith(SWITCH):
        return _remember(chosen, "/")
    return _remember(chosen, _without_choice(came_from.path, came_from.query.encode("latin-1")))


def _why(request: HotRequest) -> bytes:
    if b"text/html" not in request.header(b"accept"):
        return b""
    cookie = request.header(b"cookie")
    chosen = ""
    if COOKIE.encode() in cookie:
        chosen = visitor_of_scope(request.scope).cookies.get(COOKIE, "")
    if chosen:
        return b"hand" if chosen == "1" else b""
    return b"save" if request.header(b"save-data").lower() == b"on" else b""


def _chosen(query: bytes) -> str:
    return next((_CHOICES[field] for field in query.split(b"&") if field in _CHOICES), "")


def _without_choice(path: str, query: bytes) -> str:
    # Two slashes would lead to another site.
    target = "/" + quote(path, safe=_AS_IT_IS).lstrip("/")
    kept = b"&".join(field for field in query.split(b"&") if field not in _CHOICES)
    return f"{target}?{quote(kept, safe=_AS_IT_IS)}" if kept else target


def _remember(chosen: str, target: str) -> Reply:
    location = (b"location", target.encode("ascii"))
    if not chosen:
        return Reply(303, headers=(location,))
    cookie = f"{COOKIE}={chosen}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
    return Reply(303, headers=(location, (b"set-cookie", cookie.encode())))


def _plainly(request: HotRequest) -> HotRequest:
    """Return the same request from somebody who has no copy and understands no compression."""
    # Handlers leave word for the headers of the answer in it: both must hold the same one.
    request.scope.setdefault("state", {})
    without = {b"accept-encoding", b"if-none-match"}
    headers = [pair for pair in request.scope["headers"] if pair[0] not in without]
    scope = {**request.scope, "headers": [*headers, (b"accept-encoding", b"identity")]}
    plain = HotRequest(
        scope, request_id=request.request_id, look_up_client=lambda _: request.client_address
    )
    plain.rest = request.rest
    return plain
