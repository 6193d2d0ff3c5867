"""Five million views: how long counting them takes, and every period of the pages after that."""

import asyncio
import math
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from statistics import median, quantiles
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from bench.recordings import postgresql_database, postgresql_server, sqlite_database
from bench.rows import Row
from pantau.analytics.counting import month_of
from pantau.analytics.export import ViewExport
from pantau.analytics.roller import Roller
from pantau.analytics.rows import PlayDayRow, PlayMonthRow
from pantau.analytics.service import Analytics
from pantau.analytics.values import CameraStates
from pantau.core.clock import SystemClock
from pantau.db.database import Database, Writing
from pantau.viewers.views import LiveView

VIEWS: Final = 5_000_000
QUICK_VIEWS: Final = 100_000
DAYS: Final = 400
CAMERAS: Final = 232
ZONE: Final = ZoneInfo("Asia/Jakarta")
PERIODS: Final = ("today", "yesterday", "7days", "30days", "all")
_COLUMNS: Final = (
    "camera_id",
    "camera_name",
    "ip_address",
    "user_agent",
    "device_type",
    "started_at",
    "ended_at",
    "duration_s",
    "created_at",
    "view_id",
    "visitor",
    "delivery",
    "browser",
    "node",
    "is_bot",
)
_AT_ONCE: Final = 50_000
_HOURS: Final = (2, 1, 1, 1, 2, 4, 7, 9, 8, 7, 7, 8, 9, 8, 7, 8, 10, 13, 14, 14, 13, 10, 7, 4)
"""How busy the hours of a local day are."""
_CLOCK: Final = SystemClock()
_NAMES: Final = {number: f"Camera {number}" for number in range(1, CAMERAS + 1)}


def rows(*, quick: bool = False) -> list[Row]:
    """Measure on both databases."""
    views = QUICK_VIEWS if quick else VIEWS
    measured = _on("SQLite", sqlite_database(), views)
    with postgresql_server() as server:
        if server is not None:
            measured += _on("PostgreSQL", postgresql_database(server), views)
    return measured


def _on(name: str, opening: Any, views: int) -> list[Row]:
    async def work() -> list[Row]:
        async with opening as database:
            return await measure(name, database, views)

    return asyncio.run(work())


async def measure(name: str, database: Database, views: int) -> list[Row]:
    """Fill a database, count what is in it, and ask for every period."""
    began = time.perf_counter()
    await _fill(database, views)
    filled_s = time.perf_counter() - began
    timed = _TimedWrites(database)
    roller = Roller(timed, zone=lambda: ZONE, history_days=lambda: DAYS + 30, clock=_CLOCK)
    began = time.perf_counter()
    await roller.catch_up()
    counted_s = time.perf_counter() - began
    async with database.write() as writing:
        await writing.session.execute(text("ANALYZE"))
    size = f"{views:,} views, {name}"
    held = timed.took_ms
    measured = [
        Row(
            f"counting after an import, {size}",
            counted_s,
            "s",
            must=900,
            note=f"{views / counted_s:,.0f} views a second; filled in {filled_s:.0f} s",
        ),
        Row(
            f"the writer held by one batch, {size}",
            quantiles(held, n=100)[98],
            "ms",
            must=200,
            note=f"p99 of {len(held)}; median {median(held):.0f} ms, longest {max(held):.0f} ms",
        ),
    ]
    for period in (*PERIODS, f"date:{(_CLOCK.now() - timedelta(days=90)):%Y-%m-%d}"):

        async def report(asked: str = period) -> None:
            analytics = _analytics(database)
            assert (await analytics.report(analytics.period(asked))).totals.sessions >= 0

        measured.append(await _timed(f"analytics, {period.partition(':')[0]}, {size}", report))

    async def short() -> None:
        await _analytics(database).short("30days")

    async def first_piece() -> None:
        export = ViewExport(
            database,
            moments=(_CLOCK.now() - timedelta(days=DAYS), _CLOCK.now()),
            camera_id=7,
            names=_NAMES,
            zone=ZONE,
            with_addresses=False,
            clock=_CLOCK,
        )
        assert len(await anext(export.pieces())) > 100

    measured.append(await _timed(f"dashboard figures of 30 days, {size}", short))
    measured.append(await _timed(f"export of one camera: its first 500 lines, {size}", first_piece))
    return measured


async def _timed(name: str, ask: Callable[[], Awaitable[None]]) -> Row:
    took = []
    for _ in range(15):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    # The first one finds nothing in memory.
    warm = took[1:]
    note = f"p95 {quantiles(warm, n=20)[18]:.1f} ms, the first {took[0]:.1f} ms"
    return Row(name, median(warm), "ms", must=150, note=note)


