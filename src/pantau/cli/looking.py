"""Commands that look into things: one camera address, this machine."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pantau.cli.failing import FAILED, MISUSED, fail, settings_or_exit
from pantau.core.redact import mask_url
from pantau.operations.doctor.findings import Finding, Grade
from pantau.operations.doctor.libraries import check_libraries
from pantau.settings import Settings

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_MARKS: Final[Mapping[Grade, str]] = {
    "fine": "ok",
    "advice": "hint",
    "wrong": "no",
    "unknown": "?",
}
_STYLES: Final[Mapping[Grade, str]] = {
    "fine": "default",
    "advice": "yellow",
    "wrong": "bold red",
    "unknown": "bold red",
}
_Transport = Annotated[
    str, typer.Option(help="How RTSP carries the pictures: automatic, tcp or udp.")
]


def probe(
    url: Annotated[str, typer.Argument(help="Address of the camera; “-” reads it from stdin.")],
    *,
    transport: _Transport = "automatic",
    kind: Annotated[str | None, typer.Option(help="rtsp, hls, mjpeg, file or testcard.")] = None,
    still: Annotated[Path | None, typer.Option(help="Write one picture as JPEG to it.")] = None,
    as_json: _Json = False,
) -> None:
    """
    Look at a camera once, and say what it gives or why it gives nothing.

    An address on the command line is visible to every user of this machine while the command runs:
    with a password in it, give “-” and the address on stdin. Exit code 1 when there is no picture.

    Examples:

      pantau probe rtsp://10.0.0.7:554/stream1

      pantau probe - < address.txt

      pantau probe testcard: --json
    """
    from pantau.core.clock import SystemClock
    from pantau.media.probe import probe_in_thread
    from pantau.media.sources.base import SourceConfig

    if transport not in {"automatic", "tcp", "udp"}:
        fail("--transport is automatic, tcp or udp.", code=MISUSED)
    address = typer.get_text_stream("stdin").readline().strip() if url == "-" else url
    if ":" not in address:
        fail("Give a whole address, such as rtsp://10.0.0.7:554/stream1.", code=MISUSED)
    config = SourceConfig(address, transport=transport)
    report = probe_in_thread(config, clock=SystemClock(), kind=kind)
    told = {
        name: getattr(report, name)
        for name in report.__dataclass_fields__
        if name != "still" and getattr(report, name) not in {None, ""}
    }
    told = {"source": mask_url(address), "ok": report.cause is None, **told}
    if still is not None and report.still:
        still.write_bytes(report.still)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print_rows(told)
    if report.cause is not None:
        raise typer.Exit(FAILED)


def doctor(*, as_json: _Json = False) -> None:
    """
    Check this machine and this installation, and say how to repair what is wrong.

    Type it as the account that Pantau runs as. It changes nothing, and asks nobody outside but
    your own public address. Exit code 1 when something must be repaired; advice does not count.

    Examples:

      pantau doctor

      pantau doctor --json | jq '.findings[] | select(.ok | not)'
    """
    settings = settings_or_exit()
    try:
        from pantau.app.checks import examine
        from pantau.app.running import prepare_log
    except ImportError as error:
        # A library is missing, or does not fit this machine: nothing else can be looked at.
        findings = [check_libraries(error)]
    else:
        # Calm lines of the log would stand between the findings: they are held and never told.
        prepare_log(settings, "doctor")
        findings = examine(settings)
    failed = [finding for finding in findings if not finding.ok]
    if as_json:
        rows = [
            {
                "name": row.name,
                "grade": row.grade,
                "ok": row.ok,
                "message": row.message,
                "fix": row.fix if row.grade != "fine" else "",
            }
            for row in findings
        ]
        typer.echo(json.dumps({"ok": not failed, "findings": rows}, ensure_ascii=False))
    else:
        _print_findings(findings)
    if failed:
        raise typer.Exit(FAILED)


def health(*, as_json: _Json = False) -> None:
    """
    Ask the hub on this machine whether viewers may be sent to it.

    For supervisors, containers and scripts: exit code 0 when it is ready, 1 when it is not.

    Examples:

      pantau health

      pantau health --json | jq -r '.down[]'
    """
    from pantau.app.asking import asked

    settings = settings_or_exit()
    try:
        status, told = asked(f"{_address_of(settings)}/health/ready")
    except (OSError, ValueError):
        told, status = {"status": "down", "down": ["web"]}, 0
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif status == HTTPStatus.OK:
        typer.echo("ready")
    else:
        down = told.get("down") if isinstance(told, dict) else None
        typer.echo(f"not ready: {', '.join(down or ['unknown'])}", err=True)
    if status != HTTPStatus.OK:
        raise typer.Exit(FAILED)


def _address_of(settings: Settings) -> str:
    """Return where the hub answers; with `port = 0` only its vitals know, which cost an import."""
    if settings.port:
        return settings.own_address
    from pantau.app.release_hub import address_here

    return address_here(settings)


health_alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
"""The command without all the others, which would cost more than the question."""
health_alone.command()(health)


def _print_rows(told: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in told.items():
        table.add_row(name.replace("_", " "), escape(str(value)))
    Console().print(table)


def _print_findings(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    names = max(len(finding.name) for finding in findings)
    for finding in findings:
        grade = finding.grade
        mark = f"[{_STYLES[grade]}]{_MARKS[grade]:<4}[/]"
        # Lines are never broken by us: a command that is copied must stay whole.
        told = f"{mark}  {finding.name:<{names}}  {escape(finding.message)}"
        console.print(told, soft_wrap=True)
        if finding.fix and grade != "fine":
            console.print(f"      → {escape(finding.fix)}", soft_wrap=True)
