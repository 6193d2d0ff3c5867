"""What an export is: a clip or a time-lapse of one camera, from asked for to expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pantau.recordings.models import Span

SLOWEST: Final = 2
FASTEST: Final = 600
MOST_ATTEMPTS: Final = 3
"""How often an export is begun anew after the worker ended in the middle of it."""


class ExportKind(StrEnum):
    """What is made of footage."""

    CLIP = "clip"
    TIMELAPSE = "timelapse"


class ExportState(StrEnum):
    """How far an export is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Its files are gone."""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is being made any more."""
        return self not in {ExportState.QUEUED, ExportState.RUNNING}


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What somebody wants; `speed` is of a time-lapse only."""

    span: Span
    kind: ExportKind = ExportKind.CLIP
    speed: int = 1


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One finished file of an export."""

    name: str
    size_bytes: int
    sha256: str
    span: Span
    """What it shows, by the wall clock."""
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export."""

    id: str
    camera_id: int
    camera_name: str
    """As it was called when it was asked for."""
    span: Span
    kind: ExportKind
    speed: int
    state: ExportState
    progress: int
    """Per thousand of what is recorded in the span."""
    error: str
    """Why it failed, as a sentence."""
    size_bytes: int
    files: Sequence[ExportFile]
    cancel_asked: bool
    attempts: int
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLink:
    """A link to one export, for whoever has it.  Its token is shown once and kept nowhere."""

    id: int
    export_id: str
    prefix: str
    """How its token begins, to tell links apart."""
    expires_at: datetime
    max_downloads: int | None
    downloads: int
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
