"""How an archive is locked, and how it is opened again: nothing, a passphrase, or keys of age.

Everything here blocks: run it in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pantau.backups import age_passphrase
from pantau.backups.age_passphrase import AgeError, WrongPassphraseError
from pantau.backups.models import ProtectionKind
from pantau.core.errors import Invalid

if TYPE_CHECKING:
    import pyrage

SHORTEST_PASSPHRASE: Final = 12
_LONGEST_PASSPHRASE: Final = 1024
_MOST_RECIPIENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Lock:
    """What an archive is locked with; without either it is open to everybody who has the file."""

    passphrase: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()
    """Public keys (`age1…`): who makes backups need not be able to read them."""
    work: int = age_passphrase.WORK
    """What trying a passphrase costs, as a power of two."""

    @property
    def kind(self) -> ProtectionKind:
        """What it is called."""
        if self.recipients:
            return "recipients"
        return "passphrase" if self.passphrase else "none"


@dataclass(frozen=True, slots=True)
class Unlock:
    """What an archive is opened with; whatever does not fit its lock is not used."""

    passphrase: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    """A private key, `AGE-SECRET-KEY-1…`."""


def checked_passphrase(passphrase: str, *, field: str = "passphrase") -> str:
    """Return a passphrase that may lock archives; raises Invalid."""
    if not SHORTEST_PASSPHRASE <= len(passphrase) <= _LONGEST_PASSPHRASE:
        raise Invalid(
            "backup.passphrase",
            f"The passphrase needs {SHORTEST_PASSPHRASE} to {_LONGEST_PASSPHRASE} characters.",
            field=field,
        )
    if not passphrase.isprintable():
        raise Invalid(
            "backup.passphrase",
            "The passphrase holds characters that cannot be typed everywhere.",
            field=field,
        )
    return passphrase


def checked_recipients(written: Sequence[str], *, field: str = "recipients") -> tuple[str, ...]:
    """Return public keys that are keys; raises Invalid."""
    kept = tuple(dict.fromkeys(line.strip() for line in written if line.strip()))
    if not kept or len(kept) > _MOST_RECIPIENTS:
        raise Invalid(
            "backup.recipients", f"Give 1 to {_MOST_RECIPIENTS} public keys.", field=field
        )
    for key in kept:
        _recipient(key, field)
    return kept


def lock_file(source: Path, target: Path, lock: Lock) -> None:
    """Write `source` to `target`, locked."""
    with source.open("rb") as plain, target.open("wb") as locked:
        if lock.recipients:
            import pyrage  # noqa: PLC0415 - for who locks for keys, not with a passphrase

            keys = [_recipient(key, "recipients") for key in lock.recipients]
            pyrage.encrypt_io(plain, locked, keys)
        else:
            age_passphrase.lock(plain, locked, lock.passphrase, work=lock.work)


def protection_of(beginning: bytes) -> ProtectionKind:
    """Tell how a file that begins so is locked."""
    if not beginning.startswith(age_passphrase.VERSION_LINE):
        return "none"
    return "passphrase" if age_passphrase.has_passphrase(beginning) else "recipients"


def unlock_file(source: Path, target: Path, unlock: Unlock, kind: ProtectionKind) -> None:
    """Write what is in `source` to `target`; raises Invalid when it does not open."""
    with source.open("rb") as locked, target.open("wb") as plain:
        if kind == "passphrase":
            if not unlock.passphrase:
                raise Invalid(
                    "backup.needs_passphrase",
                    "This backup is locked with a passphrase. Give it.",
                    field="passphrase",
                )
            try:
                age_passphrase.unlock(locked, plain, unlock.passphrase)
            except WrongPassphraseError as error:
                raise Invalid(
                    "backup.wrong_key",
                    "The passphrase is not the one that this backup was locked with.",
                    field="passphrase",
                ) from error
            except AgeError as error:
                raise Invalid(
                    "backup.damaged", f"This backup cannot be opened: {error}.", field="file"
                ) from error
            return
        import pyrage  # noqa: PLC0415 - for who locks for keys, not with a passphrase

        identity = _identity(unlock.identity)
        try:
            pyrage.decrypt_io(locked, plain, [identity])
        except pyrage.DecryptError as error:
            raise Invalid(
                "backup.wrong_key",
                "This backup is damaged, or was locked for another key.",
                field="identity",
            ) from error


def _recipient(key: str, field: str) -> "pyrage.x25519.Recipient":
    import pyrage  # noqa: PLC0415 - as above

    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError as error:
        raise Invalid(
            "backup.recipients", "A public key of age begins with age1.", field=field
        ) from error


def _identity(written: str) -> "pyrage.x25519.Identity":
    import pyrage  # noqa: PLC0415 - as above

    lines = (line.strip() for line in written.splitlines())
    key = next((line for line in lines if line and not line.startswith("#")), "")
    if not key:
        raise Invalid(
            "backup.needs_identity",
            "This backup is locked for a key of age. Give the file with the private key.",
            field="identity",
        )
    try:
        return pyrage.x25519.Identity.from_str(key)
    except pyrage.IdentityError as error:
        raise Invalid(
            "backup.identity",
            "A private key of age begins with AGE-SECRET-KEY-1.",
            field="identity",
        ) from error
