import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from pantau.app.database import opened_database
from pantau.cli.database import app
from pantau.core.clock import SystemClock
from pantau.core.errors import Invalid, Unavailable
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.migrations.revisions import known_revisions
from pantau.settings import Settings
from pantau.settings.model import DatabaseSettings
from tests.support.database import empty_postgresql
from tests.support.waiting import until

NEWEST = known_revisions()[-1]


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Commands configure the log of their process, which here is that of every other test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation that was never started, with each kind of database."""
    if request.param == "sqlite":
        yield Settings(data_dir=tmp_path)
        return
    for place in empty_postgresql(request.getfixturevalue("postgresql_server")):
        yield Settings(data_dir=tmp_path, database=_of(place))


def _of(place: Place) -> DatabaseSettings:
    url = place.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return DatabaseSettings(url=url, readers=2, wait_s=1.0)


@pytest.mark.anyio
async def test_a_process_opens_upgrades_watches_and_closes(settings: Settings) -> None:
    clock = SystemClock()
    first, second = Supervisor(clock), Supervisor(clock)
    async with AsyncExitStack() as closing:
        one = await opened_database(settings, clock=clock, supervisor=first, closing=closing)
        async with one.write() as work:
            work.changed("areas")
        other = await opened_database(settings, clock=clock, supervisor=second, closing=closing)
        heard: list[str] = []
        other.changes.on("areas", lambda: heard.append("areas"))
        other.changes.on("site", lambda: heard.append("site"))
        async with one.write() as work:
            work.changed("site")
        await until(lambda: "site" in heard, timeout_s=45, what="the change in another process")
        # What was done before it was opened is no news to it.
        assert heard == ["site"]
        for each in (first, second):
            await each.stop(deadline_s=5.0)
    with pytest.raises(Unavailable, match="stopping"):
        await _read(one)


async def _read(database: Database) -> None:
    async with database.read():
        pass


@pytest.mark.anyio
async def test_settings_decide_how_many_read_and_how_long_they_wait(tmp_path: Path) -> None:
    few = Settings(data_dir=tmp_path, database=DatabaseSettings(readers=1, wait_s=0.1))
    clock = SystemClock()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        database = await opened_database(few, clock=clock, supervisor=supervisor, closing=closing)
        async with database.read():
            with pytest.raises(Unavailable):
                await _read(database)
        await supervisor.stop(deadline_s=5.0)


@pytest.mark.anyio
async def test_a_replica_without_a_server_is_refused_at_the_start(tmp_path: Path) -> None:
    wrong = Settings(
        data_dir=tmp_path, database=DatabaseSettings(read_url="postgresql://p@db2/pantau")
    )
    async with AsyncExitStack() as closing:
        with pytest.raises(Invalid, match="read_url"):
            await opened_database(
                wrong, clock=SystemClock(), supervisor=Supervisor(SystemClock()), closing=closing
            )


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PANTAU_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PANTAU_DATABASE__URL", settings.database.url)
    monkeypatch.chdir(settings.data_dir)
    return settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_command_tells_how_far_the_tables_are(command: Settings) -> None:
    before = run("status", "--json")
    assert before.exit_code == 1
    assert json.loads(before.stdout)["step"] is None
    first = run("upgrade", "--json")
    assert json.loads(first.stdout) == {"before": None, "after": NEWEST, "backup": None}
    assert "Nothing to do" in run("upgrade").stdout
    after = run("status", "--json")
    assert after.exit_code == 0
    told = json.loads(after.stdout)
    assert told["step"] == told["newest_step"] == NEWEST
    assert told["kind"] == ("postgresql" if command.database.url else "sqlite")


def test_command_finds_a_sound_database_sound(command: Settings) -> None:
    run("upgrade")
    done = run("check")
    assert done.exit_code == 0, done.output
    assert "sound" in done.stdout


@pytest.fixture
def file_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pantau.db"


def test_command_makes_no_database_by_looking(file_command: Path) -> None:
    assert run("status").exit_code == 1
    done = run("check")
    assert done.exit_code == 1
    assert "no database yet" in done.stderr
    assert not file_command.exists()


def test_command_finds_damage(file_command: Path) -> None:
    run("upgrade")
    with sqlite3.connect(file_command) as raw:
        raw.execute("CREATE TABLE kept (one INTEGER PRIMARY KEY REFERENCES lost (id))")
        raw.execute("CREATE TABLE lost (id INTEGER PRIMARY KEY)")
        raw.execute("INSERT INTO kept VALUES (7)")
    raw.close()
    orphan = run("check", "--json")
    assert orphan.exit_code == 1
    assert json.loads(orphan.stdout)["findings"] == [
        "Row 7 of kept belongs to a row of lost that is not there."
    ]
    content = bytearray(file_command.read_bytes())
    content[4096 * 3 : 4096 * 12] = b"\xff" * (4096 * 9)
    file_command.write_bytes(content)
    broken = run("check", "--json")
    assert broken.exit_code == 1, broken.output


def test_command_finds_rows_that_cannot_be(file_command: Path) -> None:
    run("upgrade")
    with sqlite3.connect(file_command) as raw:
        raw.execute("CREATE TABLE things (one INTEGER)")
        raw.execute("INSERT INTO things VALUES (NULL)")
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(
            "UPDATE sqlite_master SET sql = 'CREATE TABLE things (one INTEGER NOT NULL)' "
            "WHERE name = 'things'"
        )
    raw.close()
    done = run("check", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["findings"] == ["NULL value in things.one"]


def test_command_says_when_the_server_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_DATABASE__URL", "postgresql://p@/x?host=/nonexistent")
    monkeypatch.chdir(tmp_path)
    done = run("status")
    assert done.exit_code == 1
    assert "does not answer" in done.stderr
