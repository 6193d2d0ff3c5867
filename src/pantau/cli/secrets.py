"""`pantau secrets`: the keys that stored passwords are sealed with."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pantau.cli.failing import FAILED, settings_or_exit, told
from pantau.core.errors import Problem
from pantau.core.key_file import KeyFileError

if TYPE_CHECKING:
    from pantau.operations.rotation import Rotation, Standing

app = typer.Typer(
    help="""
    Look after the keys that camera passwords and other secrets are sealed with.

    Examples:

      pantau secrets status

      pantau secrets rotate
    """,
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Result = TypeVar("Result")


@app.command()
def rotate(*, as_json: _Json = False) -> None:
    """
    Make a new key and seal every stored secret with it.

    Pantau may run meanwhile. When it is interrupted, run it again: it goes on where it ended. The
    old key stays in the file for an hour at least; “pantau secrets prune” removes it. Make a backup
    of sealing.keys afterwards. Exit code 1 when a secret could not be opened.

    Examples:

      pantau secrets rotate

      pantau secrets rotate --json | jq .sealed
    """
    from pantau.audit.actors import CONSOLE

    done = _run(lambda rotation: rotation.rotate(CONSOLE))
    if as_json:
        known = {
            "key": done.key,
            "sealed": done.sealed,
            "failed": done.failed,
            "resumed": done.resumed,
            "removed": done.removed,
        }
        typer.echo(json.dumps(known))
    else:
        typer.echo("Finished an earlier rotation." if done.resumed else f"New key: {done.key}.")
        typer.echo(f"Sealed anew: {done.sealed}. Keys removed: {len(done.removed)}.")
        typer.echo("Make a backup of sealing.keys.")
    if done.failed:
        typer.echo(f"{done.failed} secrets cannot be opened. Enter them again.", err=True)
        raise typer.Exit(FAILED)


@app.command()
def prune(*, as_json: _Json = False) -> None:
    """
    Remove old keys that no stored secret needs.

    A key stays for an hour after it was replaced. Backups of the database from before need it:
    keep the copy of sealing.keys that belongs to them.

    Examples:

      pantau secrets prune
    """
    gone = _run(lambda rotation: rotation.prune())
    if as_json:
        typer.echo(json.dumps({"removed": gone}))
    else:
        typer.echo(f"Removed: {', '.join(gone)}." if gone else "Nothing to remove.")


@app.command()
def status(*, as_json: _Json = False) -> None:
    """
    Say which keys there are and how many stored secrets need them.

    Exit code 1 when a secret cannot be opened or stands in the clear.

    Examples:

      pantau secrets status --json | jq '.keys[] | select(.values == 0)'
    """
    found = _run(lambda rotation: rotation.standing())
    if as_json:
        typer.echo(json.dumps(_known(found)))
    else:
        _print(found)
    if not found.ok:
        raise typer.Exit(FAILED)


def _run(work: Callable[["Rotation"], Awaitable[Result]]) -> Result:
    from pantau.app.foundation import FoundationError
    from pantau.app.running import FolderError, prepare_folders, prepare_log
    from pantau.app.secrets import opened_rotation

    settings = settings_or_exit()
    prepare_log(settings, "secrets")

    async def run() -> Result:
        async with opened_rotation(settings) as rotation:
            return await work(rotation)

    with told(FolderError, FoundationError, KeyFileError, Problem):
        prepare_folders(settings)
        return asyncio.run(run())


def _known(found: "Standing") -> dict[str, object]:
    keys = [
        {
            "id": key.id,
            "made_at": None if key.made_at is None else key.made_at.isoformat(),
            "newest": key.is_newest,
            "values": key.values,
        }
        for key in found.keys
    ]
    return {
        "ok": found.ok,
        "keys": keys,
        "without_key": found.without_key,
        "not_sealed": found.not_sealed,
    }


def _print(found: "Standing") -> None:
    for key in found.keys:
        made = "from the beginning" if key.made_at is None else f"{key.made_at:%Y-%m-%d %H:%M} UTC"
        role = "seals" if key.is_newest else "old"
        typer.echo(f"{key.id}  {role:<6} {key.values:>6} secrets  {made}")
    if found.without_key:
        typer.echo(
            f"{found.without_key} secrets need a key that is not in sealing.keys. Put the file "
            "back from the backup.",
            err=True,
        )
    for column in found.not_sealed:
        typer.echo(f"{column} holds a secret in the clear. Enter it again.", err=True)
