"""`pantau backup`: copies of the whole hub, made, looked into, and put back."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as ProgressBar

from pantau.cli.failing import FAILED, MISUSED, fail, settings_or_exit, told
from pantau.core.errors import Invalid, Problem
from pantau.settings import Settings

if TYPE_CHECKING:
    from pantau.backups.making import Made, Tell
    from pantau.backups.manifest import Manifest
    from pantau.backups.people import People
    from pantau.backups.protection import Unlock
    from pantau.backups.restoring import Preview
    from pantau.backups.staging import Result

app = typer.Typer(
    help="""
    Make, list, look into and restore backups of the whole hub. Pantau may be running.

    A backup holds the database, and when it is locked the keys of the data folder; no footage.

    Examples:

      pantau backup create --output hub.tar.age --passphrase-file phrase.txt

      pantau backup restore hub.tar.age --passphrase-file phrase.txt
    """,
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="A file whose first line it is; - is stdin."),
]
_IdentityFile = Annotated[
    Path | None, typer.Option("--identity-file", help="A file with a private key of age.")
]
_Result = TypeVar("_Result")


@app.command()
def create(
    output: Annotated[Path, typer.Option("--output", help="The file to write; it must be new.")],
    *,
    passphrase_file: _PassphraseFile = None,
    recipient: Annotated[
        list[str] | None, typer.Option("--recipient", help="A public key of age, age1…; often.")
    ] = None,
    unlocked: Annotated[
        bool, typer.Option("--unlocked", help="Readable for whoever has the file; without keys.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """
    Write a backup of this moment, without stopping anything.

    The tool “age” opens it as well. With --unlocked, the keys to sealed passwords are left out.
    Exit code 2 when the options do not fit.

    Examples:

      pantau backup create --output hub.tar.age --passphrase-file phrase.txt

      pantau backup create --output hub.tar --unlocked --json | jq .sha256
    """
    from pantau.backups.protection import Lock, checked_passphrase, checked_recipients

    chosen = [passphrase_file is not None, bool(recipient), unlocked]
    if sum(chosen) != 1:
        fail("Give one of --passphrase-file, --recipient and --unlocked.", code=MISUSED)
    if output.exists():
        fail(f"--output: {output} exists already.", code=MISUSED)
    try:
        lock = Lock(
            passphrase=checked_passphrase(_first_line(passphrase_file)) if passphrase_file else "",
            recipients=checked_recipients(recipient) if recipient else (),
        )
    except Invalid as problem:
        option = "--recipient" if recipient else "--passphrase-file"
        fail(f"{option}: {problem.sentence}", code=MISUSED)
    settings = _settings()

    async def work() -> Any:
        from pantau.app.backup_archives import create_at_console

        with _bar() as tell:
            return await create_at_console(settings, output.absolute(), lock=lock, tell=tell)

    _print_made(_run(settings, work()), lock.kind, as_json=as_json)


def _print_made(made: "Made", locked: str, *, as_json: bool) -> None:
    known = {
        "file": str(made.file),
        "bytes": made.size_bytes,
        "sha256": made.sha256,
        "rows": made.manifest.rows,
        "locked": locked,
    }
    if as_json:
        typer.echo(json.dumps(known, ensure_ascii=False))
        return
    typer.echo(f"{made.file}: {made.manifest.rows} rows, {made.size_bytes / 2**20:.1f} MiB.")
    typer.echo(f"SHA-256: {made.sha256}")
    if locked == "none":
        typer.echo("It is not locked, and the keys of the data folder are not in it.", err=True)


@app.command("list")
def list_backups(*, as_json: _Json = False) -> None:
    """
    List the backups that were made, the newest first, and when the next one is due.

    Exit code 1 when a backup is overdue.

    Examples:

      pantau backup list --json | jq '.backups[0]'
    """
    settings = _settings()

    async def work() -> Any:
        from pantau.app.backup_archives import backups_at_console

        return await backups_at_console(settings)

    state, runs = _run(settings, work())
    if as_json:
        typer.echo(json.dumps(_told_runs(state, runs), ensure_ascii=False))
    else:
        for run in runs:
            size = f"{run.size_bytes / 2**20:.1f} MiB" if run.size_bytes else "–"
            typer.echo(
                f"{run.asked_at:%Y-%m-%d %H:%M} UTC  {run.state:<8} {size:>12}  "
                f"{run.file_name or '–'}  {run.problem}".rstrip()
            )
        if not runs:
            typer.echo("No backup was made yet.")
        if state.next_due_at:
            typer.echo(f"Next one: {state.next_due_at:%Y-%m-%d %H:%M} UTC.")
    if state.is_overdue:
        typer.echo("A backup is overdue.", err=True)
        raise typer.Exit(FAILED)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    *,
    passphrase_file: _PassphraseFile = None,
    identity_file: _IdentityFile = None,
    as_json: _Json = False,
) -> None:
    """
    Read a backup from its first byte to its last, and say what is in it.

    Changes nothing and needs no hub. Exit code 1 when it is damaged or cannot be opened.

    Examples:

      pantau backup inspect hub.tar.age --passphrase-file phrase.txt --json | jq .tables
    """
    from pantau.backups.reading import check_rows, open_archive

    unlock = _unlock(passphrase_file, identity_file)
    with told(Problem), tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        archive = open_archive(file, unlock, work=Path(folder))
        check_rows(archive)
    if as_json:
        known = archive.manifest.model_dump(mode="json")
        typer.echo(json.dumps({**known, "locked": archive.protection}, ensure_ascii=False))
    else:
        _print_manifest(archive.manifest, archive.protection)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    *,
    passphrase_file: _PassphraseFile = None,
    identity_file: _IdentityFile = None,
    people: Annotated[
        str, typer.Option(help="keep: accounts stay as they are here. backup: as in the backup.")
    ] = "keep",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """
    Put a backup in the place of what is here: all of it, or nothing.

    Says what would change, and keeps what is here as a backup in the folder “backups”. A running
    “pantau serve” ends its processes, restores and starts them again; those that were started one
    by one must be stopped first. Everybody has to sign in again. In a hub with accounts these stay,
    unless --people backup is given. Exit code 1: nothing was restored; 2: it was not confirmed.

    Examples:

      pantau backup restore hub.tar.age --passphrase-file phrase.txt

      pantau backup restore hub.tar --yes --json
    """
    if people not in {"keep", "backup"}:
        fail("--people is keep or backup.", code=MISUSED)
    chosen: People = "backup" if people == "backup" else "keep"
    unlock = _unlock(passphrase_file, identity_file)
    settings = _settings()

    def decide(preview: "Preview") -> bool:
        if not as_json:
            _print_preview(preview, people)
        if yes:
            return True
        if as_json or not sys.stdin.isatty():
            fail("Nothing was restored: add --yes.", code=MISUSED)
        typed = typer.prompt("Type RESTORE to go on", default="", show_default=False)
        return bool(typed == "RESTORE")

    async def work() -> Any:
        from pantau.app.restoring_cli import restore_at_console

        return await restore_at_console(settings, file, unlock, people=chosen, decide=decide)

    result = _run(settings, work())
    if result is None:
        fail("Nothing was restored.", code=MISUSED)
    _print_result(result, as_json=as_json)
    if not result.ok:
        raise typer.Exit(FAILED)


@app.command("carry-out", hidden=True)
def carry_out() -> None:
    """Carry out what was decided; for “pantau serve”."""
    from pantau.app.restoring import carry_out_wanted
    from pantau.core.clock import SystemClock

    settings = _settings()
    _run(settings, carry_out_wanted(settings, SystemClock()))


def _print_result(result: "Result", *, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps({"ok": result.ok, "message": result.sentence, "safety": result.safety})
        )
    else:
        typer.echo(result.sentence, err=not result.ok)
        if result.safety:
            typer.echo(f"What was here before: backups/{result.safety}")
        if result.ok:
            typer.echo(
                "Footage is not in backups: run “pantau recordings rescan” where it differs."
            )


def _settings() -> Settings:
    from pantau.app.running import prepare_log

    settings = settings_or_exit()
    prepare_log(settings, "backup")
    return settings


def _run(settings: Settings, work: Coroutine[Any, Any, _Result]) -> _Result:
    from pantau.app.foundation import FoundationError
    from pantau.app.running import FolderError, prepare_folders

    with told(FolderError, FoundationError):
        prepare_folders(settings)
        try:
            return asyncio.run(work)
        except Problem as problem:
            fail(problem.sentence)


def _unlock(passphrase_file: Path | None, identity_file: Path | None) -> "Unlock":
    from pantau.backups.protection import Unlock

    identity = ""
    if identity_file is not None:
        try:
            identity = identity_file.read_text(encoding="utf-8", errors="replace")[:10_000]
        except OSError as error:
            fail(f"--identity-file: {identity_file}: {error.strerror}.", code=MISUSED)
    passphrase = _first_line(passphrase_file) if passphrase_file else ""
    return Unlock(passphrase=passphrase, identity=identity)


def _first_line(path: Path) -> str:
    try:
        text = sys.stdin.readline() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        fail(f"--passphrase-file: {path}: {error.strerror}.", code=MISUSED)
    except UnicodeDecodeError:
        fail(f"--passphrase-file: {path} is no text.", code=MISUSED)
    line = text.split("\n", 1)[0].rstrip("\r")
    if not line:
        fail(f"--passphrase-file: {path} has no first line.", code=MISUSED)
    return line


def _told_runs(state: Any, runs: Any) -> dict[str, object]:
    return {
        "last_success_at": state.last_success_at.isoformat() if state.last_success_at else None,
        "next_due_at": state.next_due_at.isoformat() if state.next_due_at else None,
        "overdue": state.is_overdue,
        "backups": [
            {
                "id": run.id,
                "state": run.state,
                "kind": run.kind,
                "asked_at": run.asked_at.isoformat(),
                "file": run.file_name,
                "bytes": run.size_bytes,
                "sha256": run.sha256,
                "locked": run.protection,
                "problem": run.problem,
            }
            for run in runs
        ],
    }


def _print_manifest(manifest: "Manifest", protection: str) -> None:
    typer.echo(f"{manifest.hub}, {manifest.created_at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"Pantau {manifest.app_version}, step {manifest.revision}, locked: {protection}")
    typer.echo(f"Keys: {'in it' if manifest.has_secrets else 'not in it'}")
    for table in manifest.tables:
        if table.rows:
            typer.echo(f"{table.rows:>10}  {table.name}")


def _print_preview(preview: "Preview", people: str) -> None:
    manifest, known = preview.prepared.manifest, preview.people
    typer.echo(
        f"{manifest.hub}, made {manifest.created_at:%Y-%m-%d %H:%M} UTC, {manifest.rows} rows"
    )
    if not preview.is_same_installation:
        typer.echo("It comes from another installation; its keys come with it.")
    if preview.is_older:
        typer.echo(f"Its tables are at step {manifest.revision} and are brought up.")
    for name, here, there in preview.rows_here:
        typer.echo(f"{name:<28} {here:>9} → {there:>9}")
    typer.echo(f"Accounts: {known.here} here, {known.there} in the backup.")
    changed = ", ".join(f"{each.username} ({', '.join(each.what)})" for each in known.changed)
    keeps = people == "keep" and known.here > 0
    for names, sentence in (
        (changed, "Other than here, and left as here" if keeps else "Changed to the backup's"),
        (", ".join(known.only_there), "Brought from the backup"),
        (", ".join(known.only_here), "Only here, and left" if keeps else "REMOVED, only here"),
        (", ".join(known.clashes), "Left out, number taken" if keeps else "Brought in their place"),
    ):
        if names:
            typer.echo(f"{sentence}: {names}")
    if preview.unreadable_secrets:
        typer.echo(f"{preview.unreadable_secrets} sealed secrets cannot be opened here.", err=True)
    if preview.trail:
        typer.echo(f"Its audit trail is not whole: {preview.trail}", err=True)


@contextmanager
def _bar() -> "Iterator[Tell]":
    """Give what shows progress: a bar on a terminal, and nothing elsewhere."""
    from pantau.backups.making import tell_nobody

    if not sys.stderr.isatty():
        yield tell_nobody
        return
    columns = (TextColumn("rows"), BarColumn(), TaskProgressColumn())
    with ProgressBar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=None)

        async def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show
