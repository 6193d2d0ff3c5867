"""The global configuration this server would have if it were a MediaMTX."""

from typing import Any


def global_conf() -> dict[str, Any]:
    """Return the fields that say something about this server; they cannot be changed."""
    return {
        "logLevel": "info",
        "logDestinations": ["stdout"],
        "readTimeout": "10s",
        "writeTimeout": "10s",
        "authMethod": "internal",
        "authInternalUsers": [],
        "api": True,
        "apiAddress": "",
        "apiEncryption": False,
        "metrics": False,
        "pprof": False,
        "playback": False,
        "rtsp": False,
        "rtmp": False,
        "webrtc": False,
        "srt": False,
        "moq": False,
        "hls": True,
        "hlsAddress": "",
        "hlsEncryption": False,
        "hlsAlwaysRemux": False,
        "hlsVariant": "fmp4",
        "hlsSegmentCount": 12,
        "hlsSegmentDuration": "2s",
        "hlsPartDuration": "500ms",
        "hlsMuxerCloseAfter": "1m0s",
    }
