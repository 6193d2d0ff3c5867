"""What a judgement says: one row for each metric of the matrix, and what to do."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from pantau.operations.release.evidence import Facts


class Action(StrEnum):
    """What a row asks for, and what the whole comes to."""

    KEEP = "keep"
    MONITOR = "monitor"
    ROLL_BACK = "roll_back"


class Status(StrEnum):
    """How a measurement compares with its target."""

    OK = "ok"
    MISSED = "missed"
    UNKNOWN = "unknown"
    """Nobody could measure it yet: never good, and no reason to take a release back."""


_WEIGHT: Final = {Action.KEEP: 0, Action.MONITOR: 1, Action.ROLL_BACK: 2}


class Saying(Facts):
    """A sentence by its name in `words`, with what is filled in."""

    code: str
    facts: Mapping[str, str | int | float] = {}


class Row(Facts):
    """One line of the matrix."""

    metric: str
    """Its name in `words`; `time.list` for an endpoint."""
    status: Status
    action: Action
    target: Saying
    measured: Saying
    advice: tuple[Saying, ...] = ()
    """What to do, the most useful first; empty where nothing is to be done."""


class Verdict(Facts):
    """The whole matrix at one moment."""

    at: datetime
    version: str
    build: str
    running_s: float
    baseline_build: str = ""
    """The build it was compared with; empty: there was nothing to compare with."""
    action: Action
    rows: tuple[Row, ...]


def worst(actions: list[Action]) -> Action:
    """Return the gravest of some actions; keep where there are none."""
    return max(actions, key=_WEIGHT.__getitem__, default=Action.KEEP)
