"""Secrets that must be told again (camera passwords, bot tokens) kept unreadable in the database.

AES-256-GCM.  A sealed value is text, `v1.<key id>.<base64url>`; it opens only for the purpose, and
where one was given for the row, that it was sealed for: moved elsewhere it is worthless.
"""

import base64
import binascii
import contextlib
import json
import re
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pantau.core.errors import Unavailable
from pantau.core.key_file import KeyFileError, KeyRing, read_keys

_NONCE_BYTES: Final = 12
_VERSION: Final = "v1"
_SEALED: Final = re.compile(r"v1\.(?P<key>[0-9a-f]{8})\.(?P<box>[A-Za-z0-9_-]{38,})")


class SealingError(Unavailable):
    """A value cannot be opened; the sentence says what to do about it."""


class Sealer:
    """Seals with the newest key of a key file and opens with any of them.

    Notices when another process has replaced the file, so that a rotation needs no restart.  Cheap
    (tens of microseconds), any thread.
    """

    def __init__(self, keyring: KeyRing) -> None:
        self._keys = keyring

    @property
    def newest_key(self) -> str:
        """The id of the key that seals."""
        self._refresh()
        return self._keys.newest.id

    def seal(self, text: str, purpose: str, row: str | int = "") -> str:
        """Return `text` sealed for `purpose`, such as `camera.source`.

        `row` ties it to one row as well: whatever names the row before it is inserted and for ever.
        """
        self._refresh()
        key = self._keys.newest
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = _bound_to(key.id, purpose, row)
        box = nonce + AESGCM(key.secret).encrypt(nonce, text.encode(), bound)
        return f"{_VERSION}.{key.id}.{base64.urlsafe_b64encode(box).decode().rstrip('=')}"

    def open(self, sealed: str, purpose: str, row: str | int = "") -> str:
        """Return the text in `sealed`; raises SealingError for anything that was not sealed so."""
        parts = _SEALED.fullmatch(sealed)
        if parts is None:
            raise SealingError(
                "secrets.not_sealed",
                f"A stored secret ({purpose}) is not sealed. Enter it again.",
                purpose=purpose,
            )
        if parts["key"] not in self._keys:
            self._refresh()
        key = self._keys.get(parts["key"])
        if key is None:
            raise SealingError(
                "secrets.key_missing",
                f"A stored secret ({purpose}) was sealed with key {parts['key']}, which is not in "
                f"{self._keys.path.name}. Put that file back from the backup.",
                purpose=purpose,
            )
        try:
            box = base64.urlsafe_b64decode(parts["box"] + "=" * (-len(parts["box"]) % 4))
            bound = _bound_to(key.id, purpose, row)
            return (
                AESGCM(key.secret).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], bound).decode()
            )
        except (InvalidTag, binascii.Error) as error:
            raise SealingError(
                "secrets.damaged",
                f"A stored secret ({purpose}) is damaged or belongs elsewhere. Enter it again.",
                purpose=purpose,
            ) from error

    def _refresh(self) -> None:
        if self._keys.is_outdated():
            # A file that somebody is spoiling must not stop a process that has its keys; the next
            # start tells what is wrong with it.
            with contextlib.suppress(KeyFileError):
                self._keys = read_keys(self._keys.path)


def keyring(path: Path) -> KeyRing:
    """Return the keys kept at `path`; make the first one where there is no file.

    Safe when several processes start at once.  Raises KeyFileError, whose text says what to do.
    """
    return read_keys(path, may_make=True)


def is_sealed(text: str) -> bool:
    """Tell whether `text` looks like something that `Sealer.seal` returned."""
    return _SEALED.fullmatch(text) is not None


def key_of(sealed: str) -> str | None:
    """Return the id of the key that sealed it, or None for what is not sealed."""
    parts = _SEALED.fullmatch(sealed)
    return None if parts is None else parts["key"]


def _bound_to(key_id: str, purpose: str, row: str | int) -> bytes:
    return json.dumps([_VERSION, key_id, purpose, str(row)]).encode()
