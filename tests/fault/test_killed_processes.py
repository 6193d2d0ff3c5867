"""kill −9 of every process, one after another and the parent last: the hub comes back by itself."""

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.boot.installation import command_line
from tests.boot.test_managed_cameras import Operator
from tests.boot.test_stopping import gone
from tests.fault.troubled import (
    TroubledHub,
    Watching,
    Writing,
    footage,
    until_footage,
)
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

SHARD = ("serve shard-", "mediaserver.shard")
"""As one is called that was forked, and one that was started the long way."""
TURNS = {"web": 3, "worker": 3, "media": 3, "shard": 1, "nursery": 2}
"""A shard that dies again and again puts its camera into quarantine, and should."""


def shards(hub: TroubledHub) -> list[psutil.Process]:
    titles = {each: " ".join(command_line(each)) for each in hub.family()}
    return [each for each, title in titles.items() if any(name in title for name in SHARD)]


def kill_shard(hub: TroubledHub) -> None:
    (shard,) = shards(hub)
    shard.kill()
    until_in_thread(
        lambda: [each for each in shards(hub) if each.pid != shard.pid], what="another shard"
    )


def kill_child(name: str) -> Callable[[TroubledHub], None]:
    def kill(hub: TroubledHub) -> None:
        hub.kill(name)

    return kill


def kill_nursery(hub: TroubledHub) -> None:
    """Kill what the worker is made from, while it is made: it must be made anyhow."""
    before = hub.pid_of("worker")
    assert before is not None
    os.kill(before, signal.SIGKILL)

    def killed() -> bool:
        nursery = hub.pid_of("nursery")
        if nursery is not None:
            os.kill(nursery, signal.SIGKILL)
        return nursery is not None or hub.pid_of("worker") not in {None, before}

    until_in_thread(killed, what="the end of the nursery")
    until_in_thread(lambda: hub.pid_of("worker") not in {None, before}, what="another worker")


KILLS: dict[str, Callable[[TroubledHub], None]] = {
    "web": kill_child("web"),
    "worker": kill_child("worker"),
    "media": kill_child("media"),
    "shard": kill_shard,
    "nursery": kill_nursery,
}


def said(hub: TroubledHub, victim: str) -> bool:
    """Tell whether the end and the return of a process were each said once.

    A shard is the media process's own affair, which says its end alone.
    """
    if victim == "shard":
        return len(hub.told("shard_died")) == 1
    if victim == "nursery":
        return hub.status("/health/live") == 200
    ended = hub.told("process_ended", child=victim, ended_by="SIGKILL")
    return len(ended) == len(hub.told("process_is_back", child=victim)) == 1


def areas(folder: Path) -> set[str]:
    connection = sqlite3.connect(folder / "data" / "pantau.db")
    try:
        return {name for (name,) in connection.execute("SELECT name FROM areas")}
    finally:
        connection.close()


@pytest.mark.parametrize("victim", [pytest.param(name, marks=pytest.mark.long) for name in KILLS])
def test_whatever_is_killed_again_and_again_comes_back_and_loses_nothing(
    victim: str, tmp_path: Path
) -> None:
    with TroubledHub(tmp_path) as hub:
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing, Watching(hub) as watching:
            writing.until_acknowledged()
            until_footage(operator, 1)
            hub.begin()
            for _ in range(TURNS[victim]):
                before = footage(operator)
                KILLS[victim](hub)
                # The first of several within a minute stands for all of them.
                until_in_thread(lambda: said(hub, victim), what=f"the death and return of {victim}")
                until_in_thread(lambda: hub.down() == [], timeout_s=90, what="health")
                watching.until_more()
                writing.until_acknowledged(2)
                until_footage(operator, 1, besides=frozenset(before))
                assert before <= footage(operator)
        if victim == "worker":
            watching.assert_unbroken()
        if victim == "web":
            watching.assert_gapless()
        writing.assert_all_there()


def test_every_process_may_be_killed_and_the_parent_too(tmp_path: Path) -> None:
    with TroubledHub(tmp_path) as hub:
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing, Watching(hub) as watching:
            writing.until_acknowledged()
            for victim, kill in KILLS.items():
                hub.begin()
                kill(hub)
                until_in_thread(lambda v=victim: said(hub, v), what=victim)  # type: ignore[misc]
                watching.until_more(1)
            writing.until_acknowledged()
        family = hub.family()
        assert len(family) >= 5
        os.kill(hub.process.pid, signal.SIGKILL)
        hub.process.wait(60)
        until_in_thread(lambda: gone(family), timeout_s=60, what="nobody left behind")
    with TroubledHub(tmp_path) as again:
        again.until_well()
    assert set(writing.acknowledged) <= areas(tmp_path)
