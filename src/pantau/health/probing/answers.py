"""What a probe found, and what it asks."""

from dataclasses import dataclass
from typing import Final

from pantau.cameras.models import CameraSource
from pantau.core.ids import CameraId
from pantau.health.verdict import Sign
from pantau.media.errors import Cause, SourceError

MOST_S: Final = 8.0
"""The hard deadline of one probe, whatever the other side does (lesson M13)."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which camera to ask, and where."""

    camera_id: CameraId
    source: CameraSource


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """A sign with its cause.  Without a sign: not decided yet, ask again after `again_s`."""

    sign: Sign | None
    cause: str = ""
    again_s: float | None = None


ALIVE: Final = ProbeAnswer(Sign.LIFE)


def failure(cause: str) -> ProbeAnswer:
    """Return that the camera gave nothing."""
    return ProbeAnswer(Sign.FAILURE, str(cause))


def gone(cause: str) -> ProbeAnswer:
    """Return that the source says it is gone for good."""
    return ProbeAnswer(Sign.GONE, str(cause))


def failed(error: SourceError) -> ProbeAnswer:
    """Return what an error means: an ended or unknown stream is gone, the rest has failed."""
    if error.cause is Cause.NOT_FOUND:
        return gone(error.cause)
    return failure(error.cause)
