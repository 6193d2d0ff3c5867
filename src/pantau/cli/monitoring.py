"""`pantau monitoring`: the files that Prometheus and Grafana need to watch this hub."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pantau.cli.failing import MISUSED, fail


def monitoring(
    *,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write the files into; without it, only names.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """
    Write alert rules and an example for Prometheus, and a dashboard for Grafana.

    They fit the metrics of this very version: write them anew after an upgrade. Files of the same
    names are replaced. What each alert means stands in the guide.

    Examples:

      pantau monitoring --output /etc/prometheus/pantau
    """
    from pantau.operations.monitoring import FILES, write_into

    written: list[str] = list(FILES)
    if output is not None:
        try:
            written = [str(file) for file in write_into(output)]
        except OSError as error:
            fail(f"--output {output}: {error.strerror or error}.", code=MISUSED)
    if as_json:
        typer.echo(json.dumps({"written": output is not None, "files": written}))
        return
    for name in written:
        typer.echo(name)
