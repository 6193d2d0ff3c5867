"""How commands end: a sentence on stderr and a code that scripts can use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import typer

from pantau.settings import Settings, SettingsError, load_settings

FAILED: Final = 1
MISUSED: Final = 2


def fail(sentence: str, *, code: int = FAILED) -> NoReturn:
    """Say why, and end the command."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


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
