"""`release watch`: judges a release every hour for a day, by one process at a time.

State stands in the folder of releases, so a watch outlives whoever carries it out: the terminal
of a person, or the worker.  Whoever holds the lock of the watch is its only owner.
"""

from pathlib import Path

from pantau.core.clock import Clock
from pantau.operations.release.gathering import Hub
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Verdict
from pantau.operations.release.verifying import Progress, RollBack


def begin_watch(
    releases_dir: Path,
    *,
    hub: Hub,
    baseline_file: Path | None,
    rules: Rules,
    clock: Clock,
    rolls_back: bool,
) -> None:
    """Ask for a watch of what runs; whoever is there carries it out.  Replaces one before it."""
    raise NotImplementedError


def end_watch(releases_dir: Path) -> None:
    """Stop watching, as after a rollback; what was found so far stays."""
    raise NotImplementedError


async def watch(
    releases_dir: Path,
    rules: Rules,
    *,
    clock: Clock,
    roll_back: RollBack | None = None,
    tell: Progress = lambda _: None,
) -> Verdict | None:
    """Carry out the watch that was asked for, or follow whoever does; return its last verdict.

    None: no watch was asked for.
    """
    raise NotImplementedError
