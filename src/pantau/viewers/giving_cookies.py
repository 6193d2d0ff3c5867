"""Pages on which people watch give each browser a number of its own, until it is closed."""

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from pantau.viewers.visitors import cookie_of, with_cookie
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Answer, Choice, Handler, HotRequest, Reply, Route, Streamed

_PAGE: Final = frozenset({200, 304})
_Some = TypeVar("_Some", Route, Route | Choice)


class CookieGiver:
    """Wraps routes of pages.  Playlists never give a cookie: caches in front share them."""

    def __init__(self, clients: ClientAddresses) -> None:
        self._clients = clients

    def wrapped(self, routes: Mapping[str, _Some], paths: Collection[str]) -> dict[str, _Some]:
        """Return `routes`; those at `paths` give cookies to whoever has none."""
        return {
            path: replace(route, handler=self._giving(route.handler))
            if path in paths and isinstance(route, Route)
            else route
            for path, route in routes.items()
        }

    def _giving(self, handler: Handler) -> Handler:
        def handle(request: HotRequest) -> Answer:
            answer = handler(request)
            if isinstance(answer, Reply):
                return self._with_cookie(request, answer)
            return self._later(request, answer)

        return handle

    async def _later(
        self, request: HotRequest, answer: Awaitable[Reply | Streamed]
    ) -> Reply | Streamed:
        ready = await answer
        return self._with_cookie(request, ready) if isinstance(ready, Reply) else ready

    def _with_cookie(self, request: HotRequest, reply: Reply) -> Reply:
        if reply.status not in _PAGE or request.method != "GET" or cookie_of(request):
            return reply
        return with_cookie(reply, is_https=self._clients.scheme(request.scope) == "https")
