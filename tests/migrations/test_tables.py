"""The steps lead to what the models say: on both databases, in one line, and only forward."""

import importlib.util
import re
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from pantau.db.base import BOOKKEEPING
from pantau.db.place import Place
from pantau.migrations.revisions import STEPS, known_revisions
from pantau.tables import metadata

FILES = sorted((STEPS / "versions").glob("[0-9]*.py"))


@pytest.mark.anyio
async def test_up_from_empty_equals_the_models(database_place: Place) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, _kind, _of: name not in BOOKKEEPING,
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    engine = create_async_engine(database_place.url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


def test_steps_are_numbered_without_a_gap() -> None:
    assert known_revisions() == [f"{number:04}" for number in range(1, len(FILES) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", file.stem) for file in FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_step_has_one_predecessor_and_no_way_back(file: object) -> None:
    number = int(str(getattr(file, "name", ""))[:4])
    spec = importlib.util.spec_from_file_location(f"step_{number}", str(file))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.revision == f"{number:04}"
    assert module.down_revision == (None if number == 1 else f"{number - 1:04}")
    assert not hasattr(module, "downgrade")


def test_a_start_that_finds_nothing_to_do_does_not_load_alembic(sqlite_place: Place) -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from pantau.core.clock import SystemClock\n"
        "from pantau.db.place import sqlite_place\n"
        "from pantau.migrations.upgrade import upgrade\n"
        "place = sqlite_place(pathlib.Path(sys.argv[1]))\n"
        "done = asyncio.run(upgrade(place, backups_dir=pathlib.Path('x'), clock=SystemClock()))\n"
        "assert done.did_nothing\n"
        "print(any(name.startswith('alembic') for name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(sqlite_place.file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.strip() == "False", done.stderr
