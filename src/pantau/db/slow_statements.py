"""Statements that took too long, without their values: what an operator or a release looks at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

from pantau.core.clock import Clock
from pantau.core.histograms import Histogram, quantile_s

_MOST_TEXTS: Final = 50
_MOST_CHARS: Final = 500
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w$])\d+(?:\.\d+)?\b")
_PLACE: Final = r"(?:\?|\$\d+(?:::[A-Z ]+)?|%s|:\w+)"
_LIST: Final = re.compile(rf"\(\s*{_PLACE}(?:\s*,\s*{_PLACE})+\s*\)")
_ROWS: Final = re.compile(r"\(…\)(?:\s*,\s*\(…\))+")
_SPACE: Final = re.compile(r"\s+")
_BEGAN: Final = "pantau_began_mono"


@dataclass(slots=True)
class Slow:
    """A statement that was slow at least once."""

    text: str
    last_at: datetime
    count: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0
    took: Histogram = field(default_factory=Histogram)

    @property
    def p50_s(self) -> float:
        """How long the half of the slow ones took at most."""
        return quantile_s(self.took.counts, 0.5) or 0.0


class SlowStatements:
    """Fifty texts at most: the one with the least time in all makes room.  Loop only.

    Timing costs a microsecond a statement; only a slow one is looked at.
    """

    def __init__(self, *, clock: Clock, threshold_s: float) -> None:
        self._clock = clock
        self.threshold_s: Final = threshold_s
        self.total = 0
        """How many statements were slow, whatever became of their texts."""
        self._slow: dict[str, Slow] = {}

    def watch(self, engine: Engine) -> None:
        """Have what `engine` executes timed, waits for the server and for our loop included."""
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def note(self, statement: str, took_s: float) -> None:
        """Count a statement, if it was slow."""
        if took_s < self.threshold_s:
            return
        self.total += 1
        text = normalised(statement)
        slow = self._slow.get(text)
        if slow is None:
            if len(self._slow) >= _MOST_TEXTS:
                del self._slow[min(self._slow, key=lambda each: self._slow[each].total_s)]
            slow = self._slow[text] = Slow(text, self._clock.now())
        slow.last_at = self._clock.now()
        slow.count += 1
        slow.total_s += took_s
        slow.longest_s = max(slow.longest_s, took_s)
        slow.took.note(took_s)

    def worst(self, most: int = 20) -> Sequence[Slow]:
        """Return those that took the most time in all, the worst first."""
        return sorted(self._slow.values(), key=lambda each: -each.total_s)[:most]

    def _before(self, _connection: Any, _cursor: Any, *rest: Any) -> None:
        context = rest[2]
        if context is not None:
            setattr(context, _BEGAN, self._clock.mono_s())

    def _after(self, _connection: Any, _cursor: Any, statement: str, *rest: Any) -> None:
        began_mono = getattr(rest[1], _BEGAN, None)
        if began_mono is not None:
            self.note(statement, self._clock.mono_s() - began_mono)


def normalised(statement: str) -> str:
    """Return a statement without values, and with lists of any length as one: `(…)`."""
    text = _LITERAL.sub("?", _SPACE.sub(" ", statement).strip())
    text = _ROWS.sub("(…)", _LIST.sub("(…)", text))
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - 1] + "…"
