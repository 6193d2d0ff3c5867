"""When a verification that nobody gave a time may end: the gate is passed, and the hub is well."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pantau.operations.release.gathering import Hub, Looking
from pantau.operations.release.rules import Rules
from pantau.operations.release.verifying import has_settled
from pantau.operations.vitals import Vitals
from tests.operations.release.found import NEW
from tests.support.clock import START, HandWoundClock

RULES = Rules().model_copy(update={"stable_s": 30.0})


def told(name: str, ran_s: float, **changes: Any) -> Vitals:
    known: dict[str, Any] = {
        "process": name,
        "pid": 7,
        "version": "1.1.0",
        "build": NEW,
        "started_at": START - timedelta(seconds=ran_s),
        "ready_at": START,
        "at": START,
    }
    return Vitals(**known | changes)


OLD_WEB, OLD_WORKER = told("web", 31), told("worker", 31)


@pytest.mark.parametrize(
    ("vitals", "is_serving", "expected"),
    [
        ((OLD_WEB, OLD_WORKER), True, True),
        ((OLD_WEB, told("worker", 30)), True, False),
        ((OLD_WEB, told("worker", 2)), True, False),
        ((told("web", 2), OLD_WORKER), True, False),
        ((OLD_WEB, OLD_WORKER), False, False),
        ((OLD_WEB, OLD_WORKER), None, False),
        ((), True, False),
        # Media keeps the build and the age that it has: nobody waits for it.
        ((OLD_WEB, OLD_WORKER, told("media", 1)), True, True),
        # Of two web processes the one that leaves says nothing.
        ((OLD_WEB, told("web", 1, is_stopping=True), OLD_WORKER), True, True),
    ],
    ids=[
        "old and well",
        "exactly at the gate",
        "a young worker",
        "a young web",
        "unwell",
        "nobody asked",
        "nobody there",
        "young media",
        "one that leaves",
    ],
)
def test_a_release_has_settled_when_all_are_past_the_gate_and_the_hub_is_well(
    tmp_path: Path, vitals: tuple[Vitals, ...], is_serving: bool | None, expected: bool
) -> None:
    hub = Hub(address="http://127.0.0.1:9", sockets_dir=tmp_path, build=NEW)
    looking = Looking(hub, HandWoundClock())
    looking.sighting.vitals = vitals
    looking.prober.is_serving = is_serving
    assert has_settled(looking, RULES) is expected
