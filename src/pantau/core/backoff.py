"""When to try again: exponential growth with jitter, as a pure calculation."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double from `first_s` to `most_s`, each shortened by up to `jitter` of itself.

    Jitter keeps cameras that fell together (a switch rebooted) from coming back together.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    jitter: float = 0.3

    def delay_s(self, failures: int, *, random: Callable[[], float]) -> float:
        """Return the wait after `failures` in a row (1 or more); `random` gives [0, 1)."""
        longest = min(self.most_s, self.first_s * 2.0 ** min(max(failures, 1) - 1, 32))
        return longest * (1.0 - self.jitter * random())
