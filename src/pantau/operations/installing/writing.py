"""Puts the files of an installation in place: never over others' work without being told to."""

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pantau.core.redact import redact

PRIVATE: Final = 0o600
_MOST_OLD: Final = 100

Standing = Literal["new", "same", "different"]


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file as it should be."""

    path: Path
    text: str
    purpose: str
    """What it is, in a few words."""
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is there against what should be."""

    file: PlannedFile
    standing: Standing
    diff: str = ""
    """Lines of a unified diff with every secret masked; empty unless they differ."""


def compare(file: PlannedFile) -> Comparison:
    """Look at what is there; raises OSError when it cannot be read."""
    try:
        there = file.path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Comparison(file, "new")
    if there == file.text:
        return Comparison(file, "same")
    lines = difflib.unified_diff(
        there.splitlines(), file.text.splitlines(), "as it is", "as it would be", lineterm=""
    )
    # Only what others may not read can hold a secret; paths would be masked as well.
    told = (redact(line) if file.mode == PRIVATE else line for line in lines)
    return Comparison(file, "different", "\n".join(told))


def write(comparisons: Sequence[Comparison]) -> tuple[Path, ...]:
    """Write all that differs; return the copies of what was replaced.

    Each file is whole or as before; raises OSError.
    """
    return tuple(kept for each in comparisons if each.standing != "same" for kept in _replace(each))


def _replace(comparison: Comparison) -> tuple[Path, ...]:
    file = comparison.file
    file.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    kept = _keep(file.path) if comparison.standing == "different" else ()
    beside = file.path.with_name(f".{file.path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(file.text)
        beside.chmod(file.mode)
        if kept:
            _give_same_owner(beside, file.path)
        beside.replace(file.path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return kept


def _keep(path: Path) -> tuple[Path]:
    # A second life of the old file under a free name: nothing that people wrote is ever lost.
    for number in range(1, _MOST_OLD):
        kept = path.with_name(f"{path.name}.old-{number}")
        try:
            os.link(path, kept)
        except FileExistsError:
            continue
        return (kept,)
    raise FileExistsError(f"There are {_MOST_OLD - 1} old copies of {path}; delete some.")


def _give_same_owner(fresh: Path, old: Path) -> None:
    if os.geteuid() == 0:
        owner = old.stat()
        os.chown(fresh, owner.st_uid, owner.st_gid)
