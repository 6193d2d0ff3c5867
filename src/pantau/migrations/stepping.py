"""Takes steps on a connection, in the transaction that is open there; loads Alembic."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.errors import Unavailable
from pantau.core.left_out import hollow
from pantau.db.reach import put_reach

_HEAD: Final = "head"
_WRITERS: Final[Mapping[str, Sequence[str]]] = {
    "mako": ("exceptions",),
    "mako.pygen": ("PythonPrinter",),
    "mako.template": ("Template",),
}
_OTHERS: Final[Mapping[str, Sequence[str]]] = {
    f"alembic.ddl.{name}": () for name in ("mssql", "mysql", "oracle", "postgresql")
}


def take_steps(connection: Connection, steps: Path, revision: str = _HEAD) -> None:
    """Bring the tables up to `revision`, and note how far back they reach."""
    command = _load_alembic(connection.dialect.name)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    before = set(inspect(connection).get_table_names())
    command.upgrade(config, revision)
    made = set(inspect(connection).get_table_names()) - before
    put_reach(connection, oldest_release_of(steps, revision), made)


def oldest_release_of(steps: Path, revision: str = _HEAD) -> str:
    """Return the oldest release, as a step, that understands the tables of `revision`.

    A step that says nothing is understood by its own release alone: nobody guesses.
    """
    _load_alembic()
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    taken = ScriptDirectory.from_config(config).iterate_revisions(revision, "base")
    return max(str(getattr(step.module, "oldest_release", step.revision)) for step in taken)


async def check_references(connection: AsyncConnection) -> None:
    """Raise Unavailable where a row of a SQLite file belongs to one that is not there."""
    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).first()
    if broken is not None:
        raise Unavailable(
            "database.upgrade_failed",
            f"The upgrade would leave a row of {broken[0]} without the row of {broken[2]} that it "
            "belongs to, so nothing was changed. Report this.",
        )


def _load_alembic(dialect: str = "sqlite") -> ModuleType:
    """Return its commands.

    Loading it takes longer than everything else that a start does with the database.  What writes
    new steps, and what is for other databases, is left out: 90 modules and 8 MB, in a process that
    goes on for weeks.
    """
    with hollow({**_WRITERS, **_OTHERS}):
        command = import_module("alembic.command")
    if dialect != "sqlite":
        import_module(f"alembic.ddl.{dialect}")
    return command
