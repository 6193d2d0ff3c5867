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
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import pytest

from tests.boot.installation import Installation
from tests.fault.test_redeploys import gaps_ms, indexes, recorded_ms, settings
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

FRAGMENT_MS = 1_000
LATENESS_MS = 1_500
GOES_ON_MS = 4_000
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
        told = json.loads((self.hub.folder / "data" / "run" / "family.json").read_text())
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
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        query = "SELECT count(*) FROM view_history UNION ALL SELECT count(*) FROM open_views"
        return sum(count for (count,) in opened.execute(query))


def judge(seen: dict[str, Any], *, viewers: int) -> None:
    """Fail unless nobody noticed anything."""
    assert (seen["failed"], seen["failures"]) == (0, []), seen
    assert (seen["missing"], seen["repeated"]) == (0, 0), seen
    assert (seen["viewers"], seen["views"]) == (viewers, viewers), seen


@pytest.mark.fault
@pytest.mark.timeout(300)
def test_nobody_notices_a_deploy(tmp_path: Path, farm: FarmInThread) -> None:
    judge(deploy(tmp_path, farm, viewers=20, cameras=3, times=1), viewers=20)


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
