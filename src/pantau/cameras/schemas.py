"""What the API of cameras gives: every field by its name, flags as 0 and 1."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, PlainSerializer

from pantau.cameras.capabilities import (
    CAPABILITIES,
    SCHEMES,
    Capabilities,
    Carrier,
    Player,
    SourceKind,
    capabilities_of,
)
from pantau.cameras.changes import BulkOutcome
from pantau.cameras.conditions import Condition
from pantau.cameras.decisions import CutOff, Showing, Visibility, Window
from pantau.cameras.lifecycle import CameraEvent, Kind
from pantau.cameras.listing import Counts, ListedCamera
from pantau.cameras.models import CameraStatus, HealthState, LiveState, VideoCodec
from pantau.cameras.probing import ProbeReport
from pantau.cameras.stored import CameraKeeper, SponsorPackage, StoredCamera
from pantau.core.shapes import Shape
from pantau.web.envelope import NextPage

Flag = Literal[0, 1]
"""Clients of this interface compare flags with `===`, so that true and false would not do."""
UtcText = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(timespec="seconds").replace("+00:00", "Z"), str),
]


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HeaderOutput(_Output):
    """A header for the owner's server; its value is never told."""

    name: str
    value: Literal["***"] = "***"


class WindowOutput(_Output):
    """A part of the week with a showing of its own."""

    days: list[int]
    begins: str
    ends: str
    showing: Showing


class CutOffOutput(_Output):
    """That the public does not have the camera."""

    at: UtcText
    until: UtcText | None
    reason: str
    by: str
    active: Flag
    """0 when it has ended by itself."""


class CapabilitiesOutput(_Output):
    """What can be done with a camera."""

    carrier: Carrier
    player: Player
    live: Flag
    multi_view: Flag
    record: Flag
    delay: Flag
    why_not: str


class CameraOutput(_Output):
    """A camera as those who run it see it."""

    id: int
    slug: str
    name: str
    private_rtsp_url: str
    """Where the pictures come from, the password masked; empty for whoever only looks."""
    description: str
    location: str
    group_name: str | None
    area_id: int | None
    area_name: str | None
    enabled: Flag
    is_tunnel: Flag
    latitude: float | None
    longitude: float | None
    status: CameraStatus
    is_online: Flag
    last_online_check: UtcText | None
    state: LiveState
    health: HealthState
    enable_recording: Flag
    recording_duration_hours: int | None
    recording_status: str
    """`recording`, `stopped`, `unknown`, or why it does not although it is to."""
    last_recording_start: UtcText | None = None
    video_codec: VideoCodec | None
    stream_key: str
    stream_revision: int
    thumbnail_path: str | None
    thumbnail_updated_at: UtcText | None
    sponsor_name: str | None
    sponsor_logo: str | None
    sponsor_url: str | None
    sponsor_package: SponsorPackage | None
    kind: SourceKind
    relay: Flag
    transport: str
    encode: Flag
    tls_fingerprint: str
    tls: Literal["strict", "insecure"]
    headers: list[HeaderOutput]
    proxy: str
    snapshot_url: str
    on_demand: Flag
    low_latency: Flag
    visibility: Visibility
    delay_s: int
    still_only: Flag
    schedule: list[WindowOutput]
    cut_off: CutOffOutput | None
    managed_by: CameraKeeper
    capabilities: CapabilitiesOutput
    created_at: UtcText
    updated_at: UtcText


class CreatedCamera(_Output):
    """What a new camera is called by everybody else, or one with a new key."""

    id: int
    name: str
    stream_key: str


class CountsOutput(_Output):
    """How many cameras there are."""

    total: int
    matching: int
    states: dict[HealthState, int]


class CameraListed(_Output):
    """A page of the list."""

    success: Literal[True] = True
    data: list[CameraOutput]
    pagination: NextPage
    counts: CountsOutput


class EventOutput(_Output):
    """One line of what happened to a camera."""

    id: int
    at: UtcText
    kind: Kind
    actor: str
    details: dict[str, Any]


class KindOutput(_Output):
    """A kind of source: what its addresses begin with, and what can be done with it."""

    kind: SourceKind
    schemes: list[str]
    capabilities: CapabilitiesOutput
    relayed: CapabilitiesOutput | None
    """What can be done when it is relayed; nothing where it cannot be."""


class RefusedOutput(_Output):
    """Why one camera stayed as it is."""

    id: int
    code: str
    message: str
    field: str | None


class BulkOutput(_Output):
    """What became of many cameras."""

    changed: list[int]
    unchanged: list[int]
    refused: list[RefusedOutput]


class ProbeOutput(_Output):
    """What a look at a source found."""

    ok: bool
    kind: str | None
    cause: str | None
    sentence: str
    detail: str
    video_codec: str | None
    codecs: str | None
    width_px: int | None
    height_px: int | None
    frame_rate: float | None
    bit_rate_bps: int | None
    key_frame_interval_s: float | None
    audio: str | None
    first_picture_s: float | None
    still_base64: str | None
    """A JPEG."""
    from_live: bool
    """Whether it tells of the running stream, and the camera was not asked once more."""
    hints: list[str]


