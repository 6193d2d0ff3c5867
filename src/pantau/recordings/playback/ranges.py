"""Which bytes of a file somebody asked for, decided as RFC 9110 says.  Pure.

Several ranges at once are refused: no player asks for them, and a `multipart/byteranges` answer
would be work that nobody reads.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from pantau.web.negotiation import is_match

_SPECIFIED: Final = re.compile(rb"bytes[ \t]*=(.*)\Z", re.IGNORECASE | re.DOTALL)
_ONE: Final = re.compile(rb"[ \t]*([0-9]*)-([0-9]*)[ \t]*\Z")
_TAG: Final = re.compile(rb'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_MOST_DIGITS: Final = 30
"""More are an attack on arithmetic; no file is that long."""


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of the bytes that are there now.

    Something that still grows has neither tag nor date: a player would take the next part of it
    for another file.
    """

    size_bytes: int
    etag: bytes = b""
    """Strong, with its quotes; empty: none."""
    modified_s: int | None = None
    """Unix seconds of the last change."""

    @property
    def modified(self) -> bytes:
        """`Last-Modified`, or nothing."""
        if self.modified_s is None:
            return b""
        return formatdate(self.modified_s, usegmt=True).encode()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to answer: 200, 206, 304, 412 or 416, and the stretch of bytes for the first two."""

    status: int
    start: int = 0
    length: int = 0


def wanted(method: str, header: Callable[[bytes], bytes], version: Version) -> Wanted:
    """Return what a request with these headers (`header` returns b"" for none) is to be given.

    A range counts for GET only, and so does its condition (RFC 9110, 14.2 and 13.1.5).
    """
    status = _precondition(header, version)
    if status != 200:
        return Wanted(status)
    whole = Wanted(200, 0, version.size_bytes)
    asked = header(b"range")
    if method != "GET" or not asked or not _may_send_part(header(b"if-range"), version):
        return whole
    return _part(asked, version.size_bytes) or whole


def _part(asked: bytes, size_bytes: int) -> Wanted | None:
    """Return the part; None: nonsense, or a unit that is not ours, which count for nothing."""
    specified = _SPECIFIED.match(asked)
    if specified is None:
        return None
    parts = [part for part in specified[1].split(b",") if part.strip(b" \t")]
    stretches = [_stretch(part, size_bytes) for part in parts]
    if not stretches or None in stretches:
        return None
    if len(stretches) > 1:
        return Wanted(416)
    start, stop = stretches[0] or (0, 0)
    return Wanted(206, start, stop - start) if start < stop else Wanted(416)


def _stretch(part: bytes, size_bytes: int) -> tuple[int, int] | None:
    """Return first byte and the one after the last, empty where there are none; None: nonsense."""
    found = _ONE.match(part)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size_bytes - _number(found[2])), size_bytes
    first = _number(found[1])
    last = _number(found[2]) if found[2] else size_bytes
    if last < first:
        # `5-2` means nothing; `900-` of a shorter file is merely not there.
        return None if found[2] else (first, first)
    return first, min(last + 1, size_bytes)


def _number(digits: bytes) -> int:
    return int(digits[:_MOST_DIGITS])


def _may_send_part(if_range: bytes, version: Version) -> bool:
    if not if_range:
        return True
    if if_range.startswith((b'"', b"W/")):
        return bool(version.etag) and if_range == version.etag
    return bool(version.modified) and _seconds(if_range) == version.modified_s


def _precondition(header: Callable[[bytes], bytes], version: Version) -> int:
    """Return 200, 304 or 412, in the order of RFC 9110, 13.2.2."""
    if_match, none_match = header(b"if-match"), header(b"if-none-match")
    since, unmodified = header(b"if-modified-since"), header(b"if-unmodified-since")
    modified_s = version.modified_s
    if if_match:
        if if_match.strip() != b"*" and version.etag not in _TAG.findall(if_match):
            return 412
    elif unmodified and modified_s is not None:
        until_s = _seconds(unmodified)
        if until_s is not None and modified_s > until_s:
            return 412
    if none_match:
        return 304 if version.etag and is_match(none_match, version.etag) else 200
    if since and modified_s is not None:
        known_s = _seconds(since)
        if known_s is not None and modified_s <= known_s:
            return 304
    return 200


def _seconds(date: bytes) -> int | None:
    try:
        at: datetime = parsedate_to_datetime(date.decode("latin-1"))
    except (ValueError, TypeError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return int(at.timestamp())
