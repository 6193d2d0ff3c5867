"""Other people's pages inside ours: which site a frame may load, and nothing else."""

import re
from typing import Final
from urllib.parse import urlsplit

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")


def frame_origin(address: str) -> str:
    """Return the site that a frame with this address loads; empty where it must not be shown."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    # Without a login that somebody may have left in the address: browsers would refuse it anyhow.
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return origin if _ORIGIN.fullmatch(origin) else ""
