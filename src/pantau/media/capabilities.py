"""What the installed libav can do, for those who may not touch it."""

from collections.abc import Sequence
from typing import Final, Literal

import av
import av.codec

_NEEDED: Final[tuple[tuple[str, Literal["r", "w"]], ...]] = (
    ("h264", "r"),
    ("hevc", "r"),
    ("aac", "r"),
    ("mjpeg", "r"),
    ("pcm_alaw", "r"),
    ("pcm_mulaw", "r"),
    ("aac", "w"),
    ("mjpeg", "w"),
    ("libx264", "w"),
    ("libwebp", "w"),
)


def libav_version() -> str:
    """Return the versions of PyAV and of the libavcodec inside it."""
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    return f"PyAV {av.__version__}, libavcodec {codec}"


def missing_codecs() -> Sequence[str]:
    """Return the decoders and encoders that are needed and not there."""
    missing = []
    for name, mode in _NEEDED:
        try:
            av.codec.Codec(name, mode)
        except ValueError:
            missing.append(f"{name} ({'encoder' if mode == 'w' else 'decoder'})")
    return missing
