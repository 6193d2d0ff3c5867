"""What is kept of cameras' health: spans of states, alarms, and what a change is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pantau.cameras.models import HealthState
from pantau.core.ids import CameraId
from pantau.health.verdict import Belief


class AlarmKind(StrEnum):
    """What on our own side made many cameras unknowable."""

    MEDIA_SERVER = "media_server"
    OUR_NETWORK = "our_network"
    SWEEP_LATE = "sweep_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth:
    """What is believed of a camera, as other processes read it."""

    camera_id: CameraId
    state: HealthState
    cause: str
    since_at: datetime
    checked_at: datetime | None
    alive_at: datetime | None
    gone_since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one state for one cause."""

    camera_id: CameraId
    state: HealthState
    cause: str
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm, however many cameras it is about."""

    id: int
    kind: str
    began_at: datetime
    ended_at: datetime | None
    cameras: int
    acknowledged_at: datetime | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """A belief to be written; `span_from_at` is when a new state or cause began, if one did."""

    camera_id: CameraId
    belief: Belief
    span_from_at: datetime | None
