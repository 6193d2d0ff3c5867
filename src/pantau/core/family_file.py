"""`family.json` in the sockets folder: which processes run, from where, and how renewing went.

Whoever keeps children writes it: `pantau serve` as `family.json`, a keeper of one (`pantau serve
--only web`) as `family-web.json`.  `read_family` joins what is there, of keepers that live.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pantau.core.note_file import put_note

_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How an incarnation of a child ended without being asked to."""

    at: str
    """UTC, ISO 8601."""
    pid: int
    how: str
    """`exit code 3` or the name of a signal."""
    ran_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRenewal:
    """A replacement that did not become ready; the one before stayed."""

    at: str
    python: str
    """What it was started with."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildState:
    """One child as it is."""

    pid: int | None
    """None while it is not there."""
    is_ready: bool
    started_at: str
    python: str
    """The interpreter of its environment; `…/releases/current` is resolved in it."""
    build: str
    """Of its code, `build_id()`; empty until it is known."""
    restarts: int = 0
    """Unasked ones since the parent's start."""
    renewals: int = 0
    """Asked ones (SIGHUP) that went well since the parent's start."""
    last_exit: Exit | None = None
    last_failed_renewal: FailedRenewal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyState:
    """Parents and their children.

    A renewal (SIGHUP to the parent) is over when `renewing` is empty: it was good where `renewals`
    of the child went up, and failed where `last_failed_renewal` is another.
    """

    parents: tuple[int, ...] = ()
    started_at: str = ""
    renewing: tuple[str, ...] = ()
    """Children whose replacement is asked for and not decided."""
    children: Mapping[str, ChildState] = field(default_factory=dict)


def file_name(only: str | None) -> str:
    """Return the name of the file of a whole family (None), or of the keeper of one child."""
    return f"family-{only}.json" if only else "family.json"


def write_family(path: Path, state: FamilyState) -> None:
    """Replace the file as a whole, readable for this user alone."""
    told = {"version": _VERSION, **asdict(state)}
    put_note(path, json.dumps(told, indent=1))


def read_family(sockets_dir: Path) -> FamilyState:
    """Return who runs at this moment; nobody where there is no file, or its parent is gone."""
    found = [_read(path) for path in sorted(sockets_dir.glob("family*.json"))]
    alive = [state for state in found if state is not None and all(map(_lives, state.parents))]
    return FamilyState(
        parents=tuple(pid for state in alive for pid in state.parents),
        started_at=min((state.started_at for state in alive), default=""),
        renewing=tuple(name for state in alive for name in state.renewing),
        children={name: child for state in alive for name, child in state.children.items()},
    )


def _read(path: Path) -> FamilyState | None:
    try:
        told = json.loads(path.read_bytes())
        return FamilyState(
            parents=tuple(told["parents"]),
            started_at=told["started_at"],
            renewing=tuple(told["renewing"]),
            children={name: _child(each) for name, each in told["children"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        # Of another release, or taken away this moment: as if it were not there.
        return None


def _child(told: dict[str, Any]) -> ChildState:
    ended, failed = told.pop("last_exit"), told.pop("last_failed_renewal")
    return ChildState(
        **told,
        last_exit=Exit(**ended) if ended else None,
        last_failed_renewal=FailedRenewal(**failed) if failed else None,
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
