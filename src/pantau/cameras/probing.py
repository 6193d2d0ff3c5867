"""Looks at a source before a camera is saved: in a child process, at most two at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from pantau.cameras.models import CameraSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What was found.  No field holds a password."""

    ok: bool
    kind: str | None = None
    cause: str | None = None
    """For programs, where it failed: `refused`, `timed_out`, `unauthorised`…"""
    sentence: str = ""
    """For the operator: what is so, and what to do."""
    detail: str = ""
    video_codec: str | None = None
    codecs: str | None = None
    """As HLS tells them: `avc1.64001f,mp4a.40.2`."""
    width_px: int | None = None
    height_px: int | None = None
    frame_rate: float | None = None
    bit_rate_bps: int | None = None
    key_frame_interval_s: float | None = None
    audio: str | None = None
    first_picture_s: float | None = None
    still_base64: str | None = None
    """A JPEG."""
    is_from_live: bool = False
    """Whether it tells of the running stream: the camera was not asked once more (lesson M11)."""
    hints: tuple[str, ...] = ()
    """What works, but could be better, as sentences."""


LiveReport: TypeAlias = Callable[[str], Awaitable[ProbeReport | None]]
"""Asked with a stream key; returns what is known of a stream that is live, or None."""


class Prober:
    """Looks at sources.  Loop only."""

    async def look(
        self, source: CameraSource, *, is_trusted: bool = False, stream_key: str = ""
    ) -> ProbeReport:
        """Return what is at `source`; raises Unavailable when too many look at once.

        `stream_key` is that of a camera with this very source: while it is live its stream tells.
        """
        raise NotImplementedError
