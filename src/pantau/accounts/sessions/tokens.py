"""The tokens of a session: made by a keyed hash, so that none can be made up or changed.

A token holds the secret of its family, which the database knows by its hash only, and a
generation.  Whoever refreshes twice with the same token computes the same next pair twice.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["access", "refresh"]

_CODES: Final[dict[Kind, bytes]] = {"access": b"a", "refresh": b"r"}
_FAMILY_BYTES: Final = 16
_HEAD_BYTES: Final = 1 + _FAMILY_BYTES + 4
_MAC_BYTES: Final = 24
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{60}", re.ASCII)
"""45 bytes: a multiple of three, so that no two texts mean the same."""
_MOST_GENERATION: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Token:
    """What a genuine token says."""

    family: bytes
    generation: int

    @property
    def family_hash(self) -> str:
        """By what the database knows the family."""
        return hash_of(self.family)


class Tokens:
    """Makes and reads tokens; `key` is derived from the installation's secret."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def new_family(self) -> bytes:
        """Return the secret of a new sign-in."""
        return secrets.token_bytes(_FAMILY_BYTES)

    def make(self, kind: Kind, family: bytes, generation: int) -> str:
        """Return the token of this kind; always the same one."""
        head = _CODES[kind] + family + min(generation, _MOST_GENERATION).to_bytes(4, "big")
        return base64.urlsafe_b64encode(head + self._mac(head)).decode("ascii")

    def read(self, text: str, kind: Kind) -> Token | None:
        """Return what `text` says, or nothing unless it was made here as a token of this kind."""
        if _TOKEN.fullmatch(text) is None:
            return None
        raw = base64.urlsafe_b64decode(text)
        head, mac = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
        if not hmac.compare_digest(mac, self._mac(head)) or head[:1] != _CODES[kind]:
            return None
        return Token(head[1 : 1 + _FAMILY_BYTES], int.from_bytes(head[1 + _FAMILY_BYTES :], "big"))

    def _mac(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, hashlib.sha256)[:_MAC_BYTES]


def hash_of(family: bytes) -> str:
    """Return what the database keeps of a family's secret."""
    return hashlib.sha256(family).hexdigest()
