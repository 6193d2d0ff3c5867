"""Alarms as sentences, for the API and `/health`; pages have their own, translated."""

from collections.abc import Mapping
from typing import Final

from pantau.recordings.keeping_values import AlarmKind

SENTENCES: Final[Mapping[AlarmKind, str]] = {
    AlarmKind.SILENT: "The worker has not looked at the disks for minutes.",
    AlarmKind.UNREADABLE: (
        "How much room a disk has cannot be told. Nothing is deleted from it. Check the disk."
    ),
    AlarmKind.GONE: "A disk for footage is not there. Mount it, or take it out of the settings.",
    AlarmKind.READ_ONLY: "A disk for footage can only be read. Check it, then mount it anew.",
    AlarmKind.RESERVE: "A disk is full: recording pauses until there is room.",
    AlarmKind.CRITICAL: "A disk is nearly full: the oldest footage leaves before its time.",
    AlarmKind.OTHER_FILES: (
        "Something else than footage fills a disk. Deleting footage does not help; look what it is."
    ),
    AlarmKind.NO_EFFECT: (
        "Footage was deleted, and there is no more room than before. Look for snapshots, and for "
        "programs that have deleted files open."
    ),
    AlarmKind.NOTHING_LEFT: (
        "A disk needs room, and all footage that is left there is held or being written."
    ),
    AlarmKind.NOT_DELETED: "Some files cannot be deleted. Check who owns them.",
    AlarmKind.HELD_OVER_QUOTA: "More is held than a camera or an area may keep.",
    AlarmKind.CLOCK: (
        "The clock of this machine jumped forward. Footage does not age by it until it has been "
        "steady for hours."
    ),
    AlarmKind.ARCHIVE: (
        "The archive takes nothing. Recordings stay here alone. Check its keys and its address."
    ),
    AlarmKind.FUTURE: "There is footage of days that have not come yet: the clock was wrong once.",
}
