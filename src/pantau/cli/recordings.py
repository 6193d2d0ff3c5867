"""`pantau recordings`: footage and its catalogue, on the machine itself."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from pantau.cli.failing import FAILED, fail, settings_or_exit, told
from pantau.core.errors import Problem

if TYPE_CHECKING:
    from pantau.app.recordings_cli import RecordingTools

app = typer.Typer(
    help="""
    Look after footage. Pantau may be running.

    Examples:

      pantau recordings list

      pantau recordings verify && echo all is well
    """,
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Result = TypeVar("_Result")
_Tell = Callable[[str, int, int | None], None]


@app.command("list")
def list_recordings(*, as_json: _Json = False) -> None:
    """
    List what is kept of every camera, also of those that were removed.

    Examples:

      pantau recordings list --json | jq '[.cameras[].bytes] | add'
    """
    kept = _run(lambda tools: tools.kept())
    cameras = [
        {
            "camera": each.camera_id,
            "name": each.name,
            "recordings": each.segments,
            "bytes": each.size_bytes,
            "from": _moment(each.oldest_ms),
            "to": _moment(each.newest_ms),
        }
        for each in kept
    ]
    if as_json:
        typer.echo(json.dumps({"cameras": cameras}, ensure_ascii=False))
        return
    columns = ("camera", "name", "recordings", "GiB", "from", "to")
    table = Table(*columns, box=None, pad_edge=False)
    for each in kept:
        table.add_row(
            str(each.camera_id),
            escape(each.name) if each.name else "(removed)",
            str(each.segments),
            f"{each.size_bytes / 2**30:.2f}",
            _moment(each.oldest_ms),
            _moment(each.newest_ms),
        )
    Console(soft_wrap=True).print(table)


@app.command("rescan")
def rescan(*, as_json: _Json = False) -> None:
    """
    Build the catalogue from what lies on the disks, and put damaged files in order.

    For a database that was lost or is older than the footage: every recording is found again, and
    nothing is deleted. Run it before cameras are added again, so that no new camera gets the
    number, and with it the footage, of an old one. Exit code 1 when a folder cannot be read.

    Examples:

      pantau recordings rescan

      pantau recordings rescan --json | jq .added
    """
    with _bar() as tell:
        done = _run(lambda tools: tools.rescan(tell))
    tally = done.tally
    counts = {
        "folders": tally.folders,
        "files": tally.files,
        "added": tally.added,
        "revised": tally.revised,
        "missing": tally.missing,
        "repaired": done.repaired,
        "foreign": tally.foreign,
        "failed": tally.failed,
        "places_away": list(done.places_away),
    }
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(
            f"{tally.files} recordings in {tally.folders} folders: {tally.added} added, "
            f"{tally.revised} corrected, {tally.missing} missing, {done.repaired} put in order or "
            "tried."
        )
        if tally.foreign:
            typer.echo(f"{tally.foreign} files are not ours and were left alone.")
        for name in done.places_away:
            typer.echo(f"{name} cannot be read: nothing is known of what is in it.", err=True)
    if done.places_away or tally.failed:
        raise typer.Exit(FAILED)


@app.command("verify")
def verify(*, as_json: _Json = False) -> None:
    """
    Read every recording again, and compare it with its index and with the catalogue.

    Changes nothing. Exit code 1 when anything differs, with a line for each difference.

    Examples:

      pantau recordings verify

      pantau recordings verify --json | jq '.differences[] | select(.kind == "no_file")'
    """
    with _bar() as tell:
        found = _run(lambda tools: tools.verify(lambda done, total: tell("verifying", done, total)))
    differences = [
        {"kind": each.kind.value, "place": each.place, "key": each.key, "detail": each.detail}
        for each in found.differences
    ]
    if as_json:
        counts = {
            "ok": not differences,
            "files": found.files,
            "bytes": found.bytes,
            "open": found.open,
            "damaged": found.damaged,
            "missing": found.missing,
            "differences": differences,
        }
        typer.echo(json.dumps(counts, ensure_ascii=False))
    else:
        for each in differences:
            told_of = f"{each['place']} {each['key']}".strip()
            typer.echo(f"{each['kind']}: {told_of} {each['detail']}".rstrip())
        typer.echo(
            f"{found.files} recordings, {found.bytes / 2**30:.2f} GiB: "
            f"{len(differences)} differences. {found.open} are being written, {found.damaged} are "
            f"known to be damaged, {found.missing} known to be gone."
        )
    if differences:
        raise typer.Exit(FAILED)


def _run(work: "Callable[[RecordingTools], Awaitable[_Result]]") -> _Result:
    from pantau.app.foundation import FoundationError
    from pantau.app.recordings_cli import opened_recordings
    from pantau.app.running import FolderError, prepare_folders, prepare_log

    settings = settings_or_exit()
    prepare_log(settings, "recordings")

    async def whole() -> _Result:
        async with opened_recordings(settings) as tools:
            return await work(tools)

    try:
        with told(FolderError, FoundationError):
            prepare_folders(settings)
            return asyncio.run(whole())
    except Problem as problem:
        fail(problem.sentence)


@contextmanager
def _bar() -> Iterator[_Tell]:
    """Give what shows progress: a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _doing, _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ProgressBar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def show(doing: str, done: int, total: int | None) -> None:
            bar.update(task, description=doing, completed=done, total=total)

        yield show


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
