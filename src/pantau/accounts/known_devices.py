"""Devices that somebody has signed in from: strangers' failures do not lock them out."""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from pantau.core.clock import Clock

LIFETIME_S: Final = 180 * 86_400
_ID_BYTES: Final = 12
_HEAD_BYTES: Final = _ID_BYTES + 8
_MAC_BYTES: Final = 22
_TOKEN_LENGTH: Final = 56


class KnownDevices:
    """Makes and reads the cookie `pantau_device`; `key` is derived from the secret.

    It proves that its holder has signed in to one account, and opens nothing: it has its own count
    of failures, as strict as the account's.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def make(self, name_key: str) -> str:
        """Return a token for the account called `name_key`."""
        head = secrets.token_bytes(_ID_BYTES) + int(self._clock.unix_s()).to_bytes(8, "big")
        return base64.urlsafe_b64encode(head + self._mac(head, name_key)).decode("ascii")

    def find(self, token: str, name_key: str) -> str | None:
        """Return the id of the device, or nothing unless `token` was made for this account."""
        if len(token) != _TOKEN_LENGTH or not token.isascii():
            return None
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        head, mac = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
        if not hmac.compare_digest(mac, self._mac(head, name_key)):
            return None
        made_s = int.from_bytes(head[_ID_BYTES:], "big")
        if self._clock.unix_s() - made_s > LIFETIME_S:
            return None
        return head[:_ID_BYTES].hex()

    def _mac(self, head: bytes, name_key: str) -> bytes:
        return hmac.digest(self._key, head + name_key.encode(), hashlib.sha256)[:_MAC_BYTES]
