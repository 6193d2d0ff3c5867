"""What `/api/admin/releases` gives, field by field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.operations.release.desk import Releases
from pantau.operations.release.report import conclusion, shown_rows
from pantau.operations.release.verdict import Verdict
from pantau.operations.release_steps.state import Deployment

ActionName = Literal["keep", "monitor", "roll_back"]


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProcessOutput(_Output):
    """One process of the hub."""

    name: str
    pid: int
    version: str
    build: str
    started_at: datetime
    is_ready: bool


class RowOutput(_Output):
    """One row of the decision matrix; sentences are English."""

    metric: str
    name: str
    status: Literal["ok", "missed", "unknown"]
    action: ActionName
    target: str
    measured: str
    facts: Mapping[str, str | int | float]
    advice: list[str]


class VerdictOutput(_Output):
    """A verdict with its rows."""

    at: datetime
    version: str
    build: str
    baseline_build: str
    running_s: float
    action: ActionName
    conclusion: str
    rows: list[RowOutput]


class PastVerdict(_Output):
    """A verdict of the history."""

    at: datetime
    build: str
    running_s: float
    action: ActionName
    missed: list[str]


class DeployOutput(_Output):
    """One deploy or rollback."""

    id: str
    by: str
    started_at: datetime
    changed_at: datetime
    before: str | None
    after: str
    outcome: str
    sentence: str


class WatchOutput(_Output):
    """The watch of the newest release."""

    build: str
    asked_at: datetime
    ran_s: float
    for_s: float
    rolls_back: bool
    is_over: bool
    was_rolled_back: bool | None


class ReleasesOutput(_Output):
    """Everything about releases."""

    build: str
    """The build that should run."""
    is_deploying: bool
    processes: list[ProcessOutput]
    watch: WatchOutput | None
    verdict: VerdictOutput | None
    verdicts: list[PastVerdict]
    deploys: list[DeployOutput]


def releases_output(releases: Releases) -> ReleasesOutput:
    """Return it for programs."""
    watch = releases.watch
    return ReleasesOutput(
        build=releases.build,
        is_deploying=releases.is_deploying,
        processes=[
            ProcessOutput(
                name=each.process,
                pid=each.pid,
                version=each.version,
                build=each.build,
                started_at=each.started_at,
                is_ready=each.ready_at is not None and not each.is_stopping,
            )
            for each in releases.processes
        ],
        watch=None
        if watch is None
        else WatchOutput(
            build=watch.build,
            asked_at=watch.asked_at,
            ran_s=round(watch.ran_s, 1),
            for_s=watch.for_s,
            rolls_back=watch.rolls_back,
            is_over=watch.is_over,
            was_rolled_back=watch.was_rolled_back,
        ),
        verdict=None if releases.last is None else verdict_output(releases.last),
        verdicts=[_past(each.verdict) for each in releases.verdicts],
        deploys=[_deploy(each) for each in releases.deployments],
    )


def verdict_output(verdict: Verdict) -> VerdictOutput:
    """Return a verdict for programs."""
    pairs = zip(verdict.rows, shown_rows(verdict), strict=True)
    return VerdictOutput(
        at=verdict.at,
        version=verdict.version,
        build=verdict.build,
        baseline_build=verdict.baseline_build,
        running_s=round(verdict.running_s, 1),
        action=verdict.action.value,
        conclusion=conclusion(verdict),
        rows=[
            RowOutput(
                metric=row.metric,
                name=shown.name,
                status=row.status.value,
                action=row.action.value,
                target=shown.target,
                measured=shown.measured,
                facts=row.measured.facts,
                advice=list(shown.advice),
            )
            for row, shown in pairs
        ],
    )


def _past(verdict: Verdict) -> PastVerdict:
    return PastVerdict(
        at=verdict.at,
        build=verdict.build,
        running_s=round(verdict.running_s, 1),
        action=verdict.action.value,
        missed=[row.metric for row in verdict.rows if row.status.value == "missed"],
    )


def _deploy(deployment: Deployment) -> DeployOutput:
    return DeployOutput(
        id=deployment.id,
        by=deployment.by,
        started_at=deployment.started_at,
        changed_at=deployment.changed_at,
        before=deployment.before.name if deployment.before else None,
        after=deployment.after.name,
        outcome=deployment.outcome.value,
        sentence=deployment.sentence,
    )
