"""What keeping footage is about: holds, deletions, quotas, disks and alarms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Final, NamedTuple

from pantau.recordings.models import Reason, SegmentState, Span

_NAMELESS: Final = re.compile(r"disk-[0-9a-f]{8}")
"""What a place is called when nobody named it."""


class Extent(StrEnum):
    """What of a segment goes."""

    ALL = "all"
    """Every copy and the row: the footage is gone."""
    LOCAL = "local"
    """The file on our disk; the archive has a copy."""
    ARCHIVED = "archived"
    """The archive's copy; our disk has the file."""


class Footage(NamedTuple):
    """A segment as whoever decides about its end sees it."""

    id: int
    camera_id: int
    start_ms: int
    end_ms: int
    size_bytes: int
    place: str
    state: SegmentState
    archived_place: str | None
    is_local: bool

    @property
    def span(self) -> Span:
        return Span(self.start_ms, self.end_ms)


class Doomed(NamedTuple):
    """Footage that is to go, how far and why."""

    footage: Footage
    extent: Extent
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Footage that nothing deletes."""

    id: int
    camera_id: int
    span: Span
    reason: str
    created_by: str
    created_at: datetime
    until_at: datetime | None
    """When it ends by itself; None: when somebody releases it."""
    released_at: datetime | None
    released_by: str

    def is_active(self, at: datetime) -> bool:
        """Tell whether it holds anything at that moment."""
        return self.released_at is None and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One segment that is gone, and why."""

    id: int
    camera_id: int
    span: Span
    size_bytes: int
    place: str
    reason: Reason
    actor: str
    """Who asked for it; empty: the worker by its rules."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What becomes of footage that somebody asked to have deleted."""

    segments: int
    size_bytes: int
    span: Span | None
    """From where to where footage goes: files go whole.  None: there was nothing."""
    open_segments: int
    """Files that are being written; they stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much a camera or all cameras of an area may keep, and how much they do."""

    id: int
    """Of the camera or of the area."""
    name: str
    quota_bytes: int | None
    used_bytes: int


class Level(StrEnum):
    """How it is with the room on one disk."""

    OK = "ok"
    LOW = "low"
    """The oldest footage leaves early."""
    CRITICAL = "critical"
    RESERVE = "reserve"
    """Recording pauses until there is room."""
    UNKNOWN = "unknown"
    """How much room there is cannot be told; nothing is deleted (defect 44)."""
    GONE = "gone"
    """The disk is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """One place for footage as the worker saw it last."""

    place: str
    level: Level
    total_bytes: int | None
    free_bytes: int | None
    footage_bytes: int
    """What the catalogue says lies there."""
    bytes_per_s: float
    """How fast recordings are written there, measured."""
    hours_left: float | None
    """Of recording until it pauses; None: not known, or nothing is written."""
    is_read_only: bool = False
    volume: int | None = None
    """Equal for places on one file system; None: not known."""

    @property
    def other_bytes(self) -> int | None:
        """What else is on that disk; None: not known."""
        if self.total_bytes is None or self.free_bytes is None:
            return None
        return max(0, self.total_bytes - self.free_bytes - self.footage_bytes)


class AlarmKind(StrEnum):
    """What somebody should look at."""

    SILENT = "silent"
    """The worker has not looked at the disks for minutes."""
    UNREADABLE = "unreadable"
    GONE = "gone"
    READ_ONLY = "read_only"
    RESERVE = "reserve"
    CRITICAL = "critical"
    OTHER_FILES = "other_files"
    """Something else than footage fills the disk."""
    NO_EFFECT = "no_effect"
    """Files were deleted, and there is no more room than before."""
    NOTHING_LEFT = "nothing_left"
    """There is no room, and all that is left is held or being written."""
    NOT_DELETED = "not_deleted"
    """Files could not be deleted."""
    HELD_OVER_QUOTA = "held_over_quota"
    CLOCK = "clock"
    """The machine's clock jumped; nothing ages until it is believed again."""
    ARCHIVE = "archive"
    """The archive takes nothing."""
    FUTURE = "future"
    """There is footage of days that have not come yet."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to look at.  `place` is empty where it is about no disk."""

    kind: AlarmKind
    place: str = ""
    amount: float = 0.0
    """Bytes, files or seconds, as `kind` says."""

    @property
    def is_urgent(self) -> bool:
        """Tell whether footage is lost or is not recorded."""
        return self.kind in _URGENT


_URGENT = frozenset(
    {
        AlarmKind.SILENT,
        AlarmKind.UNREADABLE,
        AlarmKind.GONE,
        AlarmKind.READ_ONLY,
        AlarmKind.RESERVE,
        AlarmKind.CRITICAL,
        AlarmKind.NOTHING_LEFT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """How it is with all room for footage."""

    disks: tuple[Disk, ...]
    alarms: tuple[Alarm, ...]
    seen_at: datetime | None
    """When the worker looked; None: it never did."""
    clock_behind_s: float = 0.0
    """By how much footage ages later than the machine's clock says."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """Where on this machine a place is, by its name; nothing for those that are not here."""

    def called(self, place: str) -> str:
        """Return what people call a place: its folder where nobody gave it a name.

        That is the last part of the path, or the whole of it where two places end alike.
        """
        folder = self.folders.get(place)
        if folder is None or not _NAMELESS.fullmatch(place):
            return place
        last = PurePath(folder).name
        alike = sum(PurePath(each).name == last for each in self.folders.values())
        return last if last and alike == 1 else folder