def _analytics(database: Database) -> Analytics:
    """Return one that has nothing kept."""
    return Analytics(
        database,
        watching=_Nobody(),
        camera_states=lambda: CameraStates(total=0, online=0, offline=0, maintenance=0),
        camera_names=lambda: _NAMES,
        zone=lambda: ZONE,
        clock=_CLOCK,
    )


class _Nobody:
    def live(self) -> list[LiveView]:
        return []


class _TimedWrites(Database):
    """A database that knows how long each of its transactions took."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        self._inner = database
        self.took_ms: list[float] = []

    @asynccontextmanager
    async def write(self, *, within_s: float | None = None) -> AsyncIterator[Writing]:
        async with self._inner.write(within_s=within_s) as writing:
            began = time.perf_counter()
            yield writing
        # With the commit, while the others wait as well.
        self.took_ms.append((time.perf_counter() - began) * 1000)


async def _fill(database: Database, views: int) -> None:
    """Write views in the order in which they ended, as a hub does over more than a year."""
    if database.place.is_sqlite:
        await asyncio.to_thread(_fill_file, str(database.place.url.database), views)
    else:
        await _fill_server(database, views)
    await _fill_playing(database)


def _fill_file(file: str, views: int) -> None:
    marks = ", ".join("?" for _ in _COLUMNS)
    statement = f"INSERT INTO view_history ({', '.join(_COLUMNS)}) VALUES ({marks})"  # noqa: S608
    with sqlite3.connect(file, isolation_level=None) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        made = _views(views, written=lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f"))
        while some := list(islice(made, _AT_ONCE)):
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(statement, some)
            raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _fill_server(database: Database, views: int) -> None:
    made = _views(views, written=lambda at: at)
    while some := list(islice(made, _AT_ONCE)):
        async with database.write() as writing:
            connection = await writing.session.connection()
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.copy_records_to_table("view_history", records=some, columns=_COLUMNS)


async def _fill_playing(database: Database) -> None:
    today = _CLOCK.now().astimezone(ZONE).date().toordinal()
    sums = {"starts": 40, "start_ms": 60_000, "stalls": 3, "stalled_ms": 9_000}
    sums |= {"refused": 1, "failed": 2, "glances": 5, "robot_glances": 1}
    days = range(today - DAYS + 1, today + 1)
    async with database.write() as writing:
        for day in days:
            of_day = [{"day": day, "camera": key, **sums} for key in _NAMES]
            await writing.session.execute(insert(PlayDayRow), of_day)
        for month in sorted({month_of(day) for day in days}):
            of_month = [{"month": month, "camera": key, **sums} for key in _NAMES]
            await writing.session.execute(insert(PlayMonthRow), of_month)


def _views(count: int, *, written: Callable[[datetime], Any]) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(1)
    today_on = _CLOCK.now().astimezone(ZONE).date()
    cameras = [1 / number for number in range(1, CAMERAS + 1)]
    # A quick run has fewer days and not fewer views a day.
    days = max(1, count * DAYS // VIEWS)
    per_day = math.ceil(count / days)
    made = 0
    for number in range(days):
        day = today_on - timedelta(days=days - 1 - number)
        midnight_at = datetime.combine(day, datetime.min.time(), ZONE).astimezone(UTC)
        hours = dice.choices(range(24), weights=_HOURS, k=per_day)
        seconds = sorted(hour * 3600 + dice.random() * 3600 for hour in hours)
        watched = dice.choices(range(1, CAMERAS + 1), weights=cameras, k=per_day)
        for second, camera in zip(seconds, watched, strict=True):
            # A few come back often, most of them once or twice.
            visitor = int(per_day * dice.random() ** 2 * 0.6)
            duration_s = 5 + int(dice.lognormvariate(3.5, 1.3)) % 20_000
            started_at = midnight_at + timedelta(seconds=second)
            ended_at = written(started_at + timedelta(seconds=duration_s))
            yield (
                camera,
                _NAMES[camera],
                "",
                None,
                dice.choices(("mobile", "desktop", "tablet", "unknown"), (70, 24, 4, 2))[0],
                written(started_at),
                ended_at,
                duration_s,
                ended_at,
                f"{dice.getrandbits(128):032x}",
                f"{number:08x}{visitor * 2654435761 % 2**96:024x}",
                "live",
                "Chrome",
                "bench",
                dice.random() < 0.05,
            )
            made += 1
            if made == count:
                return
