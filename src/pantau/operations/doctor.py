"""Checks of a machine and an installation; each finding carries its own repair."""

import os
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pantau.core.errors import Problem
from pantau.ui.catalogues import read_folder

_LEAST_PYTHON: Final = (3, 11)
_LEAST_FREE_BYTES: Final = 2 * 2**30
_LONGEST_SOCKET_PATH: Final = 100
_GIB: Final = 2**30
_MOST_TOLD: Final = 3
_FOR_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `fix` says what to do when it is not `ok`."""

    name: str
    ok: bool
    message: str
    fix: str = ""


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Whether this Python is new enough."""
    return Finding(
        "python",
        version >= _LEAST_PYTHON,
        f"Python {version[0]}.{version[1]}",
        "Install Python 3.11 or newer and make the environment again.",
    )


def check_data_folder(folder: Path) -> Finding:
    """Whether the data folder can be written."""
    trial = folder / f".doctor-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"1")
        trial.unlink()
    except OSError as error:
        return Finding(
            "data folder",
            ok=False,
            message=f"{folder} cannot be written: {error.strerror}",
            fix="Give this user the folder (chown), or choose another with PANTAU_DATA_DIR.",
        )
    return Finding("data folder", ok=True, message=f"{folder} can be written")


def check_disk(folder: Path) -> Finding:
    """Whether there is room left for stills, logs and, later, recordings."""
    try:
        room = os.statvfs(folder)
    except OSError as error:
        return Finding(
            "disk",
            ok=False,
            message=f"free space is unknown: {error.strerror}",
            fix="Repair the data folder first.",
        )
    free_bytes = room.f_bavail * room.f_frsize
    return Finding(
        "disk",
        free_bytes >= _LEAST_FREE_BYTES,
        f"{free_bytes / _GIB:.1f} GiB free",
        "Delete what is not needed, or move the data folder to a larger disk.",
    )


def check_languages(folder: Path) -> Finding:
    """Whether the catalogues of texts that the operator laid there can be used."""
    found, told = read_folder(folder)
    # One line of the report each; the log of a start has all of them.
    worst = sorted(told, key=lambda each: not each.is_refused)[:_MOST_TOLD]
    sentences = "; ".join(f"{each.file} {each.sentence}" for each in worst)
    more = f"; and {len(told) - len(worst)} more" if len(told) > len(worst) else ""
    names = ", ".join(sorted(found))
    return Finding(
        "languages",
        not told,
        sentences + more if told else f"own texts: {names}" if names else "no texts of your own",
        f"Mend the file in {folder}, or take it away: docs/guide/languages.md.",
    )


def check_clock(now: datetime, newest_file: Path) -> Finding:
    """Whether the clock is later than this program's own files."""
    made_at = datetime.fromtimestamp(newest_file.stat().st_mtime, UTC)
    return Finding(
        "clock",
        now >= made_at,
        f"It is {now:%Y-%m-%d %H:%M} UTC",
        "The clock is behind. Switch on time synchronisation: timedatectl set-ntp true.",
    )


def check_port(
    host: str, port: int, *, refusal: Callable[[], str | None], is_ours: Callable[[], bool]
) -> Finding:
    """Whether the port is free, or taken by Pantau itself.

    `refusal` says why the port cannot be had, `is_ours` whether a Pantau answers there.
    """
    why_not = refusal()
    if why_not is None:
        return Finding("port", ok=True, message=f"{host}:{port} is free")
    if is_ours():
        return Finding("port", ok=True, message=f"{host}:{port} is used by Pantau, which runs")
    return Finding("port", ok=False, message=why_not, fix="Stop the other program, or change it.")


def check_codecs(version: Callable[[], str], missing: Callable[[], Sequence[str]]) -> Finding:
    """Whether libav is there with everything the engine asks of it."""
    fix = "Install the requirements again: make setup."
    try:
        found, lacking = version(), missing()
    except ImportError as error:
        return Finding("libav", ok=False, message=f"cannot be loaded: {error.msg}", fix=fix)
    if lacking:
        return Finding("libav", ok=False, message=f"{found} lacks {', '.join(lacking)}", fix=fix)
    return Finding("libav", ok=True, message=f"{found} with all codecs")


def check_media_server(*, is_running: bool, answer: Callable[[], str | None]) -> Finding:
    """Whether the media server answers, if Pantau runs; `answer` is its version."""
    said = answer()
    if said is not None:
        return Finding("media server", ok=True, message=f"answers ({said})")
    if not is_running:
        return Finding("media server", ok=True, message="not running, and neither is Pantau")
    return Finding(
        "media server",
        ok=False,
        message="does not answer, although Pantau runs",
        fix="Look at the log for what ended it; pantau serve starts it again by itself.",
    )


def check_socket_folder(folder: Path, longest_name: str) -> Finding:
    """Whether the kernel accepts the paths of our sockets."""
    length = len(str(folder / longest_name).encode())
    return Finding(
        "sockets",
        length <= _LONGEST_SOCKET_PATH,
        f"longest socket path has {length} bytes",
        "Set PANTAU_RUNTIME_DIR to a folder with a shorter name.",
    )


def check_vendor_files(folder: Path) -> Finding:
    """Whether the browser libraries were fetched."""
    found = sorted(file.name for file in folder.rglob("*.*js")) if folder.is_dir() else []
    return Finding(
        "browser libraries",
        bool(found),
        ", ".join(found) or "missing: players without native HLS cannot play",
        "Fetch them: make vendor.",
    )


def check_database(
    where: str, *, steps: Callable[[], tuple[str | None, str]], damage: Callable[[], Sequence[str]]
) -> Finding:
    """Whether the database answers, is sound, and is no newer than this Pantau.

    `steps` says how far its tables are and how far they could be, None where there are none; it
    and `damage` raise a Problem when the database cannot be used.
    """
    fix = "docs/guide/database.md tells how to restore a backup and what the settings mean."
    try:
        stored, newest = steps()
        if stored is None:
            return Finding("database", ok=True, message=f"{where} is made by the first start")
        found = damage()
    except Problem as problem:
        return Finding("database", ok=False, message=problem.sentence, fix=fix)
    if found:
        message = f"{where} is damaged: {found[0]}"
        return Finding("database", ok=False, message=message, fix=fix)
    behind = "" if stored >= newest else f", upgraded to {newest} by the next start"
    return Finding("database", ok=True, message=f"{where} is sound, at step {stored}{behind}")


def check_private_file(name: str, file: Path) -> Finding:
    """Whether nobody but its owner can read `file`, if it is there."""
    if not file.exists():
        return Finding(name, ok=True, message=f"{file} is not there yet")
    if stat.S_IMODE(file.stat().st_mode) & _FOR_OTHERS:
        return Finding(
            name,
            ok=False,
            message=f"{file} is open to other users of this machine",
            fix=f"Close it: chmod 600 {file}",
        )
    return Finding(name, ok=True, message=f"{file} can be read by its owner alone")


def check_cameras(count: int) -> Finding:
    """How many cameras there are; none is no fault."""
    hint = "" if count else "; add [[cameras]] to pantau.toml, or try pantau serve --demo"
    return Finding("cameras", ok=True, message=f"{count} in the settings{hint}")
