"""Streams of what is watched: something new at once, a sign of life, and an end in time."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pantau.analytics.live import MOST_OF_ONE, MOST_STREAMS, LiveFeed
from pantau.core.errors import Throttled
from pantau.db.database import Database
from pantau.viewers.views import Delivery, LiveView
from tests.analytics.views import Hub
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


class Dashboard:
    """A hub with a feed, and what a test says of the sign-in and of the process."""

    def __init__(self, database: Database) -> None:
        self.clock = HandWoundClock(NOW)
        self.hub = Hub(database, self.clock)
        self.is_stopping = False
        self.is_signed_in = True
        self.feed = LiveFeed(
            self.hub.analytics(), is_stopping=lambda: self.is_stopping, clock=self.clock
        )

    def stream(self, whose: str = "session:1", *, follows: bool = True) -> AsyncIterator[bytes]:
        async def may_go_on() -> bool:
            return self.is_signed_in

        return self.feed.stream(whose, follows=follows, with_addresses=False, may_go_on=may_go_on)

    async def next(self, stream: AsyncIterator[bytes]) -> bytes:
        """Return what comes next, however long that takes by the clock."""
        coming = asyncio.ensure_future(anext(stream, b"the end"))
        while not coming.done():
            await asyncio.sleep(0.002)
            if self.clock.sleepers:
                await self.clock.advance(2)
        return coming.result()

    def watch(self, camera_id: int) -> None:
        self.hub.views.append(
            LiveView(
                session_id=f"s{len(self.hub.views)}",
                camera_id=camera_id,
                visitor="a" * 32,
                device="mobile",
                browser="Chrome",
                address="192.0.2.7",
                user_agent=None,
                started_at=NOW - timedelta(minutes=1),
                last_seen_at=NOW,
                duration_s=60,
                delivery=Delivery.LIVE,
            )
        )


def told(piece: bytes) -> Any:
    assert piece.startswith(b"data: ")
    assert piece.endswith(b"\n\n")
    return json.loads(piece.removeprefix(b"data: "))


async def test_what_is_new_is_told_and_silence_has_a_sign_of_life(
    sqlite_database: Database,
) -> None:
    dashboard = Dashboard(sqlite_database)
    stream = dashboard.stream()
    assert (await dashboard.next(stream)).startswith(b"retry: ")
    assert told(await dashboard.next(stream))["activeViewers"] == 0
    assert (await dashboard.next(stream)).startswith(b":")
    dashboard.watch(4)
    news = told(await dashboard.next(stream))
    assert news["viewersByCamera"] == [{"cameraId": 4, "viewerCount": 1}]
    assert news["activeSessions"][0]["ipAddress"] == "a" * 8
    pieces = [await dashboard.next(stream) for _ in range(8)]
    # Not every piece, and all the same now and then: clocks of dashboards go on.
    assert 1 <= sum(piece.startswith(b"data: ") for piece in pieces) <= 2


async def test_a_stream_ends_with_the_sign_in_and_with_the_process(
    sqlite_database: Database,
) -> None:
    dashboard = Dashboard(sqlite_database)
    streams = [dashboard.stream(f"session:{number}") for number in range(2)]
    for stream in streams:
        for _ in range(2):
            await dashboard.next(stream)
    dashboard.is_signed_in = False
    assert b"event: over" in await dashboard.next(streams[0])
    assert await dashboard.next(streams[0]) == b"the end"
    dashboard.is_stopping = True
    assert await dashboard.next(streams[1]) == b"the end"
    assert dashboard.feed.open_streams == 0


async def test_who_does_not_follow_gets_one_event(sqlite_database: Database) -> None:
    dashboard = Dashboard(sqlite_database)
    pieces = [piece async for piece in dashboard.stream(follows=False)]
    assert [piece[:5] for piece in pieces] == [b"retry", b"data:"]


async def test_streams_are_bounded_and_whoever_leaves_makes_room(
    sqlite_database: Database,
) -> None:
    dashboard = Dashboard(sqlite_database)
    mine = [dashboard.stream() for _ in range(MOST_OF_ONE)]
    for stream in mine:
        await anext(stream)
    with pytest.raises(Throttled):
        dashboard.feed.check_room("session:1")
    dashboard.feed.check_room("session:2")
    others = [dashboard.stream(f"session:{n}") for n in range(2, MOST_STREAMS - MOST_OF_ONE + 2)]
    for stream in others:
        await anext(stream)
    with pytest.raises(Throttled):
        dashboard.feed.check_room("session:1000")
    for stream in (*mine, *others):
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    dashboard.feed.check_room("session:1")
