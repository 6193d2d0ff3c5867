"""The public stream lists as existing clients know them: every field named, flags as 0 and 1."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from pantau.cameras.models import CameraStatus, LiveState, PublicCamera, VideoCodec

Flag = Literal[0, 1]
"""Clients of this interface compare flags with `===`, so that true and false would not do."""

UtcText = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(timespec="seconds").replace("+00:00", "Z"), str),
]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StreamAddresses(_Wire):
    """Where the live stream is."""

    hls: str
    webrtc: str


class _Place(_Wire):
    id: int
    name: str
    description: str | None
    location: str | None
    group_name: str | None
    area_id: int | None
    is_tunnel: Flag
    latitude: float | None
    longitude: float | None


class ActiveCamera(_Place):
    """One camera in `GET /api/cameras/active`."""

    status: CameraStatus
    enable_recording: Flag
    video_codec: VideoCodec
    stream_key: str
    thumbnail_path: str | None
    thumbnail_updated_at: UtcText | None
    area_name: str | None
    slug: str
    state: LiveState


class StreamCamera(_Place):
    """One camera in `GET /api/stream`."""

    status: CameraStatus
    is_online: Flag
    last_online_check: UtcText
    stream_key: str
    video_codec: VideoCodec
    thumbnail_path: str | None
    thumbnail_updated_at: UtcText | None
    area_name: str | None
    rt: str | None
    rw: str | None
    kelurahan: str | None
    kecamatan: str | None
    streams: StreamAddresses
    slug: str
    state: LiveState
    low_latency: Flag


class StreamDetail(_Place):
    """The camera in `GET /api/stream/{id}`."""

    stream_key: str
    video_codec: VideoCodec
    area_name: str | None
    rt: str | None
    rw: str | None
    kelurahan: str | None
    kecamatan: str | None


class ActiveCameras(_Wire):
    """Answer of `GET /api/cameras/active`."""

    success: Literal[True] = True
    data: list[ActiveCamera]


class Streams(_Wire):
    """Answer of `GET /api/stream`."""

    success: Literal[True] = True
    data: list[StreamCamera]


class StreamDetailData(_Wire):
    """What `GET /api/stream/{id}` tells."""

    camera: StreamDetail
    streams: StreamAddresses


class OneStream(_Wire):
    """Answer of `GET /api/stream/{id}`."""

    success: Literal[True] = True
    data: StreamDetailData


def active_camera(camera: PublicCamera) -> ActiveCamera:
    """Return what `GET /api/cameras/active` tells of `camera`."""
    return ActiveCamera(
        **_place(camera),
        status=camera.status,
        enable_recording=0,
        video_codec=_codec(camera),
        stream_key=camera.stream_key,
        thumbnail_path=_thumbnail_path(camera),
        thumbnail_updated_at=camera.thumbnail_at,
        area_name=camera.area_name,
        slug=camera.slug,
        state=camera.state,
    )


def stream_camera(camera: PublicCamera, *, public_url: str) -> StreamCamera:
    """Return what `GET /api/stream` tells of `camera`."""
    return StreamCamera(
        **_place(camera),
        status=camera.status,
        is_online=1 if camera.is_online else 0,
        last_online_check=camera.checked_at,
        stream_key=camera.stream_key,
        video_codec=_codec(camera),
        thumbnail_path=_thumbnail_path(camera),
        thumbnail_updated_at=camera.thumbnail_at,
        area_name=camera.area_name,
        rt=camera.place.rt,
        rw=camera.place.rw,
        kelurahan=camera.place.kelurahan,
        kecamatan=camera.place.kecamatan,
        streams=addresses(camera, public_url=public_url),
        slug=camera.slug,
        state=camera.state,
        low_latency=1 if camera.low_latency else 0,
    )


def one_stream(camera: PublicCamera, *, public_url: str) -> OneStream:
    """Return the answer of `GET /api/stream/{id}`."""
    detail = StreamDetail(
        **_place(camera),
        stream_key=camera.stream_key,
        video_codec=_codec(camera),
        area_name=camera.area_name,
        rt=camera.place.rt,
        rw=camera.place.rw,
        kelurahan=camera.place.kelurahan,
        kecamatan=camera.place.kecamatan,
    )
    streams = addresses(camera, public_url=public_url)
    return OneStream(data=StreamDetailData(camera=detail, streams=streams))


def addresses(camera: PublicCamera, *, public_url: str) -> StreamAddresses:
    """Return where the live stream of `camera` is, below `public_url` if there is one."""
    return StreamAddresses(
        hls=f"{public_url}/hls/{camera.stream_key}/index.m3u8",
        webrtc=f"{public_url}/webrtc/{camera.stream_key}",
    )


def _place(camera: PublicCamera) -> dict[str, Any]:
    return {
        "id": camera.id,
        "name": camera.name,
        "description": camera.description or None,
        "location": camera.location or None,
        "group_name": camera.group_name,
        "area_id": camera.area_id,
        "is_tunnel": 1 if camera.is_tunnel else 0,
        "latitude": camera.latitude,
        "longitude": camera.longitude,
    }


def _codec(camera: PublicCamera) -> VideoCodec:
    # Clients read this field as text; H.264 is what they assume until something was measured.
    return camera.video_codec or "h264"


def _thumbnail_path(camera: PublicCamera) -> str | None:
    return camera.thumbnail_url if camera.thumbnail_at else None
