"""A small hub with every kind of endpoint behind the guard, and visitors of it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import structlog
from fastapi import Depends, FastAPI, Form, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pantau.settings import LimitSettings
from pantau.web.access import admins, operators, public
from pantau.web.bodies import shaped
from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import cookie_of
from pantau.web.counters import Counters, MemoryCounters
from pantau.web.csrf import CsrfTokens, csrf_cookie
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.exchange import HotRequest, Reply, Route, Scope
from pantau.web.fast_lane import FastLane
from pantau.web.framework_problems import install
from pantau.web.guard import Guard
from pantau.web.headers import SecurityHeaders
from pantau.web.origins import Origins
from pantau.web.principal import Principal
from pantau.web.problems import Problems, Refusal
from pantau.web.slow_lane import BodyLimit
from pantau.web.snapshot import Encoded, answer_with
from pantau.web.throttle import Throttle
from pantau.web.writing import HotRoute, Writing
from tests.support.clock import HandWoundClock
from tests.web.http_peer import Answer, Visitor, serving_lane, visiting

KEY: Final = "a" * 64
EXPIRED_KEY: Final = "e" * 64
FRIEND: Final = "https://friend.example"
STRANGER: Final = "https://stranger.example"
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


class Camera(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=20)]
    port: Annotated[int, Field(ge=1)] = 554
    tags: list[Annotated[str, Field(max_length=5)]] = []


class People:
    """Stands for the accounts: who is who is written in the credential."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(self, scope: Scope) -> Principal:
        self.asked += 1
        fields = dict(scope["headers"])
        bearer = fields.get(b"authorization", b"").removeprefix(b"Bearer ")
        if bearer == b"admin" or cookie_of(scope, "token") == "admin":
            return Principal(kind="session", user_id=1, username="Ani", role="admin")
        key = fields.get(b"x-api-key")
        if key == KEY.encode():
            return Principal(kind="api_key", key_id=7, scopes=frozenset({"cameras:write"}))
        if key == EXPIRED_KEY.encode():
            return Principal(refusal="expired", key_id=7)
        return Principal(refusal="invalid" if key or bearer else "missing")


@dataclass
class Hub:
    clock: HandWoundClock
    port: int
    tokens: CsrfTokens
    people: People
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    """Endpoints whose own code ran."""

    @property
    def said(self) -> list[str]:
        return [event for event, _ in self.events]

    def meant(self, **more: str) -> dict[str, str]:
        """Return the headers of a write by the signed-in admin's own page."""
        token = self.tokens.issue()
        return {"cookie": f"token=admin; csrf_token={token}", "x_csrf_token": token, **more}


def reading(reached: list[str], tokens: CsrfTokens, clients: ClientAddresses) -> Endpoints:
    api = Endpoints("", tag="test")

    @api.get("/api/auth/csrf", access=public())
    async def _token(request: Request, response: Response) -> dict[str, str]:
        token = tokens.issue()
        is_https = clients.scheme(request.scope) == "https"
        response.headers["set-cookie"] = csrf_cookie(token, is_https=is_https)
        return {"token": token}

    @api.get("/api/kept", access=public())
    async def _kept(response: Response) -> dict[str, bool]:
        response.headers["cache-control"] = "public, max-age=60"
        return {"success": True}

    @api.get("/api/mine", access=admins())
    async def _mine(response: Response) -> dict[str, bool]:
        response.headers["cache-control"] = "public, max-age=60"
        return {"success": True}

    @api.get("/api/admin/stats", access=admins())
    async def _stats(response: Response) -> dict[str, bool]:
        response.headers["cache-control"] = "public, max-age=60"
        return {"success": True}

    @api.get("/api/admin/crash", access=admins())
    async def _crash() -> None:
        raise ZeroDivisionError

    @api.get("/api/search", access=public())
    async def _search(limit: Annotated[int, Query(ge=1)]) -> dict[str, int]:
        return {"limit": limit}

    @api.get("/api/cameras/{camera_id}", access=public())
    async def _camera(camera_id: Annotated[str, Path(pattern=r"^[0-9]+$")]) -> dict[str, str]:
        return {"id": camera_id}

    @api.get("/admin", access=public())
    async def _admin() -> Response:
        return Response("<!doctype html>admin", media_type="text/html")

    return api


