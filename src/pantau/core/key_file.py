"""The file with the keys that secrets are sealed with: private, replaced whole, never guessed."""

import base64
import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

_KEY_BYTES: Final = 32
_FORMAT: Final = 1


class KeyFileError(Exception):
    """The key file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `made_at` is None for the first, which was there from the beginning."""

    id: str
    secret: bytes = field(repr=False)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one file, the newest first."""

    path: Path
    keys: tuple[Key, ...]
    seen: tuple[int, int, int] = (0, 0, 0)
    """What identifies the file that was read: inode, time of change, size."""

    @property
    def newest(self) -> Key:
        """The key that seals."""
        return self.keys[0]

    def __contains__(self, key_id: str) -> bool:
        return self.get(key_id) is not None

    def get(self, key_id: str) -> Key | None:
        """Return the key of that id, if it is there."""
        return next((key for key in self.keys if key.id == key_id), None)

    def replaced_at(self, key_id: str) -> datetime | None:
        """Return when the next newer key took over; None for the newest, or if nobody knows."""
        newer: Key | None = None
        for key in self.keys:
            if key.id == key_id:
                return None if newer is None else newer.made_at
            newer = key
        return None

    def is_outdated(self) -> bool:
        """Tell whether the file was replaced since it was read; a file that is away was not."""
        try:
            return _identity(self.path.stat()) != self.seen
        except OSError:
            return False


def read_keys(path: Path, *, may_make: bool = False) -> KeyRing:
    """Return what `path` holds; with `may_make`, make it where there is no file."""
    with _explained(path):
        if may_make and not path.exists():
            _write(path, [_new_key(None)], is_first=True)
        found = path.stat()
        written = path.read_text(encoding="utf-8", errors="replace")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyFileError(
            f"{path} can be read by other users of this machine. Run: chmod 600 {path}"
        )
    return KeyRing(path, tuple(_parsed(path, written)), _identity(found))


def add_key(path: Path, *, now: datetime) -> KeyRing:
    """Put a new key first; what was sealed before still opens."""
    with _alone(path):
        ring = read_keys(path)
        _write(path, [_new_key(now), *ring.keys])
        return read_keys(path)


def remove_keys(path: Path, key_ids: Sequence[str]) -> KeyRing:
    """Forget keys for ever; the newest one always stays."""
    with _alone(path):
        ring = read_keys(path)
        kept = [key for key in ring.keys[1:] if key.id not in key_ids]
        _write(path, [ring.newest, *kept])
        return read_keys(path)


def write_joined(path: Path, first: Path, second: Path) -> KeyRing:
    """Write to `path` the keys of two files, each once; the newest of `first` seals."""
    keys = {key.id: key for ring in (second, first) for key in read_keys(ring).keys}
    order = dict.fromkeys(key.id for ring in (first, second) for key in read_keys(ring).keys)
    _write(path, [keys[key_id] for key_id in order])
    return read_keys(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with _explained(path), path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read or written: {error.strerror}.") from error


def _new_key(made_at: datetime | None) -> Key:
    return Key(secrets.token_hex(4), secrets.token_bytes(_KEY_BYTES), made_at)


def _write(path: Path, keys: Sequence[Key], *, is_first: bool = False) -> None:
    told = [
        {
            "id": key.id,
            "key": base64.b64encode(key.secret).decode(),
            "made_at": None if key.made_at is None else key.made_at.isoformat(),
        }
        for key in keys
    ]
    # Readable by its owner alone from the first byte on.
    opened, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, "keys": told}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    if not is_first:
        Path(draft).replace(path)
        _sync_folder(path.parent)
        return
    try:
        # A hard link fails when another process was faster, so that its key stays.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # A key that a power cut takes away takes everything with it that was sealed with it.
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _parsed(path: Path, written: str) -> list[Key]:
    try:
        told: dict[str, Any] = json.loads(written)
        keys = [_read_key(entry) for entry in told["keys"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if not keys or told.get("format") != _FORMAT:
        raise _damaged(path)
    return keys


def _damaged(path: Path) -> KeyFileError:
    return KeyFileError(
        f"{path} is damaged. Put it back from the backup; without it no stored secret can be read."
    )


def _read_key(entry: dict[str, Any]) -> Key:
    secret = base64.b64decode(entry["key"], validate=True)
    if len(secret) != _KEY_BYTES:
        raise ValueError("a key has the wrong length")
    made_at = entry["made_at"]
    return Key(entry["id"], secret, None if made_at is None else datetime.fromisoformat(made_at))


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_mtime_ns, found.st_size
