"""A public value encoded once and sent to everybody: readers share it, writers replace it."""

import gzip
import hashlib
from collections.abc import Callable
from typing import Final

import brotli

from pantau.web.exchange import Handler, Header, HotRequest, Reply
from pantau.web.negotiation import EncodingChoice, is_match

_WORTH_COMPRESSING_BYTES: Final = 256
_BROTLI_QUALITY: Final = 6
"""Where the size has stopped falling much; eight hundred cameras take 8 ms.  With 4 they take half
of that, but browsers, which prefer brotli, would get more bytes than by gzip."""
_GZIP_LEVEL: Final = 6


class Encoded:
    """One immutable body with its encodings, entity tags and ready replies.

    Every encoding has its own strong tag and is made when somebody first asks for it, or by
    `warm`.  `cache_control` is `no-cache` unless told otherwise: a visitor may keep the answer but
    asks each time, and gets 304 while nothing changed.
    """

    __slots__ = (
        "_choice",
        "_common",
        "_content_type",
        "_cross_origin",
        "_gzip_level",
        "_not_modified",
        "_tags",
        "_whole",
        "body",
        "etag",
    )

    def __init__(
        self,
        body: bytes,
        *,
        content_type: bytes = b"application/json; charset=utf-8",
        cache_control: bytes = b"no-cache",
        headers: tuple[Header, ...] = (),
        cross_origin: bool = False,
        gzip_level: int = _GZIP_LEVEL,
    ) -> None:
        self.body = body
        self._gzip_level = gzip_level
        digest = hashlib.blake2b(body, digest_size=9).hexdigest().encode()
        self.etag = b'"%s"' % digest
        self._tags = {
            "identity": self.etag,
            "gzip": b'"%s-gzip"' % digest,
            "br": b'"%s-br"' % digest,
        }
        self._choice = _ALL if len(body) >= _WORTH_COMPRESSING_BYTES else _PLAIN
        self._content_type = content_type
        self._cross_origin = cross_origin
        self._common = (
            (b"cache-control", cache_control),
            (b"vary", b"Accept-Encoding"),
            *headers,
        )
        self._whole: dict[str, Reply] = {}
        self._not_modified: dict[str, Reply] = {}

    def warm(self) -> "Encoded":
        """Make every encoding at once, where the first visitor should not pay for it."""
        for name in self._choice.available:
            if name not in self._whole:
                self._whole_in(name)
        return self

    @property
    def size_bytes(self) -> int:
        """Memory that the body takes in all encodings made so far."""
        return sum(len(reply.body) for reply in self._whole.values()) or len(self.body)

    def reply(self, request: HotRequest) -> Reply:
        """Return the answer to this visitor: whole in the best encoding, 304, or 406."""
        name = self._choice.pick(request.header_or_none(b"accept-encoding"))
        if name is None:
            return Reply(
                406, headers=((b"vary", b"Accept-Encoding"),), cross_origin=self._cross_origin
            )
        held = request.header_or_none(b"if-none-match")
        if held and is_match(held, self._tags[name]):
            return self._not_modified_in(name)
        return self._whole.get(name) or self._whole_in(name)

    def _whole_in(self, name: str) -> Reply:
        headers = ((b"etag", self._tags[name]), *self._common)
        body = self.body
        if name != "identity":
            headers = ((b"content-encoding", name.encode()), *headers)
            body = _compress(body, name, gzip_level=self._gzip_level)
        reply = self._whole[name] = Reply(
            200,
            body,
            content_type=self._content_type,
            headers=headers,
            cross_origin=self._cross_origin,
        )
        return reply

    def _not_modified_in(self, name: str) -> Reply:
        known = self._not_modified.get(name)
        if known is None:
            # The kept answer takes over these headers (RFC 9111, 3.2): unless they say what it is,
            # a page gets the policy of an answer that is none, and loses its scripts and styles.
            known = self._not_modified[name] = Reply(
                304,
                content_type=self._content_type,
                headers=((b"etag", self._tags[name]), *self._common),
                cross_origin=self._cross_origin,
            )
        return known


def answer_with(read: Callable[[], Encoded]) -> Handler:
    """Return a fast-lane handler that answers with whatever `read` returns at the moment."""
    return lambda request: read().reply(request)


_ALL: Final = EncodingChoice(("br", "gzip"))
_PLAIN: Final = EncodingChoice(())


def _compress(body: bytes, name: str, *, gzip_level: int) -> bytes:
    if name == "gzip":
        # mtime=0: the same value gives the same bytes, whoever encodes it.
        return gzip.compress(body, gzip_level, mtime=0)
    compressed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
    return compressed
