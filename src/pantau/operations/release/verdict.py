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


def reasons_of(verdict: Verdict) -> str:
    """Return the names of the rows for which a release is taken back."""
    return ", ".join(row.metric for row in verdict.rows if row.action is Action.ROLL_BACK)


def say(code: str, **facts: str | float) -> Saying:
    """Return a sentence with what is filled in."""
    return Saying(code=code, facts=facts)


def ok(metric: str, target: Saying, measured: Saying) -> Row:
    """Return a row whose target was met."""
    return Row(
        metric=metric, status=Status.OK, action=Action.KEEP, target=target, measured=measured
    )


def missed(metric: str, target: Saying, measured: Saying, *advice: Saying) -> Row:
    """Return a row that somebody should look at."""
    return Row(
        metric=metric,
        status=Status.MISSED,
        action=Action.MONITOR,
        target=target,
        measured=measured,
        advice=advice,
    )


def back(metric: str, target: Saying, measured: Saying, *advice: Saying) -> Row:
    """Return a row for which the release is taken back."""
    row = missed(metric, target, measured, *advice)
    return row.model_copy(update={"action": Action.ROLL_BACK})


def unknown(metric: str, target: Saying, measured: Saying, *, action: Action = Action.KEEP) -> Row:
    """Return a row that cannot be judged: yet, or (with `action` monitor) at all."""
    return Row(
        metric=metric, status=Status.UNKNOWN, action=action, target=target, measured=measured
    )
