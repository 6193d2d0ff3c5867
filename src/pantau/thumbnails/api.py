"""How `/api/thumbnails/<id>.jpg` and its sibling describe themselves."""

from typing import Final

from pantau.thumbnails.addresses import WIDTHS_PX
from pantau.web.hot_paths import HotPath, path_parameter, query_parameter

_PARAMETERS: Final = (
    path_parameter("id", "integer", "Number of the camera"),
    query_parameter("w", {"type": "integer", "enum": list(WIDTHS_PX)}, "Width in pixels"),
    query_parameter(
        "v",
        {"type": "string"},
        "Version: of the picture that there is, the answer may be kept for ever",
    ),
)
_PROBLEMS: Final = {404: "There is no such camera, or no picture of it yet"}

DOCUMENTED: Final = (
    HotPath(
        "/api/thumbnails/{id}.jpg",
        "The newest still of a camera",
        "cameras",
        "image/jpeg",
        parameters=_PARAMETERS,
        problems=_PROBLEMS,
        kept="tagged",
        limit="misses",
    ),
    HotPath(
        "/api/thumbnails/{id}.webp",
        "The newest still of a camera, smaller",
        "cameras",
        "image/webp",
        parameters=_PARAMETERS,
        problems=_PROBLEMS,
        kept="tagged",
        limit="misses",
    ),
)
