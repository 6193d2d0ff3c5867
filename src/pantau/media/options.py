"""What all cameras of an engine have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pantau.core.clock import Clock
from pantau.media.archive.disk import DiskRules
from pantau.media.archive.recorders import Recorders
from pantau.media.breaker import RELAYED, BreakerRules
from pantau.media.handoff import Handoff
from pantau.media.late.disk import SpoolDisk
from pantau.media.late.presentation import LateRules
from pantau.media.picture.verdict import PictureRules
from pantau.media.picture.watch import Lookers
from pantau.media.sources.base import Source, SourceConfig
from pantau.media.stills import OnThread


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What all paths of an engine have in common."""

    breaker: BreakerRules = field(default_factory=BreakerRules)
    breaker_relayed: BreakerRules = RELAYED
    """For paths whose source is a media server and no camera."""
    segments: int = 11
    segment_s: float = 2.0
    part_s: float = 0.5
    most_window_bytes: int = 32 * 1024 * 1024
    abandoned_s: float = 600.0
    """After a thread that did not come back, the camera is left alone for so long."""
    tick_s: float = 0.25
    late: LateRules = field(default_factory=LateRules)
    recording: DiskRules = field(default_factory=DiskRules)
    picture: PictureRules = field(default_factory=PictureRules)
    most_dials_per_tick: int = 10
    """Cameras that start together are spread: a session's first second is its most expensive."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What an engine lends to all its paths."""

    clock: Clock
    handoff: Handoff
    options: EngineOptions
    disk: SpoolDisk
    lookers: Lookers
    recorders: Recorders
    on_thread: OnThread | None = None
    make_source: Callable[[str, SourceConfig], Source] | None = None
