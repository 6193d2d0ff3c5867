"""What a reader found: one candidate per row of a catalogue, before anything was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pantau.cameras.decisions import CutOff

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 20_000


class Format(StrEnum):
    """How a catalogue is written."""

    JSON = "json"
    CSV = "csv"
    MEDIAMTX = "mediamtx"
    FRIGATE = "frigate"
    M3U = "m3u"
    ONVIF = "onvif"
    """What answered a search in the network."""
    OWN = "pantau"
    """What `pantau cameras export` writes, as JSON or CSV."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as its format gives it: values under the file's own names, or why there are none."""

    number: int
    """From 1, as people count."""
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    skipped: str = ""
    """Why the row is no camera at all, where it is none."""
    refused: str = ""
    """Why the row cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A camera that a catalogue offers.  Texts are as they were written, cleaned of controls."""

    row: int
    name: str = ""
    address: str = field(default="", repr=False)
    embed_url: str = field(default="", repr=False)
    snapshot_url: str = field(default="", repr=False)
    kind: str | None = None
    """A `SourceKind` where the file names one."""
    description: str = ""
    location: str = ""
    area: str = ""
    group_name: str = ""
    rt: str = ""
    rw: str = ""
    kelurahan: str = ""
    kecamatan: str = ""
    latitude: float | None = None
    longitude: float | None = None
    enabled: bool | None = None
    relay: bool | None = None
    on_demand: bool | None = None
    tls: str | None = None
    transport: str | None = None
    source_site: str = ""
    provider: str = ""
    source_id: str = ""
    source_status: str = ""
    is_offline: bool = False
    """Whether the catalogue itself says that the camera does not work."""
    own: Mapping[str, object] = field(default_factory=dict, repr=False)
    """Further fields of `changes.CameraChange`, checked; of our own export all of them."""
    is_own: bool = False
    """Whether it stands in our own export, which says everything that people decided."""
    stream_key: str = field(default="", repr=False)
    cut_off: CutOff | None = None
    skipped: str = ""
    refused: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Everything in one catalogue, in its order."""

    format: Format
    candidates: Sequence[Candidate]
