"""What is measured: answers of media server and database, a sign of life, room on the disk."""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.note_file import put_note
from pantau.health.monitor import Finding, Probe

_MEDIA_SILENT_S: Final = 10.0
_WORKER_SILENT_S: Final = 30.0
_LEAST_FREE_BYTES: Final = 256 * 2**20
_SWEEP_SILENT_S: Final = 60.0
HEARTBEAT_FILE: Final = "worker.json"
SWEEP_FILE: Final = "health.json"


def media_server(answered_ago_s: Callable[[], float | None]) -> Probe:
    """Return a probe that believes in a media server which answered a moment ago."""

    async def probe() -> Finding:
        ago_s = answered_ago_s()
        if ago_s is None:
            return Finding(ok=False, message="The media server has not answered yet.")
        facts = {"answered_ago_s": round(ago_s, 1)}
        if ago_s > _MEDIA_SILENT_S:
            return Finding(ok=False, message="The media server does not answer.", facts=facts)
        return Finding(ok=True, facts=facts)

    return probe


def worker(folder: Path, clock: Clock) -> Probe:
    """Return a probe that reads the worker's heartbeat in `folder`."""

    async def probe() -> Finding:
        beat = read_heartbeat(folder)
        if beat is not None and "failure" in beat:
            facts: dict[str, float | int | str | None] = {"reason": str(beat["failure"])}
            return Finding(ok=False, message="The worker fails. See the log.", facts=facts)
        ago_s = _ago_s(beat, clock)
        if beat is None or ago_s is None:
            return Finding(ok=False, message="The worker has not shown a sign of life.")
        facts = {
            "sweep_ago_s": round(ago_s, 1),
            "paths": int(beat.get("paths", 0)),
            "paths_failed": int(beat.get("failed", 0)),
        }
        if ago_s > _WORKER_SILENT_S:
            return Finding(ok=False, message="The worker does not work.", facts=facts)
        return Finding(ok=True, facts=facts)

    return probe


def camera_sweep(folder: Path, clock: Clock) -> Probe:
    """Return a probe that reads when all cameras were last looked at."""

    async def probe() -> Finding:
        beat = read_note(folder / SWEEP_FILE)
        ago_s = _ago_s(beat, clock)
        if beat is None or ago_s is None:
            return Finding(ok=False, message="No camera has been looked at yet.")
        facts = {
            "sweep_ago_s": round(ago_s, 1),
            "cameras": int(beat.get("cameras", 0)),
            "waiting_s": round(beat.get("waiting_s", 0.0), 1),
        }
        if ago_s > _SWEEP_SILENT_S:
            return Finding(ok=False, message="The cameras are not looked at.", facts=facts)
        return Finding(ok=True, facts=facts)

    return probe


def disk(folder: Path) -> Probe:
    """Return a probe that writes a file to the data folder and counts what is free there."""

    async def probe() -> Finding:
        trial = folder / f".health-{os.getpid()}"
        trial.write_bytes(b"1")
        trial.unlink()
        room = os.statvfs(folder)
        free_bytes = room.f_bavail * room.f_frsize
        facts = {"free_bytes": free_bytes}
        if free_bytes < _LEAST_FREE_BYTES:
            return Finding(ok=False, message="The disk of the data folder is full.", facts=facts)
        return Finding(ok=True, facts=facts)

    return probe


def database(ask: Callable[[], Awaitable[float]]) -> Probe:
    """Return a probe that has the database asked; `ask` returns how many seconds it took."""

    async def probe() -> Finding:
        try:
            took_s = await ask()
        except Problem as problem:
            return Finding(ok=False, message=problem.sentence)
        return Finding(ok=True, facts={"answer_ms": round(took_s * 1000, 1)})

    return probe


def write_heartbeat(folder: Path, *, at_mono_s: float, paths: int, failed: int) -> None:
    """Note that the worker has just finished a sweep."""
    note = {"at_mono_s": at_mono_s, "paths": paths, "failed": failed}
    put_note(folder / HEARTBEAT_FILE, json.dumps(note))


def write_failure(folder: Path, at_mono_s: float, kind: str) -> None:
    """Note that the worker failed, until it has finished another sweep."""
    note = {"at_mono_s": at_mono_s, "failure": kind}
    put_note(folder / HEARTBEAT_FILE, json.dumps(note))


def write_sweep(folder: Path, *, at_mono_s: float, cameras: int, waiting_s: float) -> None:
    """Note that all cameras have just been looked at."""
    note = {"at_mono_s": at_mono_s, "cameras": cameras, "waiting_s": waiting_s}
    put_note(folder / SWEEP_FILE, json.dumps(note))


def read_heartbeat(folder: Path) -> dict[str, Any] | None:
    """Return the worker's last note, or None where there is none that can be read."""
    return read_note(folder / HEARTBEAT_FILE)


def read_note(file: Path) -> dict[str, Any] | None:
    """Return what a process noted, or None where there is nothing that can be read."""
    try:
        beat = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return beat if isinstance(beat, dict) else None


def _ago_s(note: dict[str, Any] | None, clock: Clock) -> float | None:
    """Return how old a note is by the clock that all processes of a machine share.

    It does not jump when somebody sets the time.  None: there is none, or it is of before a boot.
    """
    at_mono_s = None if note is None else note.get("at_mono_s")
    ago_s = None if at_mono_s is None else clock.mono_s() - at_mono_s
    return ago_s if ago_s is not None and ago_s >= 0 else None
