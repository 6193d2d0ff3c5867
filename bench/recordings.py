"""A million recordings: one pass of retention, the list of a day, the timeline of a month."""

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import make_url, text

from bench.rows import Row
from pantau.core.clock import SystemClock
from pantau.db.database import Database, Reading, Writing, open_database
from pantau.db.place import FILE_NAME, Place, sqlite_place
from pantau.media.archive.naming import index_key, video_key
from pantau.migrations.upgrade import upgrade
from pantau.recordings import keeping_repository
from pantau.recordings.age_clock import AgeClock
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.deleting import Deleter
from pantau.recordings.disk_guard import DiskGuard
from pantau.recordings.guard import GuardRules
from pantau.recordings.keeper import Keeper, KeepRules, KeptCamera
from pantau.recordings.lease import Lease
from pantau.recordings.models import Span
from pantau.recordings.storage.places import Places, open_places

SEGMENT_MS = 600_000
DAY_MS = 86_400_000
KEEP_HOURS = 30 * 24
OVER = 10
"""Files of each camera that had their time; somewhat more than an hour and a half."""
_AT_ONCE = 500
"""Files of each camera that are filled in together."""
_CLOCK = SystemClock()
_FILL = """
INSERT INTO recording_segments (
    camera_id, start_ms, end_ms, duration_ms, size_bytes, place, state, cause, fragments, codecs,
    width_px, height_px, has_audio, attempts, is_local, created_at
)
WITH RECURSIVE
    cam(c) AS (SELECT 1 UNION ALL SELECT c + 1 FROM cam WHERE c < :cameras),
    seg(n) AS (
        SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM seg WHERE n < :last
    ),
    named(c, n, at, lasts) AS (
        SELECT c, n, CAST(:oldest AS BIGINT) + n * 600000,
            CASE WHEN n % 24 = 23 THEN 540000 ELSE 600000 END
        FROM seg CROSS JOIN cam
    )
SELECT c, at, at + lasts, lasts, 100000000 + (n * 7919 + c) % 50000000, :place, 'closed',
    'boundary', 600, 'avc1.64001f', 1920, 1080, {yes}, 0, {yes}, {at}
FROM named ORDER BY n, c
"""
"""In the order of time, as they are recorded, and not camera by camera."""


def rows(*, quick: bool = False) -> list[Row]:
    """Measure on both databases."""
    cameras = 20 if quick else 232
    measured = _on("SQLite", sqlite_database(), cameras)
    with postgresql_server() as server:
        if server is not None:
            measured += _on("PostgreSQL", postgresql_database(server), cameras)
    return measured


def _on(name: str, opening: Any, cameras: int) -> list[Row]:
    async def work() -> list[Row]:
        async with opening as database:
            return await measure(name, database, cameras)

    return asyncio.run(work())


async def measure(name: str, database: Database, cameras: int) -> list[Row]:
    """Fill a database and measure it."""
    with tempfile.TemporaryDirectory(prefix="pantau-bench-") as folder:
        places = open_places([Path(folder)])
        try:
            return await _measured(name, database, places, cameras)
        finally:
            places.close()


