"""What a recorder is asked to do, and what it says about itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

RecorderState = Literal["waiting", "recording", "paused", "failed"]
"""waiting: for the camera's next picture · recording · paused: no disk takes anything · failed: the
recorder itself cannot go on."""


class PauseCause(StrEnum):
    """Why nothing is written although the camera sends; stable: rules and translations use it."""

    DISK_FULL = "disk_full"
    """Every disk that works has less room than is kept free."""
    DISK_MISSING = "disk_missing"
    """A folder for recordings is not there."""
    DISK_READ_ONLY = "disk_read_only"
    DISK_BROKEN = "disk_broken"
    """Writing failed; the log says how."""
    DISK_SLOW = "disk_slow"
    """A disk took so long that pictures had to be given up."""
    NOT_DESCRIBED = "not_described"
    """What the camera sends cannot be put into MP4."""


PAUSE_SENTENCES: Final[dict[PauseCause, str]] = {
    PauseCause.DISK_FULL: (
        "The disk for recordings is full. Recording goes on by itself when there is room again."
    ),
    PauseCause.DISK_MISSING: (
        "The folder for recordings is not there. Mount its disk or make the folder."
    ),
    PauseCause.DISK_READ_ONLY: (
        "The folder for recordings cannot be written to. Check its owner and whether the disk is "
        "mounted read-only."
    ),
    PauseCause.DISK_BROKEN: "Writing to the disk for recordings failed. Check the disk.",
    PauseCause.DISK_SLOW: "The disk for recordings is too slow or does not answer.",
    PauseCause.NOT_DESCRIBED: "What this camera sends cannot be recorded.",
}


@dataclass(frozen=True, slots=True)
class RecordRules:
    """What all recorders of a media server have in common."""

    dirs: tuple[Path, ...]
    """One for each disk, absolute; a new file goes to the one with the most room.  They are there:
    a folder that is missing is a disk that is not mounted, and is never made."""
    segment_s: int = 600
    """Files are cut at whole multiples of this by the wall clock."""
    sync_s: float = 10.0
    """How much footage a power cut may cost."""
    reserve_bytes: int = 1024 * 2**20
    """What stays free on each disk; below it nothing is written."""
    sound: bool = True
    """False: nowhere, whatever an order says."""


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """That a path is recorded, and how."""

    camera_id: int
    """Names the folder; never used again for another camera."""
    rules: RecordRules
    sound: bool = True


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How the recorder of one path is; times are Unix milliseconds where their names say so."""

    state: RecorderState
    cause: PauseCause | None
    since_at: datetime
    open_start_ms: int | None
    """The beginning, and so the name, of the file that is open; None: none is."""
    open_bytes: int
    last_fragment_at: datetime | None
    """When something was last written; over all files."""
    closed: int
    """Files that were finished since this recorder began: the only success (lesson R07)."""
    last_closed_start_ms: int | None
    last_closed_end_ms: int | None
    dropped: int
    """Pictures given up because no disk took them in time."""
    bytes_per_second: int
    """What is written, on average over the last half minute or so."""
