"""What a camera is to Pantau, and the part of it that anybody may know."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict

from pantau.cameras.capabilities import Player
from pantau.cameras.decisions import PublicDecision, Showing
from pantau.core.ids import AreaId, CameraId
from pantau.core.shapes import Shape

CameraStatus = Literal["active", "maintenance", "offline"]
VideoCodec = Literal["h264", "h265"]


class LiveState(StrEnum):
    """What is known about a live stream; always measured, never assumed."""

    LIVE = "live"
    CONNECTING = "connecting"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"


class HealthState(StrEnum):
    """What is believed of a camera after several looks; slower and surer than `LiveState`."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    DEGRADED = "degraded"
    """Pictures come, but something is wrong: frozen, black, covered, losing, flapping."""
    OFFLINE = "offline"
    DEAD = "dead"
    """Its source says, again and again, that it is gone for good (lesson M28)."""


@dataclass(frozen=True, slots=True)
class CameraSource:
    """Where the pictures come from.  `url` may hold a password.

    Only the worker opens every address; a web process opens those that it relays or frames.
    """

    url: str = field(repr=False)
    kind: str | None = None
    """A `SourceKind`; None: by the address (`capabilities.kind_of`)."""
    transport: str = "automatic"
    encode: bool = False
    tls_fingerprint: str = ""
    relay: bool = False
    """HLS only: passed on by the web process instead of pulled by the media server."""
    tls: Literal["strict", "insecure"] = "strict"
    """HTTP sources: whether the certificate must be good."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """HTTP sources: sent with every request, for owners who ask for a Referer or a user agent."""
    proxy: str = field(default="", repr=False)
    """HTTP sources: an http proxy to go through."""
    snapshot_url: str = field(default="", repr=False)
    """Where the owner keeps a still, for cameras that nobody here pulls."""
    trusted: bool = False
    """Described by the settings or the demo: may lead anywhere.  Else the address is judged again
    when it is dialled (`core.networks`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """Where in the hierarchy of areas a camera stands."""

    rt: str | None = None
    rw: str | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera as the operator described it."""

    id: CameraId
    slug: str
    stream_key: str
    name: str
    source: CameraSource
    description: str = ""
    location: str = ""
    area_id: AreaId | None = None
    area_name: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    enabled: bool = True
    status: CameraStatus = "active"
    on_demand: bool = True
    low_latency: bool = False
    is_tunnel: bool = False
    group_name: str | None = None
    place: Neighbourhood = Neighbourhood()
    announced_codec: VideoCodec | None = None
    """What the operator says; what is measured stands in the observation."""
    recorded: bool = False
    """Whether it is to be recorded: then it is pulled although nobody watches."""
    stream_revision: int = 0
    """Grows with every change of the source or the key; players put it into addresses (M08)."""
    decision: PublicDecision = field(default_factory=PublicDecision)
    """Whom it is shown to, and how; `cameras.access` reads it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was last measured of one camera's stream; `since_at` is when `state` began."""

    state: LiveState
    since_at: datetime
    checked_at: datetime
    video_codec: VideoCodec | None = None


class PublicCamera(Shape):
    """Everything the public may know of a camera, field by field; nothing is copied wholesale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    slug: str
    stream_key: str
    name: str
    description: str
    location: str
    area_id: int | None
    area_name: str | None
    group_name: str | None = None
    place: Neighbourhood = Neighbourhood()
    latitude: float | None
    longitude: float | None
    is_tunnel: bool
    status: CameraStatus
    state: LiveState
    health: HealthState = HealthState.UNKNOWN
    is_online: bool
    """False only when measured gone: not knowing is not the same as being gone (lesson M14)."""
    since_at: datetime
    checked_at: datetime
    video_codec: VideoCodec | None
    """What was measured, or else what the operator announced."""
    on_demand: bool
    low_latency: bool
    enable_recording: bool = False
    player: Player = Player.HLS
    embed_url: str = ""
    """The owner's page, of cameras that are shown in a frame; empty for all others."""
    showing: Showing = Showing.LIVE
    delay_s: int = 0
    """How late the public sees it; 0: live."""
    stream_revision: int = 0
    """Part of a player's address where it is not 0, so that players notice a new source."""
    thumbnail_url: str
    thumbnail_at: datetime | None
    """When the newest still was taken; None while there is none to show."""
