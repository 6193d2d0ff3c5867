"""The decision matrix.  Pure: the same evidence gives the same verdict, whoever asks."""

from datetime import datetime

from pantau.operations.release.evidence import Baseline, Evidence
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Verdict


def judge(evidence: Evidence, baseline: Baseline | None, rules: Rules, now: datetime) -> Verdict:
    """Return what the evidence comes to; without a baseline nothing is worse than before."""
    raise NotImplementedError
