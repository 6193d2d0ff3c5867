"""What the API of the media server takes and gives."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import ConfigDict

from pantau.cameras.models import Camera
from pantau.core.shapes import Shape
from pantau.streaming.desired_paths import has_path
from pantau.streaming.media_readers import Reader, outsiders
from pantau.streaming.media_reports import KeptReport, Outcome, ServerKind, Trouble
from pantau.streaming.media_server import ActualPath


class _Model(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SyncInput(_Model):
    """Body of `POST /api/admin/mediamtx/sync`; it may be missing."""

    forceUpdate: bool = False  # noqa: N815 - the name that clients know
    """Put also those paths again that are right."""


class TroubleOutput(_Model):
    """A camera whose path the media server does not take."""

    camera_id: int | None
    path: str
    code: str
    message: str


class SyncOutput(_Model):
    """What came of a comparison."""

    version: str | None
    desired: int
    added: int
    changed: int
    deleted: int
    unchanged: int
    foreign: int
    """Paths of somebody else; they were not touched."""
    failed: list[TroubleOutput]
    duration_ms: int


class ReaderOutput(_Model):
    """Somebody who reads a path."""

    path: str
    camera_id: int | None
    type: str
    id: str
    remote_address: str | None


class ReadersOutput(_Model):
    """Everybody who reads, and those who are not this hub itself."""

    raw: list[ReaderOutput]
    filtered: list[ReaderOutput]
    raw_count: int
    filtered_count: int


class PathComparison(_Model):
    """A camera here and its path there."""

    camera_id: int
    camera_name: str
    path: str
    enabled: bool
    expected: bool
    """Whether it should have a path."""
    present: bool
    ready: bool
    state: str
    source_type: str
    readers: int
    bytes_received: int
    bytes_sent: int
    failure: str | None
    """Why the media server does not take the path, when it was last compared."""


class ForeignPath(_Model):
    """A path of somebody else."""

    name: str
    ready: bool
    readers: int


class PathCounts(_Model):
    """The comparison in numbers."""

    cameras: int
    expected: int
    present: int
    missing: int
    unwanted: int
    """Paths of cameras that should have none."""
    foreign: int


class MediaServerOutput(_Model):
    """Who it is, as the worker last found it."""

    kind: ServerKind
    version: str | None
    started_at: datetime | None
    reachable: bool
    since_at: datetime
    seen_at: datetime


class PathsOutput(_Model):
    """Every camera compared with the paths that the media server has at this moment."""

    media_server: MediaServerOutput | None
    """Nothing while no worker has compared anything."""
    summary: PathCounts
    paths: list[PathComparison]
    foreign: list[ForeignPath]


def sync_output(outcome: Outcome) -> SyncOutput:
    """Return what is told of an outcome."""
    return SyncOutput(
        version=outcome.version,
        desired=outcome.desired,
        added=outcome.added,
        changed=outcome.changed,
        deleted=outcome.deleted,
        unchanged=outcome.unchanged,
        foreign=outcome.foreign,
        failed=[_trouble(each) for each in outcome.troubles],
        duration_ms=round(outcome.took_s * 1000),
    )


def readers_output(readers: Sequence[Reader], cameras: Iterable[Camera]) -> ReadersOutput:
    """Return who reads what."""
    numbers = {camera.stream_key: int(camera.id) for camera in cameras}
    left = outsiders(readers)
    return ReadersOutput(
        raw=[_reader(each, numbers) for each in readers],
        filtered=[_reader(each, numbers) for each in left],
        raw_count=len(readers),
        filtered_count=len(left),
    )


def paths_output(
    cameras: Sequence[Camera], paths: Mapping[str, ActualPath], kept: KeptReport | None
) -> PathsOutput:
    """Compare cameras with paths."""
    troubles = kept.report.troubles if kept else ()
    failures = {each.path: each.failure.sentence or each.failure.code for each in troubles}
    compared = [_compared(camera, paths.get(camera.stream_key), failures) for camera in cameras]
    known = {camera.stream_key for camera in cameras}
    foreign = [path for name, path in sorted(paths.items()) if name not in known]
    return PathsOutput(
        media_server=_server(kept) if kept else None,
        summary=PathCounts(
            cameras=len(compared),
            expected=sum(each.expected for each in compared),
            present=sum(each.expected and each.present for each in compared),
            missing=sum(each.expected and not each.present for each in compared),
            unwanted=sum(each.present and not each.expected for each in compared),
            foreign=len(foreign),
        ),
        paths=compared,
        foreign=[
            ForeignPath(name=path.name, ready=path.ready, readers=path.readers) for path in foreign
        ],
    )


def _server(kept: KeptReport) -> MediaServerOutput:
    report = kept.report
    return MediaServerOutput(
        kind=report.kind,
        version=report.version,
        started_at=report.started_at,
        reachable=report.is_reachable,
        since_at=report.since_at,
        seen_at=kept.seen_at,
    )


def _compared(
    camera: Camera, path: ActualPath | None, failures: Mapping[str, str]
) -> PathComparison:
    return PathComparison(
        camera_id=camera.id,
        camera_name=camera.name,
        path=camera.stream_key,
        enabled=camera.enabled,
        expected=has_path(camera),
        present=path is not None,
        ready=path is not None and path.ready,
        state=path.state if path else "",
        source_type=path.source_type if path else "",
        readers=path.readers if path else 0,
        bytes_received=path.inbound_bytes if path else 0,
        bytes_sent=path.outbound_bytes if path else 0,
        failure=failures.get(camera.stream_key),
    )


def _reader(reader: Reader, numbers: Mapping[str, int]) -> ReaderOutput:
    return ReaderOutput(
        path=reader.path,
        camera_id=numbers.get(reader.path),
        type=reader.kind,
        id=reader.id,
        remote_address=reader.remote_address,
    )


def _trouble(trouble: Trouble) -> TroubleOutput:
    return TroubleOutput(
        camera_id=trouble.camera_id,
        path=trouble.path,
        code=trouble.failure.code,
        message=trouble.failure.sentence,
    )
