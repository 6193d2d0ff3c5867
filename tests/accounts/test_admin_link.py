"""`pantau admin-link`: the way back in for whoever may run commands on the machine."""

import asyncio
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pantau.accounts.first_run import WELCOME_PATH
from pantau.cli.accounts import admin_link
from pantau.core.clock import SystemClock
from pantau.db.database import open_database
from pantau.db.place import FILE_NAME, sqlite_place
from tests.accounts.door import HOME, door_on
from tests.audit.trails import rows


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run() -> str:
    app = typer.Typer()
    app.command()(admin_link)
    done = CliRunner().invoke(app)
    assert done.exit_code == 0, done.output
    return done.output.strip().splitlines()[-1]


def test_link_is_printed_told_and_works_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_PUBLIC_URL", "https://hub.example")
    link = run()
    assert link.startswith(f"https://hub.example{WELCOME_PATH}?token=")

    async def redeem() -> None:
        database = open_database(sqlite_place(data / FILE_NAME), clock=SystemClock())
        door = door_on(database)
        await door.clock.advance((SystemClock().now() - door.clock.now()).total_seconds())
        assert [row["name"] for row in await rows(database)] == ["ADMIN_ACTION"]
        token = link.partition("=")[2]
        begun = await door.parts.first_run.redeem(token, "siti", "Fresh-Bicycle-77", HOME)
        assert (await door.who(begun.access_token)).role == "admin"
        assert not await door.parts.first_run.is_valid(token)
        await database.close()

    asyncio.run(redeem())


def test_address_can_be_opened_where_every_network_is_listened_to(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOST", "0.0.0.0")
    assert run().startswith("http://127.0.0.1:3000/admin/welcome")
