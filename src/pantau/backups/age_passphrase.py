"""Locks a file of any size with a passphrase as the `age` tool does, without holding it in memory.

The format is age-encryption.org/v1 with one scrypt recipient; pyrage does the same in memory only.
Everything here blocks: run it in a thread.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

VERSION_LINE: Final = b"age-encryption.org/v1\n"
_SALT_LABEL: Final = b"age-encryption.org/v1/scrypt"
_CHUNK_BYTES: Final = 64 * 1024
_TAG_BYTES: Final = 16
WORK: Final = 16
"""2**16 rounds take 64 MiB and a quarter of a second: what a guess costs, too."""
_MOST_WORK: Final = 20
"""What a file may make us spend: 1 GiB and some seconds; tools choose 18 or 19."""
_ZERO_NONCE: Final = b"\0" * 12
_HEADER: Final = re.compile(
    rb"age-encryption\.org/v1\n"
    rb"-> scrypt (?P<salt>[A-Za-z0-9+/]{22}) (?P<work>[1-9][0-9]?)\n"
    rb"(?P<body>[A-Za-z0-9+/]{43})\n"
    rb"--- (?P<mac>[A-Za-z0-9+/]{43})\n"
)
_LONGEST_HEADER: Final = 256


class AgeError(Exception):
    """The file cannot be opened; the message says why."""


class WrongPassphraseError(AgeError):
    """It is locked with another passphrase."""


def has_passphrase(beginning: bytes) -> bool:
    """Tell whether a file that begins so is locked with a passphrase, and not with keys."""
    return beginning.startswith(VERSION_LINE + b"-> scrypt ")


def lock(source: BinaryIO, target: BinaryIO, passphrase: str, *, work: int = WORK) -> None:
    """Write `source` to `target`, locked; finding the key takes 2**`work` rounds."""
    file_key, salt = secrets.token_bytes(16), secrets.token_bytes(16)
    wrapped = ChaCha20Poly1305(_wrapping_key(passphrase, salt, work)).encrypt(
        _ZERO_NONCE, file_key, None
    )
    header = VERSION_LINE + b"-> scrypt %b %d\n%b\n---" % (_b64(salt), work, _b64(wrapped))
    target.write(b"%b %b\n" % (header, _b64(_mac(file_key, header))))
    nonce = secrets.token_bytes(16)
    target.write(nonce)
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    chunk, number = source.read(_CHUNK_BYTES), 0
    while True:
        following = source.read(_CHUNK_BYTES)
        target.write(cipher.encrypt(_nonce(number, is_last=not following), chunk, None))
        if not following:
            return
        chunk, number = following, number + 1


def unlock(source: BinaryIO, target: BinaryIO, passphrase: str) -> None:
    """Write what is in `source` to `target`; raises AgeError.

    What was written before it raised is genuine, but not the whole: throw it away.
    """
    file_key = _file_key(source, passphrase)
    nonce = source.read(16)
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    sealed_bytes = _CHUNK_BYTES + _TAG_BYTES
    chunk, number = source.read(sealed_bytes), 0
    while True:
        following = source.read(sealed_bytes)
        try:
            target.write(cipher.decrypt(_nonce(number, is_last=not following), chunk, None))
        except InvalidTag as error:
            raise AgeError("it is damaged, or a part of it is missing") from error
        if not following:
            return
        chunk, number = following, number + 1


def _file_key(source: BinaryIO, passphrase: str) -> bytes:
    beginning = source.read(_LONGEST_HEADER)
    parts = _HEADER.match(beginning)
    if parts is None:
        raise AgeError("its beginning is damaged")
    source.seek(parts.end())
    work = int(parts["work"])
    if work > _MOST_WORK:
        raise AgeError(f"opening it would take too much memory (2^{work})")
    try:
        salt, wrapped, mac = (_plain(parts[name]) for name in ("salt", "body", "mac"))
        key = _wrapping_key(passphrase, salt, work)
        file_key = ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, wrapped, None)
    except (InvalidTag, binascii.Error) as error:
        raise WrongPassphraseError("the passphrase is not the one it was locked with") from error
    header = beginning[: parts.start("mac") - 1]
    if not hmac.compare_digest(mac, _mac(file_key, header)):
        raise AgeError("its beginning was changed")
    return file_key


def _wrapping_key(passphrase: str, salt: bytes, work: int) -> bytes:
    deriving = Scrypt(salt=_SALT_LABEL + salt, length=32, n=2**work, r=8, p=1)
    return deriving.derive(passphrase.encode())


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, purpose).derive(key)


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), header, hashlib.sha256)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _plain(written: bytes) -> bytes:
    return base64.b64decode(written + b"=" * (-len(written) % 4), validate=True)
