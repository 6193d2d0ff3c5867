"""Where this hub answers, and which build should: cheap enough for processes that always run."""

import functools
import os
import re
import sys
from pathlib import Path
from typing import Final

from pantau.core.build import build_id, digest_of, package_contents
from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.core.releases import CURRENT, current_environment
from pantau.operations.release.gathering import Hub
from pantau.operations.release_steps.state import read_state
from pantau.operations.vitals import read_vitals
from pantau.settings import Settings

_NAMED: Final = re.compile(r"-([0-9a-f]{12})$")


def meant_hub(settings: Settings) -> Hub:
    """Return where this hub answers, and the build that should: that of the current release.

    An installation without releases means the build that asks.
    """
    return hub_at(settings, current_build(settings.releases_folder) or build_id())


def hub_at(settings: Settings, build: str) -> Hub:
    """Return where this hub answers, and the build that should."""
    return Hub(
        address=address_here(settings),
        sockets_dir=settings.sockets_dir,
        build=build,
        readers=settings.database.readers,
    )


def address_here(settings: Settings) -> str:
    """Return where this machine reaches the hub: as its settings say, or as it tells itself.

    With `port = 0` only the process that listens knows.
    """
    if settings.port:
        return settings.own_address
    seen = read_vitals(settings.sockets_dir, now=SystemClock().now())
    told = [each.address for each in seen if each.address and not each.is_stopping]
    return told[-1] if told else settings.own_address


def current_build(releases_dir: Path) -> str:
    """Return the build that `current` names; empty where there is no such release."""
    environment = current_environment(releases_dir)
    if environment is None:
        return ""
    # `pantau init` has the link name the environment that it was installed into, such as `/opt/…`.
    for name in ((releases_dir / CURRENT).readlink().name, environment.name):
        if found := _NAMED.search(name):
            return found[1]
    if environment == Path(os.path.realpath(sys.prefix)):
        return build_id()
    return _build_in(environment)


@functools.lru_cache(maxsize=4)
def _build_in(environment: Path) -> str:
    package = next(iter(sorted(environment.glob("lib/python3.*/site-packages/pantau"))), None)
    return digest_of(package_contents(package)) if package is not None else ""


def baseline_file_of(settings: Settings, build: str) -> Path | None:
    """Return what was recorded before the deploy of that build; None where nothing was."""
    try:
        last = read_state(settings.releases_folder).last
    except Unavailable:
        return None
    return last.baseline if last is not None and last.after.build == build else None
