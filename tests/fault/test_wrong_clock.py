"""Somebody sets the machine's clock forward and back: nothing is overwritten, deleted or prolonged.

Real processes whose wall clock the test winds; see `wound/sitecustomize.py`.
"""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from pantau.media.archive.index import BrokenIndexError
from tests.boot.test_managed_cameras import Operator
from tests.fault.test_killed_processes import kill_shard
from tests.fault.troubled import (
    CARD,
    GENEROUS,
    RECORDED,
    TroubledHub,
    Watching,
    Writing,
    guess,
    until_footage,
)
from tests.media.archive.looped import index_of
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(900)]

WOUND = Path(__file__).parent / "wound"
FEWER = GENEROUS.replace("auth_per_minute = 100000", "auth_per_minute = 60")
STEPS = {
    "three hours ahead": timedelta(hours=3),
    "right again": timedelta(),
    "a day behind": timedelta(days=-1),
    "right after that": timedelta(),
    "a year ahead": timedelta(days=366),
    "right at last": timedelta(),
}


class WoundHub(TroubledHub):
    """A hub whose wall clock can be set."""

    def __init__(self, folder: Path, toml: str, *, limits: str = GENEROUS) -> None:
        self._by = folder / "wound-by"
        paths = os.pathsep.join(filter(None, [str(WOUND), os.environ.get("PYTHONPATH", "")]))
        super().__init__(folder, toml, limits=limits, PYTHONPATH=paths, WOUND_CLOCK=str(self._by))

    def set_clock(self, by: timedelta) -> None:
        """Have all processes see another time, from one moment to the next."""
        draft = self._by.with_suffix(".new")
        draft.write_text(str(by.total_seconds()))
        draft.replace(self._by)


def files(folder: Path) -> dict[Path, int]:
    """Return every finished file of the card with its inode."""
    found = {}
    for file in (folder / "data" / "recordings").glob("*/*/*.mp4"):
        # One that was just begun has nothing in its index yet.
        with suppress(BrokenIndexError, FileNotFoundError):
            if index_of(file).closed_bytes is not None:
                found[file] = file.stat().st_ino
    return found


def assert_footage_is_sane(folder: Path) -> None:
    for file in files(folder):
        index = index_of(file)
        assert 0 < index.duration_ms < 30_000, file
        assert all(fragment.end_ms > fragment.at_ms for fragment in index.fragments), file


def test_a_clock_that_is_set_forward_and_back_costs_nobody_anything(tmp_path: Path) -> None:
    with WoundHub(tmp_path, RECORDED.replace("reserve", "keep_hours = 24\nreserve") + CARD) as hub:
        hub.until_well()
        operator = Operator(hub)
        until_footage(operator, 1)
        with Watching(hub) as watching:
            for by in STEPS.values():
                hub.begin()
                before = files(tmp_path)
                hub.set_clock(by)
                until_in_thread(
                    lambda: len(files(tmp_path).keys() - before.keys()) >= 2,  # noqa: B023
                    timeout_s=120,
                    what=f"footage after the clock was set {by}",
                )
                watching.until_more()
                after = files(tmp_path)
                # Nothing has gone, and nothing has another file's name.
                assert before.items() <= after.items()
                assert hub.status("/health/live") == hub.status(hub.live) == 200
                assert not {"worker", "media_server", "camera_health"} & set(hub.down())
                assert hub.told("service_crashed") == []
        watching.assert_unbroken()
        assert_footage_is_sane(tmp_path)


def test_a_clock_that_jumps_a_year_prolongs_no_session_and_ends_none_for_good(
    tmp_path: Path,
) -> None:
    with WoundHub(tmp_path, CARD, limits=FEWER) as hub:
        hub.until_well()
        operator = Operator(hub)
        assert operator.browser.ask("/api/auth/verify")[0] == 200
        hub.set_clock(timedelta(days=366))
        assert operator.browser.ask("/api/auth/verify")[0] == 401
        hub.set_clock(timedelta())
        # What was issued for a quarter of an hour is good for what is left of it, and no longer.
        assert operator.browser.ask("/api/auth/verify")[0] == 200
        hub.set_clock(timedelta(days=-2))
        # Set back, limits still run by the clock that nobody sets.
        assert [guess(hub) for _ in range(60)][-1] == 429


def test_recorders_that_die_while_the_clock_is_behind_overwrite_nothing(tmp_path: Path) -> None:
    with WoundHub(tmp_path, RECORDED + CARD) as hub:
        hub.until_well()
        operator = Operator(hub)
        until_footage(operator, 2)
        with Writing(operator) as writing:
            for _ in range(2):
                before = files(tmp_path)
                # Back to where the names of files that are there would come again.
                hub.set_clock(timedelta(seconds=-10))
                kill_shard(hub)
                hub.set_clock(timedelta())
                until_in_thread(
                    lambda: len(files(tmp_path).keys() - before.keys()) >= 2,  # noqa: B023
                    timeout_s=120,
                    what="footage after the death",
                )
                assert before.items() <= files(tmp_path).items()
            writing.until_acknowledged()
        writing.assert_all_there()
        assert_footage_is_sane(tmp_path)
