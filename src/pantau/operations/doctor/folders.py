"""Checks of folders and files: room, rights, owners, and what they are on."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pantau.operations.doctor.findings import Finding, advice, fine, wrong
from pantau.operations.machine_mounts import Mount, why_unfit

_LEAST_FREE_BYTES: Final = 2 * 2**30
_LEAST_FREE_INODES: Final = 0.05
_GIB: Final = 2**30
_FOR_OTHERS: Final = 0o077
_LONGEST_SOCKET_PATH: Final = 100


def check_data_folder(folder: Path) -> Finding:
    """Whether the data folder can be written, or made where it is not there yet."""
    trouble = _trouble_writing(_nearest(folder))
    if trouble:
        return wrong(
            "data folder",
            f"{folder} cannot be written: {trouble}",
            "Give this user the folder (chown), or choose another with PANTAU_DATA_DIR.",
        )
    if not folder.exists():
        return fine("data folder", f"{folder} is made by the first start")
    return fine("data folder", f"{folder} can be written")


def check_recordings_folder(folder: Path, *, must_exist: bool) -> Finding:
    """Whether a folder for footage is mounted and can be written.

    `must_exist` is true for folders that the settings name: nobody makes those.
    """
    name = "recordings folder"
    if not folder.is_dir():
        if not must_exist:
            return fine(name, f"{folder} is made by the first recording")
        return wrong(
            name,
            f"{folder} is not there",
            "Mount its disk (mount -a), or make the folder; recording there pauses meanwhile.",
        )
    trouble = _trouble_writing(folder)
    if trouble:
        fix = f"Give it to the account that Pantau runs as (chown), or mount it writable: {folder}"
        return wrong(name, f"{folder} cannot be written: {trouble}", fix)
    return fine(name, f"{folder} is there and can be written")


def check_disk(name: str, folder: Path, *, least_bytes: int = _LEAST_FREE_BYTES) -> Finding:
    """Whether there is room left, and room for more files."""
    there = _nearest(folder)
    try:
        room = os.statvfs(there)
    except OSError as error:
        return wrong(name, f"free space is unknown: {error.strerror}", "Repair the folder first.")
    free_bytes = room.f_bavail * room.f_frsize
    if free_bytes < least_bytes:
        return wrong(
            name,
            f"{free_bytes / _GIB:.1f} GiB free at {folder}, of {least_bytes / _GIB:.1f} at least",
            "Delete what is not needed, keep recordings for fewer hours, or add a larger disk.",
        )
    if room.f_files and room.f_favail < _LEAST_FREE_INODES * room.f_files:
        return wrong(
            name,
            f"{room.f_favail} files may still be made at {folder}, although there is room",
            "Delete small files (old thumbnails, exports), or make the file system anew with more "
            "inodes: mkfs.ext4 -i 16384.",
        )
    return fine(name, f"{free_bytes / _GIB:.1f} GiB free at {folder}")


def check_file_system(folder: Path, mount: Mount, *, for_database: bool) -> Finding:
    """Whether what the folder is on keeps what is written, and keeps it private."""
    unfit = why_unfit(mount, for_database=for_database)
    if not unfit:
        return fine("file system", f"{folder} is on {mount.kind or 'an unknown file system'}")
    fix = f"Move {folder} to a local disk with ext4 or xfs."
    if mount.is_read_only:
        again = f"mount -o remount,rw {mount.point}"
        fix = f"Look into the kernel's log (dmesg) for a broken disk, then type {again}"
    return wrong("file system", f"{folder}: {unfit}", fix)


def check_private_file(name: str, file: Path) -> Finding:
    """Whether nobody but its owner can read `file`, if it is there."""
    if not file.exists():
        return fine(name, f"{file} is not there yet")
    if stat.S_IMODE(file.stat().st_mode) & _FOR_OTHERS:
        return wrong(
            name,
            f"{file} is open to other users of this machine",
            f"Close it: chmod 600 {file}",
        )
    return fine(name, f"{file} can be read by its owner alone")


def check_owners(folder: Path, user_id: int, *, limit: int = 2_000) -> Finding:
    """Whether what is in the data folder belongs to who asks: root's files stop the service.

    Looks at `limit` entries at most, the outermost first.  Root itself is asked about the folder's
    owner instead.
    """
    expected = folder.stat().st_uid if user_id == 0 and folder.exists() else user_id
    for number, path in enumerate(_outermost_first(folder)):
        if number >= limit:
            break
        try:
            owner = path.lstat().st_uid
        except FileNotFoundError:
            continue
        if owner != expected:
            return wrong(
                "owners",
                f"{path} belongs to account {owner}, not to {expected}",
                f"Give everything to the one account that Pantau runs as: chown -R {expected} "
                f"{folder}",
            )
    return fine("owners", f"everything in {folder} belongs to account {expected}")


def check_socket_folder(folder: Path, longest_name: str) -> Finding:
    """Whether the kernel accepts the paths of our sockets."""
    length = len(str(folder / longest_name).encode())
    return Finding(
        "sockets",
        length <= _LONGEST_SOCKET_PATH,
        f"longest socket path has {length} bytes",
        "Set PANTAU_RUNTIME_DIR to a folder with a shorter name.",
    )


def check_closed_folder(folder: Path) -> Finding:
    """Whether other users are kept out of the data folder."""
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & _FOR_OTHERS:
        return advice(
            "data folder rights",
            f"other users of this machine can look into {folder}",
            f"Close it: chmod 700 {folder}",
        )
    return fine("data folder rights", f"{folder} is closed to other users")


def _outermost_first(folder: Path) -> Iterator[Path]:
    waiting = [folder] if folder.is_dir() else []
    while waiting:
        here = waiting.pop(0)
        yield here
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                yield Path(entry.path)


def _trouble_writing(folder: Path) -> str:
    trial = folder / f".doctor-{os.getpid()}"
    try:
        trial.write_bytes(b"1")
        trial.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())
