"""How `/api/thumbnails/<id>.jpg` describes itself."""

from typing import Final

from pantau.thumbnails.stills import WIDTHS_PX
from pantau.web.hot_paths import HotPath, path_parameter, query_parameter

DOCUMENTED: Final = (
    HotPath(
        "/api/thumbnails/{id}.jpg",
        "The newest still of a camera",
        "cameras",
        "image/jpeg",
        parameters=(
            path_parameter("id", "integer", "Number of the camera"),
            query_parameter("w", {"type": "integer", "enum": list(WIDTHS_PX)}, "Width in pixels"),
        ),
        problems={404: "There is no such camera, or no picture of it yet"},
        kept="tagged",
        limit="misses",
    ),
)
