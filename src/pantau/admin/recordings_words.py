"""What pages say of recordings: states, causes, reasons, and who may replay what."""

from collections.abc import Callable, Mapping

from pantau.media.archive.orders import PauseCause
from pantau.recordings import recorders as causes
from pantau.recordings.models import EndCause, PlaybackMode, Reason
from pantau.recordings.recorders import CommandAction, RecorderStatus, RestartReason

Say = Callable[[str], str]


def statuses(_: Say) -> Mapping[RecorderStatus, str]:
    """Return what the states of recorders are called."""
    return {
        RecorderStatus.RECORDING: _("Is recorded"),
        RecorderStatus.WAITING: _("Waits for the camera"),
        RecorderStatus.PAUSED: _("Paused, no room"),
        RecorderStatus.STALLED: _("Writes nothing"),
        RecorderStatus.FAILED: _("Recorder failed"),
        RecorderStatus.SUSPENDED: _("Given up for now"),
        RecorderStatus.RESTING: _("Rests by its schedule"),
        RecorderStatus.STOPPED: _("Not recording"),
        RecorderStatus.UNKNOWN: _("Not known"),
    }


def cause_sentences(_: Say) -> Mapping[str, str]:
    """Return why a recorder is as it is, and what to do about it."""
    return {
        **_pauses(_),
        causes.WORKER_SILENT: _(
            "The worker says nothing, so nobody knows whether it records. Look at its service."
        ),
        causes.MEDIA_SERVER_SILENT: _(
            "The media server does not answer, so nobody knows whether it records."
        ),
        causes.NOT_REPORTED: _("The media server has not said yet how its recorder is."),
        causes.NO_FRAGMENTS: _("The camera is live, and nothing reaches the disk."),
        causes.IN_VAIN: _(
            "Begun again and again without one finished file. It is tried again more and more "
            "seldom; a restart tries at once."
        ),
        causes.SCHEDULE: _("Its weekly schedule says so."),
        causes.DISABLED: _("The camera is disabled."),
        causes.CANNOT: _("A camera of this kind cannot be recorded."),
        causes.STOPPING: _("It closes its last file."),
        **_beside(_),
    }


def _beside(_: Say) -> Mapping[str, str]:
    """Return what can be the matter where a MediaMTX shows the cameras."""
    return {
        causes.NO_RTSP_URL: _(
            "A MediaMTX shows the cameras, and the settings do not say where to record them from. "
            "Set media.rtsp_url."
        ),
        causes.THEIRS_CANNOT: _("The MediaMTX cannot pull this camera, so it cannot be recorded."),
        causes.THEIRS_UNREACHABLE: _(
            "The RTSP side of the MediaMTX cannot be reached. Recording begins by itself when it "
            "is back; if it runs, check media.rtsp_url."
        ),
        causes.THEIRS_REFUSES: _(
            "The MediaMTX refuses the login of media.rtsp_url, or has no right to read for it."
        ),
        causes.THEIRS_HAS_NONE: _(
            "The MediaMTX has no picture of this camera. Recording begins when it has one."
        ),
    }


def _pauses(_: Say) -> Mapping[str, str]:
    return {
        PauseCause.DISK_FULL: _(
            "The disk for recordings is full. Recording goes on by itself when there is room again."
        ),
        PauseCause.DISK_MISSING: _(
            "The folder for recordings is not there. Mount its disk or make the folder."
        ),
        PauseCause.DISK_READ_ONLY: _(
            "The folder for recordings cannot be written to. Check its owner and whether the disk "
            "is mounted read-only."
        ),
        PauseCause.DISK_BROKEN: _("Writing to the disk for recordings failed. Check the disk."),
        PauseCause.DISK_SLOW: _("The disk for recordings is too slow or does not answer."),
        PauseCause.NOT_DESCRIBED: _("What this camera sends cannot be recorded."),
    }


def restart_reasons(_: Say) -> Mapping[RestartReason, str]:
    """Return why a recorder had to begin anew."""
    return {
        RestartReason.STALLED: _("The camera was live and nothing was written"),
        RestartReason.FAILED: _("The recorder could not go on"),
        RestartReason.CRASHED: _("Its process ended without closing the file"),
        RestartReason.OPERATOR: _("Somebody asked for it"),
    }


def actions(_: Say) -> Mapping[CommandAction, str]:
    """Return what a recorder was asked to do."""
    return {
        CommandAction.START: _("Start"),
        CommandAction.STOP: _("Stop"),
        CommandAction.RESTART: _("Restart"),
    }


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
