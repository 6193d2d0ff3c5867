"""How a domain's `api.py` declares endpoints: nothing exists without an access rule."""

import functools
from collections.abc import Callable, Coroutine, Iterable, Iterator
from enum import Enum
from typing import Any, Final, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match, compile_path, get_name

from pantau.web.access import Access, decide
from pantau.web.bodies import check_content_type
from pantau.web.described import ACCESS_KEY, security_of
from pantau.web.exchange import Receive, Scope, Send
from pantau.web.principal import Principal, principal_of

_NEVER_KEPT: Final = ("/api/auth", "/api/admin", "/api/users", "/api/cache")
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


class Endpoints:
    """A group of endpoints below one prefix.

    `router` goes to `add_routes`; every method needs `access`, so that an open endpoint is
    a decision and not an omission.  `described_as` is what clients are told where the endpoint
    itself looks at credentials.
    """

    def __init__(self, prefix: str, *, tag: str) -> None:
        tags: list[str | Enum] = [tag]
        self.router: Final = APIRouter(prefix=prefix, tags=tags)

    def get(self, path: str, *, access: Access, **more: Any) -> Callable[[_Endpoint], _Endpoint]:
        """Declare a GET; HEAD is answered from it."""
        return self._add("GET", path, access, more)

    def post(self, path: str, *, access: Access, **more: Any) -> Callable[[_Endpoint], _Endpoint]:
        """Declare a POST."""
        return self._add("POST", path, access, more)

    def put(self, path: str, *, access: Access, **more: Any) -> Callable[[_Endpoint], _Endpoint]:
        """Declare a PUT."""
        return self._add("PUT", path, access, more)

    def patch(self, path: str, *, access: Access, **more: Any) -> Callable[[_Endpoint], _Endpoint]:
        """Declare a PATCH."""
        return self._add("PATCH", path, access, more)

    def delete(self, path: str, *, access: Access, **more: Any) -> Callable[[_Endpoint], _Endpoint]:
        """Declare a DELETE."""
        return self._add("DELETE", path, access, more)

    def _add(
        self, method: str, path: str, access: Access, more: dict[str, Any]
    ) -> Callable[[_Endpoint], _Endpoint]:
        described: Access = more.pop("described_as", access)

        def declare(endpoint: _Endpoint) -> _Endpoint:
            self.router.add_api_route(
                path,
                endpoint,
                methods=[method],
                openapi_extra={ACCESS_KEY: access.name, "security": security_of(described, method)},
                route_class_override=_guarded(access),
                **more,
            )
            return endpoint

        return declare


@functools.cache
def _guarded(access: Access) -> type[APIRoute]:
    class GuardedRoute(APIRoute):
        """Decides before the framework reads a byte of the body.

        What the framework works out of a signature is worked out when it is first needed: for all
        endpoints together it would take half a second of every start and 20 MB.
        """

        def __init__(
            self, path: str, endpoint: Callable[..., Any], *, methods: list[str], **more: Any
        ) -> None:
            self._declared = functools.partial(
                super().__init__, path, endpoint, methods=methods, **more
            )
            # All that finding the route and knowing its rule need.
            self.openapi_extra = more["openapi_extra"]
            self.path = path
            self.methods = set(methods)
            self.path_regex, self.path_format, self.param_convertors = compile_path(path)
            self.endpoint = endpoint
            self.name = get_name(endpoint)

        def __getattr__(self, name: str) -> Any:
            declared = self.__dict__.pop("_declared", None)
            if declared is None:
                raise AttributeError(name)
            declared()
            return getattr(self, name)

        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] not in (self.methods or ()):
                allowed = ", ".join(sorted(_methods_at(scope)))
                raise HTTPException(405, headers={"allow": allowed})
            await super().handle(scope, receive, send)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                problem = decide(access, principal_of(request.scope))
                if problem is not None:
                    raise problem
                check_content_type(request.scope["headers"])
                response = await answer(request)
                _keep_to_ourselves(request, response, access)
                return response

            return guarded

    return GuardedRoute


def _methods_at(scope: Scope) -> set[str]:
    # The framework alone would tell those of the first endpoint only (RFC 9110, 10.2.1).
    app: FastAPI = scope["app"]
    return {
        method
        for route in app.routes
        if isinstance(route, APIRoute) and route.matches(scope)[0] is not Match.NONE
        for method in route.methods or ()
    }


def _keep_to_ourselves(request: Request, response: Response, access: Access) -> None:
    """Let nobody between us and the visitor keep what not everybody may see (lesson X12)."""
    said = response.headers.get("cache-control", "")
    if request.url.path.startswith(_NEVER_KEPT):
        response.headers["cache-control"] = "no-store"
    elif not access.is_public and "no-store" not in said:
        if said and "private" not in said:
            response.headers["cache-control"] = "private, no-store"
        response.headers.append("vary", "Cookie, Authorization, X-API-Key")


async def current_principal(request: Request) -> Principal:
    """Return who asks; for `Annotated[Principal, Depends(current_principal)]`."""
    return principal_of(request.scope)


def add_routes(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Put the routes of `routers` into `app`; raises for a route without an access rule.

    Each by itself, not as an included router: then the application's own list is all there is, and
    nothing can hide below it.
    """
    for router in routers:
        app.router.routes.extend(router.routes)
    for _ in rules_of(app):
        pass


def rules_of(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Yield method, path and rule of every endpoint; raises where one has no rule."""
    for route in app.routes:
        rule = (route.openapi_extra or {}).get(ACCESS_KEY) if isinstance(route, APIRoute) else None
        if rule is None or not isinstance(route, APIRoute):
            raise RuntimeError(f"{getattr(route, 'path', route)} has no access rule")
        for method in sorted(route.methods or ()):
            yield method, route.path, rule
