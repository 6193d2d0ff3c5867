"""What can be deployed: a wheel, a version of the package index, an environment, a checkout."""

import hashlib
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import Parser
from enum import StrEnum
from pathlib import Path
from typing import Final

from pantau.core.build import LOCK_NAME, Contents, digest_of, engine_digest_of, package_contents
from pantau.core.errors import Invalid, Problem
from pantau.core.releases import command_of, python_of

_PACKAGE: Final = "pantau/"
_VERSION: Final = re.compile(r"^\d+(\.\d+){0,3}([.-]?(a|b|rc|dev|post)\d+)*$")
_WRITTEN_VERSION: Final = re.compile(rb'^__version__ = "([^"]+)"', re.MULTILINE)
_STEP: Final = re.compile(r"^migrations/versions/(\d+)_[^/]*\.py$")
_MARK: Final = "ui/static/vendor/"
_LEAST: Final = re.compile(r">=\s*3\.(\d+)")


# What reading damaged data raises besides: nonsense packed, in a way of packing or locking that is
# none, or less of it than was told.
_DAMAGED: Final = (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError)


class Kind(StrEnum):
    """What a target is."""

    WHEEL = "wheel"
    INDEX = "index"
    ENVIRONMENT = "environment"
    CHECKOUT = "checkout"


@dataclass(frozen=True, slots=True)
class Target:
    """Something to deploy, as it was named."""

    kind: Kind
    text: str
    path: Path | None
    """None for a version of the package index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The package in a wheel or a checkout, looked into without running anything of it."""

    version: str
    build: str
    engine: str
    step: str
    lock: str
    size_bytes: int
    least_python: tuple[int, int] = (3, 11)
    sha256: str = ""
    """Of the wheel's file; empty for a checkout."""

    @property
    def fits_python(self) -> bool:
        """Tell whether the Python of this process is new enough for it."""
        return sys.version_info[:2] >= self.least_python


def understood(text: str) -> Target:
    """Return what somebody named; raises Invalid with what it may be."""
    path = Path(text).absolute()
    try:
        path.stat()
    except PermissionError as error:
        raise Invalid(
            "release.target",
            f"TARGET: “{text}” cannot be looked at by the account of the hub: {error.strerror}. "
            "Lay the file where everybody may read, such as /srv.",
        ) from error
    except OSError:
        # Nothing of that name: it may be a version.
        pass
    if path.is_file() and path.suffix == ".whl":
        return Target(Kind.WHEEL, text, path)
    if text and path.is_dir():
        if (path / "pyproject.toml").is_file() and (path / "src" / "pantau").is_dir():
            return Target(Kind.CHECKOUT, text, path)
        if python_of(path).exists() and command_of(path).exists():
            return Target(Kind.ENVIRONMENT, text, path.resolve())
    elif not path.exists() and _VERSION.match(text):
        return Target(Kind.INDEX, text, None)
    raise Invalid(
        "release.target",
        f"TARGET: “{text}” is neither a wheel file (.whl), nor a version such as 0.2.0, nor the "
        "folder of an environment with Pantau in it, nor that of a source checkout.",
    )


@contextmanager
def contents_of(target: Target) -> Iterator[Contents]:
    """Give the files of the package in a wheel or a checkout; raises Invalid when it has none."""
    assert target.path is not None
    if target.kind is Kind.CHECKOUT:
        yield package_contents(target.path / "src" / "pantau")
        return
    try:
        with zipfile.ZipFile(target.path) as wheel:
            damaged = wheel.testzip()
            if damaged is not None:
                raise Invalid("release.target", f"TARGET: {damaged} in {target.text} is damaged.")
            yield {
                name.removeprefix(_PACKAGE): lambda name=name: wheel.read(name)  # type: ignore[misc]  # the default binds the name
                for name in wheel.namelist()
                if name.startswith(_PACKAGE) and not name.endswith("/")
            }
    except Problem:
        raise
    except _DAMAGED as error:
        raise Invalid(
            "release.target", f"TARGET: {target.text} is no whole wheel file: {error}."
        ) from error


def look_into(target: Target) -> Package:
    """Return what a wheel or a checkout holds; raises Invalid when it cannot be deployed."""
    assert target.path is not None
    with contents_of(target) as contents:
        if "__init__.py" not in contents:
            raise Invalid("release.target", f"TARGET: {target.text} has no Pantau in it.")
        _check_whole(target, contents)
        written = _WRITTEN_VERSION.search(contents["__init__.py"]())
        steps = sorted(found[1] for name in contents if (found := _STEP.match(name)))
        return Package(
            version=written[1].decode() if written else "0",
            build=digest_of(contents),
            engine=engine_digest_of(contents),
            step=steps[-1] if steps else "",
            lock=contents[LOCK_NAME]().decode(),
            size_bytes=_size_bytes(target, contents),
            least_python=_least_python(target),
            sha256=_sha256(target.path) if target.kind is Kind.WHEEL else "",
        )


def _check_whole(target: Target, contents: Contents) -> None:
    if LOCK_NAME not in contents:
        raise Invalid(
            "release.no_lock",
            f"TARGET: {target.text} does not say which packages it was tested with "
            f"({LOCK_NAME}). Ask for a wheel that does.",
        )
    if not any(name.startswith(_MARK) for name in contents):
        raise Invalid(
            "release.no_vendor",
            f"TARGET: {target.text} lacks the files of the pages ({_MARK}). In a checkout, run "
            "“make vendor” first.",
        )


def _size_bytes(target: Target, contents: Contents) -> int:
    assert target.path is not None
    if target.kind is Kind.WHEEL:
        with zipfile.ZipFile(target.path) as wheel:
            return sum(each.file_size for each in wheel.infolist())
    return sum(len(read()) for read in contents.values())


def _least_python(target: Target) -> tuple[int, int]:
    assert target.path is not None
    if target.kind is not Kind.WHEEL:
        return (3, 11)
    with zipfile.ZipFile(target.path) as wheel:
        named = [each for each in wheel.namelist() if each.endswith(".dist-info/METADATA")]
        text = wheel.read(named[0]).decode() if named else ""
    told = Parser().parsestr(text, headersonly=True)
    found = _LEAST.search(told.get("Requires-Python") or "")
    return (3, int(found[1])) if found else (3, 11)


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
