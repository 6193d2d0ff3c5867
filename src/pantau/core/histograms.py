"""How long things took, in a fixed set of buckets: cheap to note, enough for a p95."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

BOUNDS_S: Final = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.002,
    0.003,
    0.005,
    0.0075,
    0.01,
    0.015,
    0.02,
    0.03,
    0.04,
    0.06,
    0.1,
    0.15,
    0.25,
    0.4,
    0.6,
    1.0,
    1.5,
    2.5,
    4.0,
    6.0,
    10.0,
)
"""Upper ends of the buckets in seconds: fine around what a hub promises (5, 10, 15, 40 ms)."""


class Histogram:
    """Counts by bucket, and the sum.  Loop only; noting costs about a fifth of a microsecond.

    `counts` has one more than `BOUNDS_S`: what took longer than the last bound.
    """

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def note(self, took_s: float) -> None:
        """Count something that took so long."""
        self.counts[bisect_left(BOUNDS_S, took_s)] += 1
        self.sum_s += took_s


def quantile_s(
    counts: Sequence[int], share: float, bounds_s: Sequence[float] = BOUNDS_S
) -> float | None:
    """Return how long at most the quickest `share` (0 to 1) took; None where nothing was counted.

    Between the ends of a bucket it goes in a straight line, as Prometheus has it; what is beyond
    the last bound counts as the last bound.
    """
    total = sum(counts)
    if total == 0:
        return None
    rank, below = share * total, 0
    for index, count in enumerate(counts):
        if count and below + count >= rank:
            if index >= len(bounds_s):
                break
            first_s = bounds_s[index - 1] if index else 0.0
            return first_s + (bounds_s[index] - first_s) * max(0.0, rank - below) / count
        below += count
    return bounds_s[-1]
