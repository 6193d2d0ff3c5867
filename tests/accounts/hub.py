"""The endpoints of signing in behind the real guard, and browsers and programs that visit."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI

from pantau.accounts.second_factor.api import SecondFactorApi
from pantau.accounts.sessions.api import AuthApi
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.settings.model import LimitSettings
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import MemoryCounters
from pantau.web.csrf import CsrfTokens
from pantau.web.endpoints import Endpoints
from pantau.web.fast_lane import FastLane
from pantau.web.framework_problems import install
from pantau.web.guard import Guard
from pantau.web.headers import SecurityHeaders
from pantau.web.origins import Origins
from pantau.web.problems import Problems
from pantau.web.throttle import Throttle
from tests.accounts.door import Door
from tests.web.http_peer import Answer, serving_lane, visiting

FRIEND: Final = "https://friend.example"
ADDRESSES: Final = ("127.0.0.0/8", "::1")


@dataclass
class Visit:
    """One client with a jar of cookies, as far as a browser would keep and send them."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    jar: dict[tuple[str, str], str] = field(default_factory=dict)
    """By name and path."""
    last: Answer | None = None

    async def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any]:
        sent = {**self.headers, **headers}
        cookies = [f"{name}={value}" for (name, at), value in self.jar.items() if _fits(at, path)]
        if cookies:
            sent.setdefault("cookie", "; ".join(cookies))
        text = "" if body is None else json.dumps(body)
        if text:
            sent.setdefault("content-type", "application/json")
        async with visiting(self.port) as visitor:
            self.last = answer = await visitor.ask(path, method, body=text, **sent)
        for line in answer.headers("set-cookie"):
            self._keep(line)
        return answer.status, json.loads(answer.body) if answer.body else None

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        return await self.ask("POST", path, body, **headers)

    async def meant(self) -> dict[str, str]:
        """Fetch a CSRF token; return the header for a write."""
        _, told = await self.get("/api/auth/csrf")
        return {"x_csrf_token": told["data"]["token"]}

    def set_cookies(self) -> dict[str, dict[str, str]]:
        """Return the attributes of the cookies that the last answer set, by name."""
        assert self.last is not None
        found = {}
        for line in self.last.headers("set-cookie"):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            parts = (attribute.partition("=") for attribute in attributes)
            found[name] = {"value": value, **{key: text for key, _, text in parts}}
        return found

    def _keep(self, line: str) -> None:
        pair, *attributes = line.split("; ")
        name, _, value = pair.partition("=")
        path = next(text[5:] for text in attributes if text.startswith("Path="))
        if "Max-Age=0" in attributes:
            self.jar.pop((name, path), None)
        else:
            self.jar[name, path] = value


def _fits(at: str, path: str) -> bool:
    return path == at or path.startswith(at.rstrip("/") + "/")


def endpoints_of(
    door: Door, clients: ClientAddresses, tokens: CsrfTokens, allowed: tuple[str, ...]
) -> FastAPI:
    cookies = SessionCookies(clients, allowed_origins=allowed, access_s=3600)
    parts = door.parts
    secured = Endpoints("/api/admin", tag="test")

    @secured.get("/secret", access=admins())
    async def _secret() -> dict[str, bool]:
        return {"success": True}

    groups = (
        AuthApi(
            parts.sign_ins, parts.resolver, cookies=cookies, csrf=tokens, clients=clients
        ).endpoints,
        SecondFactorApi(parts.second_factors, clients).endpoints,
        secured,
    )
    app = FastAPI()
    for group in groups:
        app.include_router(group.router)
    return app


@asynccontextmanager
async def hub_of(door: Door, *, allowed: tuple[str, ...] = ()) -> AsyncIterator[Visit]:
    """Serve; yields a program that visits (no browser: it has no Sec-Fetch-Site)."""
    clients = ClientAddresses(ADDRESSES)
    tokens = CsrfTokens(b"c" * 32, door.clock)
    origins = Origins(allowed, clients)
    problems = Problems(data_prefixes=("/api/",))
    app = endpoints_of(door, clients, tokens, allowed)
    install(problems, app)
    limits = LimitSettings(auth_per_minute=1000, admin_per_minute=1000)
    guard = Guard(
        throttle=Throttle(limits, MemoryCounters(door.clock), clients, door.clock),
        origins=origins,
        tokens=tokens,
        resolver=door.parts.resolver,
    )
    lane = FastLane(
        app,
        exact={},
        prefixes={},
        clients=clients,
        headers=SecurityHeaders(clients, origins=origins),
        problems=problems,
        guard=guard,
    )
    async with serving_lane(lane) as port:
        yield Visit(port, {"x-forwarded-for": "203.0.113.9", "user-agent": "Firefox"})
