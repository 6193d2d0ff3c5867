"""The worker writes shadows down, and web processes know them: across restarts and outages."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from pantau.cameras.event_rows import decided_since, record_events
from pantau.cameras.lifecycle import CameraEvent, Kind
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.errors import Unavailable
from pantau.db.database import Database
from pantau.recordings.models import FOREVER, Span
from pantau.recordings.rights.darkness import to_ms
from pantau.recordings.rights.rows import ShadowRow
from pantau.recordings.rights.shadows import KEPT_MS, ShadowKeeper
from pantau.recordings.rights.values import Dark, Shadow
from tests.recordings.rights.asking import NOW, ZONE, shown
from tests.recordings.rights.house import Rights, asked, rights
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


class Worker:
    """A worker's shadows; another one on the same database is the worker after a restart."""

    def __init__(self, database: Database, clock: HandWoundClock, state: str = "public") -> None:
        self.clock = clock
        self.catalogue = Catalogue([shown(state)], clock=clock, zone=always(ZONE))
        self.keeper = ShadowKeeper(
            database, self.catalogue, decided_since=decided_since, clock=clock, zone=always(ZONE)
        )

    async def look(self, state: str = "", after_s: float = 2.0) -> None:
        await self.clock.advance(after_s)
        if state:
            self.catalogue.replace([shown(state)])
        await self.keeper.look()


async def kept(database: Database) -> list[tuple[int, int | None, int]]:
    """Return seconds after `NOW` and how dark."""
    async with database.read() as work:
        rows = await work.session.scalars(select(ShadowRow).order_by(ShadowRow.id))
        start = to_ms(NOW)
        return [
            (
                (row.began_ms - start) // 1000,
                None if row.ended_ms is None else (row.ended_ms - start) // 1000,
                row.dark,
            )
            for row in rows
        ]


async def test_shadows_are_written_as_they_come_and_go(database: Database) -> None:
    worker = Worker(database, HandWoundClock(NOW))
    await worker.look()
    assert await kept(database) == []
    await worker.look("cut off")
    assert await kept(database) == [(0, None, 3)]
    await worker.look("private", after_s=60)
    assert await kept(database) == [(0, 64, 3), (64, None, 2)]
    await worker.look("public", after_s=10)
    assert await kept(database) == [(0, 64, 3), (64, 74, 2)]


async def test_what_came_and_went_between_two_looks_is_written_too(database: Database) -> None:
    worker = Worker(database, HandWoundClock(NOW))
    await worker.look()
    await worker.clock.advance(1)
    worker.catalogue.replace([shown("cut off")])
    worker.catalogue.replace([shown()])
    await worker.look()
    assert [dark for _, _, dark in await kept(database)] == [3]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("public", "public", []),
        ("cut off", "public", [(0, 3_606, 3)]),
        ("public", "cut off", [(0, None, 3)]),
        ("cut off", "cut off", [(0, None, 3)]),
    ],
)
async def test_an_outage_of_the_worker_is_as_dark_as_its_darker_end(
    sqlite_database: Database, before: str, after: str, expected: list[object]
) -> None:
    clock = HandWoundClock(NOW)
    worker = Worker(sqlite_database, clock)
    await worker.look()
    await worker.look(before)
    await worker.look(after_s=2)
    await clock.advance(3_600)
    restarted = Worker(sqlite_database, clock, after)
    await restarted.look(after_s=0)
    told = [(max(0, began), ended, dark) for began, ended, dark in await kept(sqlite_database)]
    assert told == expected


