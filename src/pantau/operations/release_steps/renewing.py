"""Replaces worker and web by those of the current release, and believes only their own word.

Whoever keeps them (`pantau serve`, or a keeper of one under systemd) is asked by SIGHUP.  Where
nobody does (PM2, containers), a person is told what to type, and waited for.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.core.family_file import FailedRenewal, FamilyState, read_family
from pantau.operations.vitals import PartFailure, Vitals, read_vitals

ROLLING: Final = ("worker", "web")
"""What a release replaces, in this order; media goes on."""
_LOOK_EVERY_S: Final = 0.2
_READY_WITHIN_S: Final = 240.0
_TRIES: Final = 5
_BY_HAND_WITHIN_S: Final = 1800.0
_COMMANDS: Final = (
    "PM2:        pm2 sendSignal SIGHUP pantau-worker && pm2 sendSignal SIGHUP pantau-web",
    "Containers: docker compose up --detach --build",
    "systemd:    sudo systemctl reload pantau-worker pantau-web",
)


class Manner(StrEnum):
    """Who can replace the processes."""

    KEEPER = "keeper"
    """A parent of ours, by SIGHUP."""
    BY_HAND = "by_hand"
    """Somebody else's supervisor: a person types."""
    NOTHING_RUNS = "nothing_runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessNow:
    """One process that runs."""

    name: str
    pid: int
    version: str
    build: str
    python: str
    """The interpreter of its environment; empty where nobody keeps it."""
    started_at: datetime
    is_ready: bool
    part_failure: PartFailure | None = None
    """Why the worker inside it does not work, if it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubNow:
    """All processes that run, and those that keep them."""

    processes: tuple[ProcessNow, ...]
    family: FamilyState

    @property
    def manner(self) -> Manner:
        """Tell who can replace them."""
        if self.family.parents:
            return Manner.KEEPER
        if any(each.name in ROLLING for each in self.processes):
            return Manner.BY_HAND
        return Manner.NOTHING_RUNS

    def runs(self, name: str, build: str) -> bool:
        """Tell whether every process of a name is of a build, and ready; one at least."""
        found = [each for each in self.processes if each.name == name]
        return bool(found) and all(each.build == build and each.is_ready for each in found)

    def is_only(self, build: str) -> bool:
        """Tell whether all that a release replaces is of this build, and ready."""
        return all(self.runs(name, build) for name in ROLLING)


def look(sockets_dir: Path, *, now: datetime) -> HubNow:
    """Return who runs.  Blocking, a millisecond or two."""
    vitals = read_vitals(sockets_dir, now=now) if sockets_dir.is_dir() else ()
    family = read_family(sockets_dir)
    return HubNow(processes=tuple(_process(each, family) for each in vitals), family=family)


async def renew(
    sockets_dir: Path,
    *,
    build: str,
    clock: Clock,
    tell: Callable[[str], None],
    by_hand_within_s: float = _BY_HAND_WITHIN_S,
) -> bool:
    """Have worker and web be of `build`; harmless when they are.  False: nothing runs.

    Raises Unavailable with what did not get ready; the process of before goes on in that case.
    """
    hub = look(sockets_dir, now=clock.now())
    if hub.is_only(build) or hub.manner is Manner.NOTHING_RUNS:
        return hub.manner is not Manner.NOTHING_RUNS
    if hub.manner is Manner.BY_HAND:
        tell("\n".join(("Type now what fits here, and leave this running:", *_COMMANDS)))
        await _await(sockets_dir, ROLLING, build, clock, within_s=by_hand_within_s)
        return True
    for tries_left in reversed(range(_TRIES)):
        await _until_settled(sockets_dir, clock)
        before = look(sockets_dir, now=clock.now())
        try:
            await _ask_all(sockets_dir, before, build, clock, tell)
        except Unavailable:
            # A release that crashes again and again ends in the middle of being replaced.
            if not tries_left or not _died(before, look(sockets_dir, now=clock.now())):
                raise
            tell("A process ended by itself meanwhile: asking again.")
        else:
            return True
    return True


async def _ask_all(
    sockets_dir: Path, before: HubNow, build: str, clock: Clock, tell: Callable[[str], None]
) -> None:
    asked: set[int] = set()
    for name in ROLLING:
        if before.runs(name, build) and not asked:
            continue
        for pid in _keepers_of(name, before.family):
            if pid not in asked:
                tell(f"Replacing {name}: the new one begins to work before the old one leaves.")
                _ask(pid)
                asked.add(pid)
        await _await(sockets_dir, (name,), build, clock, within_s=_READY_WITHIN_S, before=before)
        tell(f"{name} runs build {build}, and is ready.")


def _died(before: HubNow, now: HubNow) -> bool:
    restarts = {name: child.restarts for name, child in before.family.children.items()}
    return any(
        child.restarts > restarts.get(name, 0) or child.pid is None
        for name, child in now.family.children.items()
        if name in ROLLING
    )


async def _until_settled(sockets_dir: Path, clock: Clock) -> None:
    """Wait for a renewal that somebody else asked for: while it lasts, ours would not be heard."""
    deadline_mono = clock.mono_s() + _READY_WITHIN_S
    while read_family(sockets_dir).renewing and clock.mono_s() < deadline_mono:
        await clock.sleep(_LOOK_EVERY_S)


async def restart_media(sockets_dir: Path, *, build: str, clock: Clock, left: str = "") -> None:
    """Have the media server be of `build`, which its keeper starts as current; live breaks.

    Harmless when it is.  With `left`, only where it is of that build.  Raises Unavailable when no
    other is ready in time, when that is of another build, or when nobody keeps it.
    """
    hub = look(sockets_dir, now=clock.now())
    before = {
        each.pid
        for each in hub.processes
        if each.name == "media" and each.build != build and left in {"", each.build}
    }
    if not before:
        return
    if hub.manner is not Manner.KEEPER:
        raise Unavailable(
            "release.media_by_hand", "Restart media by hand: nobody here keeps it running."
        )
    for pid in before:
        # One that ended by itself meanwhile is started again as well.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline_mono = clock.mono_s() + _READY_WITHIN_S
    while clock.mono_s() < deadline_mono:
        for each in look(sockets_dir, now=clock.now()).processes:
            if each.name == "media" and each.pid not in before and each.is_ready:
                _refuse_other_build(each, build)
                return
        await clock.sleep(_LOOK_EVERY_S)
    raise Unavailable("release.media_not_back", "The media server did not come back.")


async def _await(
    sockets_dir: Path,
    names: Sequence[str],
    build: str,
    clock: Clock,
    *,
    within_s: float,
    before: HubNow | None = None,
) -> None:
    """With `before`, what was there when it was asked, end as soon as waiting cannot help."""
    deadline_mono = clock.mono_s() + within_s
    while True:
        hub = look(sockets_dir, now=clock.now())
        if all(hub.runs(name, build) for name in names):
            return
        if before is not None:
            for name in names:
                _refuse_hopeless(name, build, before, hub)
        if clock.mono_s() > deadline_mono:
            raise Unavailable(
                "release.not_renewed",
                f"Build {build} was not running in {' and '.join(names)} after {within_s:g} s.",
            )
        await clock.sleep(_LOOK_EVERY_S)


def _refuse_hopeless(name: str, build: str, before: HubNow, hub: HubNow) -> None:
    for each in hub.processes:
        if each.build == build and each.part_failure is not None:
            why = each.part_failure.sentence or each.part_failure.kind
            raise Unavailable(
                "release.not_renewed", f"The new worker, inside web, does not work: {why}"
            )
    # The worker of a small hub is a part of its web process.
    name = name if name in hub.family.children else "web"
    failure = _failures(hub.family).get(name)
    if failure is not None and failure != _failures(before.family).get(name):
        raise Unavailable(
            "release.not_renewed",
            f"The new {name} did not get ready ({failure.why}); the one before goes on.",
        )
    known, child = before.family.children.get(name), hub.family.children.get(name)
    if child is None or child.renewals <= (known.renewals if known else 0):
        return
    for each in hub.processes:
        if each.pid == child.pid and each.is_ready:
            _refuse_other_build(each, build)


def _refuse_other_build(process: ProcessNow, build: str) -> None:
    """That something started is no proof (lesson D06)."""
    if process.build != build:
        raise Unavailable(
            "release.wrong_build",
            f"The new {process.name} says that it is build {process.build or 'unknown'}, and "
            f"{build} was meant.",
        )


def _ask(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGHUP)
    except PermissionError as error:
        raise Unavailable(
            "release.not_ours",
            f"Process {pid} belongs to somebody else. Run this as the account that Pantau runs as.",
        ) from error
    except ProcessLookupError as error:
        raise Unavailable("release.not_renewed", "Pantau ended meanwhile. Start it.") from error


def _keepers_of(name: str, family: FamilyState) -> tuple[int, ...]:
    child = family.children.get(name)
    if child is not None and child.pid is not None:
        try:
            parent = psutil.Process(child.pid).ppid()
        except psutil.Error:
            return family.parents
        if parent in family.parents:
            return (parent,)
    return family.parents


def _failures(family: FamilyState) -> dict[str, FailedRenewal]:
    return {
        name: child.last_failed_renewal
        for name, child in family.children.items()
        if child.last_failed_renewal is not None
    }


def _process(vitals: Vitals, family: FamilyState) -> ProcessNow:
    started_with = {child.pid: child.python for child in family.children.values()}
    return ProcessNow(
        name=vitals.process,
        pid=vitals.pid,
        version=vitals.version,
        build=vitals.build,
        python=started_with.get(vitals.pid, ""),
        started_at=vitals.started_at,
        is_ready=vitals.ready_at is not None and not vitals.is_stopping,
        part_failure=vitals.part_failure,
    )
