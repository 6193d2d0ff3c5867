"""The fields of a path configuration: which there are, of what type, with what default.

Names and defaults are MediaMTX's, so that a client finds what it expects.  `path_conf.engine_part`
reads the few that change what this engine does; the others are kept and returned.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """The JSON form of a field, named as in Go, whose names error texts show."""

    TEXT = "string"
    FLAG = "bool"
    WHOLE = "int"
    NATURAL = "uint"
    NUMBER = "float64"
    DURATION = "conf.Duration"
    SIZE = "conf.StringSize"
    TEXTS = "[]string"
    NUMBERS = "[]float64"
    NATURALS = "[]uint"
    OBJECTS = "[]object"


@dataclass(frozen=True, slots=True)
class Field:
    """`default` None means: absent and nullable (MediaMTX's deprecated fields)."""

    kind: Kind
    default: Any
    choices: tuple[str, ...] = ()


_TRANSPORTS: Final = ("udp", "multicast", "tcp", "automatic")
_RANGES: Final = ("", "clock", "npt", "smpte")
_ENGINE_KINDS: Final = ("", "rtsp", "hls", "mjpeg", "flv", "file", "testcard")
_TLS: Final = ("strict", "insecure")


def _texts(*names: str, default: str | None = "") -> dict[str, Field]:
    return {name: Field(Kind.TEXT, default) for name in names}


def _flags(*names: str, default: bool | None = False) -> dict[str, Field]:
    return {name: Field(Kind.FLAG, default) for name in names}


def _durations(default: str, *names: str) -> dict[str, Field]:
    return {name: Field(Kind.DURATION, default) for name in names}


_GENERAL: Final = {
    "name": Field(Kind.TEXT, ""),
    "source": Field(Kind.TEXT, "publisher"),
    "sourceFingerprint": Field(Kind.TEXT, ""),
    **_flags("sourceOnDemand"),
    **_durations("10s", "sourceOnDemandStartTimeout", "sourceOnDemandCloseAfter"),
    "maxReaders": Field(Kind.WHOLE, 0),
    **_texts("srtReadPassphrase", "sourceRedirect", "srtPublishPassphrase", "whepBearerToken"),
    "overridePublisher": Field(Kind.FLAG, default=True),
    **_flags("useAbsoluteTimestamp", "alwaysAvailable"),
    "alwaysAvailableFile": Field(Kind.TEXT, ""),
    "alwaysAvailableTracks": Field(Kind.OBJECTS, []),
    "forward": Field(Kind.OBJECTS, []),
}
_RECORD: Final = {
    "record": Field(Kind.FLAG, default=False),
    "recordPath": Field(Kind.TEXT, "./recordings/%path/%Y-%m-%d_%H-%M-%S-%f"),
    "recordFormat": Field(Kind.TEXT, "fmp4", ("fmp4", "mpegts")),
    "recordPartDuration": Field(Kind.DURATION, "1s"),
    "recordMaxPartSize": Field(Kind.SIZE, "50M"),
    "recordSegmentDuration": Field(Kind.DURATION, "1h0m0s"),
    "recordDeleteAfter": Field(Kind.DURATION, "1d"),
}
_SOURCES: Final = {
    "rtspTransport": Field(Kind.TEXT, "automatic", _TRANSPORTS),
    **_flags("rtspAnyPort", "rtspDemuxMpegts"),
    "rtspRangeType": Field(Kind.TEXT, "", _RANGES),
    **_texts("rtspRangeStart", "rtspScale", "rtpSDP", "moqTransport"),
    "rtspUDPSourcePortRange": Field(Kind.NATURALS, [10000, 65535]),
    **_durations("5s", "whepSTUNGatherTimeout"),
    **_durations("10s", "whepHandshakeTimeout"),
    **_durations("2s", "whepTrackGatherTimeout"),
}
_HOOKS: Final = {
    **_texts("runOnInit", "runOnDemand", "runOnUnDemand", "runOnAvailable", "runOnUnavailable"),
    **_texts("runOnOnline", "runOnOffline", "runOnRead", "runOnUnread"),
    **_texts("runOnRecordSegmentCreate", "runOnRecordSegmentComplete"),
    **_flags("runOnInitRestart", "runOnDemandRestart", "runOnAvailableRestart"),
    **_flags("runOnOnlineRestart", "runOnReadRestart"),
    **_durations("10s", "runOnDemandStartTimeout", "runOnDemandCloseAfter"),
}
_PI_CAMERA: Final = {
    **_flags("rpiCameraSecondary", "rpiCameraHFlip", "rpiCameraVFlip", "rpiCameraHDR"),
    "rpiCameraTextOverlayEnable": Field(Kind.FLAG, default=False),
    "rpiCameraCamID": Field(Kind.NATURAL, 0),
    "rpiCameraWidth": Field(Kind.NATURAL, 1920),
    "rpiCameraHeight": Field(Kind.NATURAL, 1080),
    "rpiCameraBrightness": Field(Kind.NUMBER, 0),
    "rpiCameraContrast": Field(Kind.NUMBER, 1),
    "rpiCameraSaturation": Field(Kind.NUMBER, 1),
    "rpiCameraSharpness": Field(Kind.NUMBER, 1),
    "rpiCameraExposure": Field(Kind.TEXT, "normal"),
    "rpiCameraAWB": Field(Kind.TEXT, "auto"),
    "rpiCameraAWBGains": Field(Kind.NUMBERS, [0, 0]),
    "rpiCameraDenoise": Field(Kind.TEXT, "off"),
    "rpiCameraShutter": Field(Kind.NATURAL, 0),
    "rpiCameraMetering": Field(Kind.TEXT, "centre"),
    "rpiCameraGain": Field(Kind.NUMBER, 0),
    "rpiCameraEV": Field(Kind.NUMBER, 0),
    **_texts("rpiCameraROI", "rpiCameraTuningFile", "rpiCameraMode", "rpiCameraAfWindow"),
    "rpiCameraFPS": Field(Kind.NUMBER, 30),
    "rpiCameraAfMode": Field(Kind.TEXT, "continuous"),
    "rpiCameraAfRange": Field(Kind.TEXT, "normal"),
    "rpiCameraAfSpeed": Field(Kind.TEXT, "normal"),
    "rpiCameraLensPosition": Field(Kind.NUMBER, 0),
    "rpiCameraFlickerPeriod": Field(Kind.NATURAL, 0),
    "rpiCameraTextOverlay": Field(Kind.TEXT, "%Y-%m-%d %H:%M:%S - MediaMTX"),
    "rpiCameraCodec": Field(Kind.TEXT, "auto"),
    "rpiCameraIDRPeriod": Field(Kind.NATURAL, 60),
    "rpiCameraBitrate": Field(Kind.NATURAL, 5_000_000),
    "rpiCameraH264Profile": Field(Kind.TEXT, "main"),
    "rpiCameraH264Level": Field(Kind.TEXT, "4.1"),
    "rpiCameraSoftwareH264Profile": Field(Kind.TEXT, None),
    "rpiCameraSoftwareH264Level": Field(Kind.TEXT, None),
    "rpiCameraHardwareH264Profile": Field(Kind.TEXT, None),
    "rpiCameraHardwareH264Level": Field(Kind.TEXT, None),
    "rpiCameraProfile": Field(Kind.TEXT, None),
    "rpiCameraLevel": Field(Kind.TEXT, None),
    "rpiCameraMJPEGQuality": Field(Kind.NATURAL, 60),
    "rpiCameraJPEGQuality": Field(Kind.NATURAL, None),
}
_DEPRECATED: Final = {
    **_texts("fallback", "publishUser", "publishPass", "readUser", "readPass", default=None),
    **_texts("runOnReady", "runOnNotReady", default=None),
    **_flags("disablePublisherOverride", "playback", "sourceAnyPortEnable", default=None),
    "runOnReadyRestart": Field(Kind.FLAG, None),
    "publishIPs": Field(Kind.TEXTS, None),
    "readIPs": Field(Kind.TEXTS, None),
    "sourceProtocol": Field(Kind.TEXT, None, _TRANSPORTS),
    "mpegtsUDPReadBufferSize": Field(Kind.NATURAL, None),
    "rtpUDPReadBufferSize": Field(Kind.NATURAL, None),
    "rtspUDPReadBufferSize": Field(Kind.NATURAL, None),
}
_OWN: Final = {
    "pantauKind": Field(Kind.TEXT, "", _ENGINE_KINDS),
    "pantauEncode": Field(Kind.FLAG, default=False),
    "pantauLowLatency": Field(Kind.FLAG, default=False),
    "pantauGuarded": Field(Kind.FLAG, default=False),
    "pantauHeaders": Field(Kind.TEXTS, []),
    "pantauTls": Field(Kind.TEXT, "strict", _TLS),
    "pantauProxy": Field(Kind.TEXT, ""),
    "pantauDelay": Field(Kind.DURATION, "0s"),
    "pantauRelayed": Field(Kind.FLAG, default=False),
    "pantauRecord": Field(Kind.FLAG, default=False),
    "pantauRecordAs": Field(Kind.NATURAL, 0),
    "pantauRecordSound": Field(Kind.FLAG, default=True),
}

FIELDS: Final[dict[str, Field]] = {
    **_GENERAL,
    **_RECORD,
    **_SOURCES,
    **_HOOKS,
    **_PI_CAMERA,
    **_DEPRECATED,
    **_OWN,
}
