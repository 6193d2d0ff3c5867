"""Closing a database waits for connections that a cancelled task was opening."""

import asyncio
import sqlite3
import threading
from typing import Any

import pytest

from pantau.core.clock import SystemClock
from pantau.db.database import open_database
from pantau.db.place import Place
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["read", "write"])
async def test_a_connection_that_nobody_wants_any_more_is_waited_for(
    sqlite_place: Place, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    may_open, opening = threading.Event(), list[threading.Thread]()
    connect: Any = sqlite3.connect

    def slowly(*place: Any, **arguments: Any) -> Any:
        opening.append(threading.current_thread())
        assert may_open.wait(30)
        return connect(*place, **arguments)

    monkeypatch.setattr(sqlite3, "connect", slowly)
    database = open_database(sqlite_place, clock=SystemClock())

    async def use() -> None:
        async with database.read() if kind == "read" else database.write():
            raise AssertionError("it was cancelled before it was open")

    using = asyncio.ensure_future(use())
    await until(lambda: opening)
    using.cancel()
    await asyncio.wait([using])
    closing = asyncio.ensure_future(database.close())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not closing.done()
    may_open.set()
    await closing
    assert not opening[0].is_alive()
