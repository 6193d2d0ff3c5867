"""The database as it is before a release is changed: a file and a manifest in a folder."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

FOLDER: Final = "snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSnapshot:
    """A snapshot that is whole."""

    name: str
    """What it is called by: the name of its file."""
    file: Path
    kind: Literal["sqlite", "rows"]
    """A database file, or the portable rows of a server."""
    step: str
    """How far the tables were."""
    build: str
    """Which build of Pantau was running, as whoever asked for it says."""
    version: str
    taken_at: datetime
    size_bytes: int
    sha256: str
