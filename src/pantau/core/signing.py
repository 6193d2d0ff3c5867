"""The installation's own secret, and what is derived from it."""

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final
from uuid import UUID

_SECRET_BYTES: Final = 32


def installation_secret(path: Path) -> bytes:
    """Return the secret kept at `path`; make it, readable by its owner alone, where there is none.

    Safe when several processes start at once: all of them return the same secret.  Raises OSError
    when the file cannot be read or made, and ValueError when it is damaged: a secret is never
    replaced silently, since every stream key would change.
    """
    if not path.exists():
        # Readable by its owner alone from the first byte on.
        opened, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        with os.fdopen(opened, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A hard link fails when another process was faster, so that its secret stays.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    secret = path.read_bytes()
    if len(secret) != _SECRET_BYTES:
        raise ValueError(f"{path.name} is damaged: it must hold {_SECRET_BYTES} bytes")
    return secret


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one `purpose`, which tell nothing about `secret` or other purposes."""
    # Apart from `derive_uuid`, whose results are public, even where both get the same words.
    return hmac.new(secret, b"key\0" + purpose.encode(), hashlib.sha256).digest()


def derive_uuid(secret: bytes, purpose: str) -> UUID:
    """Return a UUID that only who knows `secret` can compute, always the same for one `purpose`."""
    digest = hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
    # Shaped as version 4, because that is the only version some clients' patterns accept.
    return UUID(bytes=digest[:16], version=4)