async def _measured(name: str, database: Database, places: Places, cameras: int) -> list[Row]:
    now_ms = round(_CLOCK.unix_s() * 1000)
    # With the grace footage stays 33 days.
    per_camera = round(KEEP_HOURS * 1.1 * 3_600_000 / SEGMENT_MS) + OVER
    newest_ms = now_ms - now_ms % SEGMENT_MS
    oldest_ms = newest_ms - per_camera * SEGMENT_MS
    total = await _fill(database, places, cameras, per_camera, oldest_ms)
    catalogue = RecordingCatalogue(database, places, _CLOCK)
    chosen = range(1, cameras + 1, max(1, cameras // 20))

    async def list_of_a_day(camera_id: int) -> None:
        from_ms = newest_ms - 9 * DAY_MS
        assert len(await catalogue.segments(camera_id, Span(from_ms, from_ms + DAY_MS))) >= 144

    async def timeline(camera_id: int) -> None:
        span = Span(newest_ms - 30 * DAY_MS, newest_ms)
        assert (await catalogue.coverage(camera_id, span)).runs

    of_day = await _timed(list_of_a_day, chosen)
    of_month = await _timed(timeline, chosen)
    idle_s, _ = await _pass(database, places, cameras, keep_hours=2 * KEEP_HOURS)
    busy_s, deleted = await _pass(database, places, cameras, keep_hours=KEEP_HOURS)
    guard_ms = await _guard_query(database, places)
    rows_ = f"{total:,} rows, {name}"
    return [
        Row(f"list of a day, {rows_}", of_day[0], "ms", must=20, note=f"p95 {of_day[1]:.1f} ms"),
        Row(
            f"timeline of 30 days, {rows_}",
            of_month[0],
            "ms",
            must=50,
            note=f"p95 {of_month[1]:.1f} ms",
        ),
        Row(f"retention: a pass that finds nothing, {rows_}", idle_s, "s of database", must=5),
        Row(
            f"retention: a pass that deletes {deleted:,} files, {rows_}",
            busy_s,
            "s of database",
            must=5,
        ),
        Row(f"the oldest of a disk, {rows_}", guard_ms, "ms"),
    ]


async def _fill(
    database: Database, places: Places, cameras: int, per_camera: int, oldest_ms: int
) -> int:
    """Record; the last minute of every 24th file is missing, so that there are gaps."""
    values = {
        "cameras": cameras,
        "oldest": oldest_ms,
        "place": places.local[0].name,
        "at": datetime.now(UTC).isoformat(sep=" ") if database.place.is_sqlite else None,
    }
    yes, at = ("1", ":at") if database.place.is_sqlite else ("true", "now()")
    if not database.place.is_sqlite:
        del values["at"]
    statement = _FILL.replace("{yes}", yes).replace("{at}", at)
    for first in range(0, per_camera, _AT_ONCE):
        # No statement may take for ever.
        last = min(first + _AT_ONCE, per_camera) - 1
        async with database.write() as writing:
            some = {**values, "first": first, "last": last}
            await writing.session.execute(text(statement), some)
    async with database.write() as writing:
        if not database.place.is_sqlite:
            # As a server does by itself after a while; it cannot within a transaction.
            connection = await writing.session.connection()
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("VACUUM recording_segments")
        await writing.session.execute(text("ANALYZE"))
    if database.place.is_sqlite:
        # So much at once never stands in the log of a hub that records.
        with sqlite3.connect(str(database.place.url.database)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root = places.local[0].root
    for camera_id in range(1, cameras + 1):
        for number in range(OVER):
            start_ms = oldest_ms + number * SEGMENT_MS
            video = root / video_key(camera_id, start_ms)
            video.parent.mkdir(parents=True, exist_ok=True)
            video.write_bytes(b"video")
            (root / index_key(camera_id, start_ms)).write_bytes(b"index")
    return cameras * per_camera


async def _timed(
    ask: Callable[[int], Awaitable[None]], cameras: Sequence[int]
) -> tuple[float, float]:
    took = []
    for number in range(5 * len(cameras)):
        began = time.perf_counter()
        await ask(cameras[number % len(cameras)])
        took.append((time.perf_counter() - began) * 1000)
    return median(took), quantiles(took, n=20)[-1]


async def _pass(
    database: Database, places: Places, cameras: int, *, keep_hours: int
) -> tuple[float, int]:
    """Return the seconds of database of one pass of ages and quotas, and what was deleted."""
    timed = _Timed(database)

    async def known(_: Reading) -> Sequence[KeptCamera]:
        return [KeptCamera(id=n, area_id=None, keep_hours=None) for n in range(1, cameras + 1)]

    lease = Lease(database, _CLOCK)
    deleter = Deleter(timed, places=places, lease=lease, clock=_CLOCK)
    keeper = Keeper(
        timed,
        places=places,
        cameras=known,
        deleter=deleter,
        guard=DiskGuard(
            timed,
            places=places,
            deleter=deleter,
            rules=GuardRules(reserve_bytes=2**30, low_hours=4, critical_hours=1),
            clock=_CLOCK,
        ),
        ages=AgeClock(database, clock=_CLOCK, boot="bench", is_synchronised=lambda: False),
        rules=KeepRules(keep_hours=keep_hours, archive_days=30),
        clock=_CLOCK,
    )
    assert await lease.take()
    outcome = await keeper.pass_ages()
    await keeper.pass_quotas()
    await lease.give_back()
    return timed.took_s, outcome.deleted


async def _guard_query(database: Database, places: Places) -> float:
    began = time.perf_counter()
    async with database.read() as reading:
        await keeping_repository.local_on(reading, [places.local[0].name], limit=200)
    return (time.perf_counter() - began) * 1000


class _Timed(Database):
    """A database that counts how long its units of work take."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        self._inner = database
        self.took_s = 0.0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        began = time.perf_counter()
        async with self._inner.read() as reading:
            yield reading
        self.took_s += time.perf_counter() - began

    @asynccontextmanager
    async def write(self, *, within_s: float | None = None) -> AsyncIterator[Writing]:
        began = time.perf_counter()
        async with self._inner.write(within_s=within_s) as writing:
            yield writing
        self.took_s += time.perf_counter() - began


@asynccontextmanager
async def sqlite_database() -> AsyncIterator[Database]:
    """Give an empty database in a file."""
    with tempfile.TemporaryDirectory(prefix="pantau-bench-") as folder:
        async with _migrated(sqlite_place(Path(folder) / FILE_NAME)) as database:
            yield database


@asynccontextmanager
async def postgresql_database(server: str) -> AsyncIterator[Database]:
    """Give the database of a server that has nothing else in it."""
    place = Place(make_url(server).set(drivername="postgresql+asyncpg"))
    async with _migrated(place) as database:
        yield database


@asynccontextmanager
async def _migrated(place: Place) -> AsyncIterator[Database]:
    await upgrade(place, backups_dir=Path("never-needed"), clock=_CLOCK)
    database = open_database(place, clock=_CLOCK, wait_s=60)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def postgresql_server() -> Iterator[str | None]:
    """Give the server that `PANTAU_TEST_POSTGRESQL` names, or one of the tests' own.

    None where the tests are not set up, or there is no PostgreSQL on this machine.
    """
    given = os.environ.get("PANTAU_TEST_POSTGRESQL")
    if given:
        yield given
        return
    try:
        from tests.support import servers  # noqa: PLC0415 - the tests may not be set up
    except ImportError:
        yield None
        return
    try:
        running = servers.postgresql_server.__wrapped__()  # type: ignore[attr-defined]
        address = next(running)
    except (servers.MissingServerError, AttributeError):
        yield None
        return
    try:
        yield str(address)
    finally:
        running.close()
