"""Locked packages: what a lock asks for, what an environment has, how two locks differ."""

import operator
import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PIN: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)"
    r"\s*(;(?P<marker>[^\\]*))?"
)
_MARKER: Final = re.compile(
    r"^(?P<name>\w+)\s*(?P<how>==|!=|>=|<=|<|>)\s*['\"](?P<value>[^'\"]*)['\"]$"
)
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
}
_RUNS: Final = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """A package that two locks have in different versions; None where one has it not at all."""

    name: str
    before: str | None
    after: str | None


def normalised(name: str) -> str:
    """Return a package's name as all tools compare it (PEP 503)."""
    return _RUNS.sub("-", name).lower()


def pins_of(lock: str) -> dict[str, str]:
    """Return version by name of what a lock pins for this machine; comments and hashes are skipped.

    A marker that we do not understand counts as true: what is missing is left to pip.
    """
    found = (_PIN.match(line.strip()) for line in lock.splitlines())
    return {
        normalised(pin["name"]): pin["version"]
        for pin in found
        if pin and _holds(pin["marker"] or "")
    }


def _holds(marker: str) -> bool:
    if not marker.strip():
        return True
    if "(" in marker:
        return True
    return any(
        all(_compares(part.strip()) for part in either.split(" and "))
        for either in marker.split(" or ")
    )


def _compares(part: str) -> bool:
    found = _MARKER.match(part)
    known = {
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
        "implementation_name": sys.implementation.name,
        "platform_machine": platform.machine(),
    }
    if found is None or found["name"] not in known:
        return True
    ours, theirs = known[found["name"]], found["value"]
    if found["name"].startswith("python"):
        return _COMPARE[found["how"]](_numbers(ours), _numbers(theirs))
    return _COMPARE[found["how"]](ours, theirs)


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return tuple(found + [0] * (3 - len(found)))


def differences(before: str, after: str) -> tuple[Difference, ...]:
    """Return what `after` changes, by name."""
    old, new = pins_of(before), pins_of(after)
    return tuple(
        Difference(name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def site_packages(environment: Path) -> Path | None:
    """Return where an environment keeps its packages; None when it is none."""
    return next(iter(sorted(environment.glob("lib/python3.*/site-packages"))), None)


def installed(site: Path) -> Mapping[str, Path]:
    """Return the metadata folder of each installed package, by `name==version`."""
    return {
        f"{normalised(name)}=={version}": folder
        for folder in site.glob("*.dist-info")
        for name, _, version in [folder.name.removesuffix(".dist-info").partition("-")]
    }


def files_of(metadata: Path) -> Iterator[Path]:
    """Return the files of an installed package, relative to the packages' folder.

    Commands, which lie outside of it and name the interpreter of their environment, are left out.
    """
    for line in (metadata / "RECORD").read_text(encoding="utf-8").splitlines():
        # A name with a comma is quoted; no package of ours has one, and it would be missed loudly.
        name = line.split(",")[0]
        if name and not name.startswith(("..", "/", '"')):
            yield Path(name)
