"""Counts over a time in which processes come, go, and begin again at zero."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from pantau.core.family_file import ChildState, Exit, FamilyState, file_name, write_family
from pantau.operations.release.counting import Tally, counts_of
from pantau.operations.release.sighting import Sighting
from pantau.operations.vitals import (
    Asked,
    CacheVitals,
    Latencies,
    PartFailure,
    PoolVitals,
    Vitals,
    VitalsFile,
    process_facts,
)
from tests.operations.release.found import NEW, NOW, OLD
from tests.support.clock import HandWoundClock


def vitals(pid: int = 1, **changes: Any) -> Vitals:
    known: dict[str, Any] = {
        "process": "web",
        "pid": pid,
        "version": "1.1.0",
        "build": NEW,
        "started_at": NOW,
        "ready_at": NOW,
        "at": NOW,
    }
    return Vitals(**known | changes)


def answers(count: int, pid: int = 1, **changes: Any) -> Vitals:
    return vitals(pid, requests={"api": {"200": count}}, **changes)


def counted(*looks: list[Vitals]) -> int:
    tally = Tally()
    for look in looks:
        tally = tally.after(look)
    return tally.counted().requests


def test_what_was_counted_before_the_first_look_is_left_out() -> None:
    assert counted([answers(1000)], [answers(1010)]) == 10


def test_a_process_that_came_later_is_counted_from_its_start() -> None:
    assert counted([answers(1000)], [answers(1010), answers(5, pid=2)]) == 15


def test_a_count_that_began_again_at_zero_is_not_negative() -> None:
    after = answers(3, started_at=NOW + timedelta(seconds=9))

    assert counted([answers(1000)], [answers(1010)], [after]) == 13


def test_what_a_process_counted_stays_when_it_is_gone() -> None:
    assert counted([answers(1000)], [answers(1010)], [], [answers(4, pid=2)]) == 14


def test_the_same_number_of_another_process_is_another_process() -> None:
    assert counted([answers(9, kernel_start=5)], [answers(7, kernel_start=6)]) == 7


def test_waits_for_connections_at_a_start_say_nothing_of_the_pool() -> None:
    starting = vitals(2, ready_at=None, pool=PoolVitals(exhausted=45))
    ready = [
        vitals(
            2,
            requests={"api": {"200": 7}},
            pool=PoolVitals(exhausted=exhausted, waits=10 * exhausted, timeouts=1),
            at=NOW + timedelta(seconds=after_s),
        )
        for exhausted, after_s in ((46, 1), (47, 9), (48, 11), (50, 60))
    ]

    tally = Tally().after([])
    for look in (starting, *ready):
        tally = tally.after([look])

    assert (tally.counted().exhausted, tally.counted().waits) == (3, 30)
    assert (tally.counted().requests, tally.counted().timeouts) == (7, 1), "these count at once"


def test_a_process_that_was_just_ready_at_the_first_look_keeps_its_other_counts() -> None:
    assert counted([answers(1000)], [answers(1010)]) == 10


def test_each_wait_that_a_release_before_tells_is_no_exhaustion() -> None:
    told = counts_of(vitals(pool=PoolVitals(exhausted=117, timeouts=2)))

    assert (told.exhausted, told.waits, told.timeouts) == (2, 117, 2)


def test_a_tally_goes_on_after_it_was_kept() -> None:
    kept = Tally().after([answers(1000)]).after([answers(1010)]).model_dump_json()

    tally = Tally.model_validate_json(kept).after([answers(1030)])

    assert tally.counted().requests == 30


def test_cameras_without_pictures_are_no_errors_and_the_rest_is() -> None:
    told = vitals(
        requests={
            "streams": {"503": 50, "500": 1},
            "stills": {"503": 9},
            "health": {"503": 9},
            "api": {"200": 10, "500": 2, "503": 4, "404": 7},
        }
    )

    assert counts_of(told).errors == 7
    assert counts_of(told).refusals["api"] == (23, 7)


def test_parts_of_the_engine_that_die_are_counted_though_media_is_of_the_build_before(
    tmp_path: Path,
) -> None:
    sighting = Sighting(tmp_path, NEW, HandWoundClock())
    for ends in (4, 6):
        media = vitals(process="media", build=OLD, shard_restarts=ends)
        sighting.vitals = (media, answers(0), vitals(2, build=OLD, unhandled_errors=9))
        sighting.tally = sighting.tally.after(sighting.meant())

    told = sighting.tally.counted()

    assert told.shard_restarts == 2
    assert told.critical == {"media": 0, "web": 0}


def test_addresses_are_counted_between_the_looks() -> None:
    looks = [vitals(answered={"/api/areas/*": (asked, asked - 1)}) for asked in (10, 35)]
    tally = Tally().after(looks[:1]).after(looks[1:])
    assert tally.counted().answered == {"/api/areas/*": (25, 25)}


def test_everything_that_is_judged_is_counted() -> None:
    told = counts_of(
        vitals(
            unhandled_errors=2,
            lines={"critical": 1, "error": 9},
            pool=PoolVitals(exhausted=4, waits=9, timeouts=3, read_waits=(0, 5, 4)),
            cache={"/a": CacheVitals(total=Asked(hits=5, misses=2), ttl_s=30.0)},
            latencies={"list": Latencies(counts=(1, 2, 3))},
        )
    )

    assert told.critical == {"web": 3}
    assert (told.exhausted, told.waits, told.timeouts) == (4, 9, 3)
    assert told.read_waits == (0, 5, 4)
    assert (told.cache, told.ttls) == ({"/a": (5, 2)}, {"/a": 30.0})
    assert told.latencies == {"list": (1, 2, 3)}


def test_buckets_of_other_widths_are_left_out() -> None:
    told = vitals(bounds_s=(1.0, 2.0), latencies={"list": Latencies(counts=(1, 2, 3))})

    assert counts_of(told).latencies == {}


def sighting(folder: Path, clock: HandWoundClock) -> Sighting:
    return Sighting(folder, NEW, clock)


def write(folder: Path, clock: HandWoundClock, **changes: Any) -> None:
    """Write down how this process is: one that really runs."""
    facts = process_facts()
    told = vitals(os.getpid(), at=clock.now(), **{**dict(facts), **changes})
    VitalsFile(folder, told.process, told.pid).write(told)


def keep(folder: Path, restarts: int) -> None:
    child = ChildState(
        pid=os.getpid(),
        is_ready=True,
        started_at="",
        python="",
        build=NEW,
        restarts=restarts,
        last_exit=Exit(at="", pid=1, how="exit code 3", ran_s=67.0),
    )
    state = FamilyState(parents=(os.getpid(),), children={"web": child})
    write_family(folder / file_name(None), state)


def test_a_clock_that_was_set_changes_no_age(tmp_path: Path) -> None:
    clock = HandWoundClock()
    seen = sighting(tmp_path, clock)
    write(tmp_path, clock, started_at=clock.now() + timedelta(days=1))
    seen.look_in_thread()
    (before,) = seen.processes()

    clock.set_wall_back(3 * 86_400)
    write(tmp_path, clock)
    seen.look_in_thread()
    (after,) = seen.processes()

    assert before.up_s is not None
    assert after.up_s is not None
    assert 0 < before.up_s <= after.up_s < before.up_s + 3600


def test_a_process_that_writes_nothing_any_more_is_not_ready(tmp_path: Path) -> None:
    clock = HandWoundClock()
    seen = sighting(tmp_path, clock)
    write(tmp_path, clock)
    seen.look_in_thread()
    clock.wind(11)
    seen.look_in_thread()

    assert [each.is_ready for each in seen.processes()] == [False]

    write(tmp_path, clock)
    seen.look_in_thread()

    assert [each.is_ready for each in seen.processes()] == [True]


def test_a_restart_that_nobody_asked_for_is_seen_once(tmp_path: Path) -> None:
    seen = sighting(tmp_path, HandWoundClock())
    for restarts in (2, 2, 3, 3):
        keep(tmp_path, restarts)
        seen.look_in_thread()

    assert [(each.name, each.how) for each in seen.ended] == [("web", "exit code 3")]


def test_whoever_is_gone_without_a_word_crashed_where_nobody_keeps_it(tmp_path: Path) -> None:
    clock = HandWoundClock()
    seen = sighting(tmp_path, clock)
    for is_stopping in (False, True):
        write(tmp_path, clock, is_stopping=is_stopping)
        seen.look_in_thread()
        VitalsFile(tmp_path, "web", os.getpid()).drop()
        seen.look_in_thread()

    assert [each.name for each in seen.ended] == ["web"]


def test_the_release_before_is_not_counted_for_this_one(tmp_path: Path) -> None:
    clock = HandWoundClock()
    seen = sighting(tmp_path, clock)
    write(tmp_path, clock, build=OLD)
    seen.look_in_thread()
    write(tmp_path, clock, build=OLD, requests={"api": {"500": 99}})
    seen.look_in_thread()

    assert seen.tally.counted().errors == 0


def test_a_part_that_begins_anew_failed_though_its_process_goes_on(tmp_path: Path) -> None:
    clock = HandWoundClock()
    seen = sighting(tmp_path, clock)
    keep(tmp_path, restarts=0)
    write(tmp_path, clock)
    part = {"process": "worker", "is_part": True}
    write(tmp_path, clock, **part, started_at=clock.now() - timedelta(hours=1))
    seen.look_in_thread()
    assert {each.name: each.up_s for each in seen.processes()}["worker"] == 3600

    VitalsFile(tmp_path, "worker", os.getpid()).drop()
    seen.look_in_thread()
    assert seen.ended == [], "it may be on its way out with its process"

    # It works again before anybody looked.
    write(tmp_path, clock, part_failures=1)
    write(tmp_path, clock, **part, started_at=clock.now())
    for _ in range(2):
        seen.look_in_thread()
        assert [(each.name, each.how) for each in seen.ended] == [("worker", "began anew")]
    assert {each.name: each.up_s for each in seen.processes()}["worker"] == 0

    # Another web process counts from zero.
    write(tmp_path, clock, part_failures=0)
    seen.look_in_thread()
    assert len(seen.ended) == 1


def test_a_part_that_does_not_even_start_is_seen_at_the_first_look(tmp_path: Path) -> None:
    """Whoever verifies a release waits a minute for a worker that is only slow."""
    clock = HandWoundClock()
    keep(tmp_path, restarts=0)
    failure = PartFailure(kind="database.too_new", sentence="Deploy the newer release.")
    write(tmp_path, clock, part_failures=7, part_failure=failure)
    seen = sighting(tmp_path, clock)
    for _ in range(2):
        seen.look_in_thread()
        assert [(each.name, each.how) for each in seen.ended] == [("worker", "database.too_new")]

    others = Sighting(tmp_path, OLD, clock)
    others.look_in_thread()
    assert others.ended == [], "that is another release"
