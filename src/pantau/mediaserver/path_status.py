"""The runtime report of a path as its shard gives it: MediaMTX's fields and our own."""

import uuid
from typing import Any, Final

from pantau.media.archive.orders import PAUSE_SENTENCES, RecorderStatus
from pantau.media.errors import SENTENCES
from pantau.media.late.presentation import LateStatus
from pantau.media.packets import AudioTrack, Tracks, VideoTrack
from pantau.media.paths import PathStatus
from pantau.mediaserver.path_report import moment, skeleton

_READERS: Final = uuid.UUID("6f0d7d0e-6a0b-4d0c-9a43-0e4a4f8c4f11")
_H264_PROFILES: Final = {
    66: "Baseline",
    77: "Main",
    88: "Extended",
    100: "High",
    110: "High 10",
    122: "High 4:2:2",
    244: "High 4:4:4 Predictive",
}
_H265_PROFILES: Final = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Range Extensions"}


def report(status: PathStatus, *, outbound_bytes: int) -> dict[str, Any]:
    """Return the wire form of `status`.

    `readers` counts what reads from the engine: the edge counts once however many people it serves,
    so presence is the place to ask for people.  `source` is there while idle too, as with MediaMTX.
    """
    own = {
        "state": status.state,
        "cause": status.cause.value if status.cause else None,
        "message": SENTENCES[status.cause] if status.cause else "",
        "detail": status.detail,
        "since": moment(status.since_at),
        "nextAttempt": moment(status.next_attempt_at),
        "lastPicture": moment(status.last_picture_at),
        "sessionsOpened": status.sessions_opened,
    }
    return {
        **skeleton(status.path, status.kind),
        "ready": status.ready,
        "readyTime": moment(status.ready_at),
        "available": status.ready,
        "availableTime": moment(status.ready_at),
        "online": status.state == "live",
        "onlineTime": moment(status.since_at) if status.state == "live" else None,
        "tracks": [track["codec"] for track in _tracks(status.tracks)],
        "tracks2": _tracks(status.tracks),
        "bytesReceived": status.inbound_bytes,
        "inboundBytes": status.inbound_bytes,
        "inboundFramesInError": status.inbound_errors,
        "bytesSent": outbound_bytes,
        "outboundBytes": outbound_bytes,
        "readers": [
            {"type": "hlsSession", "id": str(uuid.uuid5(_READERS, f"{status.path} {number}"))}
            for number in range(status.readers)
        ],
        "pantauPicture": status.picture.state,
        "pantauPictureSince": moment(status.picture.since_at),
        "pantauKeyFrameInterval": _rounded(status.picture.key_frame_interval_s),
        "pantauBitRate": status.picture.bit_rate_bps,
        "pantauLate": _late(status.late),
        "pantauRecorder": _recorder(status.recorder),
        "pantau": own,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _late(late: LateStatus | None) -> dict[str, Any] | None:
    if late is None:
        return None
    return {"delay": late.delay_s, "cause": late.cause, "firstIn": late.first_in_s}


def _recorder(recorder: RecorderStatus | None) -> dict[str, Any] | None:
    if recorder is None:
        return None
    return {
        "state": recorder.state,
        "cause": recorder.cause.value if recorder.cause else None,
        "message": PAUSE_SENTENCES[recorder.cause] if recorder.cause else "",
        "since": moment(recorder.since_at),
        "openStartMs": recorder.open_start_ms,
        "openBytes": recorder.open_bytes,
        "lastFragmentAt": moment(recorder.last_fragment_at),
        "closed": recorder.closed,
        "lastClosedStartMs": recorder.last_closed_start_ms,
        "lastClosedEndMs": recorder.last_closed_end_ms,
        "dropped": recorder.dropped,
        "bytesPerSecond": recorder.bytes_per_second,
    }


def _tracks(tracks: Tracks | None) -> list[dict[str, Any]]:
    if tracks is None:
        return []
    return [
        *([_video(tracks.video)] if tracks.video else []),
        *([_audio(tracks.audio)] if tracks.audio else []),
    ]


def _video(track: VideoTrack) -> dict[str, Any]:
    profile, level = _profile_and_level(track)
    return {
        "codec": track.codec.upper(),
        "codecProps": {
            "width": track.width_px,
            "height": track.height_px,
            "profile": profile,
            "level": level,
        },
    }


def _audio(track: AudioTrack) -> dict[str, Any]:
    return {
        "codec": "MPEG-4 Audio",
        "codecProps": {"sampleRate": track.sample_rate_hz, "channelCount": track.channels},
    }


def _profile_and_level(track: VideoTrack) -> tuple[str, str]:
    """Read the two fixed bytes that tell (H.264: 7.3.2.1.1, H.265: 7.3.3)."""
    place = 0 if track.codec == "h264" else 1
    if len(track.parameter_sets) <= place:
        return "", ""
    sps = track.parameter_sets[place].replace(b"\0\0\3", b"\0\0")
    if track.codec == "h264" and len(sps) > 3:
        return _H264_PROFILES.get(sps[1], ""), f"{sps[3] / 10:g}"
    if track.codec == "h265" and len(sps) > 14:
        return _H265_PROFILES.get(sps[3] & 0x1F, ""), f"{sps[14] / 30:g}"
    return "", ""
