"""What can be told: every kind, whether it lasts, and how urgent it is (lesson H03)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """One thing that a rule can be about.  What lasts has a beginning, an end and a recovery."""

    CAMERA = "camera"
    """A camera is down, and up again."""
    PICTURE = "picture"
    """Pictures come, but they are poor."""
    RECORDER = "recorder"
    """A recorder writes nothing although it should."""
    FLEET = "fleet"
    """A large part of all cameras fell together: one alarm instead of hundreds."""
    MEDIA_SERVER = "media_server"
    NETWORK = "network"
    """Health says that it is our own network."""
    CHECKS = "checks"
    """Cameras are not looked at in time."""
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    FOOTAGE = "footage"
    """Footage is lost or at risk."""
    BACKUP_OVERDUE = "backup_overdue"
    RELEASE = "release"
    """The watch of a release says that somebody should look, or that it should be taken back."""

    FEEDBACK = "feedback"
    TAKE_DOWN = "take_down"
    """Somebody asks that a camera or its footage be taken from the public."""
    LOCKOUT = "lockout"
    BACKUP_FAILED = "backup_failed"
    BACKUP_DONE = "backup_done"
    IMPORT_DONE = "import_done"
    WORKER_AWAY = "worker_away"
    """The worker itself did not run for a while; told once it does again (lesson D20)."""
    RELEASE_BACK = "release_back"
    """A release was taken back, by itself or by somebody."""


class Edge(StrEnum):
    """What of a kind is told."""

    BEGAN = "began"
    ENDED = "ended"
    STILL = "still"
    """A reminder, or the summary after maintenance."""
    HAPPENED = "happened"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind behaves."""

    lasts: bool
    is_critical: bool
    """May pass through quiet hours where a rule lets it."""
    is_of_camera: bool = False
    """Its subject is one camera: scopes of rules and maintenance of cameras concern it."""
    is_common_fault: bool = False
    """While it lasts, what single cameras and recorders do is not told."""


MANNERS: Final[Mapping[Kind, Manner]] = {
    Kind.CAMERA: Manner(lasts=True, is_critical=False, is_of_camera=True),
    Kind.PICTURE: Manner(lasts=True, is_critical=False, is_of_camera=True),
    Kind.RECORDER: Manner(lasts=True, is_critical=False, is_of_camera=True),
    Kind.FLEET: Manner(lasts=True, is_critical=True, is_common_fault=True),
    Kind.MEDIA_SERVER: Manner(lasts=True, is_critical=True, is_common_fault=True),
    Kind.NETWORK: Manner(lasts=True, is_critical=True, is_common_fault=True),
    Kind.CHECKS: Manner(lasts=True, is_critical=True),
    Kind.DISK_LOW: Manner(lasts=True, is_critical=False),
    Kind.DISK_FULL: Manner(lasts=True, is_critical=True),
    Kind.FOOTAGE: Manner(lasts=True, is_critical=True),
    Kind.BACKUP_OVERDUE: Manner(lasts=True, is_critical=True),
    Kind.RELEASE: Manner(lasts=True, is_critical=True),
    Kind.FEEDBACK: Manner(lasts=False, is_critical=False),
    Kind.TAKE_DOWN: Manner(lasts=False, is_critical=False),
    Kind.LOCKOUT: Manner(lasts=False, is_critical=True),
    Kind.BACKUP_FAILED: Manner(lasts=False, is_critical=True),
    Kind.BACKUP_DONE: Manner(lasts=False, is_critical=False),
    Kind.IMPORT_DONE: Manner(lasts=False, is_critical=False),
    Kind.WORKER_AWAY: Manner(lasts=False, is_critical=True),
    Kind.RELEASE_BACK: Manner(lasts=False, is_critical=True),
}
COMMON_FAULTS: Final = frozenset(kind for kind, manner in MANNERS.items() if manner.is_common_fault)
OF_CAMERAS: Final = frozenset(kind for kind, manner in MANNERS.items() if manner.is_of_camera)
