"""Which build of Pantau this is: told by its files, so that two that differ never look alike."""

import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

LOCK_NAME: Final = "requirements/run.txt"
"""The run lock: inside the package of a wheel, at the top of a checkout."""
_ENGINE: Final = ("media/", "mediaserver/")
_DIGITS: Final = 12
_BYTECODE: Final = frozenset({".pyc", ".pyo"})
_PACKAGE: Final = Path(__file__).resolve().parent.parent

Contents = Mapping[str, Callable[[], bytes]]
"""Names relative to the package, with slashes, and how to read each file."""


@functools.cache
def build_id() -> str:
    """Return the build that runs: twelve digits over names and contents of the package's files.

    Costs some 40 ms once; a process asks at its start, before anybody can lay other files there.
    """
    return digest_of(package_contents(_PACKAGE))


def is_replaced() -> bool:
    """Tell whether the package's files are others than those this process started with."""
    try:
        return digest_of(package_contents(_PACKAGE)) != build_id()
    except OSError:
        # The release was taken away, or is at this moment.
        return True


@functools.cache
def engine_id() -> str:
    """Return the same over the media engine alone: equal means that it need not be replaced."""
    return engine_digest_of(package_contents(_PACKAGE))


def lock_text() -> str | None:
    """Return the locked packages that this build was made with; None when it has no lock."""
    file = _lock_file(_PACKAGE)
    return file.read_text(encoding="utf-8") if file else None


def digest_of(contents: Contents) -> str:
    """Return the build id of a package with these files; bytecode in it does not count."""
    return _digest(contents, _counted(contents))


def engine_digest_of(contents: Contents) -> str:
    """Return the engine id of a package with these files."""
    return _digest(contents, (name for name in _counted(contents) if name.startswith(_ENGINE)))


def package_contents(package: Path) -> Contents:
    """Return the files of a package folder, with its lock where a wheel has it."""
    found = {file.relative_to(package).as_posix(): file.read_bytes for file in _files(package)}
    lock = _lock_file(package)
    return {**found, LOCK_NAME: lock.read_bytes} if lock else found


def _lock_file(package: Path) -> Path | None:
    places = (package / LOCK_NAME, package.parent.parent / LOCK_NAME)
    return next((file for file in places if file.is_file()), None)


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry)
        else:
            yield entry


def _counted(contents: Contents) -> Iterator[str]:
    for name in sorted(contents):
        path = PurePosixPath(name)
        if path.suffix not in _BYTECODE and "__pycache__" not in path.parts:
            yield name


def _digest(contents: Contents, names: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for name in names:
        data = contents[name]()
        # The lengths part names from contents, and one file from the next.
        whole.update(f"{len(name)} {name} {len(data)} ".encode())
        whole.update(data)
    return whole.hexdigest()[:_DIGITS]