async def test_a_database_that_is_away_loses_no_shadow(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(sqlite_database, HandWoundClock(NOW))
    await worker.look()
    with monkeypatch.context() as away:

        def refuse() -> None:
            raise Unavailable("db.away", "away")

        away.setattr(sqlite_database, "write", refuse)
        for state in ("cut off", "public"):
            with pytest.raises(Unavailable):
                await worker.look(state)
    await worker.look()
    assert await kept(sqlite_database) == [(0, 6, 3)]


async def test_shadows_outlive_every_window_and_then_go(database: Database) -> None:
    worker = Worker(database, HandWoundClock(NOW))
    await worker.look("cut off")
    await worker.look("public")
    await worker.look("private")
    await worker.look(after_s=KEPT_MS / 1000 - 3_600)
    assert len(await kept(database)) == 2
    await worker.look(after_s=7 * 3_600)
    assert [ended for _, ended, _ in await kept(database)] == [None]


async def test_web_processes_know_what_the_worker_wrote(database: Database) -> None:
    clock = HandWoundClock(NOW)
    worker = Worker(database, clock)
    await worker.look()
    async with rights(database, clock=clock, cameras={1: shown()}) as held:
        await worker.look("cut off", after_s=60)
        await held.book.refresh()
        assert open_spans(held) == [Dark.ALL]
        await worker.look("public", after_s=60)
        await held.book.refresh()
        assert open_spans(held) == []
        (shadow,) = held.book.shadows(1)
        reach = await held.replay.reach(asked(), 1)
        assert reach.spans
        assert not reach.touches(shadow.span)
        async with rights(database, clock=clock, cameras={1: shown()}) as fresh:
            assert list(fresh.book.shadows(1)) == [shadow]


def open_spans(held: Rights) -> list[Dark]:
    return [each.dark for each in held.book.shadows(1) if each.span.to_ms == FOREVER.to_ms]


async def test_without_a_worker_a_web_process_remembers_what_it_saw(
    sqlite_database: Database,
) -> None:
    clock = HandWoundClock(NOW)
    async with rights(sqlite_database, clock=clock, cameras={1: shown()}) as held:
        await clock.advance(600)
        held.catalogue.replace([shown("cut off")])
        assert (await held.replay.reach(asked(), 1)).spans == ()
        await clock.advance(600)
        held.catalogue.replace([shown()])
        await clock.advance(60)
        reach = await held.replay.reach(asked(), 1)
        off = Span(to_ms(NOW + timedelta(seconds=600)), to_ms(NOW + timedelta(seconds=1_200)))
        assert reach.spans
        assert not reach.touches(off)


@pytest.mark.parametrize(
    ("kind", "details", "is_dark"),
    [
        (Kind.CUT_OFF, {}, True),
        (Kind.DISABLED, {}, True),
        (Kind.CHANGED, {"after": {"visibility": "private"}}, True),
        (Kind.CHANGED, {"after": {"name": "Gate"}}, False),
        (Kind.KEY_ROTATED, {}, False),
    ],
)
async def test_what_was_decided_while_no_worker_looked_is_dark(
    database: Database, kind: Kind, details: dict[str, object], *, is_dark: bool
) -> None:
    clock = HandWoundClock(NOW)
    await Worker(database, clock).look()
    await clock.advance(600)
    event = CameraEvent(camera_id=1, at=clock.now(), kind=kind, actor="nenek", details=details)
    async with database.write() as work:
        await record_events(work, [event])
    await clock.advance(600)
    async with rights(database, clock=clock, cameras={1: shown()}) as held:
        off = Span(to_ms(NOW + timedelta(seconds=600)), to_ms(NOW + timedelta(seconds=601)))
        assert (await held.replay.reach(asked(), 1)).touches(off) != is_dark
        await Worker(database, clock).look(after_s=0)
        await held.book.refresh()
        assert (await held.replay.reach(asked(), 1)).touches(off) != is_dark
    assert await kept(database) == ([(0, 1_202, 3)] if is_dark else [])


async def test_a_number_that_nobody_knows_is_dark_for_all(sqlite_database: Database) -> None:
    async with sqlite_database.write() as work:
        work.session.add(ShadowRow(camera_id=1, began_ms=5, ended_ms=9, dark=42))
    async with rights(sqlite_database) as held:
        assert list(held.book.shadows(1)) == [Shadow(Span(5, 9), Dark.ALL)]
