"""What people want to be different about a camera: the fields, their limits, and who asked."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from typing import Final, Literal, TypeAlias

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.decisions import Visibility, Window
from pantau.cameras.models import CameraStatus, VideoCodec
from pantau.cameras.stored import SponsorPackage

Transport = Literal["automatic", "tcp", "udp"]
Tls = Literal["strict", "insecure"]

MOST_NAME: Final = 100
MOST_ADDRESS: Final = 500
MOST_DESCRIPTION: Final = 500
MOST_LOCATION: Final = 200
MOST_GROUP: Final = 100
MOST_SPONSOR_NAME: Final = 100
MOST_SPONSOR_ADDRESS: Final = 500
MOST_RECORDING_HOURS: Final = 2_160
MOST_REASON: Final = 500
MOST_HEADERS: Final = 20
MOST_HEADER_NAME: Final = 100
MOST_HEADER_VALUE: Final = 2_000
MOST_AT_ONCE: Final = 1_000
"""How many cameras one bulk change names."""


class Keep(Enum):
    """The value of a field that a change leaves alone, where nothing (None) is a value."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
_Keep: TypeAlias = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraChange:
    """What is to be different; what is not given stays, or is as usual where a camera is new.

    A new camera needs `name` and `address`.  Limits are judged by `applying.applied`.
    """

    name: str | _Keep = KEEP
    address: str | _Keep = field(default=KEEP, repr=False)
    """With its login; `***` in the place of a password means the stored one."""
    kind: SourceKind | _Keep | None = KEEP
    """None: told from the address."""
    relay: bool | _Keep = KEEP
    transport: Transport | _Keep = KEEP
    encode: bool | _Keep = KEEP
    tls_fingerprint: str | _Keep = KEEP
    tls: Tls | _Keep = KEEP
    headers: tuple[tuple[str, str], ...] | _Keep = field(default=KEEP, repr=False)
    """All of them; the value `***` means the stored one of that name."""
    proxy: str | _Keep = field(default=KEEP, repr=False)
    snapshot_url: str | _Keep = field(default=KEEP, repr=False)
    description: str | _Keep = KEEP
    location: str | _Keep = KEEP
    group_name: str | _Keep | None = KEEP
    area_id: int | _Keep | None = KEEP
    latitude: float | _Keep | None = KEEP
    longitude: float | _Keep | None = KEEP
    enabled: bool | _Keep = KEEP
    status: CameraStatus | _Keep = KEEP
    on_demand: bool | _Keep = KEEP
    low_latency: bool | _Keep = KEEP
    is_tunnel: bool | _Keep = KEEP
    enable_recording: bool | _Keep = KEEP
    recording_duration_hours: int | _Keep | None = KEEP
    video_codec: VideoCodec | _Keep | None = KEEP
    sponsor_name: str | _Keep | None = KEEP
    sponsor_logo: str | _Keep | None = KEEP
    sponsor_url: str | _Keep | None = KEEP
    sponsor_package: SponsorPackage | _Keep | None = KEEP
    visibility: Visibility | _Keep = KEEP
    delay_s: int | _Keep = KEEP
    still_only: bool | _Keep = KEEP
    schedule: tuple[Window, ...] | _Keep = KEEP

    @property
    def given(self) -> frozenset[str]:
        """The names of the fields that are in it."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) is not KEEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOffOrder:
    """That the public loses a camera at once."""

    reason: str
    until: datetime | None = None
    """When it ends by itself; None: when somebody ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why one camera of several was left as it is."""

    camera_id: int
    code: str
    sentence: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    """What became of many cameras."""

    changed: tuple[int, ...]
    unchanged: tuple[int, ...] = ()
    refused: tuple[Refused, ...] = ()
