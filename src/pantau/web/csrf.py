"""Proof that a form or a script of our own sent a write: a signed token, twice in the request."""

import hashlib
import hmac
import re
import secrets
from typing import Final

from pantau.core.clock import Clock
from pantau.web.cookies import SameSite, cookie_of, set_cookie
from pantau.web.exchange import Scope

COOKIE: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
FIELD: Final = "csrf_token"
"""What a form without JavaScript carries the token in."""
LIFETIME_S: Final = 3600

_SHAPE: Final = re.compile(r"[0-9a-f]{64}")
_RANDOM_BYTES: Final = 12
_SIGNED_BYTES: Final = 16
_SIGNATURE_BYTES: Final = 16
_CLOCKS_DIFFER_S: Final = 60


class CsrfTokens:
    """Makes tokens and knows its own: 64 hex digits, good for an hour, in any process.

    `secret` is `core.signing.derive_key(installation_secret, "csrf")`.  A token belongs to nobody,
    so that one fetched before signing in is still good afterwards.
    """

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def issue(self) -> str:
        """Return a new token."""
        issued = int(self._clock.unix_s()).to_bytes(4, "big")
        signed = issued + secrets.token_bytes(_RANDOM_BYTES)
        return (signed + self._signature(signed)).hex()

    def is_valid(self, token: str) -> bool:
        """Tell whether `token` was issued by this installation within the last hour."""
        age_s = self._age_s(token)
        return age_s is not None and age_s <= LIFETIME_S

    def left_s(self, token: str) -> int:
        """Return for how many more seconds `token` is good."""
        age_s = self._age_s(token)
        return 0 if age_s is None else max(0, int(LIFETIME_S - age_s))

    def for_page(self, scope: Scope) -> tuple[str, bool]:
        """Return the token for a page's forms, and whether its cookie must be set.

        The visitor's own is kept while half its life is left: forms in other tabs hold it.
        """
        held = cookie_of(scope, COOKIE)
        age_s = self._age_s(held)
        if age_s is not None and age_s <= LIFETIME_S / 2:
            return held, False
        return self.issue(), True

    def is_meant(self, scope: Scope, sent: str) -> bool:
        """Tell whether what came in the header or the form is the visitor's own, valid token."""
        held = cookie_of(scope, COOKIE)
        return hmac.compare_digest(
            held.encode(), sent.encode("utf-8", "surrogateescape")
        ) and self.is_valid(held)

    def _age_s(self, token: str) -> float | None:
        if not _SHAPE.fullmatch(token):
            return None
        raw = bytes.fromhex(token)
        signed, signature = raw[:_SIGNED_BYTES], raw[_SIGNED_BYTES:]
        if not hmac.compare_digest(signature, self._signature(signed)):
            return None
        age_s = self._clock.unix_s() - int.from_bytes(signed[:4], "big")
        return age_s if age_s >= -_CLOCKS_DIFFER_S else None

    def _signature(self, signed: bytes) -> bytes:
        return hmac.new(self._secret, signed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def csrf_cookie(token: str, *, is_https: bool, same_site: SameSite = "Strict") -> str:
    """Return the value of `Set-Cookie` for `token`; `is_https` as `ClientAddresses.scheme` says."""
    return set_cookie(COOKIE, token, max_age_s=LIFETIME_S, is_https=is_https, same_site=same_site)
