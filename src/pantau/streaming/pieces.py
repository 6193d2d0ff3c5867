"""The pieces a live stream is served in: playlists that change and segments that never do."""

import re
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from pantau.cameras.access import CacheClass
from pantau.web.exchange import Header, HotRequest, Reply
from pantau.web.negotiation import UNSATISFIABLE, is_match, may_send_part, single_range
from pantau.web.snapshot import Encoded

PLAYLIST_TYPE: Final = b"application/vnd.apple.mpegurl"
_TYPES: Final = {
    ".m3u8": PLAYLIST_TYPE,
    ".mp4": b"video/mp4",
    ".m4s": b"video/mp4",
    ".mp": b"video/mp4",  # MediaMTX serves its parts under this name as well
    ".ts": b"video/mp2t",
    ".m4a": b"audio/mp4",
    ".aac": b"audio/aac",
    ".vtt": b"text/vtt",
    ".key": b"application/octet-stream",  # of relayed streams that are encrypted
}
_NOBODY_KEEPS: Final = b"private, no-store"
_ANYBODY_KEEPS: Final = b"public, max-age=120, s-maxage=1, immutable"
"""Viewers may keep pieces longer than the edge does: names are never used twice (lesson M18).
Caches that many share ask again after a second, since a camera may be cut off meanwhile (lesson
X12)."""
_NGINX_KEEPS: Final = b"x-accel-expires"
"""Up to which second nginx may pass a piece on unasked.  It counts in whole seconds, so that by
`s-maxage=1` a piece would live up to two; told as a moment, it lives up to one."""
_TARGET: Final = re.compile(rb"^#EXT-X-TARGETDURATION:(\d{1,4})", re.MULTILINE)
_LENGTH: Final = re.compile(rb"^#EXTINF:(\d+(?:\.\d+)?)", re.MULTILINE)
_LONGEST_SETTLED_S: Final = 1.6
_ADDRESS: Final = re.compile(rb"^[^#\s][^\r\n]*|(?<=URI=\")[^\"\r\n]+", re.MULTILINE)
_ELSEWHERE: Final = re.compile(
    rb"^[^#\s][^\n]*://|URI=\"[^\"\n]*(?:://|\.\./)|^[^#\n]*\.\./", re.MULTILINE
)


def content_type_of(name: str) -> bytes | None:
    """Return the type of a stream's file, or nothing for files that no stream has."""
    return _TYPES.get(PurePosixPath(name).suffix)


class Playlist:
    """A playlist as the origin gave it: fresh for a moment, sent compressed to who takes it."""

    __slots__ = (
        "_encoded",
        "_private",
        "can_block",
        "is_multivariant",
        "is_sound",
        "seen_mono_s",
        "settled_until_mono_s",
        "size_bytes",
    )

    def __init__(self, body: bytes) -> None:
        self._encoded = _encode(body, b"no-cache")
        self._private: Encoded | None = None
        self.size_bytes = 3 * len(body)  # with its encodings
        self.can_block = b"CAN-BLOCK-RELOAD=YES" in body
        self.is_multivariant = b"#EXT-X-STREAM-INF" in body
        # Addresses of other places would send viewers past the edge, and show them where the
        # media server lives (lesson M15).
        self.is_sound = body.startswith(b"#EXTM3U") and not _ELSEWHERE.search(body)
        self.seen_mono_s = 0.0
        """When the origin last gave it."""
        self.settled_until_mono_s = 0.0
        """Until then no other can follow it."""

    def is_same(self, body: bytes) -> bool:
        """Whether the origin gave this very playlist again."""
        return self._encoded.body == body

    def follows(self, before: "Playlist") -> None:
        """Learn when the next one can come: a segment's length after this one came, not earlier.

        It came after `before` was last seen.  A fifth is kept back for key frames that come early.
        """
        lengths = _LENGTH.findall(self._encoded.body)
        if lengths and not self.can_block and not self.is_multivariant:
            settled_s = min(_LONGEST_SETTLED_S, 0.8 * float(lengths[-1]))
            self.settled_until_mono_s = before.seen_mono_s + settled_s

    @property
    def target_s(self) -> float:
        """The longest segment, rounded up."""
        found = _TARGET.search(self._encoded.body)
        return float(found[1]) if found else 2.0

    @property
    def length_s(self) -> float:
        """How long all that it lists takes to play; 0 for a multivariant playlist."""
        return sum(float(text) for text in _LENGTH.findall(self._encoded.body))

    def reply(self, request: HotRequest, cache: CacheClass) -> Reply:
        """Return the answer for this viewer."""
        if cache is CacheClass.SHARED:
            return self._encoded.reply(request)
        if self._private is None:
            self._private = _encode(self._encoded.body, _NOBODY_KEEPS)
        return self._private.reply(request)

    def reply_with(self, ticket: str) -> Reply:
        """Return the answer for whoever came by a stream token: every address carries it on."""
        return Reply(
            200,
            with_ticket(self._encoded.body, ticket.encode("latin-1", "replace")),
            content_type=PLAYLIST_TYPE,
            headers=((b"cache-control", _NOBODY_KEEPS),),
            cross_origin=True,
        )


