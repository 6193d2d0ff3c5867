"""Fresh databases for tests, of both kinds: copies of one that was migrated once per run.

A test that takes `database` runs twice; `sqlite_database` is for what only the file can show.
"""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from pantau.core.clock import Clock, SystemClock
from pantau.db import place as places
from pantau.db.database import Database, open_database
from pantau.db.place import Place
from pantau.migrations.upgrade import upgrade
from tests.support.waiting import PATIENCE_S

KINDS: Final = ("sqlite", "postgresql")
_STATEMENT_S: Final = 120.0

above_sql = pytest.mark.parametrize(
    "database_place",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)],
    indirect=True,
)
"""For what is decided above the SQL: on SQLite in `make test`, on both in `make fault`."""


@pytest.fixture(params=KINDS)
def database_place(request: pytest.FixtureRequest) -> Place:
    """The place of a migrated database without any row, of each kind in turn."""
    place: Place = request.getfixturevalue(f"{request.param}_place")
    return place


@pytest.fixture
def sqlite_place(sqlite_template: Path, tmp_path: Path) -> Place:
    """The place of a migrated SQLite database without any row."""
    file = tmp_path / places.FILE_NAME
    shutil.copy(sqlite_template, file)
    return places.sqlite_place(file)


@pytest.fixture
def postgresql_place(postgresql_template: URL) -> Iterator[Place]:
    """The place of a migrated PostgreSQL database without any row."""
    yield from fresh_postgresql(postgresql_template)


@pytest.fixture
async def database(anyio_backend: str, database_place: Place) -> AsyncIterator[Database]:
    """A migrated database without any row, on SQLite and on PostgreSQL."""
    async with opened(database_place) as one:
        yield one


@pytest.fixture
async def sqlite_database(anyio_backend: str, sqlite_place: Place) -> AsyncIterator[Database]:
    """A migrated database without any row, on SQLite."""
    async with opened(sqlite_place) as one:
        yield one


@asynccontextmanager
async def opened(
    place: Place, *, clock: Clock | None = None, readers: int = 5, wait_s: float = 5.0
) -> AsyncIterator[Database]:
    """Open what another process might have open as well; several of them are several processes.

    However short `wait_s` is, connecting may take its time: no test of this is about that.
    """
    one = open_database(place, clock=clock or SystemClock(), readers=readers, wait_s=wait_s)
    if not place.is_sqlite:
        for pool in (one._readers, one._writer):
            event.listen(pool._engine.sync_engine, "do_connect", _connect_patiently)
    try:
        yield one
    finally:
        await one.close()


def _connect_patiently(
    _dialect: object, _record: object, _arguments: object, parameters: dict[str, object]
) -> None:
    parameters["timeout"] = PATIENCE_S


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that SQLite databases of this run are copied from."""
    file = tmp_path_factory.mktemp("template") / places.FILE_NAME
    in_thread(lambda: _migrate(places.sqlite_place(file)))
    return file


@pytest.fixture(scope="session", autouse=True)
def _leave() -> Iterator[None]:
    """Close what is open for making databases, at the end."""
    yield
    for attendant in _attendants.values():
        attendant.close()
    _attendants.clear()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[URL]:
    """The database that PostgreSQL ones of this run are copied from; nobody may connect to it."""
    for place in empty_postgresql(postgresql_server):
        in_thread(partial(_migrate, place))
        yield place.url


def empty_postgresql(server: str) -> Iterator[Place]:
    """Give a database without any table, and delete it."""
    url = make_url(server).set(drivername="postgresql+asyncpg")
    name = f"empty_{uuid4().hex}"
    _execute(url, f'CREATE DATABASE "{name}"')
    yield Place(url.set(database=name))
    _execute(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def fresh_postgresql(template: URL) -> Iterator[Place]:
    """Give a copy of `template`, and delete it."""
    name = f"test_{uuid4().hex}"
    _execute(template, f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"')
    yield Place(template.set(database=name))
    _execute(template, f'DROP DATABASE "{name}" WITH (FORCE)')


def in_thread(work: Callable[[], Awaitable[None]]) -> None:
    """Run asynchronous work where the test's own loop is out of the way."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_whole(work))
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


async def _whole(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _migrate(place: Place) -> None:
    await upgrade(place, backups_dir=Path("never-needed"), clock=SystemClock())


def _execute(template: URL, statement: str) -> None:
    server = template.set(database="postgres")
    if server not in _attendants:
        _attendants[server] = _Attendant(server)
    _attendants[server].execute(statement)


class _Attendant:
    """A loop of its own with one open connection, for making and deleting databases.

    Connecting anew for each takes longer than the copy does.
    """

    def __init__(self, server: URL) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="databases", daemon=True
        )
        self._thread.start()
        self._engine = create_async_engine(server, isolation_level="AUTOCOMMIT", pool_size=1)

    def execute(self, statement: str) -> None:
        self._do(self._execute(statement))

    def close(self) -> None:
        self._do(self._engine.dispose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_STATEMENT_S)

    async def _execute(self, statement: str) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text(statement))


_attendants: Final[dict[URL, _Attendant]] = {}
