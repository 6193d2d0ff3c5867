"""Playlists of streams, as players and set-top boxes keep them."""

import re
from collections.abc import Sequence
from typing import Final

from pantau.cameras.importing.candidates import Format, RawRow
from pantau.core.errors import Invalid

_ATTRIBUTE: Final = re.compile(r'([A-Za-z][A-Za-z0-9-]{0,40})="([^"]*)"')
_HLS: Final = ("#EXT-X-TARGETDURATION", "#EXT-X-STREAM-INF", "#EXT-X-MEDIA-SEQUENCE")
_HEADERS: Final = {
    "#extvlcopt:http-referrer=": "Referer",
    "#extvlcopt:http-user-agent=": "User-Agent",
}


def read(text: str) -> tuple[Format, Sequence[RawRow]]:
    """Return one row per address; raises Invalid for the playlist of one stream."""
    if any(mark in text for mark in _HLS):
        raise Invalid(
            "import.hls",
            "This is the playlist of one stream, no list of cameras. Add its address as a camera.",
            field="file",
        )
    rows: list[RawRow] = []
    told: dict[str, object] = {}
    headers: list[list[str]] = []
    for line in (line.strip() for line in text.splitlines()):
        lower = line.lower()
        header = next((name for name in _HEADERS if lower.startswith(name)), None)
        if line.startswith("#EXTINF:"):
            told, headers = _info(line), []
        elif line.startswith("#EXTGRP:"):
            told["group"] = line.partition(":")[2]
        elif header is not None:
            headers.append([_HEADERS[header], line[len(header) :].strip()])
        elif line and not line.startswith("#"):
            values = {**told, "url": line}
            if headers:
                values["headers"] = headers
            rows.append(RawRow(len(rows) + 1, values))
            told, headers = {}, []
    return Format.M3U, rows


def _info(line: str) -> dict[str, object]:
    attributes = dict(_ATTRIBUTE.findall(line))
    # The name follows the comma after the last attribute: quoted values have commas too.
    rest = _ATTRIBUTE.sub("", line)
    name = rest.partition(",")[2].strip() or attributes.get("tvg-name", "")
    return {
        "name": name,
        "id": attributes.get("tvg-id", ""),
        "group": attributes.get("group-title", ""),
        "latitude": attributes.get("tvg-lat", attributes.get("lat", "")),
        "longitude": attributes.get("tvg-lng", attributes.get("lng", "")),
    }
