"""What pages say of recordings: states, causes, reasons, and who may replay what."""

from collections.abc import Callable, Mapping

from pantau.recordings.models import EndCause, PlaybackMode, Reason

Say = Callable[[str], str]


def reasons(_: Say) -> Mapping[str, str]:
    """Return why footage was deleted."""
    return {
        Reason.RETENTION: _("Its time was over"),
        Reason.CAMERA_QUOTA: _("More than its camera may keep"),
        Reason.AREA_QUOTA: _("More than its area may keep"),
        Reason.DISK_LOW: _("The disk was nearly full"),
        Reason.DISK_CRITICAL: _("The disk was as good as full"),
        Reason.EMPTY: _("It never held a picture"),
        Reason.OPERATOR: _("Somebody deleted it"),
        Reason.VANISHED: _("The file was gone already"),
    }


def ends(_: Say) -> Mapping[str, str]:
    """Return why a file ended where it did."""
    return {
        EndCause.BOUNDARY: _("The next file began"),
        EndCause.PARAMETERS: _("The camera changed what it sends"),
        EndCause.SOURCE_ENDED: _("The camera stopped sending"),
        EndCause.STOPPED: _("Recording was stopped"),
        EndCause.DISK: _("No room on the disk"),
        EndCause.CRASHED: _("Cut off, put in order afterwards"),
    }


def playback_modes(_: Say) -> Mapping[str, tuple[str, str]]:
    """Return who may replay a camera, and what that means."""
    return {
        PlaybackMode.INHERIT: (
            _("As everywhere on this hub"),
            _("What the settings of the hub say"),
        ),
        PlaybackMode.PREVIEW: (
            _("Everybody, the last minutes"),
            _("Older footage with a playback token; whoever cannot see it live replays nothing"),
        ),
        PlaybackMode.TOKEN: (
            _("Whoever has a playback token"),
            _("Nobody else, not even the last minute"),
        ),
        PlaybackMode.OPERATORS: (
            _("Operators"),
            _("Whoever is signed in here, and API keys that may read recordings; no tokens"),
        ),
        PlaybackMode.NOBODY: (
            _("Nobody"),
            _("Kept as evidence: no token opens it; operators still find it here"),
        ),
    }
