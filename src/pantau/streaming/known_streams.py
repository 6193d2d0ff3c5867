"""Which streams there are and where each comes from, ready before anybody asks."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from pantau.cameras.access import Allowed, CacheClass, Purpose
from pantau.cameras.capabilities import Player
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.streaming.origin_client import Ask


class Origin(Protocol):
    """Where pieces come from: our engine, a media server that is not ours, a relay."""

    @property
    def is_foreign(self) -> bool:
        """Whether queries other than those of blocking reload may mean something there."""
        ...

    async def fetch(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return the whole body; `count` hears of every piece, and may refuse it by raising.

        Raises `NotFound` for a file that is not there, `Unavailable` with the camera's own cause
        where there is no picture, and `Exhausted` for a body above `ask.most_bytes`.
        """
        ...


OriginOf: TypeAlias = Callable[[Camera], Origin]


@dataclass(frozen=True, slots=True, eq=False)
class KnownStream:
    """One stream.  The same object as long as nothing about it changed."""

    camera: Camera
    origin: Origin
    can_be_late: bool = False
    """Whether the origin keeps what was, to show it minutes later."""
    plain: Allowed | None = None
    """What anybody gets, live, whatever the hour; None: it has to be decided each time."""

    @property
    def path(self) -> str:
        """Its name inside the origin."""
        return self.camera.stream_key


class KnownStreams:
    """The streams of a catalogue by key.  Loop only.

    `forget` is told the paths whose pieces are worth nothing any more: the camera has left, or
    shows something else under the same name.
    """

    def __init__(self, catalogue: Catalogue, origin_of: OriginOf) -> None:
        self._catalogue = catalogue
        self._origin_of = origin_of
        self._streams: Mapping[str, KnownStream] = {}
        self.forget: Callable[[Collection[str]], None] = _nobody_holds_any
        catalogue.on_cameras(self._read)
        self._read()

    def find(self, stream_key: str) -> KnownStream | None:
        """Return the stream, whoever it is for.  O(1), for the hot path."""
        return self._streams.get(stream_key)

    def _read(self) -> None:
        before = self._streams
        self._streams = {
            camera.stream_key: self._known(camera, before.get(camera.stream_key))
            for camera in self._catalogue.enabled()
            if capabilities_for(camera.source).player is Player.HLS
        }
        stale = [
            key
            for key, known in before.items()
            if (now := self._streams.get(key)) is None or not _is_same_picture(known, now)
        ]
        if stale:
            self.forget(stale)

    def _known(self, camera: Camera, before: KnownStream | None) -> KnownStream:
        if before is not None and before.camera is camera and not _depends_on_the_hour(camera):
            return before
        return known_stream(camera, self._origin_of(camera), self._plain_of(camera))

    def _plain_of(self, camera: Camera) -> Allowed | None:
        if _depends_on_the_hour(camera):
            return None
        verdict = self._catalogue.access.decide(camera, Purpose.LIVE)
        return verdict if isinstance(verdict, Allowed) and is_plain(verdict) else None


def known_stream(camera: Camera, origin: Origin, plain: Allowed | None) -> KnownStream:
    """Return what is known of the stream of `camera`."""
    can_be_late = capabilities_for(camera.source).delay and not origin.is_foreign
    return KnownStream(camera, origin, can_be_late, plain)


def is_plain(verdict: Allowed) -> bool:
    """Tell whether it is what everybody gets: live, and to be kept by anybody."""
    return verdict.cache is CacheClass.SHARED and not verdict.delay_s


def _depends_on_the_hour(camera: Camera) -> bool:
    decision = camera.decision
    return bool(decision.schedule) or decision.cut_off is not None


def _is_same_picture(before: KnownStream, now: KnownStream) -> bool:
    a, b = before.camera, now.camera
    return a.id == b.id and a.source == b.source and a.stream_revision == b.stream_revision


def _nobody_holds_any(_paths: Collection[str]) -> None:
    pass


LATE: Final = "late-"
"""How the names of all files begin that are served minutes late."""
