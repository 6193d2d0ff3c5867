"""One camera as the sweep sees it: what it is, what is believed of it, what was last seen."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.health import causes
from pantau.health.evidence import PathMemory
from pantau.health.probing.prober import kind_to_ask
from pantau.health.verdict import Belief


@dataclass(slots=True)
class Watched:
    """The memory of one camera."""

    camera: Camera
    belief: Belief
    span_at: datetime
    """When the open span of the history began: the next one cannot begin earlier."""
    host: str
    """For caps of probes; told to nobody."""
    is_relayed: bool
    can_be_asked: bool
    why_not_looked_at: str
    """A cause; empty: it is looked at."""
    checked_mono: float
    written_mono: float
    memory: PathMemory = field(default_factory=PathMemory)
    is_pulled: bool = True

    @classmethod
    def of(cls, camera: Camera, belief: Belief, mono: float) -> Self:
        """Return a camera of which nothing was seen yet."""
        watched = cls(
            camera=camera,
            belief=belief,
            span_at=belief.since_at,
            host="",
            is_relayed=False,
            can_be_asked=False,
            why_not_looked_at="",
            checked_mono=mono,
            written_mono=mono,
        )
        watched.take(camera)
        return watched

    def take(self, camera: Camera) -> None:
        """Take what the operator says of the camera now."""
        carrier = capabilities_for(camera.source).carrier
        self.camera = camera
        self.host = _host(camera)
        self.is_relayed = carrier is Carrier.RELAY
        self.can_be_asked = kind_to_ask(camera.source) is not None
        self.why_not_looked_at = _why_not(camera, carrier)


def _why_not(camera: Camera, carrier: Carrier) -> str:
    if not camera.enabled:
        return causes.DISABLED
    if camera.status == "maintenance":
        return causes.MAINTENANCE
    if camera.status == "offline":
        return causes.ANNOUNCED
    # A page in a frame proves no picture, and what cannot be played cannot be seen.
    return "" if carrier in {Carrier.ENGINE, Carrier.RELAY} else causes.NOT_MEASURABLE


def _host(camera: Camera) -> str:
    try:
        return urlsplit(camera.source.url).hostname or ""
    except ValueError:
        return ""
