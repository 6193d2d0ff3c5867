"""What the worker tells of the media server: who it is, and what is not as it should be.

Nothing in here holds the address of a camera: a report is stored as it is, and shown to admins.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import TypeAdapter

ServerKind = Literal["pantau", "mediamtx", "unknown"]
What = Literal["missing", "different", "forced", "unwanted"]
"""Why a path was touched: it was not there, said something else, was put again although it was
right because somebody asked for that, or belonged to a camera that is gone."""
MOST_FOREIGN: Final = 100
MOST_RECENT: Final = 50


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a path is not as it should be; `sentence` is redacted."""

    code: str
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One path that was not as it should be, and what came of it."""

    path: str
    camera_id: int | None
    """None: its camera is gone."""
    what: What
    keys: tuple[str, ...] = ()
    """Names of what was different; never what stood there."""
    failure: Failure | None = None
    """None: it is right again."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A camera whose path the media server does not take."""

    path: str
    camera_id: int | None
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaServerReport:
    """How things stand after the last comparison.

    While the server is away, the numbers are those of the last time that it answered.
    """

    kind: ServerKind = "unknown"
    version: str | None = None
    """None: too old to say, or it never answered."""
    started_at: datetime | None = None
    is_reachable: bool = False
    since_at: datetime
    """Since when it is reachable, or is not."""
    desired: int = 0
    present: int = 0
    """How many of the desired paths are as they should be."""
    troubles: tuple[Trouble, ...] = ()
    foreign: tuple[str, ...] = ()
    """Paths of somebody else, never touched; the first hundred."""
    foreign_count: int = 0
    recent: tuple[Correction, ...] = ()
    """What was corrected, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A report as it is stored."""

    report: MediaServerReport
    changed_at: datetime
    seen_at: datetime
    """When the worker last found that it is still so: its sign of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a comparison that somebody asked for."""

    problem: Failure | None = None
    """Set: nothing could be compared."""
    version: str | None = None
    desired: int = 0
    added: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    foreign: int = 0
    troubles: tuple[Trouble, ...] = ()
    took_s: float = 0.0


_REPORTS: Final = TypeAdapter(MediaServerReport)
_OUTCOMES: Final = TypeAdapter(Outcome)


def report_text(report: MediaServerReport) -> str:
    """Return a report as it is stored; equal reports are equal texts."""
    return _REPORTS.dump_json(report).decode()


def report_from(text: str) -> MediaServerReport:
    """Read what `report_text` wrote."""
    return _REPORTS.validate_json(text)


def outcome_text(outcome: Outcome) -> str:
    """Return an outcome as it is stored."""
    return _OUTCOMES.dump_json(outcome).decode()


def outcome_from(text: str) -> Outcome:
    """Read what `outcome_text` wrote."""
    return _OUTCOMES.validate_json(text)
