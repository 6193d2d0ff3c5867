"""The last verdict as metrics."""

from typing import Any

from pantau.operations.release.kept_watch import Noted
from pantau.operations.release.verdict import Action, Status


def figures_of_release(noted: Noted | None, watch_silent_s: float | None = None) -> dict[str, Any]:
    """Return the fields of `core.metrics.Measured`; without a verdict they tell nothing of it."""
    if noted is None:
        return {"release_watch_silent_seconds": watch_silent_s}
    verdict = noted.verdict
    return {
        "release_watch_silent_seconds": watch_silent_s,
        "release_verdict": {(each.value,): int(each is verdict.action) for each in Action},
        "release_missed": {(row.metric,): int(row.status is Status.MISSED) for row in verdict.rows},
        "release_judged_time_seconds": verdict.at.timestamp(),
    }
