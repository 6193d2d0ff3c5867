"""When cameras went dark and light again, told from looks at them: one book, used twice.

The worker keeps a book and writes it down; every web process keeps one for the moments that the
worker has not written yet, or does not write because it is away.

The rule for time that nobody looked at, between two looks: it was as dark as the darker of both,
and as dark as the schedule of today says of each of its moments.  Where
somebody decided about a camera in between, it was dark for all.  So it may count as dark what was
not, and never the other way round.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pantau.cameras.access import next_change, showing_at
from pantau.cameras.decisions import Showing, Visibility
from pantau.cameras.models import Camera
from pantau.core.clock import Zone
from pantau.recordings.rights.values import Dark

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FURTHEST: Final = timedelta(days=30)
"""How far back schedules are worked out; before, the darker end counts."""
_HEARD_LATE_MS: Final = 2_000
"""How late a process may hear of what another decided: a look is sure only up to then."""


class Began(NamedTuple):
    """A shadow began, and goes on."""

    camera_id: int
    at_ms: int
    dark: Dark


class Ended(NamedTuple):
    """The shadow of a camera that was under way ended."""

    camera_id: int
    at_ms: int


Turn = Began | Ended


@dataclass(frozen=True, slots=True)
class _Seen:
    camera: Camera
    next_change_at: datetime | None
    zone: ZoneInfo


def dark_at(camera: Camera, *, now: datetime, zone: ZoneInfo) -> Dark:
    """Return for whom a camera is dark at a moment, by what is decided about it today.

    Being worked on (maintenance) darkens nothing.
    """
    if not camera.enabled:
        return Dark.ALL
    if showing_at(camera.decision, now=now, zone=zone) not in {Showing.LIVE, Showing.DELAYED}:
        return Dark.ALL
    match camera.decision.visibility:
        case Visibility.PUBLIC:
            return Dark.NOBODY
        case Visibility.PARTNER:
            return Dark.PUBLIC
        case Visibility.PRIVATE:
            return Dark.PARTNERS


class DarkBook:
    """What was seen from look to look.  Loop only.

    It goes on from what is kept: the shadows under way by camera, and the moment of the last look
    (None: nobody ever looked, so all the time up to the first one is unknown).  About the cameras
    in `unsure` something was decided since then.
    """

    def __init__(
        self,
        zone: Zone,
        *,
        under_way: Mapping[int, Dark],
        looked_ms: int | None,
        unsure: Collection[int] = (),
    ) -> None:
        self._zone = zone
        self._looked_ms = looked_ms or 0
        self._last_ms = self._looked_ms
        self._under_way = dict(under_way)
        self._unsure = frozenset(unsure)
        self._seen: dict[int, _Seen] = {}

    @property
    def looked_ms(self) -> int:
        """Up to when it is known for sure."""
        return self._looked_ms

    def look(self, cameras: Iterable[Camera], now: datetime) -> list[Turn]:
        """Look at all cameras; return what began and ended since the last look, in order.

        Some microseconds a camera.
        """
        now_ms = to_ms(now)
        turns = list(self._again(now_ms)) if now_ms < self._last_ms else []
        present = set()
        for camera in cameras:
            present.add(int(camera.id))
            turns += self._look_at(camera, now, now_ms)
        for camera_id in self._under_way.keys() - present:
            # Removed: nobody but operators replays it, whatever was dark.
            turns.append(Ended(camera_id, now_ms))
            del self._under_way[camera_id]
        for camera_id in self._seen.keys() - present:
            del self._seen[camera_id]
        self._unsure = frozenset()
        self._last_ms = now_ms
        self._looked_ms = max(0, now_ms - _HEARD_LATE_MS)
        return turns

    def _again(self, now_ms: int) -> Iterator[Turn]:
        """Yield the turns of a clock that was set back: what is dark is so in both times."""
        for camera_id, dark in self._under_way.items():
            yield Ended(camera_id, self._last_ms)
            yield Began(camera_id, now_ms, dark)

    def _look_at(self, camera: Camera, now: datetime, now_ms: int) -> list[Turn]:
        before = self._seen.get(camera.id)
        zone = self._zone()
        dark = dark_at(camera, now=now, zone=zone)
        was = self._under_way.get(camera.id, Dark.NOBODY)
        is_quiet = (
            before is not None
            and dark == was
            and before.camera is camera
            and before.zone is zone
            and (before.next_change_at is None or now < before.next_change_at)
        )
        if is_quiet:
            return []
        since_ms = min(self._looked_ms, now_ms)
        self._seen[camera.id] = _Seen(
            camera, next_change(camera.decision, now=now, zone=zone), zone
        )
        # What was late for the public was recorded earlier: it never saw the last of it.
        late_s = max(
            each.decision.delay_s for each in (camera, before.camera if before else camera)
        )
        late_ms = late_s * 1000
        turns = list(self._turns(camera, was, since_ms, late_ms, now))
        if dark is Dark.NOBODY:
            self._under_way.pop(camera.id, None)
        else:
            self._under_way[camera.id] = dark
        return turns

    def _turns(
        self, camera: Camera, was: Dark, since_ms: int, late_ms: int, now: datetime
    ) -> Iterator[Turn]:
        dark, now_ms = dark_at(camera, now=now, zone=self._zone()), to_ms(now)
        at_least = Dark.ALL if camera.id in self._unsure else max(was, dark)
        level = was
        for at_ms, by_clock in self._by_clock(camera, since_ms, now):
            level_then = max(at_least, by_clock)
            yield from _turn(camera.id, level, level_then, at_ms, late_ms)
            level = level_then
        yield from _turn(camera.id, level, dark, now_ms, late_ms)

    def _by_clock(self, camera: Camera, since_ms: int, now: datetime) -> Iterator[tuple[int, Dark]]:
        """Yield from when on it was how dark, between the last look and this one."""
        now_ms = to_ms(now)
        if since_ms >= now_ms:
            return
        yield since_ms, Dark.NOBODY
        zone = self._zone()
        at = max(_EPOCH + timedelta(milliseconds=since_ms), now - _FURTHEST)
        while at < now:
            yield max(since_ms, to_ms(at)), dark_at(camera, now=at, zone=zone)
            edge = next_change(camera.decision, now=at, zone=zone)
            if edge is None:
                return
            at = edge


def _turn(camera_id: int, was: Dark, dark: Dark, at_ms: int, late_ms: int) -> Iterator[Turn]:
    if dark == was:
        return
    if was is not Dark.NOBODY:
        yield Ended(camera_id, at_ms)
    if dark is not Dark.NOBODY:
        yield Began(camera_id, max(0, at_ms - late_ms), dark)


def to_ms(at: datetime) -> int:
    """Return Unix milliseconds."""
    return round((at - _EPOCH) / timedelta(milliseconds=1))
