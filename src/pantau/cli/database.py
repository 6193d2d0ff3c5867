"""`pantau database`: looking after it by hand."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from pantau.cli.failing import FAILED, settings_or_exit, told
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.settings import Settings

app = typer.Typer(
    help="""
    Look after the database.

    A start of Pantau upgrades it by itself; these are for looking, and for doing it beforehand.

    Examples:

      pantau database status

      pantau database check && pantau serve
    """,
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Result = TypeVar("Result")


@app.command()
def upgrade(*, as_json: _Json = False) -> None:
    """
    Bring the tables to what this Pantau needs.

    A SQLite file is first copied to the folder `backups` in the data folder. All steps are taken
    or none. Make a backup of a PostgreSQL database yourself.

    Examples:

      pantau database upgrade
    """
    from pantau.app.database import database_place
    from pantau.migrations import upgrade as upgrading

    settings = settings_or_exit()

    async def work() -> upgrading.Upgrade:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await upgrading.upgrade(
            database_place(settings),
            backups_dir=settings.data_dir / upgrading.BACKUP_FOLDER,
            clock=SystemClock(),
        )

    _prepare_log(settings)
    done = _run(work())
    if as_json:
        backup = str(done.backup) if done.backup else None
        typer.echo(json.dumps({"before": done.before, "after": done.after, "backup": backup}))
    elif done.did_nothing:
        typer.echo(f"Nothing to do: the tables are at step {done.after}.")
    else:
        typer.echo(f"The tables are at step {done.after}; before: {done.before or 'none'}.")
        if done.backup:
            typer.echo(f"Backup: {done.backup}")


@app.command()
def status(*, as_json: _Json = False) -> None:
    """
    Say where the database is and how far its tables are.

    Exit code 1 when they are not what this Pantau needs. Tables that a newer Pantau has only added
    to are “ahead”, and are.

    Examples:

      pantau database status --json | jq -r .step
    """
    from pantau.app.database import database_place
    from pantau.migrations.upgrade import read_standing

    settings = settings_or_exit()

    async def work() -> dict[str, str | int | bool | None]:
        place = database_place(settings)
        standing = await read_standing(place, clock=SystemClock())
        file = place.file
        return {
            "kind": "sqlite" if file else "postgresql",
            "place": str(place),
            "bytes": file.stat().st_size if file and file.exists() else None,
            "step": standing.stored,
            "newest_step": standing.newest,
            "is_newest": standing.is_newest,
            "is_ahead": standing.is_ahead,
        }

    known = _run(work())
    if as_json:
        typer.echo(json.dumps(known))
    else:
        for name, value in known.items():
            typer.echo(f"{name.replace('_', ' '):<14}{'–' if value is None else value}")
    if not (known["is_newest"] or known["is_ahead"]):
        raise typer.Exit(FAILED)


@app.command()
def check(*, as_json: _Json = False) -> None:
    """
    Look through the whole database for damage.

    Reads every page of a SQLite file; Pantau may run meanwhile. Exit code 1 when something is
    wrong.

    Examples:

      pantau database check
    """
    from pantau.app.database import database_place
    from pantau.db.examining import damage

    settings = settings_or_exit()

    async def work() -> list[str]:
        return await damage(database_place(settings))

    found = _run(work())
    if as_json:
        typer.echo(json.dumps({"ok": not found, "findings": found}, ensure_ascii=False))
    else:
        typer.echo("\n".join(found) or "The database is sound.")
    if found:
        raise typer.Exit(FAILED)


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    with told(Problem):
        return asyncio.run(work)


def _prepare_log(settings: Settings) -> None:
    from pantau.app.running import prepare_log

    prepare_log(settings, "database")
