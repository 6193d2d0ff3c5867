"""The shadows that a web process sees by itself, until the worker has written them down."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from pantau.cameras.models import Camera
from pantau.core.clock import Zone
from pantau.recordings.models import FOREVER, Span
from pantau.recordings.rights.darkness import Began, DarkBook
from pantau.recordings.rights.values import Dark, Shadow


class Nightfall:
    """Shadows by camera since the worker's last look.  Loop only; knows nothing before `begin`."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._book: DarkBook | None = None
        self._shadows: dict[int, list[Shadow]] = {}

    @property
    def is_new(self) -> bool:
        """Tell whether `begin` is still to come."""
        return self._book is None

    def begin(
        self,
        *,
        under_way: Mapping[int, Dark],
        looked_ms: int | None,
        unsure: Collection[int] = (),
    ) -> None:
        """Go on from what the worker wrote last; parameters as of `DarkBook`."""
        self._book = DarkBook(self._zone, under_way=under_way, looked_ms=looked_ms, unsure=unsure)
        since_ms = looked_ms or 0
        for camera_id, dark in under_way.items():
            # Its true beginning is among those that the worker wrote.
            self._shadows[camera_id] = [Shadow(Span(since_ms, FOREVER.to_ms), dark)]

    def look(self, cameras: Iterable[Camera], now: datetime) -> None:
        """Look at all cameras; some microseconds each."""
        if self._book is None:
            return
        for turn in self._book.look(cameras, now):
            held = self._shadows.setdefault(turn.camera_id, [])
            if isinstance(turn, Began):
                held.append(Shadow(Span(turn.at_ms, FOREVER.to_ms), turn.dark))
            else:
                held[:] = [_ended(shadow, turn.at_ms) for shadow in held]

    def of(self, camera_id: int) -> Sequence[Shadow]:
        """Return the shadows of a camera that were seen here."""
        return self._shadows.get(camera_id, ())

    def forget_before(self, looked_ms: int) -> None:
        """Forget what ended before the worker looked: it knows."""
        for camera_id, held in list(self._shadows.items()):
            held[:] = [
                Shadow(Span(max(span.from_ms, looked_ms), span.to_ms), dark)
                for span, dark in held
                if span.to_ms > looked_ms
            ]
            if not held:
                del self._shadows[camera_id]


def _ended(shadow: Shadow, at_ms: int) -> Shadow:
    if shadow.span.to_ms < FOREVER.to_ms:
        return shadow
    return Shadow(Span(shadow.span.from_ms, max(at_ms, shadow.span.from_ms)), shadow.dark)