def writing(reached: list[str]) -> Endpoints:
    api = Endpoints("", tag="test")

    @api.post("/api/cameras", access=operators("cameras:write"))
    async def _add(
        camera: Camera, principal: Annotated[Principal, Depends(current_principal)]
    ) -> dict[str, str]:
        reached.append("add")
        return {"name": camera.name, "by": principal.kind}

    for path in (
        "/api/auth/login",
        "/api/auth/login2",
        "/api/viewer/start",
        "/admin/sign-in",
        "/api/things",
    ):

        @api.post(path, access=public())
        async def _exempt() -> dict[str, bool]:
            reached.append("exempt")
            return {"success": True}

    @api.post("/admin/rename", access=admins())
    async def _rename(name: Annotated[str, Form()]) -> dict[str, str]:
        reached.append("rename")
        return {"name": name}

    return api


def hot_routes(reached: list[str]) -> dict[str, HotRoute]:
    many = Encoded(b'{"success":true}')

    def take(request: HotRequest, who: Principal, body: bytes) -> Reply:
        reached.append("take")
        if body == b'"crash"':
            raise ZeroDivisionError
        camera = shaped(Camera, request.scope["headers"], body)
        return Reply(200, f"{camera.name} by {who.kind}".encode())

    return {
        "/api/viewer/beat": Writing(take),
        "/api/list": Route(answer_with(lambda: many), cross_origin=True),
        "/": Route(lambda _: Reply(200, b"<!doctype html>", content_type=b"text/html")),
        "/health": Route(lambda _: Reply(200, b"ok"), limit="none"),
        "/api/things": Route(answer_with(lambda: many), passes_writes=True),
    }


def piece(request: HotRequest) -> Reply:
    return Reply(200, b"segment") if request.rest == "there.mp4" else Reply(404)


@asynccontextmanager
async def guarded_hub(
    *,
    limits: LimitSettings | None = None,
    allowed: tuple[str, ...] = (),
    trusted: tuple[str, ...] = ("127.0.0.1",),
    counters: Counters | None = None,
    clock: HandWoundClock | None = None,
    public_url: str = "",
    bodies: BodyLimit | None = None,
) -> AsyncIterator[Hub]:
    clock = clock or HandWoundClock()
    hub = Hub(clock, 0, CsrfTokens(b"k" * 32, clock), People())

    def on_event(event_type: str, scope: Scope, **facts: Any) -> None:
        hub.events.append((event_type, facts))

    clients = ClientAddresses(trusted)
    origins = Origins(allowed, clients, public_url=public_url)
    problems = Problems(_page, data_prefixes=("/api/", "/hls/"), on_event=on_event)
    app = FastAPI(openapi_url=None)
    for group in (reading(hub.reached, hub.tokens, clients), writing(hub.reached)):
        app.include_router(group.router)
    install(problems, app)
    guard = Guard(
        throttle=Throttle(
            limits or LimitSettings(),
            counters or MemoryCounters(clock),
            clients,
            clock,
            sign_in_pages=("/admin/sign-in",),
        ),
        origins=origins,
        tokens=hub.tokens,
        resolver=hub.people,
        on_event=on_event,
        bodies=bodies,
    )
    lane = FastLane(
        app,
        exact=hot_routes(hub.reached),
        prefixes={"/hls/": Route(piece, cross_origin=True, limit="misses")},
        clients=clients,
        headers=SecurityHeaders(clients, origins=origins),
        problems=problems,
        guard=guard,
    )
    # A trace of the framework with all its variables takes seconds to write for the console.
    with structlog.testing.capture_logs():
        async with serving_lane(lane) as port:
            hub.port = port
            yield hub


async def ask(
    hub: Hub, target: str, method: str = "GET", *, body: str = "", **headers: str
) -> Answer:
    """Ask on a connection of its own, from 203.0.113.1 unless told otherwise."""
    fields = {"x_forwarded_for": "203.0.113.1", **headers}
    async with visiting(hub.port) as visitor:
        return await ask_on(visitor, target, method, body=body, **fields)


async def ask_on(
    visitor: Visitor, target: str, method: str = "GET", *, body: str = "", **headers: str
) -> Answer:
    if method not in {"GET", "HEAD", "OPTIONS"} and not body:
        headers = {"content_length": "0", **headers}
    return await visitor.ask(target, method, body=body, **headers)


def envelope(answer: Answer) -> dict[str, Any]:
    """Return a refusal's body, which must be the one that all refusals have."""
    body: dict[str, Any] = json.loads(answer.body)
    assert body["success"] is False
    assert body["message"]
    assert body["code"]
    assert body["request_id"] == answer.header("x-request-id")
    return body


def _page(_: Scope, refusal: Refusal) -> bytes:
    return f"<!doctype html>{refusal.status} {refusal.message}".encode()
