"""Commands that look into things: one camera address, this machine."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pantau.cli.failing import FAILED, settings_or_exit
from pantau.operations.doctor import Finding

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def doctor(*, as_json: _Json = False) -> None:
    """
    Check this machine and this installation, and say how to repair what is wrong.

    Exit code 1 when something must be repaired.

    Examples:

      pantau doctor

      pantau doctor --json | jq '.findings[] | select(.ok | not)'
    """
    from pantau.app.checks import examine

    settings = settings_or_exit()
    findings = examine(settings)
    failed = [finding for finding in findings if not finding.ok]
    if as_json:
        rows = [
            {"name": row.name, "ok": row.ok, "message": row.message, "fix": row.fix}
            for row in findings
        ]
        typer.echo(json.dumps({"ok": not failed, "findings": rows}, ensure_ascii=False))
    else:
        _print_findings(findings)
    if failed:
        raise typer.Exit(FAILED)


def _print_findings(findings: list[Finding]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        table.add_row("ok" if finding.ok else "[bold red]no[/]", finding.name, finding.message)
        if finding.fix and not finding.ok:
            table.add_row("", "", f"→ {finding.fix}")
    Console().print(table)
