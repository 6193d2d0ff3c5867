"""Addresses with a number and words: the number finds, the words are for people."""

import re
from typing import Final

from pantau.web.exchange import Reply

_NUMBER: Final = re.compile(r"([0-9]{1,9})(?:-[^/]*)?")


def numbered(rest: str) -> int | None:
    """Return the number at the beginning of what follows /kamera/ or /wilayah/."""
    found = _NUMBER.fullmatch(rest)
    return int(found[1]) if found else None


def moved(address: str, query: bytes) -> Reply:
    """Lead to the one true address, with what was asked for."""
    target = address.encode("ascii") + (b"?" + query if query else b"")
    # The words in the address change when something is renamed: no cache may keep this for ever.
    headers = ((b"location", target), (b"cache-control", b"no-cache"))
    return Reply(308, headers=headers)
