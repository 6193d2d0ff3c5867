"""What people and programs are told of an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pantau.cameras.importing.options import Options


class Decision(StrEnum):
    """What happens to a row."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    REFUSE = "refuse"


class State(StrEnum):
    """Where an import stands."""

    PREVIEW = "preview"
    APPLIED = "applied"
    UNDONE = "undone"


class Phase(StrEnum):
    """What is going on."""

    IDLE = "idle"
    READING = "reading"
    DECIDING = "deciding"
    VERIFYING = "verifying"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"


WORKING: Final = frozenset({Phase.READING, Phase.DECIDING, Phase.VERIFYING, Phase.WRITING})
"""Phases that end by themselves."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something has got."""

    phase: Phase
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row, as it may be shown: addresses are masked."""

    row: int
    name: str
    decision: Decision
    reason: str
    warnings: Sequence[str] = ()
    address: str = ""
    """Scheme and host."""
    kind: str = ""
    area: str = ""
    camera_id: int | None = None
    check: str = ""
    """What a look at the address found: "", `ready` or why not."""
    undone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """One import without its rows."""

    id: int
    state: State
    file_name: str
    format: str
    options: Options
    by: str
    user_id: int | None
    progress: Progress
    progress_at: datetime
    """When `progress` was told."""
    summary: Mapping[str, int]
    checked: int
    ready: int
    created_at: datetime
    expires_at: datetime | None
    applied_at: datetime | None
    undone_at: datetime | None


def summary_of(decisions: Sequence[Decision]) -> dict[str, int]:
    """Return how many rows got each decision, every one named."""
    return {each.value: sum(found is each for found in decisions) for each in Decision}
