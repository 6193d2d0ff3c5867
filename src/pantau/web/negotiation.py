"""What a visitor asked for, decided as RFC 9110 says: encodings, entity tags, byte ranges."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_IDENTITY: Final = "identity"
_PREFERENCE: Final = ("br", "gzip", _IDENTITY)
_QVALUE: Final = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
_ETAG: Final = re.compile(rb'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_RANGE: Final = re.compile(rb"bytes=\s*(\d{0,18})-(\d{0,18})\s*\Z")
_MOST_REMEMBERED: Final = 256


class EncodingChoice:
    """Picks among the encodings that exist; remembers, as few distinct headers occur."""

    def __init__(self, available: Collection[str]) -> None:
        exists = {*available, _IDENTITY}
        self.available = [name for name in _PREFERENCE if name in exists]
        self._known: dict[bytes, str | None] = {}

    def pick(self, accept_encoding: bytes | None) -> str | None:
        """Return `br`, `gzip` or `identity`; nothing where the visitor takes none of them (406)."""
        if accept_encoding is None:
            return _IDENTITY
        try:
            return self._known[accept_encoding]
        except KeyError:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            picked = self._known[accept_encoding] = self._weigh(accept_encoding)
            return picked

    def _weigh(self, accept_encoding: bytes) -> str | None:
        weights = _weights(accept_encoding.decode("latin-1"))
        best, best_weight = None, 0.0
        for name in self.available:
            weight = weights.get(name)
            if weight is None:
                # Unnamed, identity stays acceptable unless `*` rules it out (RFC 9110, 12.5.3); it
                # is the last resort then, so that a listed encoding wins over it.
                weight = weights.get("*", 0.0001 if name == _IDENTITY else 0.0)
            if weight > best_weight:
                best, best_weight = name, weight
        return best


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A stretch of a body: the first byte and the one after the last."""

    start: int
    stop: int


UNSATISFIABLE: Final = ByteRange(-1, -1)


def single_range(header: bytes, size_bytes: int) -> ByteRange | None:
    """Return the asked stretch, `UNSATISFIABLE` (416), or nothing where the whole is to be sent.

    More than one range, other units and nonsense are ignored, as RFC 9110 14.2 allows.
    """
    found = _RANGE.match(header)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size_bytes)
        return ByteRange(size_bytes - length, size_bytes) if length else UNSATISFIABLE
    start = int(found[1])
    last = int(found[2]) if found[2] else size_bytes - 1
    if found[2] and last < start:
        return None
    if start >= size_bytes:
        return UNSATISFIABLE
    return ByteRange(start, min(last + 1, size_bytes))


def is_match(if_none_match: bytes, etag: bytes) -> bool:
    """Tell whether the visitor holds this version already (weak comparison)."""
    if if_none_match == etag:
        return True
    if if_none_match.strip() == b"*":
        return True
    opaque = etag.removeprefix(b"W/")
    return any(found.removeprefix(b"W/") == opaque for found in _ETAG.findall(if_none_match))


def may_send_part(if_range: bytes, etag: bytes) -> bool:
    """Tell whether `Range` counts: without If-Range, or with exactly this strong tag in it."""
    return not if_range or (if_range == etag and not etag.startswith(b"W/"))


def _weights(text: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in text.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        if not name:
            continue
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                found = _QVALUE.match(parameter)
                # A weight that cannot be read is no consent.
                weight = float(found[1]) if found else 0.0
        weights["gzip" if name == "x-gzip" else name] = weight
    return weights
