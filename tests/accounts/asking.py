"""Requests to endpoints in process, on behalf of whoever the test says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from pantau.web.endpoints import Endpoints, add_routes
from pantau.web.exchange import Message, Scope
from pantau.web.framework_problems import install
from pantau.web.principal import ANONYMOUS, Principal, put_principal
from pantau.web.problems import Problems

ADMIN = Principal(kind="session", user_id=1, username="admin", role="admin", session_id=1)
ADDRESS = "192.0.2.7"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def fields(self) -> list[str]:
        """The fields that were found wrong."""
        return [error["field"] for error in self.json.get("errors", ())]


class Asking:
    """Sends requests to the endpoints; `who` is whom the guard would have found."""

    def __init__(self, endpoints: Sequence[Endpoints]) -> None:
        self.app = FastAPI(openapi_url=None)
        install(Problems(data_prefixes=("/api/",)), self.app)
        add_routes(self.app, [group.router for group in endpoints])

    async def get(self, path: str, who: Principal = ADMIN, query: str = "") -> Answer:
        return await self.ask("GET", path, who=who, query=query)

    async def post(self, path: str, body: object, who: Principal = ADMIN) -> Answer:
        return await self.ask("POST", path, body, who=who)

    async def put(self, path: str, body: object, who: Principal = ADMIN) -> Answer:
        return await self.ask("PUT", path, body, who=who)

    async def delete(self, path: str, who: Principal = ADMIN) -> Answer:
        return await self.ask("DELETE", path, who=who)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: Principal = ANONYMOUS,
        query: str = "",
    ) -> Answer:
        """Send one request; a body that is no bytes becomes JSON."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        scope = _scope(method, path, query)
        put_principal(scope, who)
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": sent if body is not None else b""}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        start = messages[0]
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(
            start["status"], headers, b"".join(message.get("body", b"") for message in messages)
        )


def _scope(method: str, path: str, query: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"content-type", b"application/json"), (b"user-agent", b"Firefox")],
        "client": (ADDRESS, 50_000),
        "server": ("127.0.0.1", 80),
        "state": {"request_id": "test-1"},
    }
