"""Reads a camera's description of its stream (SDP, RFC 4566); chooses a video and an audio."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from pantau.media.codecs import VideoCodec, annexb_to_nals, is_parameter_set
from pantau.media.errors import Cause, SourceError

AudioCodec = Literal["aac", "latm", "pcm_alaw", "pcm_mulaw", "pcm_s16be"]

_MOST_LINES: Final = 4_096
_MOST_MEDIA: Final = 64
_MOST_FORMATS: Final = 32
_VIDEO_CODECS: Final[dict[str, VideoCodec]] = {"H264": "h264", "H265": "h265", "HEVC": "h265"}
_AUDIO_CODECS: Final[dict[str, AudioCodec]] = {
    "MPEG4-GENERIC": "aac",
    "MP4A-LATM": "latm",
    "PCMA": "pcm_alaw",
    "PCMU": "pcm_mulaw",
    "L16": "pcm_s16be",
}
_STATIC_FORMATS: Final = {
    0: "PCMU/8000",
    8: "PCMA/8000",
    10: "L16/44100/2",
    11: "L16/44100/1",
    26: "JPEG/90000",
    32: "MPV/90000",
}
_SETS: Final = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")
_MEDIA_LINE: Final = re.compile(r"(\w+)\s+\S+\s+(\S+)\s+(.*)")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._+-]")


@dataclass(frozen=True, slots=True)
class VideoOffer:
    """The video to fetch.  `parameter_sets` may be incomplete: many cameras send them later."""

    codec: VideoCodec
    payload_type: int
    clock_hz: int
    control: str
    parameter_sets: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioOffer:
    """The audio to fetch.  `config` and the header sizes in bits only mean something for AAC."""

    codec: AudioCodec
    payload_type: int
    clock_hz: int
    channels: int
    control: str
    config: bytes = b""
    size_bits: int = 13
    index_bits: int = 3
    delta_bits: int = 3


@dataclass(frozen=True, slots=True)
class Description:
    """What a camera offers.  Controls are as written; `control` is that of the whole session."""

    control: str
    video: VideoOffer
    audio: AudioOffer | None = None


@dataclass(slots=True)
class _Media:
    kind: str
    is_plain_rtp: bool
    formats: list[int]
    attributes: dict[str, str] = field(default_factory=dict)
    maps: dict[int, str] = field(default_factory=dict)
    parameters: dict[int, dict[str, str]] = field(default_factory=dict)


def parse_description(body: bytes) -> Description:
    """Read an SDP body in any encoding; raises `SourceError` if nothing in it can be shown."""
    session, media = _parse_media(body)
    if not session and not media:
        raise SourceError(Cause.NOT_MEDIA, "the description of the stream cannot be read")
    videos = [one for one in media if one.kind == "video"]
    video = next((offer for one in videos if (offer := _video_offer(one))), None)
    if video is None:
        if not videos:
            raise SourceError(Cause.NO_VIDEO, "the description lists no video")
        names = {name for one in videos for name in _names(one)}
        raise SourceError(Cause.UNSUPPORTED, "video offered: " + ", ".join(sorted(names)[:4]))
    # ONVIF back channels (sendonly) come last: they are for talking to the camera.
    audios = sorted(
        (one for one in media if one.kind == "audio"), key=lambda one: "sendonly" in one.attributes
    )
    audio = next((sound for one in audios if (sound := _audio_offer(one))), None)
    return Description(session.get("control", ""), video, audio)


def _parse_media(body: bytes) -> tuple[dict[str, str], list[_Media]]:
    session: dict[str, str] = {}
    media: list[_Media] = []
    lines = body.replace(b"\r", b"\n").split(b"\n", _MOST_LINES)[:_MOST_LINES]
    for line in lines:
        kind, _, value = line.decode("utf-8", "replace").strip().partition("=")
        value = value.strip()
        if kind == "m":
            if len(media) >= _MOST_MEDIA:
                break
            media.append(_parse_media_line(value))
        elif kind == "a" and media:
            _add_attribute(media[-1], value)
        elif kind == "a":
            name, _, rest = value.partition(":")
            session.setdefault(name.strip().lower(), rest.strip())
        elif len(kind) == 1 and not media:
            session.setdefault(f"{kind}=", value)
    return session, media


def _parse_media_line(value: str) -> _Media:
    parts = _MEDIA_LINE.match(value)
    if parts is None:
        return _Media("", is_plain_rtp=False, formats=[])
    is_plain_rtp = parts[2].upper().startswith("RTP/AVP")
    formats = [
        int(word)
        for word in parts[3].split()[:_MOST_FORMATS]
        if word.isascii() and word.isdecimal() and len(word) < 4 and int(word) < 128
    ]
    return _Media(parts[1].lower(), is_plain_rtp, formats)


def _add_attribute(media: _Media, value: str) -> None:
    name, _, rest = value.partition(":")
    name, rest = name.strip().lower(), rest.strip()
    if name in {"rtpmap", "fmtp"}:
        number, _, text = rest.partition(" ")
        if number.isascii() and number.isdecimal() and len(number) < 4:
            if name == "rtpmap":
                media.maps.setdefault(int(number), text.strip())
            else:
                media.parameters.setdefault(int(number), {}).update(_parse_parameters(text))
    else:
        media.attributes.setdefault(name, rest)


def _parse_parameters(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";")[:64]:
        name, _, value = part.partition("=")
        yield name.strip().lower(), value.strip()


def _video_offer(media: _Media) -> VideoOffer | None:
    for number in media.formats if media.is_plain_rtp else ():
        name, clock_hz, _ = _format(media, number)
        codec = _VIDEO_CODECS.get(name)
        if codec is None or not clock_hz:
            continue
        parameters = media.parameters.get(number, {})
        sets = tuple(nal for key in _SETS for nal in _decode_sets(codec, parameters.get(key, "")))
        return VideoOffer(codec, number, clock_hz, media.attributes.get("control", ""), sets)
    return None


def _audio_offer(media: _Media) -> AudioOffer | None:
    for number in media.formats if media.is_plain_rtp else ():
        name, clock_hz, channels = _format(media, number)
        codec = _AUDIO_CODECS.get(name)
        if codec is None or not 1_000 <= clock_hz <= 192_000 or not 1 <= channels <= 8:
            continue
        parameters = media.parameters.get(number, {})
        if codec == "latm" and parameters.get("cpresent", "1") != "0":
            continue
        is_low_rate = parameters.get("mode", "").lower() == "aac-lbr"
        size, index = (6, 2) if is_low_rate else (13, 3)
        return AudioOffer(
            codec,
            number,
            clock_hz,
            channels,
            media.attributes.get("control", ""),
            _hexadecimal(parameters.get("config", "")),
            _bits(parameters.get("sizelength", ""), size),
            _bits(parameters.get("indexlength", ""), index),
            _bits(parameters.get("indexdeltalength", ""), index),
        )
    return None


def _format(media: _Media, number: int) -> tuple[str, int, int]:
    """Return name, clock rate and channels of payload type `number`; a rate of 0 is nonsense."""
    text = media.maps.get(number) or _STATIC_FORMATS.get(number, "")
    if not text:
        # Some cameras forget the rtpmap; their format parameters give them away.
        parameters = media.parameters.get(number, {})
        text = "H264/90000" if "sprop-parameter-sets" in parameters else ""
        text = "H265/90000" if "sprop-sps" in parameters else text
    name, _, rest = text.partition("/")
    rate, _, channels = rest.partition("/")
    return name.strip().upper(), _decimal(rate), _decimal(channels) or 1


def _names(media: _Media) -> list[str]:
    names = [_format(media, number)[0] for number in media.formats]
    return [_NOT_IN_NAMES.sub("", name)[:24] or "unnamed" for name in names] or ["unnamed"]


def _decode_sets(codec: VideoCodec, text: str) -> Iterator[bytes]:
    for part in text.split(",")[:16]:
        try:
            data = base64.b64decode(part.strip() + "===")
        except (binascii.Error, ValueError):
            continue
        # Some cameras encode the start codes as well.
        nals = annexb_to_nals(data) if data[:3] in {b"\x00\x00\x01", b"\x00\x00\x00"} else [data]
        yield from (nal for nal in nals if len(nal) > 2 and is_parameter_set(codec, nal))


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip('"')[:256])
    except ValueError:
        return b""


def _bits(text: str, otherwise: int) -> int:
    return min(_decimal(text), 32) if text.strip() else otherwise


def _decimal(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
