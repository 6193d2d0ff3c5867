"""Session descriptions of demo cameras, honest and otherwise."""

import base64

from pantau.demo.behaviour import Behaviour
from pantau.demo.bitstream import Clip

VIDEO_TYPE, AUDIO_TYPE = 96, 97
AAC_HBR = (
    "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
)
PAYLOAD_TYPES = {"aac": AUDIO_TYPE, "pcma": 8, "pcmu": 0}


def describe(clip: Clip, behaviour: Behaviour, *, base_url: str) -> bytes:
    """Return the SDP (RFC 8866) that a camera with this clip and behaviour sends."""
    if behaviour.sdp == "garbage":
        return bytes(range(256)) * 8
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=Demo", "c=IN IP4 0.0.0.0", "t=0 0"]
    if behaviour.sdp == "not_utf8":
        lines[2] = "s=Caf\xe9 \xff\xfe"
    if behaviour.control != "no_base":
        lines.append("a=control:*")
    if behaviour.sdp != "no_video":
        lines += _video(clip, behaviour, base_url)
    if clip.audio is not None:
        lines += _audio(clip, behaviour, base_url)
    if behaviour.sdp == "many_streams":
        for number in range(400):
            lines += [f"m=application 0 RTP/AVP {96 + number % 30}", f"a=control:extra{number}"]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def _video(clip: Clip, behaviour: Behaviour, base_url: str) -> list[str]:
    name = "H264" if clip.codec == "h264" else "H265"
    format_line = f"a=fmtp:{VIDEO_TYPE} "
    if clip.codec == "h264":
        format_line += "packetization-mode=1"
    if behaviour.parameter_sets in {"sdp", "sdp_only"}:
        coded = [base64.b64encode(one).decode() for one in clip.parameter_sets]
        if clip.codec == "h264":
            level = clip.parameter_sets[0][1:4].hex().upper()
            format_line += f";profile-level-id={level};sprop-parameter-sets={','.join(coded)}"
        else:
            names = ("sprop-vps", "sprop-sps", "sprop-pps")
            format_line += "; ".join(f"{n}={c}" for n, c in zip(names, coded, strict=False))
    return [
        f"m=video 0 RTP/AVP {VIDEO_TYPE}",
        f"a=rtpmap:{VIDEO_TYPE} {name}/90000",
        *([format_line] if format_line.split(" ", 1)[1] else []),
        f"a=control:{_control(behaviour, base_url, 0)}",
    ]


def _audio(clip: Clip, behaviour: Behaviour, base_url: str) -> list[str]:
    assert clip.audio is not None
    kind = PAYLOAD_TYPES[clip.audio]
    lines = [f"m=audio 0 RTP/AVP {kind}"]
    if clip.audio == "aac":
        lines += [
            f"a=rtpmap:{kind} MPEG4-GENERIC/16000/1",
            f"a=fmtp:{kind} {AAC_HBR};config={clip.audio_config[:2].hex()}",
        ]
    elif clip.audio == "pcma":
        # Static type: many cameras leave the rtpmap out (RFC 3551, 6).
        lines.append(f"a=rtpmap:{kind} PCMA/8000")
    return [*lines, f"a=control:{_control(behaviour, base_url, 1)}"]


def _control(behaviour: Behaviour, base_url: str, track: int) -> str:
    if behaviour.control == "absolute":
        return f"{base_url}/trackID={track}"
    if behaviour.control == "query":
        return f"trackID={track}?channel=1&sub=0"
    return f"trackID={track}"
