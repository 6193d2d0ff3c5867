"""How the addresses of playback describe themselves."""

from collections.abc import Mapping
from typing import Any, Final

from pantau.recordings.playback.schemas import DaysAnswer, SegmentsAnswer, TimelineAnswer
from pantau.web.hot_paths import HotPath, path_parameter, query_parameter

_AT: Final = "/api/recordings/{camera_id}/"
_TAG: Final = "playback"
_PLAYLIST: Final = "application/vnd.apple.mpegurl"
_CAMERA: Final = path_parameter("camera_id", "integer", "Number of the camera")
_NAME: Final = path_parameter("filename", "string", "As `segments` tells it")
_UNKNOWN: Final = {
    404: "There is no such footage, or this visitor may not replay it",
    503: "The footage cannot be read, or nobody can tell who asks",
}


def _moment(name: str, meaning: str) -> Mapping[str, Any]:
    written = "ISO 8601 with its offset, or milliseconds since 1970"
    return query_parameter(name, {"type": "string"}, f"{meaning}: {written}")


_FROM: Final = _moment("from", "Beginning")
_TO: Final = _moment("to", "End")
_LIMIT: Final = query_parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 5000}, "At most so many, the newest"
)
_STILL: Final = (
    _CAMERA,
    _moment("at", "Which moment; must be given"),
    query_parameter(
        "width", {"type": "integer", "minimum": 64, "maximum": 3840}, "Width in pixels, or less"
    ),
)

DOCUMENTED: Final = (
    HotPath(
        f"{_AT}segments",
        "The files of a camera as far as they may be replayed, newest first",
        _TAG,
        SegmentsAnswer,
        parameters=(_CAMERA, _FROM, _TO, _LIMIT),
        problems=_UNKNOWN,
        kept="compressed",
    ),
    HotPath(
        f"{_AT}timeline",
        "Runs of footage and the gaps between them",
        _TAG,
        TimelineAnswer,
        parameters=(_CAMERA, _FROM, _TO, _LIMIT),
        problems=_UNKNOWN,
        kept="compressed",
    ),
    HotPath(
        f"{_AT}days",
        "Days of a month with footage, in the zone of the site",
        _TAG,
        DaysAnswer,
        parameters=(
            _CAMERA,
            query_parameter("month", {"type": "string"}, "Like 2026-11; without it the present"),
        ),
        problems=_UNKNOWN,
        kept="compressed",
    ),
    HotPath(
        f"{_AT}playback.m3u8",
        "One playlist of a span, across files; without `to` it grows with the footage",
        _TAG,
        _PLAYLIST,
        parameters=(_CAMERA, _moment("from", "Beginning; must be given"), _TO),
        problems=_UNKNOWN,
        kept="compressed",
    ),
    HotPath(
        f"{_AT}playlist.m3u8",
        "One playlist of the newest footage, a day at most",
        _TAG,
        _PLAYLIST,
        parameters=(_CAMERA,),
        problems=_UNKNOWN,
        kept="compressed",
    ),
    HotPath(
        f"{_AT}stream/{{filename}}",
        "A file, or the one range of it that is asked for; `download=1` names it for saving",
        _TAG,
        "video/mp4",
        parameters=(
            _CAMERA,
            _NAME,
            query_parameter("download", {"type": "string"}, "Anything, to have it saved"),
            query_parameter(
                "part", {"type": "string"}, "Bytes that are all there is, as size@first"
            ),
        ),
        problems=_UNKNOWN
        | {
            412: "The file is another than the request says",
            416: "The file has no such bytes, or several ranges were asked for",
        },
        same_as_200={206: "The part that was asked for"},
        kept="tagged",
        limit="misses",
    ),
    HotPath(
        f"{_AT}still.jpg",
        "The picture of a moment",
        _TAG,
        "image/jpeg",
        parameters=_STILL,
        problems=_UNKNOWN,
        kept="never",
    ),
    HotPath(
        f"{_AT}still.webp",
        "The picture of a moment, smaller",
        _TAG,
        "image/webp",
        parameters=_STILL,
        problems=_UNKNOWN,
        kept="never",
    ),
    HotPath(
        f"{_AT}previews/{{name}}.vtt",
        "Which part of a file's small pictures shows which second",
        _TAG,
        "text/vtt",
        parameters=(_CAMERA, path_parameter("name", "string", "Of a closed file, no suffix")),
        problems=_UNKNOWN,
        kept="never",
        limit="misses",
    ),
    HotPath(
        f"{_AT}previews/{{name}}.webp",
        "Small pictures of a file in one",
        _TAG,
        "image/webp",
        parameters=(_CAMERA, path_parameter("name", "string", "Of a closed file, no suffix")),
        problems=_UNKNOWN,
        kept="never",
        limit="misses",
    ),
)
