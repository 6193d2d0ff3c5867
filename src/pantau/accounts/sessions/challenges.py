"""Proof that a password was right a moment ago, while the second factor is still to come."""

import base64
import hashlib
import hmac
import re
from typing import Final

from pantau.accounts.account_rows import Account
from pantau.core.clock import Clock

LIFETIME_S: Final = 300
_HEAD_BYTES: Final = 16
_MAC_BYTES: Final = 32
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{64}", re.ASCII)


class Challenges:
    """Makes and reads challenges; `key` is derived from the installation's secret.

    A challenge dies with the password that it proves, and opens nothing by itself.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def make(self, account: Account) -> str:
        """Return a challenge for somebody whose password was right."""
        until_s = int(self._clock.unix_s()) + LIFETIME_S
        head = account.id.to_bytes(8, "big") + until_s.to_bytes(8, "big")
        return base64.urlsafe_b64encode(head + self._mac(head, account)).decode("ascii")

    def user_id_in(self, challenge: str) -> int | None:
        """Return for whom a challenge claims to be; `is_good` tells whether it is true."""
        if _CHALLENGE.fullmatch(challenge) is None:
            return None
        claimed = int.from_bytes(base64.urlsafe_b64decode(challenge)[:8], "big")
        return claimed if claimed < 2**63 else None

    def is_good(self, challenge: str, account: Account) -> bool:
        """Tell whether a challenge was made for `account` within the last five minutes."""
        raw = base64.urlsafe_b64decode(challenge)
        head, mac = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
        until_s = int.from_bytes(head[8:], "big")
        is_genuine = hmac.compare_digest(mac, self._mac(head, account))
        return is_genuine and self._clock.unix_s() < until_s

    def _mac(self, head: bytes, account: Account) -> bytes:
        bound = head + account.password_hash.encode()
        return hmac.digest(self._key, bound, hashlib.sha256)[:_MAC_BYTES]
