"""`pantau database`: looking after it by hand."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from pantau.cli.failing import FAILED, MISUSED, fail, settings_or_exit, told
from pantau.core.clock import SystemClock
from pantau.core.errors import NotFound, Problem
from pantau.settings import Settings

if TYPE_CHECKING:
    from pantau.app.database_releases import RollBack
    from pantau.backups.snapshots import TakenSnapshot

app = typer.Typer(
    help="""
    Look after the database.

    A start of Pantau upgrades it by itself; these are for looking, and for doing it beforehand.

    Around a change of releases: rehearse an upgrade, keep a snapshot, go back to it.

    Examples:

      pantau database status

      pantau database upgrade --dry-run
    """,
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Result = TypeVar("Result")


@app.command()
def upgrade(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="On a copy that is thrown away; the hub may run.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """
    Bring the tables to what this Pantau needs.

    A SQLite file is first copied to the folder `backups` in the data folder. All steps are taken
    or none. Of a PostgreSQL database take a snapshot first.

    With --dry-run it only says what would be done, how long it takes, and whether the release that
    runs today could go on meanwhile. Exit code 1 when a step would fail.

    Examples:

      pantau database upgrade

      pantau database upgrade --dry-run --json | jq .breaks
    """
    if dry_run:
        _rehearse(as_json=as_json)
        return
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


@app.command("dry-run", hidden=True)
def rehearse(*, as_json: _Json = False) -> None:
    """Do what `upgrade --dry-run` does."""
    _rehearse(as_json=as_json)


def _rehearse(*, as_json: bool) -> None:
    from pantau.app.database_releases import dry_run

    settings = settings_or_exit()
    _prepare_log(settings)
    done = _run(dry_run(settings, SystemClock()))
    if as_json:
        known = {
            "before": done.before,
            "after": done.after,
            "steps": done.steps,
            "seconds": round(done.seconds, 3),
            "copied_bytes": done.copied_bytes,
            "oldest_release": done.oldest_release,
            "previous_goes_on": done.previous_goes_on,
            "breaks": done.breaks,
        }
        typer.echo(json.dumps(known, ensure_ascii=False))
        return
    if not done.steps:
        typer.echo(f"Nothing to do: the tables are at step {done.after}.")
        return
    typer.echo(f"Steps {', '.join(done.steps)}: {done.seconds:.1f} s on a copy of ", nl=False)
    typer.echo(f"{done.copied_bytes / 2**20:.1f} MiB. Nothing was changed.")
    if done.previous_goes_on:
        typer.echo("The release of today can go on meanwhile, and be gone back to.")
    else:
        typer.echo("The release of today cannot go on afterwards:")
        typer.echo("\n".join(f"  {why}" for why in done.breaks))


@app.command()
def snapshot(
    *,
    keep: Annotated[int, typer.Option(min=1, help="How many stay, this one with them.")] = 5,
    as_json: _Json = False,
) -> None:
    """
    Keep the database as it is now, for going back. Pantau may run.

    The file lies in the folder `snapshots` in the data folder, readable for this user alone; it
    is no backup, because it lies on the same disk and has no keys in it. The oldest are deleted,
    but never that of the last deploy.

    Examples:

      pantau database snapshot --json | jq -r .name
    """
    import pantau
    from pantau.app.database_releases import take_snapshot
    from pantau.core.build import build_id

    settings = settings_or_exit()
    _prepare_log(settings)
    work = take_snapshot(
        settings, SystemClock(), build=build_id(), version=pantau.__version__, keep=keep
    )
    taken = _run(work)
    if as_json:
        typer.echo(json.dumps(_told_snapshot(taken), ensure_ascii=False))
        return
    typer.echo(f"{taken.name}: step {taken.step}, {taken.size_bytes / 2**20:.1f} MiB.")
    typer.echo(f"SHA-256: {taken.sha256}")


@app.command("snapshots")
def list_snapshots(*, as_json: _Json = False) -> None:
    """
    List the snapshots that there are, the newest first.

    Examples:

      pantau database snapshots --json | jq -r '.[0].name'
    """
    from pantau.app.database_releases import snapshots

    found = snapshots(settings_or_exit())
    if as_json:
        typer.echo(json.dumps([_told_snapshot(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        size = f"{each.size_bytes / 2**20:.1f} MiB"
        typer.echo(f"{each.taken_at:%Y-%m-%d %H:%M} UTC  step {each.step}  {size:>12}  {each.name}")
    if not found:
        typer.echo("There is no snapshot.")


@app.command("roll-back")
def roll_back(
    to: Annotated[str, typer.Option("--to", help="The name of a snapshot.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option(help="Also when the release of the snapshot works with the tables.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """
    Make the tables those of a snapshot again, with what was recorded and changed since.

    Footage, views, the audit trail, messages, people and cameras stay as they are now; lost is only
    what the earlier tables have no place for. Nothing is done when the earlier release works with
    the tables as they are. A running “pantau serve” ends its processes meanwhile; those that were
    started one by one must be stopped first. Start the earlier release afterwards: this one would
    upgrade again. Exit code 1: nothing was changed; 2: it was not confirmed.

    Examples:

      pantau database roll-back --to snapshot-20260301T021500Z-0018.db --dry-run

      pantau database roll-back --to snapshot-20260301T021500Z-0018.db --yes --json
    """
    from pantau.app.database_releases import preview_roll_back, roll_back_database

    settings = settings_or_exit()
    _prepare_log(settings)
    clock = SystemClock()
    with told(Problem):
        try:
            planned = asyncio.run(preview_roll_back(settings, clock, to=to, anyway=anyway))
        except NotFound as problem:
            fail(problem.sentence, code=MISUSED)
    if dry_run or not planned.is_needed:
        _print_roll_back(planned, as_json=as_json)
        return
    if not as_json:
        _print_roll_back(planned, as_json=False)
    if not yes:
        if as_json or not sys.stdin.isatty():
            fail("Nothing was changed: add --yes.", code=MISUSED)
        typed = typer.prompt("Type BACK to go on", default="", show_default=False)
        if typed != "BACK":
            fail("Nothing was changed.", code=MISUSED)
    done = _run(roll_back_database(settings, clock, to=to, anyway=anyway))
    if as_json:
        _print_roll_back(done, as_json=True)
    else:
        typer.echo(done.sentence)
        typer.echo(f"What was here before: snapshots/{done.safety}")


def _told_snapshot(taken: "TakenSnapshot") -> dict[str, Any]:
    return {**taken.model_dump(mode="json"), "file": str(taken.file)}


def _print_roll_back(told: "RollBack", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False))
        return
    for title, sentences in (("Kept:", told.kept), ("LOST:", told.lost)):
        if sentences:
            typer.echo(title)
            typer.echo("\n".join(f"  {sentence}" for sentence in sentences))
    typer.echo(told.sentence)


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    with told(Problem):
        return asyncio.run(work)


def _prepare_log(settings: Settings) -> None:
    from pantau.app.running import prepare_log

    prepare_log(settings, "database")
