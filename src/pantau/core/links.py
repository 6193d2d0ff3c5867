"""Links that visitors press: read as browsers read them (lesson X26)."""

import re
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 500
_HOST: Final = re.compile(
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+"
)
_SIGNS: Final = re.compile(r"[!#-;=?-Z\[\]_a-z~]+", re.ASCII)
"""ASCII without spaces, quotes, angle brackets, backslash, caret, back quote, braces and pipe.

Browsers leave tabs and line ends out and take a backslash for a slash; where an address holds
neither they and we read the same."""


def checked_link(written: str) -> str:
    """Return an address that leads to where it seems to; raises ValueError for any other.

    https with a whole host name in ASCII, no login before it.
    """
    link = written.strip()
    if not link:
        return ""
    if len(link) > LONGEST or not _SIGNS.fullmatch(link) or not link.startswith("https://"):
        raise ValueError("no address that begins with https://")
    parts = urlsplit(link)
    host = (parts.hostname or "").rstrip(".")
    if "@" in parts.netloc or not _HOST.fullmatch(host) or host.split(".")[-1].isdigit():
        raise ValueError("no host")
    if parts.port == 0:
        raise ValueError("no port")
    return link
