"""The public stream lists as existing clients know them: every field named, flags as 0 and 1."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, PlainSerializer

from pantau.cameras.capabilities import Player
from pantau.cameras.decisions import Showing
from pantau.cameras.models import CameraStatus, HealthState, LiveState, PublicCamera, VideoCodec
from pantau.core.shapes import Shape

Flag = Literal[0, 1]
"""Clients of this interface compare flags with `===`, so that true and false would not do."""

UtcText = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(timespec="seconds").replace("+00:00", "Z"), str),
]


class _Wire(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StreamAddresses(_Wire):
    """Where the live stream is."""

    hls: str
    """Empty where there is nothing to play here."""
    webrtc: str


class ActiveCamera(_Wire):
    """One camera in `GET /api/cameras/active`.

    Fields that differ stand between fields that do not: a tenth fewer bytes when compressed.
    """

    description: str | None
    id: int
    name: str
    showing: Showing
    thumbnail_updated_at: UtcText | None
    slug: str
    latitude: float | None
    location: str | None
    stream_key: str
    longitude: float | None
    status: CameraStatus
    embed_url: str | None
    is_tunnel: Flag
    group_name: str | None
    video_codec: VideoCodec
    player: Player
    thumbnail_path: str | None
    area_id: int | None
    delay_s: int
    stream_revision: int
    area_name: str | None
    enable_recording: Flag
    state: LiveState


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
    stream_key: str
    stream_revision: int
    video_codec: VideoCodec
    player: Player
    embed_url: str | None
    showing: Showing
    delay_s: int
    area_name: str | None


class StreamCamera(_Wire):
    """One camera in `GET /api/stream`.

    In the order that takes fewest bytes when compressed, as in `ActiveCamera`.
    """

    rw: str | None
    streams: StreamAddresses
    state: LiveState
    name: str
    description: str | None
    location: str | None
    status: CameraStatus
    area_id: int | None
    is_tunnel: Flag
    longitude: float | None
    health: HealthState
    delay_s: int
    embed_url: str | None
    player: Player
    latitude: float | None
    is_online: Flag
    showing: Showing
    video_codec: VideoCodec
    area_name: str | None
    last_online_check: UtcText
    thumbnail_path: str | None
    thumbnail_updated_at: UtcText | None
    id: int
    rt: str | None
    kelurahan: str | None
    kecamatan: str | None
    stream_key: str
    group_name: str | None
    stream_revision: int
    low_latency: Flag


class StreamDetail(_Place):
    """The camera in `GET /api/stream/{id}`."""

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


class StreamTicket(_Wire):
    """What opens one stream for a while."""

    token: str
    streamUrl: str  # noqa: N815  # as existing clients know it
    expiresIn: int  # noqa: N815  # seconds


class OneTicket(_Wire):
    """Answer of `GET /api/stream/{id}/token`."""

    success: Literal[True] = True
    data: StreamTicket


class OneStream(_Wire):
    """Answer of `GET /api/stream/{id}`."""

    success: Literal[True] = True
    data: StreamDetailData


def active_camera(camera: PublicCamera) -> ActiveCamera:
    """Return what `GET /api/cameras/active` tells of `camera`."""
    return ActiveCamera(
        **_place(camera),
        status=camera.status,
        enable_recording=1 if camera.enable_recording else 0,
        thumbnail_path=_thumbnail_path(camera),
        thumbnail_updated_at=camera.thumbnail_at,
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
        thumbnail_path=_thumbnail_path(camera),
        thumbnail_updated_at=camera.thumbnail_at,
        rt=camera.place.rt,
        rw=camera.place.rw,
        kelurahan=camera.place.kelurahan,
        kecamatan=camera.place.kecamatan,
        streams=addresses(camera, public_url=public_url),
        state=camera.state,
        health=camera.health,
        low_latency=1 if camera.low_latency else 0,
    )


def one_stream(camera: PublicCamera, *, public_url: str) -> OneStream:
    """Return the answer of `GET /api/stream/{id}`."""
    detail = StreamDetail(
        **_place(camera),
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
        hls=playlist_url(camera, public_url=public_url),
        webrtc=f"{public_url}/webrtc/{camera.stream_key}",
    )


def playlist_url(camera: PublicCamera, *, public_url: str = "") -> str:
    """Return the address that players are given; empty where the public has nothing to play.

    It changes with the source, so that no player goes on with what it knew of the one before
    (lesson M08).
    """
    if camera.player is not Player.HLS or camera.showing in {Showing.STILL, Showing.HIDDEN}:
        return ""
    return playlist_of(camera.stream_key, camera.stream_revision, public_url=public_url)


def playlist_of(stream_key: str, revision: int, *, public_url: str = "") -> str:
    """Return the address of a playlist."""
    query = f"?r={revision}" if revision else ""
    return f"{public_url}/hls/{stream_key}/index.m3u8{query}"


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
        "stream_key": camera.stream_key,
        "stream_revision": camera.stream_revision,
        # Clients read this field as text; H.264 is what they assume until something was measured.
        "video_codec": camera.video_codec or "h264",
        "player": camera.player,
        "embed_url": camera.embed_url or None,
        "showing": camera.showing,
        "delay_s": camera.delay_s,
        "area_name": camera.area_name,
    }


def _thumbnail_path(camera: PublicCamera) -> str | None:
    return camera.thumbnail_url if camera.thumbnail_at else None
