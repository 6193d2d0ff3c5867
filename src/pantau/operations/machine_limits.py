"""How much memory we may have, and who listens where: what only the doctor asks of the machine."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import psutil

_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN_GROUP: Final = Path("/proc/self/cgroup")


class ListeningSocket(NamedTuple):
    """A TCP socket that waits for connections."""

    host: str
    port: int
    pid: int | None
    """None: of another user's process."""


def allowed_memory_bytes() -> int | None:
    """Return the machine's memory, or less where a container or unit is allowed less."""
    try:
        machine_bytes = int(psutil.virtual_memory().total)
    except (psutil.Error, OSError):
        return None
    return min([machine_bytes, *_limits_of_groups()])


def listening_sockets() -> tuple[ListeningSocket, ...]:
    """Return all TCP sockets of this machine that wait for connections."""
    try:
        found = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return ()
    return tuple(
        ListeningSocket(each.laddr.ip, int(each.laddr.port), each.pid)
        for each in found
        if each.status == psutil.CONN_LISTEN and each.laddr
    )


def least_open_files(pids: Iterable[int]) -> int | None:
    """Return how many files each of these processes may open; None: none of them can be asked."""
    return min((limit for pid in pids if (limit := _open_files(pid)) is not None), default=None)


def _open_files(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    except OSError:
        # It ended this moment, or belongs to somebody else.
        return None
    soft = next((line.split()[3] for line in lines if line.startswith("Max open files")), "")
    return int(soft) if soft.isdigit() else None


def _limits_of_groups() -> list[int]:
    try:
        lines = _OWN_GROUP.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    path = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")
    group = _GROUPS / path.strip("/")
    files = [
        each / "memory.max" for each in (group, *group.parents) if each.is_relative_to(_GROUPS)
    ]
    return [limit for file in files if (limit := _number_in(file)) is not None]


def _number_in(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        # “max”: no limit.
        return None