class Segment:
    """Immutable bytes: a segment, a part or an init segment."""

    __slots__ = ("_body", "_etag", "_private", "_shared", "_shared_at_s", "_type", "size_bytes")

    def __init__(self, body: bytes, name: str) -> None:
        self._body = body
        self._etag = b'"%s-%x"' % (name.encode(), len(body))
        self._type = content_type_of(name) or b"application/octet-stream"
        self.size_bytes = len(body)
        self._shared: Reply | None = None
        self._shared_at_s = 0
        self._private: Reply | None = None

    def reply(self, request: HotRequest, cache: CacheClass, at_s: int) -> Reply:
        """Return the answer for this viewer at this second: whole, a range of it, or 304."""
        held = request.header_or_none(b"if-none-match")
        asked = request.header_or_none(b"range")
        if held is None and asked is None:
            if cache is CacheClass.SHARED:
                return self._shared_reply(at_s)
            if self._private is None:
                self._private = self._whole(self._headers(_NOBODY_KEEPS))
            return self._private
        policy = self._headers(_NOBODY_KEEPS)
        if cache is CacheClass.SHARED:
            policy = self._shared_headers(at_s)
        if held is not None and is_match(held, self._etag):
            return Reply(304, headers=policy, cross_origin=True)
        if asked and request.method == "GET":
            if_range = request.header(b"if-range")
            if may_send_part(if_range, self._etag):
                return self._part(asked, policy)
        return self._whole(policy)

    def _shared_reply(self, at_s: int) -> Reply:
        if self._shared is None or self._shared_at_s != at_s:
            self._shared = self._whole(self._shared_headers(at_s))
            self._shared_at_s = at_s
        return self._shared

    def _whole(self, policy: tuple[Header, ...]) -> Reply:
        return Reply(
            200,
            self._body,
            content_type=self._type,
            headers=policy,
            cross_origin=True,
        )

    def _part(self, asked: bytes, policy: tuple[Header, ...]) -> Reply:
        stretch = single_range(asked, self.size_bytes)
        if stretch is None:
            return self._whole(policy)
        if stretch is UNSATISFIABLE:
            return Reply(
                416,
                headers=((b"content-range", b"bytes */%d" % self.size_bytes),),
                cross_origin=True,
            )
        where = b"bytes %d-%d/%d" % (stretch.start, stretch.stop - 1, self.size_bytes)
        return Reply(
            206,
            self._body[stretch.start : stretch.stop],
            content_type=self._type,
            headers=(*policy, (b"content-range", where)),
            cross_origin=True,
        )

    def _shared_headers(self, at_s: int) -> tuple[Header, ...]:
        return (*self._headers(_ANYBODY_KEEPS), (_NGINX_KEEPS, b"@%d" % at_s))

    def _headers(self, policy: bytes) -> tuple[Header, ...]:
        return (
            (b"cache-control", policy),
            (b"etag", self._etag),
            (b"accept-ranges", b"bytes"),
        )


Piece: TypeAlias = Playlist | Segment


def with_ticket(body: bytes, ticket: bytes) -> bytes:
    """Return a playlist whose addresses all carry `?token=`; players add nothing to them."""
    return _ADDRESS.sub(lambda found: _carrying(found[0], ticket), body)


def _carrying(address: bytes, ticket: bytes) -> bytes:
    joint = b"&" if b"?" in address else b"?"
    return address + joint + b"token=" + ticket


def _encode(body: bytes, cache_control: bytes) -> Encoded:
    return Encoded(body, content_type=PLAYLIST_TYPE, cache_control=cache_control, cross_origin=True)
