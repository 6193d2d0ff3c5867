"""The operator's colour as a style sheet: `/warna/<hue>-<chroma>.css`.

The address says everything, so that it may be kept for ever and costs no look-up.
"""

import re
from typing import Final

from pantau.core.errors import NotFound
from pantau.site.colours import LEAST_CHROMA, MOST_CHROMA, Theme
from pantau.web.exchange import HotRequest, Reply

PREFIX: Final = "/warna/"
_NAME: Final = re.compile(r"(0|[1-9][0-9]{0,2})-0\.([0-9]{2})\.css", re.ASCII)
_FOR_EVER: Final = b"public, max-age=31536000, immutable"


def theme_path(theme: Theme) -> str:
    """Return the address of the style sheet."""
    return f"{PREFIX}{theme.hue}-{theme.chroma:.2f}.css"


def serve_theme(request: HotRequest) -> Reply:
    """Answer a request below PREFIX; raises NotFound for a colour that no page names."""
    name = _NAME.fullmatch(request.rest)
    theme = None if name is None else Theme(hue=int(name[1]), chroma=int(name[2]) / 100)
    if theme is None or theme.hue >= 360 or not LEAST_CHROMA <= theme.chroma <= MOST_CHROMA:
        raise NotFound("theme.unknown", "There is no such style sheet.")
    return Reply(
        200,
        theme.css.encode(),
        content_type=b"text/css; charset=utf-8",
        headers=((b"cache-control", _FOR_EVER),),
    )
