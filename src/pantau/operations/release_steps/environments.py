"""Environments of releases: made beside those that run, proved, turned to, and let go of."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pantau.core.build import LOCK_NAME
from pantau.core.errors import Unavailable
from pantau.core.releases import (
    CURRENT,
    PREVIOUS,
    command_of,
    current_environment,
    previous_environment,
    python_of,
)
from pantau.operations.release_steps.locked import (
    files_of,
    installed,
    pins_of,
    site_packages,
)
from pantau.operations.release_steps.state import Release, sync_folder
from pantau.operations.release_steps.targets import Kind, Target

COMPLETE: Final = ".complete"
"""Stands in an environment that we made, when it is whole."""
_PIP_FOLDER: Final = ".pip"
_ANSWER_S: Final = 120.0
_INSTALL_S: Final = 1800.0
_LAST_LINES: Final = 6
_LAUNCHER: Final = """#!{python}
from pantau.cli import main

main()
"""


def run_in(
    environment: Path, *arguments: str, within_s: float = _ANSWER_S, cwd: Path | None = None
) -> str:
    """Run `pantau …` of an environment and return its stdout; raises Unavailable with its words.

    The settings are those of this process: the folder it is in, and its variables.
    """
    # -P: nothing that lies in the folder where somebody works may pass for a package.
    return _run([str(python_of(environment)), "-P", "-m", "pantau", *arguments], within_s, cwd)


def run_from(folder: Path, *arguments: str, within_s: float = _ANSWER_S) -> str:
    """Run the Pantau that lies unpacked in a folder with the packages of this environment."""
    program = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); from pantau.cli import main; main()"
    )
    return _run([sys.executable, "-P", "-c", program, *arguments], within_s)


def is_whole(environment: Path) -> bool:
    """Tell whether this is an environment that was made to its end."""
    return (environment / COMPLETE).exists()


def inspect(environment: Path) -> Release:
    """Start the Pantau of an environment and have it tell its build: the only proof that counts.

    Raises Unavailable with what it said when it does not start.
    """
    told = run_in(environment, "version", "--json")
    try:
        known = json.loads(told)
        return Release(
            version=known["pantau"],
            build=known["build"],
            engine=known["engine"],
            step=known["step"],
            environment=Path(os.path.realpath(environment)),
        )
    except (ValueError, KeyError) as error:
        raise Unavailable(
            "release.too_old",
            f"The Pantau in {environment} does not tell its build: it is from before releases.",
        ) from error


def make(
    folder: Path, target: Target, *, lock: str, source: Path | None, tell: Callable[[str], None]
) -> None:
    """Make the environment `folder` with the locked packages and a wheel or a checkout.

    Packages that the environment `source` has in the same version are linked from there: no
    network, and no second copy on disk.  What is there already and whole is left as it is; what is
    not whole is made anew.  Raises Unavailable, and leaves nothing half-made.
    """
    if is_whole(folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _make(folder, target, lock=lock, source=source, tell=tell)
    except OSError as error:
        raise Unavailable(
            "release.not_installed",
            f"The environment {folder} could not be made: {error.strerror or error}.",
        ) from error
    finally:
        if not is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _make(
    folder: Path, target: Target, *, lock: str, source: Path | None, tell: Callable[[str], None]
) -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], _INSTALL_S)
    site = site_packages(folder)
    assert site is not None
    missing = _link_packages(source, site, lock)
    if missing:
        tell(f"Fetching {len(missing)} packages.")
        lock_file = folder / "locked.txt"
        lock_file.write_text(lock, encoding="utf-8")
        _pip(folder.parent, python_of(folder), "install", "--require-hashes", "-r", lock_file)
    lay_package(target, site)
    _write_launcher(folder)
    (folder / COMPLETE).touch()


def fetch(version: str, releases_dir: Path) -> Path:
    """Download the wheel of a version from the package index; raises Unavailable."""
    folder = releases_dir / "wheels"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = f"pantau=={version}"
    _pip(releases_dir, None, "download", "--no-deps", "--only-binary=:all:", "-d", folder, wanted)
    found = sorted(folder.glob(f"pantau-{version}-*.whl"))
    if not found:
        raise Unavailable("release.not_fetched", f"The package index gave no wheel of {wanted}.")
    return found[-1]


def linkable(source: Path | None, lock: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return which packages of a lock an environment has already, and which it has not."""
    wanted = frozenset(f"{name}=={version}" for name, version in pins_of(lock).items())
    site = site_packages(source) if source else None
    if site is None or not _same_python(site):
        return frozenset(), wanted
    there = frozenset(installed(site)) & wanted
    return there, wanted - there


def register(releases_dir: Path, release: Release) -> Path:
    """Have a release under its name in the folder of releases; return that place."""
    place = releases_dir / release.name
    if not place.exists():
        place.unlink(missing_ok=True)
        place.symlink_to(release.environment)
    return place


