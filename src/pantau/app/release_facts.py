"""What is known before a deploy: the release that runs, the one that is meant, what would happen.

Blocking: these are for commands, in which nothing else goes on.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from pantau import __version__
from pantau.app.database import database_place
from pantau.core.build import build_id, engine_id, lock_text
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, Problem
from pantau.core.releases import current_environment
from pantau.db.place import Place
from pantau.migrations.revisions import known_revisions
from pantau.migrations.upgrade import read_standing
from pantau.operations.release_steps import environments
from pantau.operations.release_steps.locked import differences, site_packages
from pantau.operations.release_steps.planning import (
    DatabaseSteps,
    Plan,
    Room,
    room_needed,
    steps_between,
)
from pantau.operations.release_steps.renewing import look
from pantau.operations.release_steps.state import Release
from pantau.operations.release_steps.targets import (
    Kind,
    Package,
    Target,
    contents_of,
    look_into,
    understood,
)
from pantau.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What is to be deployed, looked into."""

    target: Target
    release: Release
    package: Package | None
    """None for an environment: it is deployed as it is."""
    lock: str
    """Empty where nobody knows."""


def own_release() -> Release:
    """Return the release whose code carries this out."""
    return Release(
        version=__version__,
        build=build_id(),
        engine=engine_id(),
        step=known_revisions()[-1],
        environment=Path(os.path.realpath(sys.prefix)),
    )


def current_release(settings: Settings) -> Release | None:
    """Return what `current` names; None when nothing was deployed or adopted yet.

    Raises Unavailable when it does not start.
    """
    environment = current_environment(settings.releases_folder)
    return None if environment is None else _release_in(environment)


def running_release(settings: Settings, clock: Clock) -> Release:
    """Return the release in whose environment the hub runs now, else the one of this command."""
    for process in look(settings.sockets_dir, now=clock.now()).processes:
        environment = Path(process.python).parent.parent
        if process.python and (environment / "bin" / "pantau").exists():
            return _release_in(Path(os.path.realpath(environment)))
    return own_release()


def meant_by(text: str, settings: Settings) -> Meant:
    """Return what TARGET means; a version of the package index is downloaded for it.

    Raises Invalid and Unavailable.
    """
    target = understood(text)
    if target.kind is Kind.ENVIRONMENT:
        assert target.path is not None
        release = _release_in(target.path)
        return Meant(target=target, release=release, package=None, lock=_lock_of(target.path))
    if target.kind is Kind.INDEX:
        wheel = environments.fetch(target.text, settings.releases_folder)
        target = Target(Kind.WHEEL, str(wheel), wheel)
    package = look_into(target)
    release = Release(
        version=package.version,
        build=package.build,
        engine=package.engine,
        step=package.step,
        environment=settings.releases_folder / f"{package.version}-{package.build}",
    )
    return Meant(target=target, release=release, package=package, lock=package.lock)


async def plan_of(
    meant: Meant, settings: Settings, clock: Clock, *, with_media: bool = False
) -> Plan:
    """Return what a deploy would do; changes nothing but for what was downloaded.

    Raises Unavailable when what is current does not start, or the database is away.
    """
    before = current_release(settings)
    source = (before or running_release(settings, clock)).environment
    is_made = meant.package is None or environments.is_whole(meant.release.environment)
    there, missing = environments.linkable(source, meant.lock)
    place = database_place(settings)
    database = await _database_steps(meant, place, clock, can_run=is_made or not missing)
    rooms = _rooms(settings, place, meant, 0 if is_made else len(missing))
    plan = Plan(
        before=before,
        after=meant.release,
        sha256=meant.package.sha256 if meant.package else "",
        is_made=is_made,
        fetched=() if is_made else tuple(sorted(missing)),
        linked=0 if is_made else len(there),
        differences=differences(_lock_of(source), meant.lock) if meant.lock else (),
        database=database,
        rooms=rooms,
        runs=_running_names(settings, clock),
        local_hour=clock.now().astimezone(ZoneInfo(settings.timezone)).hour,
        with_media=with_media,
    )
    return replace(plan, refusals=tuple(_refusals(plan, meant)))


