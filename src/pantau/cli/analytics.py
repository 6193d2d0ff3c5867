"""`pantau analytics`: the counts of views, on the machine itself."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar

from pantau.cli.failing import fail, settings_or_exit, told
from pantau.core.errors import Problem

app = typer.Typer(
    help="""
    Look after the counts of views. Pantau may be running.

    Examples:

      pantau analytics rebuild
    """,
    no_args_is_help=True,
)


@app.callback()
def analytics() -> None:
    """Keep `rebuild` a word of its own: a group with one command would swallow it."""


@app.command("rebuild")
def rebuild(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """
    Count every view again that is still kept.

    Pantau does this by itself when another time zone is chosen. Days whose views were let go stay
    as they were counted. Pages say that numbers are incomplete until this is done; when it is
    interrupted, the running Pantau goes on with it.

    Examples:

      pantau analytics rebuild

      pantau analytics rebuild --json | jq .views
    """
    from pantau.app.foundation import FoundationError
    from pantau.app.running import FolderError, prepare_folders, prepare_log
    from pantau.app.view_counting import recount

    settings = settings_or_exit()
    prepare_log(settings, "analytics")
    try:
        with told(FolderError, FoundationError), _bar() as tell:
            prepare_folders(settings)
            views = asyncio.run(recount(settings, tell))
    except Problem as problem:
        fail(problem.sentence)
    typer.echo(json.dumps({"views": views}) if as_json else f"{views} views were counted again.")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Give what shows progress: a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    columns = (TextColumn("counting"), BarColumn(), MofNCompleteColumn())
    with ProgressBar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("counting", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
