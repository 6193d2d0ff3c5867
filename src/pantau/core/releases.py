"""Where the environments of releases are, and which one is current."""

import os
import sys
from pathlib import Path
from typing import Final

CURRENT: Final = "current"
PREVIOUS: Final = "previous"
"""The release before: its `pantau` goes back when that of `current` does not even start."""
STATE_FILE: Final = "state.json"


def current_environment(releases_dir: Path) -> Path | None:
    """Return the environment that `current` names, with every link resolved; None without one.

    Never start a process through the link itself: what it imports later would come from the next
    release once the link is turned.
    """
    return _behind(releases_dir / CURRENT)


def previous_environment(releases_dir: Path) -> Path | None:
    """Return the environment of the release before; None without one."""
    return _behind(releases_dir / PREVIOUS)


def _behind(link: Path) -> Path | None:
    environment = Path(os.path.realpath(link))
    return environment if python_of(environment).exists() else None


def passed_over(releases_dir: Path) -> Path | None:
    """Return the current release when this process runs from another environment; else None."""
    environment = current_environment(releases_dir)
    return None if environment == Path(os.path.realpath(sys.prefix)) else environment


def current_python(releases_dir: Path) -> Path | None:
    """Return the interpreter of the current release; None without one.

    The file itself is a link to the system's Python, and must stay one: its place in the
    environment is how Python finds the packages.
    """
    environment = current_environment(releases_dir)
    return None if environment is None else python_of(environment)


def python_of(environment: Path) -> Path:
    """Return the interpreter of an environment."""
    return environment / "bin" / "python"


def command_of(environment: Path) -> Path:
    """Return the `pantau` command of an environment."""
    return environment / "bin" / "pantau"
