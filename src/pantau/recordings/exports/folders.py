"""Where exports lie on the disk, and how much room there is for them."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.core.errors import Exhausted
from pantau.recordings.exports.repository import Burden

EXPORTS: Final = "exports"
"""The folder in the data folder."""
_LOCK: Final = "making.lock"
_ID_LENGTH: Final = 32
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class ExportFolders:
    """`root` has one folder for each export.  Names are checked: they come out of addresses."""

    root: Path
    most_bytes: int
    """What all exports together may take."""
    reserve_bytes: int
    """What stays free on the disk whatever happens."""

    def of(self, export_id: str) -> Path:
        """Return the folder of an export; raises ValueError for what is no number of one."""
        if not is_id(export_id):
            raise ValueError("no number of an export")
        return self.root / export_id

    async def check_room(self, needed_bytes: int, burden: Burden) -> None:
        """Raise Exhausted when an export of that size would be too much.

        Also where nobody can tell how much room there is: that is no reason to fill a disk.
        """
        if burden.size_bytes + needed_bytes > self.most_bytes:
            raise Exhausted(
                "exports.too_large",
                "All clips together would take more than is allowed for them. "
                "Delete some, or ask for less.",
            )
        try:
            free_bytes = await asyncio.to_thread(_free_bytes, self.root)
        except OSError as error:
            raise Exhausted(
                "exports.no_room", "How much room the disk has cannot be read."
            ) from error
        if free_bytes - needed_bytes < self.reserve_bytes:
            raise Exhausted(
                "exports.no_room", "There is not enough room on the disk for this. Ask for less."
            )

    def clear_in_thread(self, export_id: str) -> Path:
        """Return the folder of an export, empty.  Raises OSError."""
        folder = self.of(export_id)
        self.delete_in_thread(export_id)
        folder.mkdir(parents=True, mode=0o750)
        return folder

    def delete_in_thread(self, export_id: str) -> None:
        """Delete an export's files, if there are any.  Raises OSError."""
        self.delete_below(self.of(export_id))

    @staticmethod
    def delete_below(folder: Path) -> None:
        """Delete a folder with everything in it, if it is there.  Raises OSError.  Blocks."""
        if folder.is_dir():
            shutil.rmtree(folder)

    def lock_in_thread(self) -> Path:
        """Return the file whose lock whoever makes exports holds.  Raises OSError."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o750)
        lock = self.root / _LOCK
        lock.touch(mode=0o600)
        return lock

    def found_in_thread(self) -> list[str]:
        """Return the exports that have a folder.  Raises OSError."""
        if not self.root.is_dir():
            return []
        return [entry.name for entry in os.scandir(self.root) if is_id(entry.name)]


def is_id(text: str) -> bool:
    """Tell whether this may be the number of an export."""
    return len(text) == _ID_LENGTH and set(text) <= _HEXADECIMAL


def _free_bytes(folder: Path) -> int:
    """Return what an ordinary process may still write there; the folder need not exist."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize
