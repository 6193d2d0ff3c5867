"""The texts of playback tokens: made, judged where people choose them, and kept as hashes only."""

import hashlib
import hmac
import re
import secrets
from typing import Final

from pantau.accounts.passwords.guesses import guesses_log10
from pantau.core.errors import Invalid

_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without signs that are taken for each other.  No punctuation: chats cut links off at it."""
_LENGTH: Final = 26
"""150 random bits."""
_PREFIX_SIGNS: Final = 6
_CODE_PREFIX_SIGNS: Final = 2
"""The more of a short code is shown, the easier is the rest."""
SHORTEST_CODE: Final = 8
LONGEST: Final = 64
_CODE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[ -](?=[A-Za-z0-9]))*", re.ASCII)
_SIGNS: Final = re.compile(r"[A-Za-z0-9 -]{1,64}", re.ASCII)
_LEAST_GUESSES_LOG10: Final = 8.0
"""Ten a minute from each address: a thousand addresses need a week and a half on average."""


class TokenTexts:
    """Hashes tokens with a key of the installation: who steals the database can guess no code.

    `key` is `core.signing.derive_key(secret, "playback-token")`.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self) -> str:
        """Return a new token that nobody guesses."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))

    def hash_of(self, token: str) -> str:
        """Return what a made token is kept and found by."""
        return self._mac("token", token)

    def hash_of_code(self, code: str) -> str:
        """Return what a chosen code is kept and found by, whatever its capitals and dashes."""
        return self._mac("code", _folded(code))

    def hashes_of(self, written: str) -> tuple[str, ...]:
        """Return what somebody's text may be kept by; none for what can be no token."""
        text = written.strip()
        if not _SIGNS.fullmatch(text):
            return ()
        return self.hash_of(text), self.hash_of_code(text)

    def _mac(self, kind: str, text: str) -> str:
        return hmac.new(self._key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def session_hash(cookie: str) -> str:
    """Return what a device's cookie is kept by; 256 random bits need no key."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).hexdigest()


def prefix_of(token: str) -> str:
    """Return what operators are shown of a made token."""
    return token[:_PREFIX_SIGNS]


def prefix_of_code(code: str) -> str:
    """Return what operators are shown of a chosen code."""
    return code[:_CODE_PREFIX_SIGNS]


def checked_code(written: str) -> str:
    """Return a code that somebody chose; raises Invalid for one that others would guess."""
    code = written.strip()
    if len(_folded(code)) < SHORTEST_CODE or len(code) > LONGEST:
        raise _refused(f"A code has {SHORTEST_CODE} to {LONGEST} letters and digits.")
    if not _CODE.fullmatch(code):
        raise _refused("A code has letters from A to Z, digits, and single dashes or spaces.")
    if guesses_log10(_folded(code)) < _LEAST_GUESSES_LOG10:
        raise _refused("Others would guess this code. Take a longer one, or leave it empty.")
    return code


def _folded(code: str) -> str:
    return code.replace("-", "").replace(" ", "").lower()


def _refused(sentence: str) -> Invalid:
    return Invalid("playback.code", sentence, field="code")
