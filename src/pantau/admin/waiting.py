"""How long somebody must wait who was refused for asking too often."""

from math import ceil

from pantau.core.errors import Problem
from pantau.web.exchange import Header


def wait_s(problem: Problem) -> float:
    """Return the seconds that `problem` asks to wait; 0 where it does not."""
    told = problem.facts.get("retry_after_s")
    return float(told) if isinstance(told, int | float) else 0.0


def retry_after(wait: float) -> tuple[Header, ...]:
    """Return the header that says so to programs."""
    return ((b"retry-after", b"%d" % max(1, ceil(wait))),) if wait else ()
