"""Environments are turned to, remembered, and let go of; plans say what would happen."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pantau.core.releases import CURRENT, PREVIOUS, current_environment
from pantau.operations.release_steps.environments import (
    COMPLETE,
    kept_releases,
    prune,
    register,
    turn_to,
)
from pantau.operations.release_steps.locked import Difference
from pantau.operations.release_steps.planning import DatabaseSteps, Plan, Room, steps_between
from pantau.operations.release_steps.state import Release


def release(folder: Path, number: int, *, is_ours: bool = True) -> Release:
    """Make an environment as a deploy would; the higher the number, the newer."""
    environment = folder / f"0.{number}-b{number}" if is_ours else folder.parent / f"own{number}"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").touch()
    made = Release(
        version=f"0.{number}", build=f"b{number}", engine="e", step="0018", environment=environment
    )
    if is_ours:
        (environment / COMPLETE).touch()
        os.utime(environment, (number, number))
    else:
        os.utime(register(folder, made), (number, number), follow_symlinks=False)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "releases"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return [place.name for place in kept_releases(folder)]


def test_turning_remembers_what_was_current(folder: Path) -> None:
    first, second = release(folder, 1), release(folder, 2)
    turn_to(folder, first)
    assert not (folder / PREVIOUS).exists()
    turn_to(folder, second)
    turn_to(folder, second)
    assert current_environment(folder) == second.environment
    assert str((folder / CURRENT).readlink()) == second.name
    assert str((folder / PREVIOUS).readlink()) == first.name


def test_the_newest_three_stay_and_whatever_is_used(folder: Path) -> None:
    made = {number: release(folder, number) for number in range(1, 8)}
    turn_to(folder, made[1])
    gone = prune(
        folder,
        keep=3,
        needed=[made[2].environment],
        in_use=[str(made[3].environment / "bin" / "python")],
    )
    assert set(gone) == {made[4].name}
    assert not made[4].environment.exists()
    assert set(names(folder)) == {made[number].name for number in (1, 2, 3, 5, 6, 7)}


def test_an_environment_of_somebody_else_is_never_removed(folder: Path) -> None:
    theirs = release(folder, 1, is_ours=False)
    for number in range(2, 6):
        release(folder, number)
    assert theirs.name in prune(folder, keep=3, needed=[], in_use=[])
    assert (theirs.environment / "bin" / "python").exists()
    assert theirs.name not in names(folder)


def test_what_is_half_made_is_no_release(folder: Path) -> None:
    (release(folder, 1).environment / COMPLETE).unlink()
    assert names(folder) == []


def plan(folder: Path) -> Plan:
    before, after = release(folder, 1), release(folder, 2)
    return Plan(
        before=before,
        after=after,
        is_made=False,
        linked=70,
        database=DatabaseSteps(steps=()),
        runs=("media", "web", "worker"),
        local_hour=14,
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Then: 0.2 (build b2)."),
        ({}, "no network"),
        ({}, "The database needs no steps."),
        ({}, "Media goes on: no camera, viewer or recording notices."),
        ({}, "between 2 and 5 o'clock"),
        ({"before": None}, "no release is known"),
        ({"sha256": "f" * 64}, "SHA-256 of the wheel: " + "f" * 64),
        ({"fetched": ("av==19",)}, "It takes 1 package over the network, 70 from"),
        ({"differences": (Difference("av", "18", None),)}, "Packages that change: av 18 → –."),
        ({"is_made": True}, "The environment is there already"),
        ({"with_media": True}, "live pictures break, recordings have a gap"),
        ({"runs": ()}, "Nothing runs: the release begins with the next start."),
        (
            {"database": DatabaseSteps(steps=("0019",), seconds=1.25)},
            "The database takes 1 step: 0019. On a copy they took 1.2 s. The release of today can",
        ),
        (
            {"database": DatabaseSteps(steps=("0019", "0020"), seconds=1, breaks=("It goes.",))},
            "The release of today could not go on afterwards:\nIt goes.",
        ),
        (
            {"database": DatabaseSteps(steps=("0019",), why="no room.")},
            "They were not rehearsed: no room.",
        ),
        (
            {"rooms": (Room(where="/d", need_bytes=2**21, free_bytes=2**20),)},
            "Room at /d: 2 MiB needed, 1 MiB free: too little.",
        ),
    ],
)
def test_a_plan_says_what_would_happen(folder: Path, changes: dict[str, Any], says: str) -> None:
    assert says in "\n".join(replace(plan(folder), **changes).sentences())


def test_a_plan_is_honest_about_a_media_engine_that_changed(folder: Path) -> None:
    same = plan(folder)
    other = replace(same, after=same.after.model_copy(update={"engine": "other"}))
    assert "keeps its present build" in "\n".join(other.sentences())
    told = other.told()
    assert (told["media_changed"], told["goes_on"]) == (True, ["media"])
    assert told["restarts"] == ["web", "worker"]


@pytest.mark.parametrize(
    ("stored", "newest", "lacks"),
    [("0018", "0018", ()), ("0017", "0018", ("0018",)), (None, "0018", ("0017", "0018"))],
)
def test_the_steps_that_a_database_lacks(
    stored: str | None, newest: str, lacks: tuple[str, ...]
) -> None:
    assert steps_between(stored, newest, ["0017", "0018", "0019"]) == lacks
