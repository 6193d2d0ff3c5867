"""What the engine is asked to keep, and what it says about it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pantau.media.archive.orders import RecorderStatus, RecordOrder
from pantau.media.errors import Cause
from pantau.media.late.presentation import LateStatus
from pantau.media.packets import Tracks
from pantau.media.picture.watch import PictureStatus
from pantau.media.sources.base import SourceConfig

PathState = Literal["idle", "connecting", "live", "waiting", "parked"]
"""idle: nobody asks · connecting: no picture yet · live · waiting: for the next attempt · parked:
dead for long, asked rarely."""


@dataclass(frozen=True, slots=True)
class PathConfig:
    """One camera as the engine keeps it."""

    kind: str
    source: SourceConfig
    on_demand: bool = True
    """Connect only while somebody watches."""
    start_timeout_s: float = 10.0
    """How long `Engine.window` waits for the first segment."""
    close_after_s: float = 30.0
    """On demand: how long after the last reader the camera is left alone."""
    low_latency: bool = False
    delay_s: float = 0.0
    """Also keep everything this long on disk and show it late; 0: no.  Then never on demand."""
    spool_dir: Path | None = None
    """Where that is kept; None: there is no late presentation."""
    record: RecordOrder | None = None
    """Also write it to disk for good; None: no.  Then never on demand."""
    is_relayed: bool = False
    """The source is a media server that dials the camera: asking it again soon harms nobody."""

    @property
    def is_stills_only(self) -> bool:
        """Whether the source gives whole pictures and no video."""
        return self.kind == "mjpeg" and not self.source.encode


@dataclass(frozen=True, slots=True)
class PathStatus:
    """What is known of one path at this moment."""

    path: str
    kind: str
    state: PathState
    cause: Cause | None
    """Why there is no picture; the last failure, until there is one again."""
    detail: str
    since_at: datetime
    """Since when the path is in its state."""
    ready: bool
    """Whether there is something to watch: segments, or stills where there is no video."""
    ready_at: datetime | None
    tracks: Tracks | None
    inbound_bytes: int
    """Over all sessions of this path."""
    inbound_errors: int
    """Sessions that failed or broke off."""
    readers: int
    """1 if somebody read within the last seconds: an edge reads for all its viewers."""
    sessions_opened: int
    next_attempt_at: datetime | None
    last_picture_at: datetime | None
    """When the last complete key frame arrived."""
    picture: PictureStatus = field(default_factory=PictureStatus)
    late: LateStatus | None = None
    """How the late presentation is; None: there is none."""
    recorder: RecorderStatus | None = None
    """How its recorder is; None: it is not recorded."""
