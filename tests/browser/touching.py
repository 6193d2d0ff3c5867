"""Fingers on a page, as Chromium gets them from a touch screen."""

from collections.abc import Sequence
from typing import Final

from playwright.sync_api import CDPSession, Page

Point = tuple[float, float]
_STEPS: Final = 8


class Fingers:
    """One or two of them; positions are pixels of the viewport."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)

    def put(self, *points: Point) -> None:
        """Put them down."""
        self._send("touchStart", points)

    def move(self, before: Sequence[Point], after: Sequence[Point]) -> None:
        """Move them in small steps, as hands do."""
        for step in range(1, _STEPS + 1):
            part = step / _STEPS
            now = [
                (a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part)
                for a, b in zip(before, after, strict=True)
            ]
            self._send("touchMove", now)

    def lift(self) -> None:
        """Take all of them away."""
        self._send("touchEnd", ())

    def drag(self, begin: Point, end: Point) -> None:
        """Draw one finger from here to there."""
        self.put(begin)
        self.move([begin], [end])
        self.lift()

    def pinch(self, middle: Point, *, before_px: float, after_px: float) -> None:
        """Change the distance of two fingers that lie side by side."""
        x, y = middle
        begin = [(x - before_px / 2, y), (x + before_px / 2, y)]
        end = [(x - after_px / 2, y), (x + after_px / 2, y)]
        self.put(*begin)
        self.move(begin, end)
        self.lift()

    def _send(self, kind: str, points: Sequence[Point]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