def _refusals(plan: Plan, meant: Meant) -> Iterator[str]:
    if meant.package is not None and not meant.package.fits_python:
        least = ".".join(map(str, meant.package.least_python))
        yield (
            f"TARGET: {meant.release.name} needs Python {least} or newer; this is "
            f"{sys.version_info[0]}.{sys.version_info[1]}."
        )
    for room in plan.rooms:
        if not room.is_enough:
            yield (
                f"The disk of {room.where} has {room.free_bytes / 2**20:.0f} MiB free, and "
                f"{room.need_bytes / 2**20:.0f} MiB are needed. Make room; nothing was changed."
            )


def _release_in(environment: Path) -> Release:
    if environment == Path(os.path.realpath(sys.prefix)):
        return own_release()
    return environments.inspect(environment)


def _lock_of(environment: Path) -> str:
    if environment == Path(os.path.realpath(sys.prefix)):
        return lock_text() or ""
    site = site_packages(environment)
    lock = site / "pantau" / "requirements" / "run.txt" if site else None
    return lock.read_text(encoding="utf-8") if lock and lock.is_file() else ""


def _running_names(settings: Settings, clock: Clock) -> tuple[str, ...]:
    seen = look(settings.sockets_dir, now=clock.now()).processes
    return tuple(sorted({each.name for each in seen if each.name in {"media", "worker", "web"}}))


async def _database_steps(
    meant: Meant, place: Place, clock: Clock, *, can_run: bool
) -> DatabaseSteps:
    standing = await read_standing(place, clock=clock)
    if standing.stored is None:
        return DatabaseSteps(steps=())
    known = _known_steps(meant)
    if known and standing.stored not in known:
        raise Invalid(
            "release.database_newer",
            f"TARGET: the database is at step {standing.stored}, which {meant.release.name} does "
            "not know: it is older. Use “pantau release rollback”.",
        )
    steps = steps_between(standing.stored, meant.release.step, known)
    if not steps or not can_run:
        why = "" if not steps else "its packages are not here yet. The deploy does it first."
        return DatabaseSteps(steps=steps, why=why)
    try:
        told = json.loads(_rehearsed(meant))
    except Problem as problem:
        return DatabaseSteps(steps=steps, why=problem.sentence)
    return DatabaseSteps(steps=steps, seconds=told["seconds"], breaks=tuple(told["breaks"]))


def _known_steps(meant: Meant) -> tuple[str, ...]:
    if meant.package is None:
        site = site_packages(meant.release.environment)
        folder = site / "pantau" / "migrations" if site else None
        if folder is None or not folder.is_dir():
            return tuple(known_revisions())
        return tuple(known_revisions(folder))
    with contents_of(meant.target) as contents:
        names = (Path(name) for name in contents)
        folder = Path("migrations", "versions")
        return tuple(
            sorted(
                name.name.partition("_")[0]
                for name in names
                if name.parent == folder and name.name[0].isdigit()
            )
        )


def _rehearsed(meant: Meant) -> str:
    command = ("database", "dry-run", "--json")
    if meant.package is None or environments.is_whole(meant.release.environment):
        return environments.run_in(meant.release.environment, *command, within_s=1800)
    with _unpacked(meant.target) as folder:
        return environments.run_from(folder, *command, within_s=1800)


@contextmanager
def _unpacked(target: Target) -> Iterator[Path]:
    assert target.path is not None
    if target.kind is Kind.CHECKOUT:
        yield target.path / "src"
        return
    with tempfile.TemporaryDirectory(prefix="pantau-plan-") as folder:
        environments.lay_package(target, Path(folder))
        yield Path(folder)


def _rooms(settings: Settings, place: Place, meant: Meant, fetched: int) -> tuple[Room, ...]:
    stored = place.file.stat().st_size if place.file and place.file.exists() else 0
    for_environment, for_database = room_needed(
        fetched=fetched,
        package_bytes=meant.package.size_bytes if meant.package else 0,
        database_bytes=stored,
    )
    folders = {_existing(settings.releases_folder): for_environment}
    data = _existing(settings.data_dir.absolute())
    same = next((each for each in folders if each.stat().st_dev == data.stat().st_dev), data)
    folders[same] = folders.get(same, 0) + for_database
    return tuple(
        Room(where=str(folder), need_bytes=need, free_bytes=shutil.disk_usage(folder).free)
        for folder, need in folders.items()
    )


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.is_dir())
