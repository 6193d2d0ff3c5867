"""What alerts say, whole sentences, for every kind and edge there is."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from pantau.health import causes
from pantau.notifications.kinds import Edge, Kind
from pantau.notifications.release_source import BACK, LOOK
from pantau.notifications.sources import LOW
from pantau.recordings.keeping_values import AlarmKind
from pantau.recordings.recorders import RecorderStatus

Say: TypeAlias = Callable[[str], str]
Phrase: TypeAlias = tuple[str, str]
"""For one thing, with `%(name)s`, and for several, with `%(num)s`."""
_NAMELESS: Final = frozenset(
    {
        Kind.FLEET,
        Kind.MEDIA_SERVER,
        Kind.NETWORK,
        Kind.CHECKS,
        Kind.BACKUP_OVERDUE,
        Kind.WORKER_AWAY,
    }
)


def has_name(kind: Kind) -> bool:
    """Tell whether messages of a kind name what they are about."""
    return kind not in _NAMELESS


def kind_words(_: Say) -> Mapping[Kind, str]:
    """Return what kinds are called where somebody chooses among them."""
    return {
        Kind.CAMERA: _("Camera down or up again"),
        Kind.PICTURE: _("Poor picture"),
        Kind.RECORDER: _("Recorder writes nothing"),
        Kind.FLEET: _("Many cameras at once"),
        Kind.MEDIA_SERVER: _("Media server away"),
        Kind.NETWORK: _("Our own network down"),
        Kind.CHECKS: _("Cameras are not looked at"),
        Kind.DISK_LOW: _("Disk needs a look"),
        Kind.DISK_FULL: _("Disk as good as full"),
        Kind.FOOTAGE: _("Footage at risk"),
        Kind.BACKUP_OVERDUE: _("Backup overdue"),
        Kind.FEEDBACK: _("New feedback"),
        Kind.TAKE_DOWN: _("Request to take something down"),
        Kind.LOCKOUT: _("Account locked"),
        Kind.BACKUP_FAILED: _("Backup failed"),
        Kind.BACKUP_DONE: _("Backup made"),
        Kind.IMPORT_DONE: _("Import finished"),
        Kind.WORKER_AWAY: _("The worker was away"),
        Kind.RELEASE: _("A release does worse than it should"),
        Kind.RELEASE_BACK: _("A release was taken back"),
    }


def phrases(_: Say) -> Mapping[tuple[Kind, Edge], Phrase]:
    """Return what a line or a heading says of a kind and an edge."""
    return {**_of_cameras(_), **_of_faults(_), **_of_disks(_), **_of_happenings(_)}


def _of_cameras(_: Say) -> Mapping[tuple[Kind, Edge], Phrase]:
    return {
        (Kind.CAMERA, Edge.BEGAN): (_("Camera down: %(name)s"), _("%(num)s cameras down")),
        (Kind.CAMERA, Edge.ENDED): (_("Camera up again: %(name)s"), _("%(num)s cameras up again")),
        (Kind.CAMERA, Edge.STILL): (
            _("Camera still down: %(name)s"),
            _("%(num)s cameras still down"),
        ),
        (Kind.PICTURE, Edge.BEGAN): (
            _("Poor picture: %(name)s"),
            _("%(num)s cameras with a poor picture"),
        ),
        (Kind.PICTURE, Edge.ENDED): (
            _("Good picture again: %(name)s"),
            _("%(num)s cameras with a good picture again"),
        ),
        (Kind.PICTURE, Edge.STILL): (
            _("Picture still poor: %(name)s"),
            _("%(num)s cameras whose picture is still poor"),
        ),
        (Kind.RECORDER, Edge.BEGAN): (
            _("Not recording: %(name)s"),
            _("%(num)s recorders write nothing"),
        ),
        (Kind.RECORDER, Edge.ENDED): (
            _("Recording again: %(name)s"),
            _("%(num)s recorders write again"),
        ),
        (Kind.RECORDER, Edge.STILL): (
            _("Still not recording: %(name)s"),
            _("%(num)s recorders still write nothing"),
        ),
    }


def _of_faults(_: Say) -> Mapping[tuple[Kind, Edge], Phrase]:
    return {
        (Kind.FLEET, Edge.BEGAN): (_("Many cameras fell at once"),) * 2,
        (Kind.FLEET, Edge.ENDED): (_("Most cameras are back"),) * 2,
        (Kind.FLEET, Edge.STILL): (_("Many cameras are still down"),) * 2,
        (Kind.MEDIA_SERVER, Edge.BEGAN): (_("The media server does not answer"),) * 2,
        (Kind.MEDIA_SERVER, Edge.ENDED): (_("The media server answers again"),) * 2,
        (Kind.MEDIA_SERVER, Edge.STILL): (_("The media server still does not answer"),) * 2,
        (Kind.NETWORK, Edge.BEGAN): (_("The hub's own network is down"),) * 2,
        (Kind.NETWORK, Edge.ENDED): (_("The hub's own network is back"),) * 2,
        (Kind.NETWORK, Edge.STILL): (_("The hub's own network is still down"),) * 2,
        (Kind.CHECKS, Edge.BEGAN): (_("Cameras are not looked at in time"),) * 2,
        (Kind.CHECKS, Edge.ENDED): (_("Cameras are looked at again"),) * 2,
        (Kind.CHECKS, Edge.STILL): (_("Cameras are still not looked at in time"),) * 2,
        (Kind.BACKUP_OVERDUE, Edge.BEGAN): (_("The backup is overdue"),) * 2,
        (Kind.BACKUP_OVERDUE, Edge.ENDED): (_("The backup is up to date again"),) * 2,
        (Kind.BACKUP_OVERDUE, Edge.STILL): (_("The backup is still overdue"),) * 2,
        (Kind.RELEASE, Edge.BEGAN): (
            _("Release %(name)s does worse than it should"),
            _("%(num)s warnings about a release"),
        ),
        (Kind.RELEASE, Edge.ENDED): (_("The release does as it should"),) * 2,
        (Kind.RELEASE, Edge.STILL): (
            _("Release %(name)s still does worse than it should"),
            _("%(num)s warnings about a release still hold"),
        ),
    }


def _of_disks(_: Say) -> Mapping[tuple[Kind, Edge], Phrase]:
    return {
        (Kind.DISK_LOW, Edge.BEGAN): (
            _("Disk needs a look: %(name)s"),
            _("%(num)s disks need a look"),
        ),
        (Kind.DISK_LOW, Edge.ENDED): (
            _("Disk well again: %(name)s"),
            _("%(num)s disks are well again"),
        ),
        (Kind.DISK_LOW, Edge.STILL): (
            _("Disk still needs a look: %(name)s"),
            _("%(num)s disks still need a look"),
        ),
        (Kind.DISK_FULL, Edge.BEGAN): (
            _("Disk as good as full: %(name)s"),
            _("%(num)s disks are as good as full"),
        ),
        (Kind.DISK_FULL, Edge.ENDED): (
            _("Disk has room again: %(name)s"),
            _("%(num)s disks have room again"),
        ),
        (Kind.DISK_FULL, Edge.STILL): (
            _("Disk still as good as full: %(name)s"),
            _("%(num)s disks are still as good as full"),
        ),
        (Kind.FOOTAGE, Edge.BEGAN): (
            _("Footage at risk: %(name)s"),
            _("Footage at risk in %(num)s ways"),
        ),
        (Kind.FOOTAGE, Edge.ENDED): (
            _("Footage safe again: %(name)s"),
            _("Footage safe again in %(num)s ways"),
        ),
        (Kind.FOOTAGE, Edge.STILL): (
            _("Footage still at risk: %(name)s"),
            _("Footage still at risk in %(num)s ways"),
        ),
    }


def _of_happenings(_: Say) -> Mapping[tuple[Kind, Edge], Phrase]:
    return {
        (Kind.FEEDBACK, Edge.HAPPENED): (_("New feedback"), _("%(num)s new messages of visitors")),
        (Kind.TAKE_DOWN, Edge.HAPPENED): (
            _("Somebody asks to take something down"),
            _("%(num)s requests to take something down"),
        ),
        (Kind.LOCKOUT, Edge.HAPPENED): (
            _("Account locked: %(name)s"),
            _("%(num)s accounts locked"),
        ),
        (Kind.BACKUP_FAILED, Edge.HAPPENED): (_("Backup failed"), _("%(num)s backups failed")),
        (Kind.BACKUP_DONE, Edge.HAPPENED): (_("Backup made: %(name)s"), _("%(num)s backups made")),
        (Kind.IMPORT_DONE, Edge.HAPPENED): (
            _("Import finished: %(name)s"),
            _("%(num)s imports finished"),
        ),
        (Kind.WORKER_AWAY, Edge.HAPPENED): (
            _("The worker did not run"),
            _("The worker did not run %(num)s times"),
        ),
        (Kind.RELEASE_BACK, Edge.HAPPENED): (
            _("Release taken back: %(name)s"),
            _("%(num)s releases taken back"),
        ),
    }


def cause_words(_: Say) -> Mapping[Kind, Mapping[str, str]]:
    """Return causes as sentences, kind by kind: the same word means another thing elsewhere.

    What is not here is left out of messages.
    """
    disks = _of_storage(_)
    return {
        Kind.CAMERA: causes.sentences(_),
        Kind.PICTURE: causes.sentences(_),
        Kind.RECORDER: _of_recorders(_),
        Kind.DISK_LOW: disks,
        Kind.DISK_FULL: disks,
        Kind.FOOTAGE: disks,
        Kind.RELEASE: {
            LOOK: _("The page Releases says what to do. Nothing was changed."),
            BACK: _("It should be taken back: pantau release rollback."),
        },
    }


def _of_recorders(_: Say) -> Mapping[str, str]:
    return {
        RecorderStatus.STALLED: _("The camera is live, and nothing is written."),
        RecorderStatus.FAILED: _("The recorder itself cannot go on. Look at its log."),
        RecorderStatus.SUSPENDED: _("It began again and again in vain; it is tried again later."),
    }


def _of_storage(_: Say) -> Mapping[str, str]:
    return {
        LOW: _("The oldest footage leaves early."),
        AlarmKind.CRITICAL: _(
            "The oldest footage leaves before its time. Keep less, or add a disk."
        ),
        AlarmKind.RESERVE: _("Recording pauses until there is room again."),
        AlarmKind.OTHER_FILES: _("Something else than footage fills the disk"),
        AlarmKind.NO_EFFECT: _("Deleting makes no room"),
        AlarmKind.HELD_OVER_QUOTA: _("More is held than a camera or an area may keep"),
        AlarmKind.SILENT: _("Nobody looks at the disks"),
        AlarmKind.UNREADABLE: _("How much room there is cannot be told"),
        AlarmKind.GONE: _("The disk is not there"),
        AlarmKind.READ_ONLY: _("The disk cannot be written to"),
        AlarmKind.NOTHING_LEFT: _("Nothing is left that may be deleted"),
        AlarmKind.NOT_DELETED: _("Files could not be deleted"),
        AlarmKind.CLOCK: _("The clock of this machine jumped"),
        AlarmKind.ARCHIVE: _("The archive takes nothing"),
        AlarmKind.FUTURE: _("There is footage of days that have not come yet"),
    }
