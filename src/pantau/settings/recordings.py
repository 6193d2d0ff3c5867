"""The settings of footage."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from pantau.core.units import Bytes, Seconds
from pantau.settings.values import Table, http_address, split


class ArchiveSettings(Table):
    """An S3-compatible bucket that gets a copy of every finished recording."""

    bucket: Annotated[str, Field(max_length=200)] = ""
    """Its name; empty: no archive."""
    endpoint: Annotated[str, AfterValidator(http_address)] = ""
    """Address of the service, such as https://s3.example.org; empty: Amazon's."""
    region: Annotated[str, Field(min_length=1, max_length=60)] = "us-east-1"
    """Region of the bucket; services of one's own mostly do not care."""
    prefix: Annotated[str, Field(max_length=200, pattern=r"^([A-Za-z0-9._-]+/?)*$")] = ""
    """Folder in the bucket; empty: its root."""
    access_key: Annotated[str, Field(repr=False)] = ""
    """Name of the key pair; it must be allowed to list, read, write and delete."""
    secret_key: Annotated[str, Field(repr=False)] = ""
    """Its secret."""
    path_style: bool = True
    """Whether the bucket's name is part of the path; false: of the host name."""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How long copies stay in the archive."""
    place: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")] = "archive"
    """What recordings call it; another name for another bucket."""

    @model_validator(mode="after")
    def _keys_too(self) -> Self:
        if self.bucket and not (self.access_key and self.secret_key):
            raise ValueError("access_key and secret_key must be set where bucket is")
        return self


class RecordingSettings(Table):
    """What is recorded, for how long, and who may replay it."""

    dirs: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(split)] = ()
    """Folders for footage, one on each disk, which must be there: one that is missing is a disk
    that is not mounted.  Empty: `recordings` in the data folder.  New files go to the one with the
    most room."""
    segment_s: Annotated[int, Field(ge=10, le=3600)] = 600
    """How long one file is, cut at whole multiples by the clock."""
    keep_hours: Annotated[int, Field(ge=1, le=87_600)] = 72
    """How long footage is kept where a camera says nothing else."""
    sound: bool = True
    """Whether sound is recorded where a camera has any; false: nowhere."""
    sync_s: Annotated[Seconds, Field(ge=1, le=600)] = 10.0
    """How much footage a power cut may cost: files are forced to the disk this often."""
    reserve_bytes: Annotated[Bytes, Field(ge=2**20)] = 1024 * 2**20
    """What stays free on each disk whatever happens; below it recording pauses."""
    low_hours: Annotated[float, Field(gt=0, le=8760)] = 4.0
    """With room for fewer hours of recording than this, the oldest footage leaves early."""
    critical_hours: Annotated[float, Field(gt=0, le=8760)] = 1.0
    """With room for fewer hours than this, footage leaves until `low_hours` fit, and it is an
    alarm."""
    playback: Literal["preview", "token", "operators", "nobody"] = "preview"
    """Who may replay a camera about which nothing else is said: everybody the last minutes,
    whoever has a token, operators, or nobody but operators and without tokens."""
    preview_minutes: Annotated[int, Field(ge=1, le=525_600)] = 60
    """How far back everybody may replay."""
    preview_cache_bytes: Annotated[Bytes, Field(ge=2**20)] = 512 * 2**20
    """Disk for pictures of the timeline."""
    export_keep_hours: Annotated[int, Field(ge=1, le=8760)] = 48
    """How long exported clips stay."""
    export_most_bytes: Annotated[Bytes, Field(ge=2**20)] = 20 * 2**30
    """How much all exported clips together may take."""
    export_most_hours: Annotated[int, Field(ge=1, le=744)] = 24
    """The longest span of one export."""
    archive: ArchiveSettings = ArchiveSettings()
    """Copies in an object store."""

    @model_validator(mode="after")
    def _levels_in_order(self) -> Self:
        if self.critical_hours >= self.low_hours:
            raise ValueError("critical_hours must be less than low_hours")
        return self
