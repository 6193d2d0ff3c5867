"""Deploying web and worker, however roughly, costs no camera a second of its footage."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from pantau.media.archive.index import BrokenIndexError, Index, read_index
from tests.boot.installation import Installation
from tests.support.farm import SILENT, SMALL, FarmInThread
from tests.support.waiting import until_in_thread

FRAGMENT_MS = 1_000
LATENESS_MS = 1_500
"""A beginning is dated by the arrival of its first picture, on a machine that others use too."""
SEGMENT_S = 15


@pytest.fixture
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        yield farm


def settings(farm: FarmInThread, cameras: int) -> str:
    """Put up cameras that are recorded, and return the settings that name them."""
    tables = [f"[recordings]\nsegment_s = {SEGMENT_S}\nreserve_bytes = 1048576\n"]
    for number in range(1, cameras + 1):
        farm.add(f"cam{number}", SMALL if number % 2 else SILENT)
        tables.append(
            f'[[cameras]]\nname = "Camera {number}"\nid = {number}\n'
            f'source = "{farm.url(f"cam{number}")}"\nrecord = true\non_demand = false\n'
        )
    return "\n".join(tables)


def indexes(folder: Path, camera_id: int) -> list[Index]:
    """Return what is recorded of a camera, oldest first; an index just begun has nothing yet."""
    found = []
    for file in sorted((folder / "data" / "recordings" / str(camera_id)).glob("*/*.idx")):
        with suppress(BrokenIndexError):
            found.append(read_index(file.read_bytes()))
    return found


def recorded_ms(folder: Path, camera_id: int) -> int:
    return sum(index.duration_ms for index in indexes(folder, camera_id))


def gaps_ms(found: list[Index]) -> list[int]:
    """Return how long nothing was recorded between neighbouring fragments, by the wall clock."""
    spans = [
        (index.head.start_ms + fragment.at_ms, index.head.start_ms + fragment.end_ms)
        for index in found
        for fragment in index.fragments
    ]
    return [after[0] - before[1] for before, after in pairwise(spans)]


@pytest.mark.parametrize(("cameras", "redeploys"), [(4, 2), (31, 10)])
@pytest.mark.fault
@pytest.mark.long  # tests/fault/test_killed_processes is the short form
@pytest.mark.timeout(600)
def test_cameras_go_on_recording_while_web_and_worker_are_killed_and_deployed_again(
    tmp_path: Path, farm: FarmInThread, cameras: int, redeploys: int
) -> None:
    numbers = range(1, cameras + 1)
    with Installation(tmp_path, settings(farm, cameras)) as installation:
        installation.until_ready()
        until_in_thread(
            lambda: all(recorded_ms(tmp_path, number) > 2_000 for number in numbers),
            timeout_s=60,
            what="every camera recording",
        )
        for turn in range(redeploys):
            if turn % 2:
                os.kill(installation.process.pid, signal.SIGHUP)
            else:
                installation.kill("web")
            installation.kill("worker")
            before = [recorded_ms(tmp_path, number) for number in numbers]
            until_in_thread(
                lambda before=before: all(  # type: ignore[misc]
                    recorded_ms(tmp_path, number) > had + 3_000
                    for number, had in zip(numbers, before, strict=True)
                ),
                timeout_s=60,
                what="every camera still recording",
            )
    for number in numbers:
        found = indexes(tmp_path, number)
        assert len(found) >= 1
        assert max(gaps_ms(found), default=0) <= FRAGMENT_MS + LATENESS_MS, number
        assert all(index.closed_bytes is not None for index in found), "a clean stop closes files"
        assert farm.sessions_most(f"cam{number}") == 1
