"""A new web process and a new worker under full load: no viewer and no recorder notices."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import pytest

from tests.boot.installation import Installation
from tests.fault.test_redeploys import (
    FRAGMENT_MS,
    LATENESS_MS,
    gaps_ms,
    indexes,
    recorded_ms,
    settings,
)
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

GOES_ON_MS = 2_000
"""So much is recorded, and watched, after every deploy."""


@pytest.fixture
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        yield farm


class Crowd:
    """A context: viewers in a process of their own."""

    def __init__(self, hub: Installation, viewers: int, cameras: list[str]) -> None:
        self._words = [str(hub.port), str(viewers), *cameras]
        self._out = hub.folder / "crowd.log"
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fault.rolling_crowd", *self._words],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def until_watching(self) -> None:
        until_in_thread(
            lambda: "watching" in self._out.read_text() or self._process.poll() is not None,
            timeout_s=90,
            what="everybody having a picture",
        )
        assert self._process.poll() is None, self._out.read_text()

    def leave(self) -> dict[str, Any]:
        """Have everybody go; return what they saw."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(60) == 0, self._out.read_text()
        seen: dict[str, Any] = json.loads(self._out.read_text().splitlines()[-1])
        return seen


@dataclass
class Deploying:
    """Deploys a hub again while it is watched and records."""

    hub: Installation
    cameras: int

    def cycle(self) -> None:
        """Replace the worker and the web process; return when both are and cameras went on."""
        before = self._children()
        os.kill(self.hub.process.pid, signal.SIGHUP)

        def are_followed() -> bool:
            now = self._children()
            return all(
                now[name]["renewals"] > child["renewals"] and not psutil.pid_exists(child["pid"])
                for name, child in before.items()
            )

        until_in_thread(are_followed, timeout_s=120, what="another worker and another web")
        had = self._recorded()
        until_in_thread(
            lambda: all(
                now > then + GOES_ON_MS for now, then in zip(self._recorded(), had, strict=True)
            ),
            timeout_s=120,
            what="every camera still recording",
        )

    def _children(self) -> dict[str, dict[str, Any]]:
        told = json.loads((self.hub.sockets_dir / "family.json").read_text())
        return {name: told["children"][name] for name in ("worker", "web")}

    def _recorded(self) -> list[int]:
        return [recorded_ms(self.hub.folder, n) for n in range(1, self.cameras + 1)]


def deploy(
    folder: Path, farm: FarmInThread, *, viewers: int, cameras: int, times: int
) -> dict[str, Any]:
    """Deploy `times` under that load; return what viewers saw, once recordings are judged."""
    numbers = range(1, cameras + 1)
    with Installation(folder, settings(farm, cameras)) as hub:
        hub.until_ready()
        until_in_thread(
            lambda: all(recorded_ms(folder, number) > 2_000 for number in numbers),
            timeout_s=90,
            what="every camera recording",
        )
        media = hub.pid_of("media")
        listed = [f"{each['id']}:{each['stream_key']}" for each in hub.streams().values()]
        with Crowd(hub, viewers, listed) as crowd:
            crowd.until_watching()
            deploying = Deploying(hub, cameras)
            for _ in range(times):
                deploying.cycle()
            seen = crowd.leave()
        assert hub.pid_of("media") == media
        database = folder / "data" / "pantau.db"
        until_in_thread(lambda: views(database) >= viewers, timeout_s=90, what="everybody counted")
        seen["views"] = views(database)
        until_in_thread(
            lambda: all(is_catalogued(folder, number) for number in numbers),
            timeout_s=90,
            what="the catalogue knowing what the files say",
        )
        seen["catalogue_gap_ms"] = max(catalogued_gap_ms(database, n) for n in numbers)
    assert seen["catalogue_gap_ms"] <= FRAGMENT_MS + LATENESS_MS
    for number in numbers:
        found = indexes(folder, number)
        assert max(gaps_ms(found), default=0) <= FRAGMENT_MS + LATENESS_MS, number
        assert all(index.closed_bytes is not None for index in found), "a clean stop closes files"
        assert farm.sessions_most(f"cam{number}") == 1
    seen["recorded_ms"] = sum(recorded_ms(folder, number) for number in numbers)
    seen["longest_gap_ms"] = max(max(gaps_ms(indexes(folder, n)), default=0) for n in numbers)
    return seen


def views(database: Path) -> int:
    """Return how many views were counted, those that are just over included."""
    query = "SELECT count(*) FROM view_history UNION ALL SELECT count(*) FROM open_views"
    return sum(count for (count,) in rows(database, query))


def is_catalogued(folder: Path, camera_id: int) -> bool:
    """Tell whether every recording of the catalogue has its file, and the other way round."""
    told = rows(
        folder / "data" / "pantau.db",
        "SELECT start_ms, CASE state WHEN 'closed' THEN duration_ms END FROM recording_segments "
        "WHERE camera_id = ? AND state IN ('open', 'closed') ORDER BY start_ms",
        camera_id,
    )
    return told == [
        (index.head.start_ms, None if index.closed_bytes is None else index.duration_ms)
        for index in indexes(folder, camera_id)
        if index.fragments
    ]


def catalogued_gap_ms(database: Path, camera_id: int) -> int:
    """Return the longest time of which the catalogue knows nothing; nothing may be deleted."""
    query = "SELECT count(*) FROM recording_deletions WHERE camera_id = ?"
    assert rows(database, query, camera_id) == [(0,)]
    query = "SELECT start_ms, end_ms FROM recording_segments WHERE camera_id = ? ORDER BY start_ms"
    return max(
        (after[0] - before[1] for before, after in pairwise(rows(database, query, camera_id))),
        default=0,
    )


def rows(database: Path, query: str, *values: int) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        return opened.execute(query, values).fetchall()


def judge(seen: dict[str, Any], *, viewers: int) -> None:
    """Fail unless nobody noticed anything."""
    assert (seen["failed"], seen["failures"]) == (0, []), seen
    assert (seen["missing"], seen["repeated"]) == (0, 0), seen
    assert (seen["viewers"], seen["views"]) == (viewers, viewers), seen


@pytest.mark.fault
@pytest.mark.long  # tests/boot/test_renewal.py and tests/web/test_leaving.py are the short forms
@pytest.mark.timeout(300)
def test_nobody_notices_a_deploy(tmp_path: Path, farm: FarmInThread) -> None:
    judge(deploy(tmp_path, farm, viewers=10, cameras=2, times=1), viewers=10)


@pytest.mark.fault
@pytest.mark.long
@pytest.mark.timeout(900)
def test_250_viewers_and_20_recorders_notice_nothing_of_three_deploys(
    tmp_path: Path, farm: FarmInThread
) -> None:
    seen = deploy(tmp_path, farm, viewers=250, cameras=20, times=3)
    (tmp_path / "seen.json").write_text(json.dumps(seen, indent=1))
    judge(seen, viewers=250)
    # Only here, where nothing else runs on the machine.
    assert (seen["late"], seen["resent"]) == (0, 0), seen