def camera_output(listed: ListedCamera, *, now: datetime, sees_source: bool) -> CameraOutput:
    """Return a camera of the list; without `sees_source` nothing says where its pictures are."""
    stored, camera, condition = listed.stored, listed.stored.camera, listed.condition
    source, decision = camera.source, camera.decision
    return CameraOutput(
        id=camera.id,
        slug=camera.slug,
        name=camera.name,
        private_rtsp_url=source.url if sees_source else "",
        description=camera.description,
        location=camera.location,
        group_name=camera.group_name,
        area_id=camera.area_id,
        area_name=camera.area_name,
        enabled=flag(camera.enabled),
        is_tunnel=flag(camera.is_tunnel),
        latitude=camera.latitude,
        longitude=camera.longitude,
        status=camera.status,
        is_online=flag(condition.is_online),
        last_online_check=condition.checked_at,
        state=condition.live,
        health=condition.health,
        enable_recording=flag(stored.enable_recording),
        recording_duration_hours=stored.recording_duration_hours,
        recording_status=_recording_status(stored, condition),
        video_codec=condition.video_codec or camera.announced_codec,
        stream_key=camera.stream_key,
        stream_revision=camera.stream_revision,
        thumbnail_path=f"/api/thumbnails/{camera.id}.jpg" if condition.thumbnail_at else None,
        thumbnail_updated_at=condition.thumbnail_at,
        sponsor_name=stored.sponsor.name,
        sponsor_logo=stored.sponsor.logo,
        sponsor_url=stored.sponsor.url,
        sponsor_package=stored.sponsor.package,
        kind=listed.kind,
        relay=flag(source.relay),
        transport=source.transport,
        encode=flag(source.encode),
        tls_fingerprint=source.tls_fingerprint,
        tls=source.tls,
        headers=[HeaderOutput(name=name) for name, _ in source.headers] if sees_source else [],
        proxy=source.proxy if sees_source else "",
        snapshot_url=source.snapshot_url if sees_source else "",
        on_demand=flag(camera.on_demand),
        low_latency=flag(camera.low_latency),
        visibility=decision.visibility,
        delay_s=decision.delay_s,
        still_only=flag(decision.still_only),
        schedule=[_window(window) for window in decision.schedule],
        cut_off=_cut_off(decision.cut_off, now),
        managed_by=stored.managed_by,
        capabilities=_capabilities(
            capabilities_of(listed.kind, relayed=source.relay, encoded=source.encode)
        ),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def _recording_status(stored: StoredCamera, condition: Condition) -> str:
    # What nobody can tell is not stopped (lesson R03), unless it never was to begin.
    return condition.recorder or ("unknown" if stored.enable_recording else "stopped")


def created_camera(stored: StoredCamera) -> CreatedCamera:
    """Return how a camera is called."""
    camera = stored.camera
    return CreatedCamera(id=camera.id, name=camera.name, stream_key=camera.stream_key)


def counts_output(counts: Counts) -> CountsOutput:
    """Return how many there are."""
    return CountsOutput(total=counts.total, matching=counts.matching, states=dict(counts.states))


def event_output(event: CameraEvent) -> EventOutput:
    """Return one line of the log."""
    return EventOutput(
        id=event.id, at=event.at, kind=event.kind, actor=event.actor, details=dict(event.details)
    )


def kind_outputs() -> list[KindOutput]:
    """Return every kind of source."""
    return [
        KindOutput(
            kind=kind,
            schemes=list(SCHEMES[kind]),
            capabilities=_capabilities(CAPABILITIES[kind]),
            relayed=_capabilities(capabilities_of(kind, relayed=True))
            if kind is SourceKind.HLS
            else None,
        )
        for kind in SourceKind
    ]


def bulk_output(outcome: BulkOutcome) -> BulkOutput:
    """Return what became of many cameras."""
    return BulkOutput(
        changed=list(outcome.changed),
        unchanged=list(outcome.unchanged),
        refused=[
            RefusedOutput(
                id=each.camera_id, code=each.code, message=each.sentence, field=each.field
            )
            for each in outcome.refused
        ],
    )


def probe_output(report: ProbeReport) -> ProbeOutput:
    """Return what a look found."""
    return ProbeOutput(
        ok=report.ok,
        kind=report.kind,
        cause=report.cause,
        sentence=report.sentence,
        detail=report.detail,
        video_codec=report.video_codec,
        codecs=report.codecs,
        width_px=report.width_px,
        height_px=report.height_px,
        frame_rate=report.frame_rate,
        bit_rate_bps=report.bit_rate_bps,
        key_frame_interval_s=report.key_frame_interval_s,
        audio=report.audio,
        first_picture_s=report.first_picture_s,
        still_base64=report.still_base64,
        from_live=report.is_from_live,
        hints=list(report.hints),
    )


def flag(is_so: bool) -> Flag:  # noqa: FBT001  # it is what is told
    """Return a truth value as clients know it."""
    return 1 if is_so else 0


def _capabilities(can: Capabilities) -> CapabilitiesOutput:
    return CapabilitiesOutput(
        carrier=can.carrier,
        player=can.player,
        live=flag(can.live),
        multi_view=flag(can.multi_view),
        record=flag(can.record),
        delay=flag(can.delay),
        why_not=can.why_not,
    )


def _window(window: Window) -> WindowOutput:
    return WindowOutput(
        days=sorted(window.days),
        begins=window.begins.isoformat(timespec="minutes"),
        ends=window.ends.isoformat(timespec="minutes"),
        showing=window.showing,
    )


def _cut_off(cut: CutOff | None, now: datetime) -> CutOffOutput | None:
    if cut is None:
        return None
    return CutOffOutput(
        at=cut.at, until=cut.until, reason=cut.reason, by=cut.by, active=flag(cut.is_on(now))
    )
