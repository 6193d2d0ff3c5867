"""How commands end: a sentence on stderr, with --json an object on stdout, and a code."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import typer
from typer.exceptions import TyperException

from pantau.settings import Settings, SettingsError, load_settings

FAILED: Final = 1
MISUSED: Final = 2
_AS_JSON: Final = "--json"
_NAMED: Final = re.compile(
    r"(?:[\w.-]+\.toml: )?(?:--([a-z][a-z0-9-]*)|`([^`]+)` is not a setting|([a-z][\w.\[\]]*): )"
)
"""A sentence about one option or setting begins with its name."""


def fail(sentence: str, *, code: int = FAILED) -> NoReturn:
    """Say why, and end the command; who asked for JSON gets the same as one object."""
    typer.echo(sentence, err=True)
    if _AS_JSON in sys.argv:
        _tell_as_json(sentence.splitlines(), code)
    raise typer.Exit(code)


def run_commands(app: Callable[..., Any], name: str) -> NoReturn:
    """Run the command line; with --json also what was typed wrongly is told as an object."""
    if _AS_JSON not in sys.argv:
        app(prog_name=name)
        raise SystemExit(0)
    try:
        code = app(prog_name=name, standalone_mode=False)
    except TyperException as error:
        sentence, code = error.format_message(), error.exit_code
        typer.echo(sentence, err=True)
        _tell_as_json([sentence], code, field=_option_of(error))
        raise SystemExit(code) from None
    except typer.Abort:
        typer.echo("Aborted.", err=True)
        _tell_as_json(["Aborted."], FAILED)
        raise SystemExit(FAILED) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def _tell_as_json(sentences: list[str], code: int, *, field: str = "") -> None:
    errors = []
    for sentence in sentences:
        found = _NAMED.match(sentence)
        named = field or (found and found[found.lastindex or 0])
        errors.append({"field": named or None, "message": sentence})
    told = {"ok": False, "exit_code": code, "error": "\n".join(sentences), "errors": errors}
    typer.echo(json.dumps(told, ensure_ascii=False))


def _option_of(error: TyperException) -> str:
    """Return the name of the option or argument that an error is about; empty: of none."""
    name = getattr(error, "option_name", None) or getattr(
        getattr(error, "param", None), "name", None
    )
    return str(name or "").lstrip("-").replace("_", "-")


def settings_or_exit() -> Settings:
    """Return the settings; end the command with code 2 and every mistake found."""
    try:
        return load_settings()
    except SettingsError as error:
        fail("\n".join(error.findings), code=MISUSED)


@contextmanager
def told(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors whose message is meant for people into the end of the command."""
    try:
        yield
    except kinds as error:
        fail(str(error))
