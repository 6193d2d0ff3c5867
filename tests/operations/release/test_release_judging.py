"""The decision matrix: its six regressions, its borders, and what is not known."""

from typing import Any

import pytest

from pantau.operations.release.evidence import (
    Baseline,
    Ended,
    Evidence,
    Hits,
    PoolUse,
    Repeated,
)
from pantau.operations.release.figures import figures_of_release
from pantau.operations.release.kept_watch import Noted
from pantau.operations.release.rules import DAY_S, HOUR_S, Rules
from pantau.operations.release.verdict import Action, Status
from pantau.operations.release.words import metric_names, sayings, sentence
from tests.operations.release.found import (
    AREAS,
    LIST,
    OLD,
    baseline,
    evidence,
    measured,
    process,
    row,
    stretch,
    times,
    verdict,
)

KEEP, MONITOR, BACK = Action.KEEP, Action.MONITOR, Action.ROLL_BACK
WORDS = sayings(str)


def test_a_release_that_is_well_stays() -> None:
    told = verdict(evidence(running_s=DAY_S), baseline())

    assert told.action is KEEP
    assert {each.status for each in told.rows} == {Status.OK}


@pytest.mark.parametrize(
    ("metric", "found"),
    [
        pytest.param("time.list", measured(traffic={"list": times(300.0)}), id="slow endpoint"),
        pytest.param("errors", measured(errors=600), id="error burst"),
        pytest.param(
            "repeated",
            evidence(repeated=(Repeated(endpoint=LIST, asked=9, ready=0),)),
            id="cold cache",
        ),
        pytest.param(
            "pool",
            measured(pool=PoolUse(exhausted=400, timeouts=40, readers=5)),
            id="pool starvation",
        ),
        pytest.param(
            "stable", evidence(ended=(Ended(name="web", how="exit code 1"),)), id="boot crash"
        ),
        pytest.param(
            "build",
            evidence(processes=(process("web", build=OLD), process("worker"))),
            id="wrong build",
        ),
        pytest.param("critical", measured(critical={"web": 1}), id="critical error"),
        pytest.param("starts", evidence(processes=(process("worker"),)), id="does not start"),
        pytest.param(
            "starts", evidence(is_serving=False, down=("database",)), id="starts and is unwell"
        ),
    ],
)
def test_a_planted_regression_takes_the_release_back_and_nothing_else_does(
    metric: str, found: Evidence
) -> None:
    told = verdict(found, baseline())

    assert told.action is BACK
    assert [each.metric for each in told.rows if each.action is BACK] == [metric]
    assert row(told, metric).advice


BORDERS = [
    # before: 1 % of errors; exactly 10 % and exactly 50 % more.
    (109, KEEP),
    (110, MONITOR),
    (150, MONITOR),
    (151, BACK),
]


@pytest.mark.parametrize(("errors", "action"), BORDERS)
def test_an_error_rate_is_compared_with_the_one_before(errors: int, action: Action) -> None:
    before = baseline(requests=10_000, errors=100)

    assert row(verdict(measured(errors=errors), before), "errors").action is action


@pytest.mark.parametrize(
    ("found", "before", "status", "action"),
    [
        ({"requests": 0}, baseline(), Status.UNKNOWN, KEEP),
        ({"requests": 99, "errors": 99}, baseline(), Status.UNKNOWN, KEEP),
        ({"requests": None, "errors": None}, baseline(), Status.UNKNOWN, MONITOR),
        ({"requests": 100, "errors": 4}, baseline(), Status.MISSED, MONITOR),
        ({"requests": 100, "errors": 5}, baseline(), Status.MISSED, BACK),
        ({"requests": 100, "errors": 50}, None, Status.MISSED, MONITOR),
        ({"requests": 100, "errors": 50}, baseline(requests=0), Status.MISSED, BACK),
        ({"errors": 9}, baseline(), Status.OK, KEEP),
    ],
    ids=[
        "nobody asked",
        "too few asked",
        "nobody counts",
        "four errors are no burst",
        "five are",
        "the first release",
        "before it nobody asked",
        "below the floor",
    ],
)
def test_a_rate_needs_requests_and_something_before(
    found: dict[str, Any], before: Baseline | None, status: Status, action: Action
) -> None:
    told = row(verdict(measured(**found), before), "errors")

    assert (told.status, told.action) == (status, action)


def test_an_unforeseen_error_that_happened_before_as_well_is_no_reason_to_go_back() -> None:
    before = baseline(duration_s=24 * HOUR_S, requests=10_000, critical={"web": 24})
    found = evidence(measured=stretch(duration_s=2 * HOUR_S, critical={"web": 2}))
    more = evidence(measured=stretch(duration_s=2 * HOUR_S, critical={"web": 3}))

    assert row(verdict(found, before), "critical").action is MONITOR
    assert row(verdict(more, before), "critical").action is BACK


