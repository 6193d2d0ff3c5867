"""Which file system a folder is on, and what speaks against it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse.rclone"}
)
_NO_RIGHTS: Final = frozenset({"vfat", "exfat", "msdos", "fuseblk", "ntfs", "ntfs3"})
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system."""

    point: Path
    kind: str
    """As the kernel calls it: ext4, nfs4, vfat; empty: unknown."""
    is_read_only: bool = False


def file_system_of(path: Path, mounts: str | None = None) -> Mount:
    """Return where `path` is mounted; `mounts` is a text like /proc/self/mountinfo."""
    real = path.resolve()
    best = Mount(Path("/"), "")
    for line in (_read() if mounts is None else mounts).splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 6 or not after:
            continue
        point = Path(_plain(fields[4]))
        # Of two on one point the later one is seen.
        if real.is_relative_to(point) and len(point.parts) >= len(best.point.parts):
            best = Mount(point, after.split()[0], "ro" in fields[5].split(","))
    return best


def why_unfit(mount: Mount, *, for_database: bool) -> str:
    """Return a sentence about what speaks against a file system; empty where nothing does."""
    if mount.is_read_only:
        return f"{mount.point} is mounted read-only."
    if mount.kind in _NO_RIGHTS:
        return f"{mount.kind} keeps no owners and rights: every user could read the keys."
    if mount.kind in _NETWORK and for_database:
        return f"{mount.kind} is a network file system, on which SQLite files break."
    if mount.kind in _IN_MEMORY:
        return f"{mount.kind} is memory: everything is gone after a restart of the machine."
    return ""


def _read() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _plain(field: str) -> str:
    for code, letter in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        field = field.replace(code, letter)
    return field
