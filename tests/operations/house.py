"""The endpoints for operators behind a real server, on a real database, for whoever one says."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from pantau.audit.trail import AuditTrail
from pantau.core.clock import SystemClock
from pantau.core.metrics import Exposition, Measured
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from pantau.operations.api import cache_endpoints, statistics_endpoints
from pantau.operations.cache_control import CacheControl
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import ASGIApp, Receive, Reply, Route, Scope, Send
from pantau.web.framework_problems import install
from pantau.web.principal import ANONYMOUS, Principal, put_principal
from pantau.web.problems import Problems
from pantau.web.response_cache import ResponseCache, Ttl
from tests.audit.trails import trail_on
from tests.web.http_peer import Answer, Visitor, serving, visiting

ADMIN = Principal(kind="session", user_id=1, username="siti", role="admin")
OPERATOR = Principal(kind="session", user_id=2, username="budi", role="operator")
VIEWER = Principal(kind="session", user_id=3, username="tono", role="viewer")


def key_with(*scopes: str) -> Principal:
    return Principal(kind="api_key", key_id=4, username="grafana", scopes=frozenset(scopes))


def nothing_measured() -> Measured:
    values: dict[str, Any] = {
        name: {} if "Mapping" in str(info.annotation) else 0.0
        for name, info in Measured.model_fields.items()
    }
    return Measured.model_validate(values)


@dataclass
class House:
    """One web process."""

    database: Database
    cache: ResponseCache
    trail: AuditTrail
    app: FastAPI
    snapshots_made: int = 0
    who: Principal = ANONYMOUS

    def routes(self) -> dict[str, Route]:
        async def build(_: Mapping[str, str]) -> bytes:
            return b'{"success":true}'

        def rebuild() -> None:
            self.snapshots_made += 1

        paths = ("/api/areas/public", "/api/areas/filters", "/api/branding/public")
        built = {
            path: self.cache.endpoint(path, ttl=Ttl.LONG, tags=("areas",), build=build)
            for path in paths
        }
        ready = {"/api/cameras/active": Route(lambda _: Reply(200, b"{}"), cross_origin=True)}
        return {**built, **self.cache.counted(ready, rebuild=rebuild)}

    def guarded(self) -> ASGIApp:
        async def enter(scope: Scope, receive: Receive, send: Send) -> None:
            put_principal(scope, self.who)
            await self.app(scope, receive, send)

        return enter


def house_on(database: Database, exposition: Exposition | None = None) -> House:
    clock = SystemClock()
    cache = ResponseCache(
        clock=clock, spawn=Supervisor(clock).spawn, most_entries=100, most_bytes=2**20
    )
    trail = trail_on(database)
    app = FastAPI(openapi_url=None)
    install(Problems(data_prefixes=("/api/",)), app)
    control = CacheControl(cache, database, trail)
    exposition = exposition or Exposition(nothing_measured)
    for router in (
        *cache_endpoints(control, ClientAddresses()),
        *statistics_endpoints(database.stats, exposition),
    ):
        app.include_router(router)
    return House(database, cache, trail, app)


@asynccontextmanager
async def at_home(house: House) -> AsyncIterator[Visitor]:
    async with serving(house.guarded(), exact=house.routes()) as port, visiting(port) as visitor:
        yield visitor


async def post(visitor: Visitor, target: str, body: object = None) -> Answer:
    data = b"" if body is None else json.dumps(body).encode()
    head = (
        f"POST {target} HTTP/1.1\r\nhost: hub.example\r\ncontent-length: {len(data)}\r\n"
        "content-type: application/json\r\nuser-agent: tests\r\n\r\n"
    )
    await visitor.say(head.encode() + data)
    return await visitor.hear()
