"""Taking a camera from the public: reason, and how long, as forms send them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pantau.admin.typed import Typed
from pantau.cameras.changes import MOST_REASON, CutOffOrder

SPANS: Final[Mapping[str, timedelta | None]] = {
    "": None,
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
}
"""How long a camera can be cut off; the first one: until somebody ends it."""


def ordered(typed: Typed, now: datetime) -> CutOffOrder:
    """Return the order that a form holds; what it does not know lasts until somebody ends it."""
    span = SPANS.get(typed.text("until"))
    until = None if span is None else now + span
    return CutOffOrder(reason=typed.text("reason", most=MOST_REASON + 1), until=until)


def span_words(speak: Callable[[str], str]) -> Mapping[str, str]:
    """Return how long a cut-off can last."""
    words = (
        speak("Until I end it"),
        speak("15 minutes"),
        speak("1 hour"),
        speak("4 hours"),
        speak("1 day"),
        speak("7 days"),
    )
    return dict(zip(SPANS, words, strict=True))
