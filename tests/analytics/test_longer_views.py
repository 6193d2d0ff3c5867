"""A view that becomes longer after it was counted: every number is as if it had always been."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select

from pantau.db.database import Database
from pantau.viewers.models import LongerViewRow, ViewHistoryRow
from pantau.viewers.views import PastView
from tests.analytics.views import Hub, by_hand, keep, told, view
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


def named(number: int, *, lasts: int = 30, hours_ago: float = 1, **more: object) -> PastView:
    """Return a view that has a name, by which it is found again."""
    begin_at = NOW - timedelta(hours=hours_ago)
    return replace(view(begin_at, duration_s=lasts, **more), view_id=f"{number:032x}")  # type: ignore[arg-type]


def longer(one: PastView, lasts: int) -> PastView:
    """Return the same view, seen for longer."""
    return replace(one, duration_s=lasts, ended_at=one.started_at + timedelta(seconds=lasts))


async def _left(database: Database) -> int:
    async with database.read() as reading:
        return (await reading.session.scalar(select(func.count()).select_from(LongerViewRow))) or 0


async def test_what_is_told_later_of_a_view_is_in_every_sum(database: Database) -> None:
    hub, dice = Hub(database, HandWoundClock(NOW)), Random(7)
    lasting = (3, 6, 8, 9, 30, 59, 70)
    views = [
        named(
            number,
            lasts=dice.choice(lasting),
            hours_ago=dice.random() * 60,
            visitor=f"{dice.randrange(9)}",
            camera_id=dice.randrange(3),
            is_bot=number % 11 == 0,
        )
        for number in range(90)
    ]
    await keep(database, views)
    roller = hub.roller()
    await roller.catch_up()
    assert told(await hub.report()) == by_hand(views, JAKARTA)
    for _ in range(3):
        for at in dice.sample(range(len(views)), 25):
            views[at] = longer(views[at], views[at].duration_s + dice.choice((0, 1, 2, 5, 60)))
        # Not all at once: some become longer twice before anybody counts.
        await keep(database, views[:45])
        await keep(database, views)
        await roller.catch_up()
        assert told(await hub.report()) == by_hand(views, JAKARTA)
        assert await _left(database) == 0


async def test_one_that_was_not_counted_yet_is_counted_once(database: Database) -> None:
    hub = Hub(database, HandWoundClock(NOW))
    one = named(1)
    await keep(database, [one])
    await keep(database, [longer(one, 400)])
    await hub.roller().catch_up()
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand([longer(one, 400)], JAKARTA)


async def test_a_shorter_story_changes_nothing(sqlite_database: Database) -> None:
    hub = Hub(sqlite_database, HandWoundClock(NOW))
    one = named(1, lasts=300)
    await keep(sqlite_database, [one])
    await hub.roller().catch_up()
    await keep(sqlite_database, [longer(one, 20), longer(one, 300)])
    assert await _left(sqlite_database) == 0
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand([one], JAKARTA)


async def test_more_than_a_step_takes_and_two_who_count(sqlite_database: Database) -> None:
    hub = Hub(sqlite_database, HandWoundClock(NOW))
    views = [named(number, visitor=f"{number % 50}", lasts=7) for number in range(1_100)]
    await keep(sqlite_database, views)
    await hub.roller().catch_up()
    views = [*(longer(each, 65) for each in views), named(2_000, visitor="new")]
    await keep(sqlite_database, views)
    await hub.roller().catch_up()
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand(views, JAKARTA)


async def test_it_holds_while_everything_is_counted_again(database: Database) -> None:
    hub = Hub(database, HandWoundClock(NOW))
    views = [named(number, visitor=f"{number}", hours_ago=number) for number in range(80)]
    await keep(database, views)
    await hub.roller().catch_up()
    hub.zone_name = "Asia/Jayapura"
    await hub.roller().recount()
    views = [longer(each, 90) for each in views]
    await keep(database, views)
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand(views, ZoneInfo("Asia/Jayapura"))


async def test_a_view_that_was_let_go_meanwhile_is_passed_over(sqlite_database: Database) -> None:
    hub = Hub(sqlite_database, HandWoundClock(NOW))
    one = named(1)
    await keep(sqlite_database, [one])
    await hub.roller().catch_up()
    await keep(sqlite_database, [longer(one, 90)])
    async with sqlite_database.write() as writing:
        await writing.session.execute(delete(ViewHistoryRow))
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand([one], JAKARTA)
    assert await _left(sqlite_database) == 0
