"""Codes of the second factor: six digits that change every 30 s, and ten to keep on paper."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP_S: Final = 30
_STEPS_AROUND: Final = (0, -1, 1)
"""Clocks of phones are off by some seconds, and people type slowly."""
_RECOVERY_CODES: Final = 10
_RECOVERY_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that are mistaken for each other when read from paper."""
_RECOVERY_LENGTH: Final = 10


def new_secret() -> str:
    """Return a secret for an authenticator app: 160 bits in base32."""
    return pyotp.random_base32(length=32)


def provisioning_uri(secret: str, *, username: str, issuer: str) -> str:
    """Return the address that authenticator apps read from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the 30 s step that `code` belongs to, if that is the present one or next to it."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_S
    found = None
    # Always all three, so that the time it takes does not tell which one was near.
    for away in _STEPS_AROUND:
        step = present + away
        if hmac.compare_digest(totp.generate_otp(step), digits) and found is None:
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten codes such as `k7m2q-9xw4t`, 49 bits each."""
    return tuple(_recovery_code() for _ in range(_RECOVERY_CODES))


def recovery_hash(key: bytes, user_id: int, code: str) -> str | None:
    """Return by what the database knows a recovery code; nothing for what cannot be one.

    Keyed, because 49 bits in a stolen database could be tried one after the other.
    """
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    if len(plain) != _RECOVERY_LENGTH or not plain.isascii():
        return None
    return hmac.new(key, f"{user_id}:{plain}".encode(), hashlib.sha256).hexdigest()


def _recovery_code() -> str:
    signs = "".join(secrets.choice(_RECOVERY_SIGNS) for _ in range(_RECOVERY_LENGTH))
    return f"{signs[:5]}-{signs[5:]}"