def turn_to(releases_dir: Path, release: Release) -> None:
    """Have `current` name a release, from one moment to the next, and on disk.

    What was current is `previous` from here on.
    """
    place = register(releases_dir, release)
    current = releases_dir / CURRENT
    if current.is_symlink() and str(current.readlink()) != place.name:
        _turn(releases_dir / PREVIOUS, str(current.readlink()))
    _turn(current, place.name)
    sync_folder(releases_dir)


def name_current(releases_dir: Path, release: Release) -> None:
    """Have `current`, which leads to this release, lead there by its name; nothing else changes."""
    place = register(releases_dir, release)
    current = releases_dir / CURRENT
    is_ours = current.is_symlink() and place.resolve() == current.resolve()
    if is_ours and str(current.readlink()) != place.name:
        _turn(current, place.name)
        sync_folder(releases_dir)


def kept_releases(releases_dir: Path) -> tuple[Path, ...]:
    """Return the places of releases in the folder, the newest last."""
    places = [
        place
        for place in releases_dir.glob("*-*")
        if place.is_symlink() or (place / COMPLETE).exists()
    ]
    return tuple(sorted(places, key=lambda place: place.lstat().st_mtime))


def prune(
    releases_dir: Path, *, keep: int, needed: Collection[Path], in_use: Sequence[str]
) -> tuple[str, ...]:
    """Remove the oldest environments but `keep`; return the names of those that went.

    Stays what is current, what is among `needed`, and what a process runs from (`in_use`: their
    interpreters).  An environment that somebody else made is never removed, only our link to it.
    """
    linked = (current_environment(releases_dir), previous_environment(releases_dir))
    stay = {Path(os.path.realpath(place)) for place in needed} | {*linked}
    gone = []
    for place in kept_releases(releases_dir)[:-keep]:
        environment = Path(os.path.realpath(place))
        is_used = any(Path(used).is_relative_to(environment) for used in in_use)
        if environment in stay or is_used:
            continue
        if place.is_symlink():
            place.unlink()
        else:
            (place / COMPLETE).unlink()
            shutil.rmtree(place, ignore_errors=True)
        gone.append(place.name)
    return tuple(gone)


def _turn(link: Path, name: str) -> None:
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(name)
    fresh.replace(link)


def _link_packages(source: Path | None, site: Path, lock: str) -> frozenset[str]:
    there, missing = linkable(source, lock)
    found = site_packages(source) if source else None
    if found is None:
        return missing
    metadata = installed(found)
    for name in there:
        for file in files_of(metadata[name]):
            old, new = found / file, site / file
            if not old.is_file():
                continue
            new.parent.mkdir(parents=True, exist_ok=True)
            try:
                new.hardlink_to(old)
            except FileExistsError:
                continue
            except OSError:
                # Another disk, or a file system without links.
                shutil.copy2(old, new)
    return missing


def lay_package(target: Target, site: Path) -> None:
    """Lay the files of Pantau; that they are the right ones is proved by the build they tell."""
    assert target.path is not None
    if target.kind is Kind.WHEEL:
        with zipfile.ZipFile(target.path) as wheel:
            wheel.extractall(site)
        return
    package = site / "pantau"
    shutil.copytree(
        target.path / "src" / "pantau", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / LOCK_NAME).parent.mkdir(exist_ok=True)
    shutil.copy2(target.path / LOCK_NAME, package / LOCK_NAME)


def _write_launcher(environment: Path) -> None:
    command = command_of(environment)
    command.write_text(_LAUNCHER.format(python=python_of(environment)), encoding="utf-8")
    command.chmod(0o755)


def _pip(releases_dir: Path, python: Path | None, *arguments: str | Path) -> None:
    runner = sys.executable
    if find_spec("pip") is None:
        # Environments of releases have none: it is needed for what has to be fetched alone.
        own = releases_dir / _PIP_FOLDER
        if not python_of(own).exists():
            _run([sys.executable, "-m", "venv", str(own)], _INSTALL_S)
        runner = str(python_of(own))
    where = ("--python", str(python)) if python else ()
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    _run([runner, "-m", "pip", *where, *map(str, arguments), *quiet], _INSTALL_S)


def _same_python(site: Path) -> bool:
    return site.parent.name == f"python{sys.version_info[0]}.{sys.version_info[1]}"


def _run(command: Sequence[str], within_s: float, cwd: Path | None = None) -> str:
    left_out = {"PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__"}
    variables = {name: text for name, text in os.environ.items() if name not in left_out}
    try:
        done = subprocess.run(  # noqa: S603 - commands of ours, in environments of the operator
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
            env=variables,
            cwd=cwd,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            "release.command_hangs", f"“{_shown(command)}” was not done after {within_s:g} s."
        ) from error
    except OSError as error:
        raise Unavailable(
            "release.command_failed", f"“{_shown(command)}” could not be run: {error.strerror}."
        ) from error
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_LAST_LINES:])
        raise Unavailable(
            "release.command_failed",
            f"“{_shown(command)}” ended with exit code {done.returncode}:\n{said}",
        )
    return done.stdout


def _shown(command: Sequence[str]) -> str:
    return " ".join(command)
