"""Looks at a running hub from outside: its vitals, its family, and its answers over HTTP."""

from dataclasses import dataclass
from pathlib import Path

from pantau.core.clock import Clock
from pantau.operations.release.evidence import Baseline, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Where a hub is, and what should run there."""

    address: str
    """Such as http://127.0.0.1:3000, without a slash at its end."""
    sockets_dir: Path
    build: str
    """The build that should run; empty: whatever runs is meant."""
    wanted: tuple[str, ...] = ("web", "worker")
    """The processes that must run that build."""


async def gather(hub: Hub, *, clock: Clock, for_s: float) -> Evidence:
    """Look for `for_s` seconds, asking a few questions meanwhile.

    Changes nothing: no sign-in is tried, nothing is written to the trail.  A hub that does not
    answer is evidence as well, not an error.
    """
    raise NotImplementedError


async def record_baseline(hub: Hub, file: Path, *, clock: Clock, for_s: float = 5.0) -> Baseline:
    """Write down how the running release does, before it is replaced; 0600, atomically.

    What visitors had is counted since its processes began; our own questions take `for_s`.
    """
    raise NotImplementedError


def read_baseline(file: Path) -> Baseline | None:
    """Return what was recorded; None where there is nothing that can be read."""
    raise NotImplementedError
