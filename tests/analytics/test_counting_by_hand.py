"""Whatever is watched, in whatever order it is told: the roll-ups are what counting by hand gives.

On days with 23 and 25 hours, across midnights, with views that come late and after another zone.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pantau.db.database import Database
from pantau.viewers.views import PastView
from tests.analytics.views import COUNTED_TABLES, Hub, by_hand, keep, told, view
from tests.support.clock import HandWoundClock

ZONES = ("Asia/Jakarta", "America/New_York", "Asia/Kathmandu")
# New York: 8 March 2026 has 23 hours, 1 November 25.  Its midnight is 04:00 or 05:00 UTC, that of
# Jakarta 17:00, and that of Kathmandu 18:15.
_AROUND = (
    datetime(2026, 3, 8, 4, tzinfo=UTC),
    datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 11, 1, 17, tzinfo=UTC),
    datetime(2026, 10, 31, 18, 15, tzinfo=UTC),
)
_MOMENTS = st.builds(
    lambda around, minutes: around + timedelta(minutes=minutes),
    st.sampled_from(_AROUND),
    st.integers(-300, 300),
)
_VIEWS = st.builds(
    view,
    _MOMENTS,
    camera_id=st.sampled_from((1, 2, 3, None)),
    visitor=st.sampled_from([f"{number:032x}" for number in range(25)]),
    device=st.sampled_from(("mobile", "desktop", None)),
    duration_s=st.sampled_from((-25_100, 0, 4, 5, 9, 10, 59, 60, 4_000)),
    is_bot=st.booleans().map(lambda twice: twice) | st.just(False),
)
_FLUSHES = st.lists(st.lists(_VIEWS, min_size=12, max_size=40), min_size=2, max_size=3)
_AFTER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.anyio
@pytest.mark.parametrize("zone_name", ZONES)
async def test_roll_ups_are_what_counting_by_hand_gives(
    sqlite_database: Database, zone_name: str
) -> None:
    await _holds(sqlite_database, zone_name, examples=4)


@pytest.mark.anyio
async def test_roll_ups_are_the_same_on_both_databases(database: Database) -> None:
    await _holds(database, "America/New_York", examples=2)


@pytest.mark.anyio
@pytest.mark.long
@pytest.mark.parametrize("zone_name", [*ZONES, "Europe/Berlin", "Pacific/Apia"])
async def test_roll_ups_are_what_counting_by_hand_gives_at_length(
    database: Database, zone_name: str
) -> None:
    await _holds(database, zone_name, examples=200)


async def _holds(database: Database, zone_name: str, *, examples: int) -> None:
    found: list[tuple[list[list[PastView]], str]] = []

    @settings(
        max_examples=examples, database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(flushes=_FLUSHES, other_zone=st.sampled_from(ZONES))
    def draw(flushes: list[list[PastView]], other_zone: str) -> None:
        found.append((flushes, other_zone))

    draw()
    for flushes, other_zone in found:
        await _one(database, zone_name, other_zone, flushes)


async def _one(
    database: Database, zone_name: str, other_zone: str, flushes: list[list[PastView]]
) -> None:
    await _empty(database)
    hub = Hub(database, HandWoundClock(_AFTER), zone_name)
    seen: list[PastView] = []
    for flush in flushes:
        # Each by somebody who was started anew, and with batches of its own size.
        roller = hub.roller()
        roller._batch = 5 + len(seen) % 11
        await keep(database, flush)
        seen += flush
        await roller.catch_up()
        assert told(await hub.report()) == by_hand(seen, ZoneInfo(zone_name))
    hub.zone_name = other_zone
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand(seen, ZoneInfo(other_zone))


async def _empty(database: Database) -> None:
    async with database.write() as writing:
        for table in COUNTED_TABLES:
            await writing.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - ours
