"""Commands that only tell: the version, the description of the API."""

import json
import platform
from typing import Annotated

import typer

from pantau import __version__


def version(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """
    Print the version, and the build: twelve digits that two different Pantau never share.

    Examples:

      pantau version

      pantau version --json | jq -r .build
    """
    from pantau.core.build import build_id, engine_id
    from pantau.media.capabilities import libav_version
    from pantau.migrations.revisions import known_revisions

    known = {
        "pantau": __version__,
        "build": build_id(),
        "engine": engine_id(),
        "step": known_revisions()[-1],
        "python": platform.python_version(),
        "libav": libav_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    if as_json:
        typer.echo(json.dumps(known))
        return
    for name, value in known.items():
        typer.echo(f"{name:<10}{value}")


def openapi() -> None:
    """
    Print the OpenAPI description of the HTTP API as JSON.

    Examples:

      pantau openapi > pantau-openapi.json
    """
    from pantau.app.description import describe
    from pantau.app.running import prepare_log
    from pantau.settings import Settings

    # The log's calm lines are held and never told; what the settings say changes no description.
    prepare_log(Settings.model_construct(), "openapi")
    typer.echo(json.dumps(describe(), indent=2, ensure_ascii=False))
