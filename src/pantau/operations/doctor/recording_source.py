"""Checks where cameras are recorded from that a MediaMTX shows."""

from typing import Final

from pantau.media.errors import Cause
from pantau.operations.doctor.findings import Finding, advice, fine, wrong

_NAME: Final = "recording source"
_OUT_OF_REACH: Final = frozenset({Cause.UNREACHABLE, Cause.REFUSED, Cause.TIMED_OUT, Cause.CLOSED})


def check_without(recorded: int) -> Finding:
    """Whether nobody said where to read the cameras, although `recorded` are to be recorded."""
    if not recorded:
        return fine(_NAME, "rtsp_url is not set, and no camera is to be recorded")
    return advice(
        _NAME,
        f"{recorded} cameras are to be recorded, and nothing is: rtsp_url is not set",
        "Set rtsp_url in [media] to the RTSP side of your MediaMTX, such as rtsp://127.0.0.1:8554.",
    )


def check_answer(cause: Cause | None) -> Finding:
    """Whether the MediaMTX lets us read; `cause` is why one path could not be had."""
    if cause in _OUT_OF_REACH:
        return wrong(
            _NAME,
            "the RTSP side of the MediaMTX does not answer: nothing is recorded",
            "Start it; in mediamtx.yml set rtsp: yes and let rtspTransports hold tcp. Its "
            "rtspAddress is what rtsp_url in [media] must name.",
        )
    if cause is Cause.LOGIN_REFUSED:
        return wrong(
            _NAME,
            "the MediaMTX does not let us read: nothing is recorded",
            "In mediamtx.yml give a user the action read (authInternalUsers), and write its name "
            "and password into rtsp_url: rtsp://name:password@127.0.0.1:8554.",
        )
    return fine(_NAME, "the RTSP side of the MediaMTX answers")
