"""A still in memory, with every answer that can be given with it."""

import hashlib
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final

from pantau.thumbnails.addresses import StillForm, version_of
from pantau.thumbnails.stills import TYPES, Still
from pantau.web.exchange import Header, HotRequest, Reply
from pantau.web.negotiation import is_match

_SOON: Final = (b"cache-control", b"public, max-age=5, s-maxage=1, stale-while-revalidate=30")
_FOR_EVER: Final = (b"cache-control", b"public, max-age=300, s-maxage=1, immutable")
"""As long as a picture is the newest.  Caches that many share ask again after a second, since its
camera may be cut off (lesson X12)."""
_NOBODY: Final = (b"cache-control", b"private, no-store")
"""A gated picture in a shared cache is open to all (lesson X12)."""


@dataclass(frozen=True, slots=True)
class _Answers:
    whole: Reply
    not_modified: Reply


class KeptStill:
    """Immutable.  `form` is that of the file, whatever was asked for."""

    __slots__ = ("_etag", "_for_ever", "_private", "_soon", "still", "version")

    def __init__(self, still: Still, form: StillForm) -> None:
        self.still = still
        self.version = version_of(still.taken_at).encode()
        self._etag = b'"%s"' % hashlib.blake2b(still.data, digest_size=9).hexdigest().encode()
        taken = format_datetime(still.taken_at, usegmt=True).encode()
        told = ((b"etag", self._etag), (b"last-modified", taken))
        kind = TYPES[form]
        self._soon = _answers(still.data, kind, (_SOON, *told))
        self._for_ever = _answers(still.data, kind, (_FOR_EVER, *told))
        self._private = Reply(
            200,
            still.data,
            content_type=kind,
            headers=(_NOBODY, (b"last-modified", taken)),
        )

    def private(self) -> Reply:
        """Return the answer that nobody may keep."""
        return self._private

    def public(self, request: HotRequest, *, is_meant: bool) -> Reply:
        """Return the answer for anybody; `is_meant`: the address names this very picture."""
        answers = self._for_ever if is_meant else self._soon
        held = request.header_or_none(b"if-none-match")
        return answers.not_modified if held and is_match(held, self._etag) else answers.whole


def _answers(body: bytes, kind: bytes, headers: tuple[Header, ...]) -> _Answers:
    return _Answers(
        Reply(200, body, content_type=kind, headers=headers), Reply(304, headers=headers)
    )
