"""`pantau release verify` and `watch`: whether what runs stays."""

import asyncio
import json
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pantau.cli.failing import MISUSED, fail, settings_or_exit
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.units import duration_s
from pantau.settings import Settings

if TYPE_CHECKING:
    from pantau.operations.release.verdict import Verdict

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_AutoRollback = Annotated[
    bool, typer.Option("--auto-rollback", help="Take the release back when the verdict says so.")
]
_MOST_S: Final = 300.0
_COLOURS: Final = {"ok": "green", "missed": "red", "unknown": "yellow"}


def verify(
    *,
    for_text: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long to look, such as 90s; at most 5 min."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="What to compare with; else what was recorded before the last deploy."),
    ] = None,
    auto_rollback: _AutoRollback = False,
    as_json: _Json = False,
) -> None:
    """
    Judge the release that runs by the decision matrix, within five minutes.

    Waits until every process runs the right build, watches whether one crashes, asks what visitors
    ask, and compares with the release before. Nothing changes by it. Exit code 0: it stays; 1: it
    should be taken back; 3: it stays, and somebody should look.

    Examples:

      pantau release verify

      pantau release verify --for 90s --json | jq .action
    """
    from pantau.app.release_judging import verify_now
    from pantau.operations.release.schemas import verdict_output
    from pantau.operations.release.verifying import EXIT_CODES

    settings = _settings()
    seconds = _seconds(for_text)
    if baseline is not None and not baseline.is_file():
        fail(f"--baseline: there is no file {baseline}.", code=MISUSED)

    work = verify_now(
        settings,
        clock=SystemClock(),
        for_s=seconds,
        baseline_file=baseline,
        rolls_back=auto_rollback,
        tell=partial(typer.echo, err=True),
    )
    try:
        found = asyncio.run(work)
    except Problem as problem:
        fail(problem.sentence)
    if as_json:
        known = verdict_output(found.verdict).model_dump(mode="json")
        rolled_back = {"rolled_back": found.was_rolled_back}
        typer.echo(json.dumps(known | rolled_back, ensure_ascii=False))
    else:
        print_verdict(found.verdict)
        if found.was_rolled_back is not None:
            typer.echo("It was taken back." if found.was_rolled_back else "It is still there.")
    raise typer.Exit(EXIT_CODES[found.verdict.action])


def watch(*, auto_rollback: _AutoRollback = False, as_json: _Json = False) -> None:
    """
    Follow the watch of the release that runs: judged every hour, for a day.

    The worker watches after every deploy by itself, and goes on when this command ends; where no
    watch is under way one begins. Exit codes as of verify, by the last verdict.

    Examples:

      pantau release watch

      pantau release watch --auto-rollback --json | jq .action
    """
    from pantau.app.release_judging import watch_now
    from pantau.operations.release.schemas import verdict_output
    from pantau.operations.release.verifying import EXIT_CODES

    settings = _settings()

    def tell(line: str) -> None:
        typer.echo(line, err=as_json)

    try:
        verdict = asyncio.run(
            watch_now(settings, clock=SystemClock(), rolls_back=auto_rollback, tell=tell)
        )
    except Problem as problem:
        fail(problem.sentence)
    except KeyboardInterrupt:
        fail("The worker goes on watching; pantau release status tells what it finds.", code=3)
    if verdict is None:
        fail("The watch ended before it came to a verdict.")
    if as_json:
        typer.echo(verdict_output(verdict).model_dump_json())
    else:
        print_verdict(verdict)
    raise typer.Exit(EXIT_CODES[verdict.action])


def print_verdict(verdict: "Verdict") -> None:
    """Print the matrix as a table, and what it comes to."""
    from pantau.operations.release.report import conclusion, shown_rows

    table = Table(box=None, pad_edge=False)
    for heading in ("", "What", "Measured", "Target"):
        table.add_column(heading, overflow="fold")
    for row in shown_rows(verdict):
        colour = _COLOURS[row.status.value]
        table.add_row(
            f"[{colour}]{row.status_word}[/]",
            escape(row.name),
            escape(row.measured),
            escape(row.target),
        )
        for advice in row.advice:
            table.add_row("", "", f"→ {escape(advice)}", "")
    Console().print(table)
    typer.echo(f"{verdict.version} {verdict.build}: {conclusion(verdict)}")


def _settings() -> Settings:
    from pantau.app.running import prepare_log

    settings = settings_or_exit()
    # What is logged on the way must not stand before the answer on stdout.
    prepare_log(settings, "release")
    return settings


def _seconds(written: str | None) -> float | None:
    if written is None:
        return None
    try:
        seconds = duration_s(written)
    except ValueError as error:
        fail(f"--for: {error}", code=MISUSED)
    if not isinstance(seconds, float) or not math.isfinite(seconds) or not 1 <= seconds <= _MOST_S:
        fail("--for: give 1 s to 5 min.", code=MISUSED)
    return seconds