@pytest.mark.parametrize(
    ("running_s", "hits", "status"),
    [
        (HOUR_S - 1, 0, Status.UNKNOWN),
        (HOUR_S, 300, Status.MISSED),
        (HOUR_S, 301, Status.OK),
        (DAY_S - 1, 301, Status.OK),
        (DAY_S, 800, Status.MISSED),
        (DAY_S, 801, Status.OK),
    ],
)
def test_answers_must_be_ready_after_an_hour_and_after_a_day(
    running_s: float, hits: int, status: Status
) -> None:
    kept = (Hits(endpoint=AREAS, hits=hits, misses=1000 - hits, ttl_s=30.0),)
    found = evidence(running_s=running_s, measured=stretch(duration_s=HOUR_S, hits=kept))

    told = row(verdict(found, baseline()), "hits")

    assert told.status is status
    assert told.action is (MONITOR if status is Status.MISSED else KEEP)


def test_a_missed_hit_rate_names_the_endpoints_and_what_would_help_each() -> None:
    kept = (
        # Asked every 36 s and kept for 30: of 100, 45 could be ready.
        Hits(endpoint="/rare", hits=10, misses=90, ttl_s=30.0),
        # Asked every 3.6 s and kept for 300: dropped by changes.
        Hits(endpoint="/changing", hits=100, misses=900, ttl_s=300.0),
        Hits(endpoint="/snapshot", hits=100, misses=200),
        Hits(endpoint="/fine", hits=100, misses=1, ttl_s=30.0),
        Hits(endpoint="/hardly", hits=0, misses=5, ttl_s=30.0),
    )
    found = evidence(running_s=DAY_S, measured=stretch(duration_s=HOUR_S, hits=kept))

    told = row(verdict(found, baseline()), "hits")

    assert [(each.code, each.facts["endpoint"]) for each in told.advice] == [
        ("hits.dropped", "/changing"),
        ("hits.changes", "/snapshot"),
        ("hits.longer", "/rare"),
    ]
    # λT/(1+λT) = 80 % at λ = 1/36 s: T = 144 s.
    assert told.advice[2].facts["longer_s"] == 144
    assert "keep it for 144 s instead" in sentence(told.advice[2], WORDS)


@pytest.mark.parametrize(
    ("now", "before", "action"),
    [
        (times(0.4, 1.0), times(1.0, 2.0), KEEP),
        (times(1.0), times(0.4), KEEP),
        (times(25.0), times(0.4), MONITOR),
        (times(25.5), times(0.4), BACK),
        (times(200.0), times(100.0), MONITOR),
        (times(201.0), times(100.0), BACK),
        (times(110.0), times(100.0), KEEP),
        (times(1.0, 90.0), times(1.0, 4.0), BACK),
        (times(1.0, 90.0, count=99), times(1.0, 4.0), KEEP),
        (times(90.0, count=19), times(1.0), KEEP),
    ],
    ids=[
        "quicker",
        "noise of a millisecond",
        "slower, within the slack",
        "slower, beyond the slack",
        "exactly twice as slow",
        "more than twice as slow",
        "a tenth slower",
        "only the slowest are slower",
        "too few for the slowest to say much",
        "too few to say anything",
    ],
)
def test_times_are_compared_with_those_before(now: Any, before: Any, action: Action) -> None:
    found = measured(traffic={"list": now})

    told = row(verdict(found, baseline(traffic={"list": before})), "time.list")

    assert told.action is action


def test_visitors_are_compared_with_visitors_and_our_questions_with_our_own() -> None:
    ours, theirs = {"login": times(300.0, count=12)}, {"login": times(60.0, count=12)}

    told = row(
        verdict(
            measured(traffic={"login": times(70.0)}, probes=ours),
            baseline(traffic={}, probes=theirs),
        ),
        "time.login",
    )

    assert told.action is BACK
    assert told.measured.code == "time.ours"


@pytest.mark.parametrize(
    ("now_ms", "count", "action"),
    [
        (16.1, 12, KEEP),
        (16.6, 12, MONITOR),
        (24.0, 12, MONITOR),
        (29.0, 12, MONITOR),
        (29.1, 12, BACK),
        (16.1, 20, MONITOR),
    ],
    ids=[
        "as much as they differ by themselves",
        "more than that",
        "slower by 20 ms",
        "at the slack",
        "beyond it",
        "enough of them",
    ],
)
def test_a_handful_of_our_questions_is_judged_beyond_the_slack(
    now_ms: float, count: int, action: Action
) -> None:
    found = measured(traffic={}, probes={"playlist": times(now_ms, count=count)})
    before = baseline(traffic={}, probes={"playlist": times(4.0, count=12)})

    assert row(verdict(found, before), "time.playlist").action is action


