"""`pantau import-reference`: what a reference installation knows, brought here."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pantau.cli.failing import MISUSED, fail, settings_or_exit, told
from pantau.core.errors import Problem

if TYPE_CHECKING:
    from pantau.operations.reference_import.report import Report, TableReport

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be brought.")]


def import_reference(
    file: Annotated[Path, typer.Argument(help="The old server's database, cctv.db.")],
    *,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """
    Bring users, areas, cameras, texts and history from the database of a reference server.

    The file is only read, also while the old server runs; Pantau may run as well. Everything is
    brought or nothing. A second run brings what is new since the first. Exit code 2 when the file
    is no such database.

    Examples:

      pantau import-reference /srv/old/backend/data/cctv.db --dry-run

      pantau import-reference cctv.db --json | jq '.tables[] | {table, brought, skipped}'
    """
    from pantau.app.foundation import FoundationError
    from pantau.app.reference_import import run_import
    from pantau.app.running import FolderError, prepare_folders, prepare_log
    from pantau.operations.reference_import.reference_rows import UnusableFileError

    settings = settings_or_exit()
    prepare_log(settings, "import")
    try:
        with told(FolderError, FoundationError, Problem):
            prepare_folders(settings)
            report = asyncio.run(run_import(settings, file, is_dry=dry_run))
    except UnusableFileError as error:
        fail(str(error), code=MISUSED)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _print(report)


def _print(report: "Report") -> None:
    console = Console(highlight=False, soft_wrap=True)
    for table in report.tables:
        if table.found:
            _print_table(console, table, is_dry=report.is_dry)
    if report.is_dry:
        console.print("\nNothing was written: this was a dry run.")
    elif not report.brought:
        console.print("\nEverything was here already.")


def _print_table(console: Console, table: "TableReport", *, is_dry: bool) -> None:
    counts = [f"{table.brought} {'to bring' if is_dry else 'brought'}"]
    if table.already:
        counts.append(f"{table.already} here already")
    if table.skipped:
        counts.append(f"{table.skipped.total()} left behind")
    console.print(f"[bold]{escape(table.table)}[/]: {table.found} found, {', '.join(counts)}")
    for reason, rows in sorted(table.skipped.items()):
        console.print(f"  left behind {rows}: {escape(reason)}")
    for what, times in sorted(table.adjusted.items()):
        console.print(f"  changed {times}: {escape(what)}")
    for sentence in table.remarks:
        console.print(f"  {escape(sentence)}")
