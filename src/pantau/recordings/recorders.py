"""What recorders are to everybody: their states, restarts, and what they can be asked to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

WORKER_SILENT: Final = "worker_silent"
MEDIA_SERVER_SILENT: Final = "media_server_silent"
NOT_REPORTED: Final = "not_reported"
"""The media server does not say: another kind, or not told yet."""
NO_FRAGMENTS: Final = "no_fragments"
IN_VAIN: Final = "restarted_in_vain"
SCHEDULE: Final = "schedule"
DISABLED: Final = "camera_disabled"
CANNOT: Final = "cannot_be_recorded"
STOPPING: Final = "stopping"
NO_RTSP_URL: Final = "no_rtsp_url"
"""A MediaMTX shows the cameras, and nobody said where it can be read."""
THEIRS_CANNOT: Final = "media_server_cannot"
"""A MediaMTX shows the cameras, and it cannot pull this one."""
THEIRS_UNREACHABLE: Final = "rtsp_unreachable"
THEIRS_REFUSES: Final = "rtsp_refused"
THEIRS_HAS_NONE: Final = "rtsp_no_stream"
"""The MediaMTX that is recorded from: its RTSP side does not answer, refuses our login, or has no
picture of the camera."""


class RecorderStatus(StrEnum):
    """What is known of a recorder.  Not knowing is `unknown`, never `stopped` (lesson R03)."""

    RECORDING = "recording"
    """Pictures are being written, and were a moment ago."""
    WAITING = "waiting"
    """It is to record, and the camera sends nothing yet."""
    PAUSED = "paused"
    """The disk takes nothing; `cause` says why."""
    STALLED = "stalled"
    """The camera is live, and nothing is written (lesson R08)."""
    FAILED = "failed"
    """The recorder itself cannot go on."""
    SUSPENDED = "suspended"
    """Begun again and again in vain; tried again later."""
    RESTING = "resting"
    """Its schedule says that it is not recorded at this time."""
    STOPPED = "stopped"
    """Nobody wants it to record, and it does not."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderState:
    """One recorder, as it was last seen."""

    camera_id: int
    status: RecorderStatus
    cause: str = ""
    """A stable word; empty where there is nothing to explain."""
    since_at: datetime
    last_segment_ms: int | None = None
    """When the last good segment ended: the evidence."""
    last_fragment_ms: int | None = None
    bytes_per_s: float = 0.0
    seen_at: datetime


class RestartReason(StrEnum):
    """Why a recorder had to begin anew; all of them, in one place (lesson R27)."""

    STALLED = "stalled"
    """The camera was live and nothing was written."""
    FAILED = "recorder_failed"
    """The recorder said that it cannot go on."""
    CRASHED = "process_crashed"
    """Its process ended without closing the file."""
    OPERATOR = "operator"
    """Somebody asked for it."""


class CommandAction(StrEnum):
    """What a recorder can be asked to do."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """One time that a recorder had to begin anew."""

    id: int
    camera_id: int
    reason: RestartReason
    detail: str
    restart_at: datetime
    recovered_at: datetime | None
    """When a segment was closed again: the only recovery there is."""
    success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that somebody asked a recorder to do."""

    id: int
    camera_id: int
    action: CommandAction
    actor: str
    asked_at: datetime
    done_at: datetime | None
    outcome: str
    """Empty: done as asked.  Else why not, as a sentence."""
