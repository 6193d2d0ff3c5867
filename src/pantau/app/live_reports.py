"""What is known of a stream that is live, so that its camera is not asked once more."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final

from pantau.cameras.probing import LiveReport, ProbeReport
from pantau.core.errors import NotFound, Unavailable
from pantau.streaming.media_server import ActualPath, MediaServerClient
from pantau.thumbnails.stills import StillClient

_STILL_WIDTH_PX: Final = 640
_VIDEO: Final[Mapping[str, str]] = {"H264": "h264", "H265": "h265"}
_SOUND: Final = frozenset({"MPEG-4 Audio", "G711", "Opus"})


def live_reports(server: MediaServerClient, stills: StillClient) -> LiveReport:
    """Return what tells of a live stream, from the media server's evidence and the newest still."""

    async def report(stream_key: str) -> ProbeReport | None:
        try:
            path = await server.path(stream_key)
        except (NotFound, Unavailable):
            return None
        video = next((_VIDEO[name] for name in path.tracks if name in _VIDEO), None)
        if not path.ready or video is None or path.state not in {"", "live"}:
            return None
        return ProbeReport(
            ok=True,
            video_codec=video,
            width_px=path.width_px,
            height_px=path.height_px,
            bit_rate_bps=path.bit_rate_bps,
            key_frame_interval_s=path.key_frame_interval_s,
            audio=_sound(path),
            still_base64=await _still(stills, stream_key),
            is_from_live=True,
        )

    return report


def _sound(path: ActualPath) -> str:
    return next((name for name in path.tracks if name in _SOUND), "none")


async def _still(stills: StillClient, stream_key: str) -> str | None:
    try:
        still = await stills.still(stream_key, width_px=_STILL_WIDTH_PX)
    except Unavailable:
        return None
    return None if still is None else b64encode(still.data).decode()
