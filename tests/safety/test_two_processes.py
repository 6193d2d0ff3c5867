"""Two web processes on one database: what is done at one is true at the other within a second."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.db.place import Place
from tests.safety.house import House, open_house
from tests.safety.outsider import soon

pytestmark = pytest.mark.anyio

PATIENCE_S: Final = 45.0
"""One second is the promise; a busy machine gets more."""


@dataclass
class Pair:
    here: House
    there: House
    is_told: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.there.base.database.changes.on("accounts", self.is_told.set)

    async def add_user(self, name: str) -> int:
        """Add an admin here, and wait until it is heard there: what follows is news of its own."""
        self.is_told.clear()
        user_id = await self.here.add_user(name, "admin")
        async with asyncio.timeout(PATIENCE_S):
            await self.is_told.wait()
        return user_id

    async def status_there(self, path: str, **sent: Any) -> int:
        return (await self.there.ask("GET", path, **sent)).status

    async def becomes(self, status: int, path: str, **sent: Any) -> None:
        async def is_so() -> bool:
            return await self.status_there(path, **sent) == status

        await soon(is_so, f"{path} becomes {status}", timeout_s=PATIENCE_S)


@pytest.fixture
async def pair(anyio_backend: str, tmp_path: Path, database_place: Place) -> AsyncIterator[Pair]:
    place = None if database_place.is_sqlite else database_place
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(open_house(tmp_path / "data", place))
        there = await stack.enter_async_context(open_house(tmp_path / "data", place))
        pair = Pair(here, there)
        await pair.add_user("boss")
        yield pair


async def test_a_session_works_at_once_at_the_other_process(pair: Pair) -> None:
    for _ in range(3):
        session = await pair.here.sign_in("boss")
        assert await pair.status_there("/api/users", cookie=session.access_token) == 200
    # Not even a glance before the sign-in makes the other one think that there is none.
    assert await pair.status_there("/api/users", cookie=session.refresh_token) == 401
    body = {"refreshToken": session.refresh_token}
    renewed = await pair.there.ask("POST", "/api/auth/refresh", json=body)
    token = renewed.json["data"]["token"]
    assert (await pair.here.ask("GET", "/api/users", bearer=token)).status == 200


async def test_signing_out_here_is_signing_out_there(pair: Pair) -> None:
    session = await pair.here.sign_in("boss")
    token = session.access_token
    assert await pair.status_there("/api/users", cookie=token) == 200
    await pair.here.sign_out(session)
    await pair.becomes(401, "/api/users", cookie=token)
    body = {"refreshToken": session.refresh_token}
    assert (await pair.there.ask("POST", "/api/auth/refresh", json=body)).status == 401


async def test_who_is_changed_here_is_out_there(pair: Pair) -> None:
    boss = (await pair.here.sign_in("boss")).access_token
    changes: tuple[tuple[str, str, Any], ...] = (
        ("PUT", "", {"role": "viewer"}),
        ("PUT", "", {"disabled": True}),
        ("DELETE", "", None),
    )
    for number, (method, rest, body) in enumerate(changes):
        user_id = await pair.add_user(f"target-{number}")
        token = (await pair.here.sign_in(f"target-{number}")).access_token
        assert await pair.status_there("/api/users", cookie=token) == 200
        await pair.here.ask(method, f"/api/users/{user_id}{rest}", json=body, bearer=boss)
        await pair.becomes(401, "/api/users", cookie=token)


async def test_a_key_that_is_revoked_here_opens_nothing_there(pair: Pair) -> None:
    key = await pair.here.add_key("metrics:read")
    await pair.becomes(200, "/api/cache/stats", key=key)
    boss = (await pair.here.sign_in("boss")).access_token
    listed = await pair.here.ask("GET", "/api/admin/api-keys", bearer=boss)
    key_id = listed.json["data"][0]["id"]
    gone = await pair.here.ask("DELETE", f"/api/admin/api-keys/{key_id}", bearer=boss)
    assert gone.status == 200
    await pair.becomes(401, "/api/cache/stats", key=key)


async def test_a_refresh_token_is_used_up_at_both(pair: Pair) -> None:
    session = await pair.here.sign_in("boss")
    body = {"refreshToken": session.refresh_token}
    first = await pair.here.ask("POST", "/api/auth/refresh", json=body)
    # A tab that asks the other process at the same moment gets the same pair.
    second = await pair.there.ask("POST", "/api/auth/refresh", json=body)
    assert first.json["data"] == second.json["data"]
    await pair.becomes(401, "/api/users", cookie=session.access_token)
    for house in (pair.here, pair.there):
        house.clock.ahead_s += 6
    reused = await pair.there.ask("POST", "/api/auth/refresh", json=body)
    assert reused.code == "auth.refresh_reused"

    async def is_out_here() -> bool:
        token = first.json["data"]["token"]
        return (await pair.here.ask("GET", "/api/users", bearer=token)).status == 401

    await soon(is_out_here, "the family has ended here too", timeout_s=PATIENCE_S)


async def test_emptying_the_cache_here_empties_it_there(pair: Pair) -> None:
    boss = (await pair.here.sign_in("boss")).access_token

    async def state_there() -> str:
        return (await pair.there.ask("GET", "/api/areas/public")).headers["x-cache"]

    async def is_hit() -> bool:
        return await state_there() == "HIT"

    def is_emptied(before: int) -> Callable[[], Awaitable[bool]]:
        async def ask() -> bool:
            stats = await pair.there.ask("GET", "/api/cache/stats", bearer=boss)
            return int(stats.json["data"]["invalidations"]) > before

        return ask

    for path, body in (
        ("/api/cache/invalidate", {"pattern": "/api/areas"}),
        ("/api/cache/clear", None),
    ):
        await soon(is_hit, "the other process has an answer ready")
        stats = await pair.there.ask("GET", "/api/cache/stats", bearer=boss)
        before = int(stats.json["data"]["invalidations"])
        assert (await pair.here.ask("POST", path, json=body, bearer=boss)).status == 200
        await soon(is_emptied(before), "the other one has heard of it", timeout_s=PATIENCE_S)
