"""Ninety days as one quiet strip: shapes for who sees them, a sentence for who does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from pantau.health.day_bars import look_of, told
from pantau.health.public_days import Stretch
from pantau.health.schemas import DayOutput
from pantau.ui.i18n import Language, Texts
from pantau.ui.numbers import per_cent

_LOOKS: Final = ("d0", "fine", "d1", "d2", "d3")
"""In the order in which they are drawn; `d0` is a day without measurements, never a good one."""


@dataclass(frozen=True, slots=True)
class Strip:
    """What a template draws; neighbours that look alike are one shape."""

    days: int
    shapes: tuple[tuple[str, str], ...]
    """Classes of `status.css`, and paths in a field that is one unit high."""
    text: str
    whole: str
    """All days together, in per cent; empty where nothing was measured."""


def strip(
    days: Sequence[date], stretch: Stretch, texts: Texts, language: Language, *, what: str
) -> Strip | None:
    """Return the strip of `what`; None before anything was counted."""
    if not stretch.days:
        return None
    outputs = [
        DayOutput(date=day, uptime=share) for day, share in zip(days, stretch.days, strict=True)
    ]
    text = f"{what}: {told(outputs, texts, language)}"
    unknown = sum(share is None for share in stretch.days)
    if 0 < unknown < len(stretch.days):
        sentence = texts.ngettext(
            "%(num)s day without data.", "%(num)s days without data.", unknown
        )
        text += " " + sentence % {"num": unknown}
    whole = "" if stretch.whole is None else per_cent(stretch.whole, language)
    return Strip(len(outputs), _shapes(stretch.days), text, whole)


def _shapes(shares: Sequence[float | None]) -> tuple[tuple[str, str], ...]:
    paths = dict.fromkeys(_LOOKS, "")
    at = 0
    looks = ("d0" if share is None else look_of(share) or "fine" for share in shares)
    for look, run in groupby(looks):
        width = sum(1 for _ in run)
        # Half a bar where it was off for up to half of the day.
        height = ".5" if look == "d2" else "1"
        paths[look] += f"M{at} 0h{width}v{height}h-{width}z"
        if look == "d2":
            paths["fine"] += f"M{at} .5h{width}v.5h-{width}z"
        at += width
    return tuple((look, path) for look, path in paths.items() if path)
