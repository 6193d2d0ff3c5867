"""What the machine says of itself; what cannot be read is None.  Nobody else asks psutil."""

import platform
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import psutil

_ARCHITECTURES: Final[Mapping[str, str]] = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
"""As dashboards of the reference know them."""
_INTERFACES: Final = Path("/sys/class/net")
_CPU_FACTS: Final = Path("/proc/cpuinfo")
_PARTS: Final = ("web", "media", "worker", "demo")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """What does not change while we run."""

    platform: str
    arch: str
    cpus: int | None
    cpu_model: str | None


class CpuTimes(NamedTuple):
    """Seconds since the machine began; only differences mean anything."""

    busy_s: float
    all_s: float


class Memory(NamedTuple):
    """What of it is in use is what programs could not have: caches count as free."""

    total_bytes: int
    available_bytes: int

    @property
    def used_bytes(self) -> int:
        return self.total_bytes - self.available_bytes

    @property
    def used_percent(self) -> float | None:
        return round(100 * self.used_bytes / self.total_bytes, 1) if self.total_bytes else None


class Traffic(NamedTuple):
    """Bytes since the machine began, over its network cards; talk within the machine is none."""

    received_bytes: int
    sent_bytes: int


class Room(NamedTuple):
    """How large the disk below a folder is, and what may still be written there."""

    total_bytes: int
    free_bytes: int


class Process(NamedTuple):
    """A part of the hub; its children count as it.

    Of memory that several processes share, each has its share; where that cannot be read, all.
    """

    part: str
    """`web`, `media`, `worker`, `demo` or `serve`."""
    processes: int
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look."""

    cpu: CpuTimes | None
    load: tuple[float, float, float] | None
    memory: Memory | None
    traffic: Traffic | None
    booted_unix_s: float | None


def read_facts() -> MachineFacts:
    """Read what stays as it is.  Opens a file."""
    machine = platform.machine().lower()
    return MachineFacts(
        platform=sys.platform,
        arch=_ARCHITECTURES.get(machine, machine),
        cpus=_asked(psutil.cpu_count),
        cpu_model=_asked(_cpu_model),
    )


def read_machine() -> Reading:
    """Look once; about half a millisecond, no disk is touched."""
    return Reading(
        cpu=_asked(_cpu_times),
        load=_asked(psutil.getloadavg),
        memory=_asked(_memory),
        traffic=_asked(_traffic),
        booted_unix_s=_asked(psutil.boot_time),
    )


def read_room(folder: Path) -> Room | None:
    """Ask the disk below `folder`.  Blocks for as long as a network disk is silent."""
    found = _asked(lambda: psutil.disk_usage(str(folder)))
    return None if found is None else Room(found.total, found.free)


def read_family() -> Sequence[Process]:
    """Read what this process and its siblings hold in memory; some ten milliseconds.

    Empty where even this process may not be asked.  Parts that something else than `pantau serve`
    started are not found.
    """
    return _asked(_family) or ()


def _family() -> Sequence[Process]:
    own = psutil.Process()
    parent = own.parent()
    if parent is None or "serve" not in _words(parent):
        return [Process("web", 1, _held_bytes(own))]
    held: dict[str, list[int]] = {"serve": [_held_bytes(parent)]}
    for child in parent.children():
        part = _part_of(child)
        for each in (child, *child.children(recursive=True)):
            try:
                held.setdefault(part, []).append(_held_bytes(each))
            except psutil.Error:
                # It ended between the list and the question.
                continue
    return [Process(part, len(sizes), sum(sizes)) for part, sizes in held.items()]


def _held_bytes(process: psutil.Process) -> int:
    """Return its proportional set size (proc(5)); processes that were forked share much."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return int(process.memory_info().rss)


def _part_of(process: psutil.Process) -> str:
    words = _words(process)
    return next((part for part in _PARTS if part in words), "serve")


def _words(process: psutil.Process) -> Sequence[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return ()


def _cpu_times() -> CpuTimes:
    times = psutil.cpu_times()._asdict()
    # Guests are counted as user time as well.
    every = sum(spent for name, spent in times.items() if not name.startswith("guest"))
    return CpuTimes(every - times.get("idle", 0.0) - times.get("iowait", 0.0), every)


def _memory() -> Memory:
    found = psutil.virtual_memory()
    return Memory(found.total, found.available)


def _traffic() -> Traffic | None:
    cards = psutil.net_io_counters(pernic=True)
    real = [name for name in cards if (_INTERFACES / name / "device").exists()]
    # In a container no card is real; bridges beside real ones would count everything twice.
    chosen = real or [name for name in cards if not _is_loopback(name)]
    if not chosen:
        return None
    return Traffic(
        sum(cards[name].bytes_recv for name in chosen),
        sum(cards[name].bytes_sent for name in chosen),
    )


def _is_loopback(name: str) -> bool:
    addresses = psutil.net_if_addrs().get(name, ())
    return name.startswith("lo") or any(
        each.family == socket.AF_INET and each.address.startswith("127.") for each in addresses
    )


def _cpu_model() -> str | None:
    for line in _CPU_FACTS.read_text(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model", "Hardware"} and value.strip():
            return value.strip()[:100]
    return platform.processor() or None


def _asked(ask: Callable[[], _T]) -> _T | None:
    try:
        return ask()
    except (psutil.Error, OSError, ValueError, NotImplementedError, RuntimeError):
        return None
