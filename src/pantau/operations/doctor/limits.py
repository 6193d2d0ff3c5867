"""Checks of what the kernel allows."""

from typing import Final

from pantau.operations.doctor.findings import Finding, advice, fine, wrong

_GIB: Final = 2**30
_MIB: Final = 2**20
_LEAST_FILES: Final = 1_024
_FILES_PER_CAMERA: Final = 8
_FILES_FOR_VIEWERS: Final = 4_096
_BASE_BYTES: Final = 400 * _MIB
"""What all processes need beside cameras and caches (measured: 250 MiB with eight cameras)."""
_CAMERA_BYTES: Final = 6 * _MIB
"""A live window of twenty seconds at 2 Mbit/s and its sockets."""


_MORE_FILES: Final = (
    "LimitNOFILE=65536 in its unit (systemctl edit), or ulimit -n 65536 before pantau serve; then "
    "restart it."
)


def check_open_files(limit: int, *, cameras: int, is_running: bool) -> Finding:
    """Whether a process may have as many sockets and files open as viewers and cameras need.

    `limit` is the least of what runs, or of who asks where nothing does: units set their own.
    """
    name = "open files"
    needed = _FILES_FOR_VIEWERS + _FILES_PER_CAMERA * cameras
    told = f"{limit} per process{'' if is_running else ' that this terminal starts'}"
    if limit < _LEAST_FILES:
        return wrong(
            name,
            f"{told}: too few for anything",
            f"Raise it: {_MORE_FILES}",
        )
    if limit < needed:
        return advice(
            name,
            f"{told}, and {needed} may be needed",
            f"Raise it: {_MORE_FILES}",
        )
    return fine(name, told)


def check_memory(allowed_bytes: int | None, *, cameras: int, cache_bytes: int) -> Finding:
    """Whether the memory that this machine or container has is enough for the cameras.

    None: nobody can tell.
    """
    if allowed_bytes is None:
        return fine("memory", "nobody can tell how much there is")
    needed = _BASE_BYTES + cache_bytes + cameras * _CAMERA_BYTES
    told = f"{allowed_bytes / _GIB:.1f} GiB, of which about {needed / _GIB:.1f} are needed"
    if allowed_bytes < needed:
        return wrong(
            "memory",
            f"{told} for {cameras} cameras",
            "Give the machine or container more, set a smaller cache_bytes in [edge], or let "
            "cameras connect on demand only.",
        )
    return fine("memory", told)
