"""What is known of deploys: one file, written whole at each phase, so that any crash is continued.

Everybody may read it; only who holds the lock of the folder writes.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import ConfigDict, ValidationError

from pantau.core.errors import Conflict, Unavailable
from pantau.core.releases import STATE_FILE
from pantau.core.shapes import Shape

_LOCK_FILE: Final = "deploy.lock"
_MOST_KEPT: Final = 20


class Phase(StrEnum):
    """How far a deploy is; each is written when its work is done."""

    BEGUN = "begun"
    """Decided; nothing is changed."""
    INSTALLED = "installed"
    """The environment is there, and proved that it starts."""
    BACKED_UP = "backed_up"
    """The database of before is safe."""
    REHEARSED = "rehearsed"
    """The new code took its steps on a copy of the database."""
    MEASURED = "measured"
    """The baseline is recorded: how fast and how sound it was before."""
    MIGRATED = "migrated"
    """The tables have what the new release needs; the old one can still use them."""
    SWITCHED = "switched"
    """`current` names the new environment."""
    RENEWED = "renewed"
    """Worker and web run the new build, and said that they are ready."""
    VERIFIED = "verified"
    """The gate was passed; the watch goes on."""
    RETURNING = "returning"
    """On the way back to the release of before."""


class Outcome(StrEnum):
    """How a deploy ended."""

    UNDER_WAY = "under_way"
    """Not ended: it runs, or it was interrupted."""
    DEPLOYED = "deployed"
    """The new release runs."""
    ROLLED_BACK = "rolled_back"
    """The release of before runs again."""
    GIVEN_UP = "given_up"
    """Ended before anything that runs was changed."""
    FAILED = "failed"
    """Neither: a person must look; `sentence` says at what."""


class _Frozen(Shape):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Release(_Frozen):
    """One build of Pantau in its environment."""

    version: str
    build: str
    engine: str
    """The build of the media engine in it."""
    step: str
    """The newest step of the database that it knows."""
    environment: Path
    """Its folder, every link resolved."""

    @property
    def name(self) -> str:
        """What people read and type: version and build."""
        return f"{self.version}-{self.build}"


class Deployment(_Frozen):
    """One deploy, from its decision to its end."""

    id: str
    by: str
    """The account of the machine that typed it."""
    started_at: datetime
    changed_at: datetime
    before: Release | None
    """What ran before; None: nothing that is known."""
    after: Release
    phase: Phase = Phase.BEGUN
    outcome: Outcome = Outcome.UNDER_WAY
    backup: Path | None = None
    """The copy of the database from before; None until it is made."""
    step_before: str | None = None
    """How far the database was before the deploy."""
    baseline: Path | None = None
    """What was measured before; None until it is."""
    target: str = ""
    """What was named, absolute where it is a file or a folder: for continuing."""
    with_media: bool = False
    accepts_break: bool = False
    """Whether it goes on although the release of before cannot use the new tables."""
    keeps: bool = False
    """Whether it stays whatever the gate says."""
    gate_s: float | None = None
    """How long it is watched before it counts as stable; None: as the settings say."""
    database: str = "auto"
    """On the way back: what was asked to happen to the tables."""
    renewed_at: datetime | None = None
    """When the new processes were all ready: the watch counts from here."""
    verdict: str = ""
    """What the gate said last: keep, monitor or roll_back."""
    sentence: str = ""
    """What happened last, in words."""

    def moved(self, now: datetime, **changes: object) -> Self:
        """Return it with changes."""
        return self.model_copy(update={**changes, "changed_at": now})


class State(_Frozen):
    """All that is remembered, the newest deploy last."""

    format: Literal[1] = 1
    deployments: tuple[Deployment, ...] = ()

    @property
    def last(self) -> Deployment | None:
        """Return the newest deploy."""
        return self.deployments[-1] if self.deployments else None

    @property
    def interrupted(self) -> Deployment | None:
        """Return the newest deploy when it did not end."""
        last = self.last
        return last if last is not None and last.outcome is Outcome.UNDER_WAY else None

    def with_deployment(self, changed: Deployment) -> "State":
        """Return it with a deploy added, or changed."""
        others = tuple(each for each in self.deployments if each.id != changed.id)
        return State(deployments=(*others, changed)[-_MOST_KEPT:])


def read_state(folder: Path) -> State:
    """Return what is remembered in a releases folder; raises Unavailable when it cannot be read."""
    file = folder / STATE_FILE
    try:
        return State.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return State()
    except (OSError, ValidationError) as error:
        raise Unavailable(
            "release.state_unreadable",
            f"{file} cannot be read ({type(error).__name__}). Move it away to begin anew; the "
            "environments beside it are kept.",
        ) from error


def write_state(folder: Path, state: State) -> None:
    """Write it whole, on disk before this returns: a power cut leaves the old one or the new."""
    file = folder / STATE_FILE
    fresh = folder / f".{STATE_FILE}.new"
    with fresh.open("wb") as out:
        out.write(state.model_dump_json(indent=1).encode())
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep every other deploy out of a releases folder; raises Conflict when one is under way."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "release.under_way",
                "Another deploy or rollback is under way here. Wait for it; “pantau release "
                "status” tells how far it is.",
            ) from error
        yield


def is_deploying(folder: Path) -> bool:
    """Tell whether a deploy or rollback holds the lock at this moment."""
    file = folder / _LOCK_FILE
    if not file.exists():
        return False
    try:
        with alone(folder):
            return False
    except Conflict:
        return True
