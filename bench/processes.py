"""Child processes of a measurement: pinned to a core, metered through /proc, stopped by pid."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def need(program: str, package: str) -> str:
    """Return the path of `program`, installing Debian's `package` where it is missing."""
    found = shutil.which(program)
    if found is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", package], check=True, stdout=subprocess.DEVNULL
        )
        found = shutil.which(program)
    if found is None:
        raise SystemExit(f"{program} is missing: apt-get install {package}")
    return found


@contextmanager
def running(
    command: list[str],
    *,
    core: int | None = None,
    env: dict[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` (on one core, where given) for the length of the block."""
    pinned = ["taskset", "-c", str(core), *command] if core is not None else command
    out = log.open("ab") if log else subprocess.DEVNULL
    child = subprocess.Popen(pinned, stdout=out, stderr=out, env={**os.environ, **(env or {})})
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def family(pid: int) -> list[int]:
    """Return `pid` and all its descendants."""
    pids = [pid]
    for parent in pids:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            pids += [int(child) for child in children.read_text().split()]
    return pids


def cpu_s(pids: list[int]) -> float:
    """Return the CPU seconds that these processes have used."""
    total = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            fields = stat.read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_S


def pss_mb(pids: list[int]) -> float:
    """Return the memory of these processes in MB, shared pages counted once (PSS)."""
    total_kb = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup")
        if rollup.exists():
            for line in rollup.read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kb += int(line.split()[1])
    return total_kb / 1024


class Meter:
    """CPU of some processes between two moments, as a share of one core."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self._cpu_s = cpu_s(pids)
        self._mono_s = time.monotonic()

    def percent_of_core(self) -> float:
        return 100 * (cpu_s(self._pids) - self._cpu_s) / (time.monotonic() - self._mono_s)
