"""What the page and the API of performance say is what processes told, the worst first."""

from datetime import timedelta

from pantau.admin.performance import troubles_of
from pantau.core.family_file import ChildState, Exit, FamilyState
from pantau.operations.performance import performance_of
from pantau.operations.processes import Seen
from pantau.operations.vitals import (
    Asked,
    CacheVitals,
    JobVitals,
    Latencies,
    PoolVitals,
    SlowStatement,
    Vitals,
)
from tests.support.clock import START


def counts(**at: int) -> Latencies:
    """Return answers by the number of their bucket: `b6` are those of 3 to 5 ms."""
    told = [0] * 26
    for name, count in at.items():
        told[int(name[1:])] = count
    return Latencies(counts=tuple(told), sum_s=1.0)


WEB = Vitals(
    process="web",
    pid=7,
    version="1.0",
    build="0123456789ab",
    started_at=START,
    ready_at=START,
    at=START,
    requests={"api": {"200": 95, "500": 3, "503": 2}},
    latencies={"list": counts(b6=100), "login": counts(b20=1)},
    cache={
        "/api/stream": CacheVitals(hour=Asked(hits=3, misses=1)),
        "/api/config/public": CacheVitals(ttl_s=900.0),
    },
    pool=PoolVitals(
        queries=9,
        waits=7,
        exhausted=2,
        read_waits=counts(b10=7).counts,
        longest_wait_s=0.5,
        slow_statements=4,
    ),
    slow_statements=(
        SlowStatement(text="SELECT ?", count=4, longest_s=1.0, p50_s=0.2, last_at=START),
    ),
    lines={"warning": 2, "error": 1},
)
WORKER = Vitals(
    process="worker",
    pid=8,
    version="1.0",
    started_at=START,
    at=START - timedelta(seconds=40),
    unhandled_errors=1,
    jobs=(JobVitals(name="audit.witness", runs=3), JobVitals(name="health.sweep", late_s=70.0)),
)
FAMILY = FamilyState(
    children={
        "worker": ChildState(
            pid=8,
            is_ready=True,
            started_at="",
            python="",
            build="",
            restarts=3,
            last_exit=Exit(at="", pid=6, how="SIGKILL", ran_s=5.0),
        )
    }
)


def test_what_processes_told_is_put_together() -> None:
    told = performance_of(Seen((WEB, WORKER), FAMILY), START)
    web, worker = told.processes
    assert (web.restarts, web.errors, web.is_ready, web.silent_s) == (None, 1, True, 0.0)
    assert (worker.restarts, worker.last_exit, worker.silent_s) == (3, "SIGKILL", 40.0)
    assert (told.answers, told.server_errors) == (100, 3)
    assert [each.endpoint for each in told.endpoints] == ["login", "list"]
    assert 3 < told.endpoints[1].p50_ms <= 5
    assert told.cache_hour_percent == 75.0
    assert [(each.path, each.hour_percent) for each in told.cache] == [
        ("/api/stream", 75.0),
        ("/api/config/public", None),
    ]
    pool = told.pools[0]
    assert (pool.waits, pool.exhausted, pool.longest_wait_ms) == (7, 2, 500.0)
    assert pool.p95_wait_ms is not None
    assert 15 < pool.p95_wait_ms <= 20
    assert told.slow_statements[0].text == "SELECT ?"
    assert [each.work for each in told.jobs] == ["health.sweep", "audit.witness"]


def test_a_hub_that_tells_nothing_is_not_well_but_empty() -> None:
    told = performance_of(Seen(), START)
    assert not told.processes
    assert not told.endpoints
    assert not told.jobs
    assert told.cache_hour_percent is None
    assert troubles_of(told, str) == []


def test_troubles_are_said_in_sentences() -> None:
    told = performance_of(Seen((WEB, WORKER), FAMILY), START)
    assert troubles_of(told, str) == [
        "Worker does not tell how it is.",
        "Worker met errors that nobody foresaw.",
        "Some work is late.",
    ]