def test_our_own_questions_do_not_stand_for_visitors() -> None:
    found = measured(
        traffic={"list": times(1.0, count=120)}, probes={"list": times(300.0, count=100)}
    )
    before = baseline(probes={"list": times(1.0, count=100)})

    assert row(verdict(found, before), "time.list").action is BACK


def test_the_first_release_is_measured_against_the_targets_alone() -> None:
    told = verdict(measured(traffic={"list": times(900.0), "login": times(39.0)}))

    assert told.action is MONITOR
    assert row(told, "time.list").status is Status.MISSED
    assert row(told, "time.login").status is Status.OK
    assert row(told, "time.stream").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("up_s", "status"), [(None, Status.UNKNOWN), (89.9, Status.UNKNOWN), (90.0, Status.OK)]
)
def test_the_youngest_process_says_whether_the_gate_was_passed(
    up_s: float | None, status: Status
) -> None:
    found = evidence(processes=(process("web", up_s=5000.0), process("worker", up_s=up_s)))

    told = row(verdict(found, baseline()), "stable")

    assert (told.status, told.action) == (status, KEEP)


def test_media_may_run_the_build_of_before() -> None:
    found = evidence(
        processes=(process("web"), process("worker"), process("media", build=OLD, up_s=3.0))
    )

    assert verdict(found, baseline()).action is KEEP


def test_a_hub_that_was_unwell_before_is_not_healed_by_going_back() -> None:
    found = evidence(is_serving=False, down=("media_server",))

    assert row(verdict(found, baseline(is_serving=False)), "starts").action is MONITOR


def test_a_cache_that_was_cold_before_is_reported_and_stays() -> None:
    cold = (Repeated(endpoint=LIST, asked=9, ready=0),)

    told = row(verdict(evidence(repeated=cold), baseline(repeated=cold)), "repeated")

    assert told.action is MONITOR


def test_what_nobody_knows_is_never_good_and_takes_nothing_back() -> None:
    nothing = evidence(
        is_serving=None,
        repeated=(),
        processes=(process("web", up_s=None), process("worker", up_s=None)),
        measured=stretch(
            requests=None, errors=None, critical=None, hits=None, pool=None, refusals=None
        ).model_copy(update={"traffic": {}, "sign_ins": None}),
    )

    told = verdict(nothing, baseline())

    assert told.action is MONITOR
    assert {each.metric for each in told.rows if each.status is Status.OK} == {"build"}


def test_every_number_is_a_setting() -> None:
    slow = measured(traffic={"list": times(30.0)}, errors=14)
    rules = Rules(worse_factor=40, error_floor_percent=1)

    assert verdict(slow, baseline()).action is BACK
    assert verdict(slow, baseline(), rules).action is MONITOR


def test_every_saying_has_its_words() -> None:
    found = [
        verdict(evidence(running_s=DAY_S), baseline()),
        verdict(evidence(), None),
        verdict(measured(errors=600, critical={"web": 3}), baseline()),
        verdict(measured(pool=PoolUse(exhausted=9, timeouts=9)), baseline()),
        verdict(measured(hits=(), pool=PoolUse(exhausted=9, timeouts=9, readers=64)), None),
    ]

    for told in found:
        for each in told.rows:
            assert each.metric in metric_names(str)
            for saying in (each.target, each.measured, *each.advice):
                said = sentence(saying, WORDS)
                assert said != saying.code
                assert "%(" not in said


def test_a_saying_of_another_release_is_shown_by_its_name() -> None:
    told = row(verdict(evidence()), "starts")

    assert sentence(told.target.model_copy(update={"code": "later.thing"}), WORDS) == "later.thing"


def test_the_last_verdict_is_told_as_metrics() -> None:
    told = verdict(measured(errors=600), baseline())

    figures = figures_of_release(Noted(watch="", verdict=told))

    assert figures_of_release(None, 7.0) == {"release_watch_silent_seconds": 7.0}
    assert figures["release_verdict"] == {("keep",): 0, ("monitor",): 0, ("roll_back",): 1}
    assert [name for (name,), missed in figures["release_missed"].items() if missed] == ["errors"]
    assert figures["release_judged_time_seconds"] == told.at.timestamp()


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [(5.0, "in 5 seconds;"), (119.0, "in 119 seconds;"), (300.0, "in 5 minutes;")],
)
@pytest.mark.parametrize(
    "pool",
    [PoolUse(exhausted=0, timeouts=0), PoolUse(exhausted=0, timeouts=0, waits=2, p95_wait_ms=4.0)],
)
def test_a_short_stretch_of_waits_is_told_in_seconds(
    pool: PoolUse, duration_s: float, words: str
) -> None:
    told = verdict(measured(pool=pool, duration_s=duration_s), baseline())

    assert words in sentence(row(told, "pool").measured, WORDS)
