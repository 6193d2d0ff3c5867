"""Checks of the program itself: Python, libraries, texts, settings."""

import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pantau.operations.doctor.findings import Finding, advice, fine, wrong
from pantau.operations.doctor.libraries import INSTALL_AGAIN
from pantau.ui.catalogues import read_folder

_LEAST_PYTHON: Final = (3, 11)
_MOST_TOLD: Final = 3
_FOR_OTHERS: Final = 0o077


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Whether this Python is new enough."""
    return Finding(
        "python",
        version >= _LEAST_PYTHON,
        f"Python {version[0]}.{version[1]}",
        "Install Python 3.11 or newer and make the environment again.",
    )


def check_codecs(version: Callable[[], str], missing: Callable[[], Sequence[str]]) -> Finding:
    """Whether libav is there with everything the engine asks of it."""
    try:
        found, lacking = version(), missing()
    except ImportError as error:
        return wrong("libav", f"cannot be loaded: {error.msg}", INSTALL_AGAIN)
    if lacking:
        return wrong("libav", f"{found} lacks {', '.join(lacking)}", INSTALL_AGAIN)
    return fine("libav", f"{found} with all codecs")


def check_vendor_files(folder: Path) -> Finding:
    """Whether the browser libraries were fetched."""
    found = sorted(file.name for file in folder.rglob("*.*js")) if folder.is_dir() else []
    return Finding(
        "browser libraries",
        bool(found),
        ", ".join(found) or "missing: players without native HLS cannot play",
        "Fetch them with make vendor in a checkout, or install the wheel, which has them.",
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


def check_settings_file(file: Path) -> Finding:
    """Whether the settings, which may hold passwords, are for their owner alone."""
    if not file.exists():
        return fine("settings file", f"{file} is not there: defaults and PANTAU_* variables count")
    if stat.S_IMODE(file.stat().st_mode) & _FOR_OTHERS:
        return advice(
            "settings file",
            f"{file} is open to other users of this machine",
            f"Camera addresses in it hold passwords. Close it: chmod 600 {file}",
        )
    return fine("settings file", f"{file} can be read by its owner alone")


def check_cameras(count: int) -> Finding:
    """How many cameras there are; none is no fault."""
    hint = "" if count else "; add one on the page /admin/cameras"
    return fine("cameras", f"{count}{hint}")
