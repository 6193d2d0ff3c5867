"""The one place that judges request targets: what is behind it sees harmless paths only."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from pantau.core.errors import Invalid

MOST_TARGET_BYTES: Final = 4096
# Segments of characters that mean themselves, not beginning with a dot.
_ORDINARY: Final = re.compile(rb"(?:/[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)+/?|/")
_TRIPLET: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")


class TargetTooLong(Invalid):
    """The path and query are longer than any address of this hub."""

    status = 414


def check_target(raw_path: bytes, query: bytes) -> None:
    """Raise `Invalid` for a target that could mean two things to two programs.

    `raw_path` is the path as it came over the wire, still encoded.  Refused: dot segments however
    they are written, encoded slashes and backslashes, empty segments, control characters, text
    that is not UTF-8, and escapes that remain after decoding (`%252e`), because the next program
    in line might decode again.
    """
    if len(raw_path) + len(query) > MOST_TARGET_BYTES:
        raise TargetTooLong("request.target_too_long", "This address is too long.")
    if not _ORDINARY.fullmatch(raw_path):
        _check_closely(raw_path)


def _check_closely(raw_path: bytes) -> None:
    if raw_path.count(b"%") != len(_TRIPLET.findall(raw_path)):
        raise _refused("a percent sign that encodes nothing")
    try:
        path = unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("characters that are not UTF-8") from error
    if path.count("/") != raw_path.count(b"/") or "\\" in path:
        raise _refused("an encoded slash or a backslash")
    if not path.startswith("/") or "//" in path:
        raise _refused("an empty segment")
    if any(segment in {".", ".."} for segment in path.split("/")):
        raise _refused("a dot segment")
    if _CONTROL.search(path):
        raise _refused("a control character")
    if _TRIPLET.search(path.encode()):
        raise _refused("an escape inside an escape")


def _refused(what: str) -> Invalid:
    return MalformedTarget("request.target", f"This address holds {what}.")


class MalformedTarget(Invalid):
    """The path is not one that a program of good will sends."""

    status = 400
