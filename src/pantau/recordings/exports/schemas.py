"""What the API of exports takes and gives, field by field."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from pantau.core.shapes import Shape
from pantau.recordings.exports.manifest import FILE_NAME
from pantau.recordings.exports.models import (
    ClipLink,
    Export,
    ExportFile,
    ExportKind,
    ExportState,
)
from pantau.recordings.written_moments import Moment

EXPORTS: Final = "/api/recordings/exports"
CLIPS: Final = "/api/clips"


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExportInput(_Input):
    """A clip or a time-lapse to be made."""

    from_ms: Moment = Field(alias="from")
    """Unix milliseconds, or ISO 8601 with an offset; so is `to`."""
    to_ms: Moment = Field(alias="to")
    kind: ExportKind = ExportKind.CLIP
    speed: Annotated[int, Field(ge=1, le=10_000)] = 60
    """How many times faster; of a time-lapse only."""


class LinkInput(_Input):
    """A link to be made."""

    hours: Annotated[int, Field(ge=1, le=10_000)] = 24
    max_downloads: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ExportFileOutput(_Output):
    """One file of a finished export."""

    name: str
    url: str
    size_bytes: int
    sha256: str
    from_ms: int
    to_ms: int
    duration_ms: int


class ExportOutput(_Output):
    """One export."""

    id: str
    camera_id: int
    camera_name: str
    from_ms: int
    to_ms: int
    kind: ExportKind
    speed: int
    state: ExportState
    progress: int
    """Per thousand of what is recorded in the span."""
    error: str
    cancel_asked: bool
    size_bytes: int
    """What its files take; until it is done: what they will take at most, about."""
    files: list[ExportFileOutput]
    manifest_url: str | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None


class LinkOutput(_Output):
    """One link to an export."""

    id: int
    prefix: str
    expires_at: datetime
    max_downloads: int | None
    downloads: int
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


class MadeLinkOutput(LinkOutput):
    """A link with its token, which is told this once."""

    token: str
    url: str


def export_output(export: Export) -> ExportOutput:
    """Return an export as the API gives it."""
    is_done = export.state is ExportState.DONE
    return ExportOutput(
        id=export.id,
        camera_id=export.camera_id,
        camera_name=export.camera_name,
        from_ms=export.span.from_ms,
        to_ms=export.span.to_ms,
        kind=export.kind,
        speed=export.speed,
        state=export.state,
        progress=export.progress,
        error=export.error,
        cancel_asked=export.cancel_asked,
        size_bytes=export.size_bytes,
        files=[_file(export, file) for file in export.files] if is_done else [],
        manifest_url=f"{EXPORTS}/{export.id}/{FILE_NAME}" if is_done else None,
        created_by=export.created_by,
        created_at=export.created_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
    )


def _file(export: Export, file: ExportFile) -> ExportFileOutput:
    return ExportFileOutput(
        name=file.name,
        url=f"{EXPORTS}/{export.id}/files/{file.name}",
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        from_ms=file.span.from_ms,
        to_ms=file.span.to_ms,
        duration_ms=file.duration_ms,
    )


def link_output(link: ClipLink) -> LinkOutput:
    """Return a link as the API gives it."""
    return LinkOutput(**_link_values(link))


def made_link_output(link: ClipLink, token: str) -> MadeLinkOutput:
    """Return a link that was just made, with its token."""
    return MadeLinkOutput(**_link_values(link), token=token, url=f"{CLIPS}/{token}")


def _link_values(link: ClipLink) -> dict[str, object]:
    return {name: getattr(link, name) for name in LinkOutput.model_fields}
