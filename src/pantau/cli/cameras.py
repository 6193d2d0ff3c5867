"""`pantau cameras`: catalogues brought in and taken out, on the machine itself."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from pantau.cli.failing import FAILED, MISUSED, fail, settings_or_exit, told
from pantau.core.errors import Invalid, Problem

if TYPE_CHECKING:
    from pantau.app.camera_imports import CameraImporting
    from pantau.cameras.importing.options import Options
    from pantau.cameras.importing.service import Tell
    from pantau.cameras.importing.values import ImportView, Line, Progress

app = typer.Typer(
    help="""
    Bring cameras in by the hundred, and take them out. Pantau may be running.

    Examples:

      pantau cameras import city.json --area Wanasari --dry-run

      pantau cameras export --output cameras.json
    """,
    no_args_is_help=True,
)


class ExportFormat(StrEnum):
    """How an export is written."""

    JSON = "json"
    CSV = "csv"


class VisibilityChoice(StrEnum):
    """Whom cameras are shown to."""

    PUBLIC = "public"
    PARTNER = "partner"
    PRIVATE = "private"


_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Result = TypeVar("_Result")
_PROFILES = "generic, hls, mjpeg, embed, zoneminder, flv, private-rtsp, mediamtx, frigate, pantau"


@app.command("import")
def import_cameras(
    file: Annotated[
        Path | None, typer.Argument(help="The catalogue; “-” reads it from stdin.")
    ] = None,
    *,
    profile: Annotated[str, typer.Option(help=f"What its cameras are like: {_PROFILES}.")] = "",
    area: Annotated[
        str, typer.Option(help="Put all into this area: its name, slug or number.")
    ] = "",
    visibility: Annotated[
        VisibilityChoice | None, typer.Option(help="Whom new cameras are shown to.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Look at every address; create what gives pictures.")
    ] = False,
    undo: Annotated[
        int | None, typer.Option(help="Take back the import of this number instead.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """
    Import a catalogue: JSON, CSV, M3U, MediaMTX or Frigate configuration, or an export of Pantau.

    Every row is decided with a reason: create, update, skip or refuse. All of it is written or
    nothing; a broken row does not hold the others up, and a second run changes nothing. Exit code 2
    for a file that is no catalogue, 1 when every row was refused.

    Examples:

      pantau cameras import city.json --area Wanasari --dry-run

      pantau cameras import city.csv --json | jq '.rows[] | select(.decision == "refuse")'

      pantau cameras import --undo 3
    """
    if (file is None) == (undo is None):
        fail("Give a file, or --undo with the number of an import.", code=MISUSED)
    if undo is not None:
        _undo(undo, as_json=as_json)
        return
    assert file is not None
    shown_to = "" if visibility is None else visibility.value
    options = _options(profile, area, shown_to, verify=verify)
    view, lines = _imported(file, options, is_dry=dry_run, verify=verify)
    summary = {**view.summary, "total": len(lines), "import": None if dry_run else view.id}
    if as_json:
        rows = [_row(line) for line in lines]
        typer.echo(json.dumps({"rows": rows, "summary": summary}, ensure_ascii=False))
    else:
        _print(lines, summary, is_dry=dry_run)
    if lines and view.summary["refuse"] == len(lines):
        raise typer.Exit(FAILED)


@app.command("export")
def export_cameras(
    *,
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="How it is written.")
    ] = ExportFormat.JSON,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file, readable by its owner alone.")
    ] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="With passwords and stream keys.")
    ] = False,
) -> None:
    """
    Export every camera, so that it can be imported again.

    Without secrets passwords are masked: such a file changes cameras that are here, and adds only
    those that need no password. Every export stands in the audit trail.

    Examples:

      pantau cameras export --output cameras.json --with-secrets

      pantau cameras export --format csv > cameras.csv
    """
    from pantau.accounts.users.asker import AT_THE_CONSOLE

    text = _run(
        lambda parts: parts.export.text(format_.value, with_secrets=with_secrets, by=AT_THE_CONSOLE)
    )
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.touch(mode=0o600)
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}.")


@app.command("list")
def list_cameras(*, as_json: _Json = False) -> None:
    """
    List every camera, with passwords masked.

    Examples:

      pantau cameras list

      pantau cameras list --json | jq '.cameras[] | select(.enabled | not).name'
    """
    from pantau.accounts.users.asker import AT_THE_CONSOLE
    from pantau.cameras.capabilities import kind_of

    text = _run(lambda parts: parts.export.text("json", with_secrets=False, by=AT_THE_CONSOLE))
    shown = ("number", "name", "area", "kind", "enabled", "visibility", "address")
    cameras: list[dict[str, Any]] = [
        {name: camera[name] for name in shown}
        | {"kind": camera["kind"] or kind_of(camera["address"])}
        for camera in json.loads(text)["cameras"]
    ]
    if as_json:
        typer.echo(json.dumps({"cameras": cameras}, ensure_ascii=False))
        return
    table = Table(*shown, box=None, pad_edge=False)
    for camera in cameras:
        table.add_row(*(escape("" if value is None else str(value)) for value in camera.values()))
    Console(soft_wrap=True).print(table)


class Doing:
    """How an import goes on after the preview."""

    def __init__(self, *, is_dry: bool, verify: bool, tell: "Tell") -> None:
        self.is_dry = is_dry
        self.verify = verify
        self.tell = tell


def _options(profile: str, area: str, visibility: str, *, verify: bool) -> "Options":
    from pantau.cameras.decisions import Visibility
    from pantau.cameras.importing.options import AreaRule, Options

    if len(area) > 100 or len(profile) > 32:
        fail("A name is too long.", code=MISUSED)
    return Options(
        profile=profile,
        area_rule=AreaRule.ONE if area else AreaRule.FIELDS,
        area=area,
        visibility=Visibility(visibility) if visibility else None,
        only_verified=verify,
    )


def _imported(
    file: Path, options: "Options", *, is_dry: bool, verify: bool
) -> tuple["ImportView", Sequence["Line"]]:
    data = _read(file)
    name = "" if str(file) == "-" else file.name
    with _bar(is_wanted=sys.stderr.isatty()) as tell:
        doing = Doing(is_dry=is_dry, verify=verify, tell=tell)
        return _run(lambda parts: _import(parts, data, name, options, doing))


async def _import(
    parts: "CameraImporting", data: bytes, name: str, options: "Options", doing: Doing
) -> tuple["ImportView", Sequence["Line"]]:
    from pantau.accounts.users.asker import AT_THE_CONSOLE
    from pantau.cameras.importing.candidates import MOST_ROWS

    by, imports = AT_THE_CONSOLE, parts.imports
    view = await imports.preview(data, file_name=name, options=options, by=by, tell=doing.tell)
    try:
        if doing.verify:
            await parts.verification.run(view.id, by=by, tell=doing.tell)
        if not doing.is_dry:
            view = await imports.apply(view.id, by=by, tell=doing.tell)
        else:
            view = await imports.view(view.id, by=by)
        lines = await imports.lines(view.id, by=by, limit=MOST_ROWS)
    finally:
        if view.applied_at is None:
            await imports.discard(view.id, by=by)
    return view, lines


def _undo(number: int, *, as_json: bool) -> None:
    from pantau.accounts.users.asker import AT_THE_CONSOLE

    undone = _run(lambda parts: parts.imports.undo(number, by=AT_THE_CONSOLE))
    counts = {"deleted": undone.deleted, "restored": undone.restored, "kept": undone.kept}
    if as_json:
        typer.echo(json.dumps(counts))
        return
    typer.echo(f"{undone.deleted} cameras deleted, {undone.restored} put back.")
    if undone.kept:
        typer.echo(f"{undone.kept} were changed since and stay as they are.")


def _read(file: Path) -> bytes:
    from pantau.cameras.importing.candidates import MOST_BYTES

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.", code=MISUSED)


def _run(work: Callable[["CameraImporting"], Awaitable[_Result]]) -> _Result:
    from pantau.app.camera_imports import opened_importing
    from pantau.app.foundation import FoundationError
    from pantau.app.running import FolderError, prepare_folders, prepare_log
    from pantau.cameras.importing.reading import TooLarge

    settings = settings_or_exit()
    prepare_log(settings, "cameras")

    async def whole() -> _Result:
        async with opened_importing(settings) as parts:
            return await work(parts)

    try:
        with told(FolderError, FoundationError):
            prepare_folders(settings)
            return asyncio.run(whole())
    except (Invalid, TooLarge) as problem:
        fail(problem.sentence, code=MISUSED)
    except Problem as problem:
        fail(problem.sentence)


@contextmanager
def _bar(*, is_wanted: bool) -> Iterator["Tell"]:
    """Give what shows progress: a bar on a terminal, and nothing elsewhere."""
    if not is_wanted:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ProgressBar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def show(progress: "Progress") -> None:
            bar.update(
                task,
                description=progress.phase.value,
                completed=progress.done,
                total=progress.total or None,
            )

        yield show


def _row(line: "Line") -> dict[str, object]:
    return {
        "row": line.row,
        "name": line.name,
        "decision": line.decision.value,
        "reason": line.reason,
        "warnings": list(line.warnings),
    }


def _print(lines: Sequence["Line"], summary: dict[str, Any], *, is_dry: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        if line.decision.value in {"create", "update"} and not line.warnings:
            continue
        console.print(f"row {line.row} {line.decision.value}: {escape(line.name)}")
        for sentence in (line.reason, *line.warnings):
            console.print(f"  {escape(sentence)}")
    counts = ", ".join(f"{summary[name]} {name}" for name in ("create", "update", "skip", "refuse"))
    console.print(f"{summary['total']} rows: {counts}.")
    if is_dry:
        console.print("Nothing was written: this was a dry run.")
    else:
        console.print(f"Take it back with: pantau cameras import --undo {summary['import']}")
