"""What is refused that was answered before, and who waits for a connection."""

import pytest

from pantau.operations.release.evidence import PoolUse, Refusals
from pantau.operations.release.rules import HOUR_S
from pantau.operations.release.verdict import Action, Status
from pantau.operations.release.words import sayings, sentence
from tests.operations.release.found import baseline, evidence, measured, row, stretch, verdict

KEEP, MONITOR, BACK = Action.KEEP, Action.MONITOR, Action.ROLL_BACK
WORDS = sayings(str)


def of(asked: int, refused: int) -> Refusals:
    return Refusals(asked=asked, refused=refused)


@pytest.mark.parametrize(
    ("now", "before", "action"),
    [
        ({"list": of(12, 12)}, {"list": of(12, 0)}, BACK),
        ({"list": of(12, 5)}, {"list": of(12, 0)}, BACK),
        ({"list": of(12, 4)}, {"list": of(12, 0)}, KEEP),
        ({"list": of(12, 12)}, {"list": of(12, 12)}, KEEP),
        ({"list": of(90, 6)}, {"list": of(12, 0)}, MONITOR),
        ({"list": of(12, 12)}, {}, KEEP),
    ],
    ids=["all", "five", "few", "as before", "not much more", "never asked before"],
)
def test_what_we_are_refused_and_were_not_takes_a_release_back(
    now: dict[str, Refusals], before: dict[str, Refusals], action: Action
) -> None:
    found = measured(questions=now)

    assert row(verdict(found, baseline(questions=before)), "refused").action is action


@pytest.mark.parametrize(
    ("kind", "now", "before", "action"),
    [
        # In two minutes now, in a day before: 86,400 answers are 120 in two minutes.
        ("api", of(200, 190), of(86_400, 400), BACK),
        ("api", of(1000, 190), of(86_400, 400), MONITOR),
        ("api", of(1000, 880), of(86_400, 400), MONITOR),
        ("api", of(1000, 54), of(86_400, 400), KEEP),
        ("api", of(99, 99), of(86_400, 400), KEEP),
        ("api", of(200, 190), of(86_400, 82_000), KEEP),
        ("api", of(200, 190), of(60, 0), KEEP),
        ("auth", of(1000, 990), of(86_400, 400), KEEP),
        ("admin", of(20, 20), of(86_400, 400), MONITOR),
        ("admin_pages", of(20, 20), of(86_400, 400), MONITOR),
        ("admin", of(1000, 800), of(86_400, 400), KEEP),
        ("admin", of(4, 4), of(86_400, 400), KEEP),
    ],
    ids=[
        "most are refused and fewer served",
        "a fifth is refused",
        "a program tries addresses and people are served as before",
        "hardly above the floor",
        "too few to say anything",
        "as before",
        "too few before",
        "wrong passwords",
        "all who administer are refused",
        "their pages as well",
        "somebody without rights tries while they are served",
        "too few of them",
    ],
)
def test_what_visitors_are_refused_is_compared_with_before(
    kind: str, now: Refusals, before: Refusals, action: Action
) -> None:
    found = measured(refusals={kind: now})

    assert row(verdict(found, baseline(refusals={kind: before})), "refused").action is action


AREA = "/api/areas/*"


@pytest.mark.parametrize(
    ("path", "now", "before", "action"),
    [
        # Of 10,000 questions in two minutes twenty: 0.2 %, which no class shows.
        (AREA, of(20, 20), of(86_400, 400), BACK),
        (AREA, of(20, 11), of(86_400, 400), BACK),
        (AREA, of(19, 19), of(86_400, 400), KEEP),
        (AREA, of(20, 10), of(86_400, 400), KEEP),
        (AREA, of(20, 20), of(86_400, 80_000), KEEP),
        (AREA, of(20, 20), of(10, 0), KEEP),
        # So rare that nobody but a program that tries may have come: a look.
        (AREA, of(20, 20), of(600, 0), MONITOR),
        # And people are served as before, beside it.
        (AREA, of(500, 400), of(72_000, 400), MONITOR),
        ("/api/users/*", of(20, 20), of(86_400, 400), MONITOR),
        ("/api/auth/login", of(20, 20), of(86_400, 400), KEEP),
        ("/hls/*/*", of(20, 20), of(86_400, 400), KEEP),
    ],
    ids=[
        "gone",
        "mostly gone",
        "too few",
        "half",
        "as before",
        "too few before",
        "nobody expected",
        "a program tries",
        "staff",
        "wrong passwords",
        "a camera",
    ],
)
def test_a_rare_address_that_refuses_what_it_answered_is_seen(
    path: str, now: Refusals, before: Refusals, action: Action
) -> None:
    found = measured(answered={path: now})
    told = row(verdict(found, baseline(answered={path: before})), "refused")
    assert told.action is action
    if action is BACK:
        assert path in sentence(told.measured, WORDS)


def test_refusals_of_a_release_that_tells_none_are_not_known() -> None:
    told = row(verdict(evidence(), baseline(refusals=None)), "refused")

    assert (told.status, told.action) == (Status.UNKNOWN, KEEP)


def busy(*, count: int, half_ms: float) -> PoolUse:
    return PoolUse(
        exhausted=0,
        waits=count,
        read_waits=count,
        p50_wait_ms=half_ms,
        p95_wait_ms=95.0,
        timeouts=0,
        readers=5,
    )


@pytest.mark.parametrize(
    ("before", "action"),
    [(busy(count=60, half_ms=15.0), MONITOR), (busy(count=90_000, half_ms=90.0), KEEP)],
    ids=["short before", "as long before"],
)
def test_waits_that_are_long_as_a_rule_count_though_none_is_noticeable(
    before: PoolUse, action: Action
) -> None:
    found = measured(pool=busy(count=400, half_ms=90.0))

    told = row(verdict(found, baseline(pool=before)), "pool")

    assert (told.status, told.action) == (Status.MISSED, action)


@pytest.mark.parametrize(
    ("pool", "duration_s", "action"),
    [
        (PoolUse(exhausted=4, timeouts=0, readers=5), 120.0, KEEP),
        (PoolUse(exhausted=5, timeouts=0, readers=5), 120.0, MONITOR),
        (PoolUse(exhausted=49, timeouts=0, readers=5), 10 * HOUR_S, KEEP),
        (PoolUse(exhausted=50, timeouts=0, readers=5), 10 * HOUR_S, MONITOR),
        (PoolUse(exhausted=4, timeouts=1, readers=5), 120.0, MONITOR),
        (PoolUse(exhausted=9, timeouts=5, readers=5), 120.0, BACK),
        (busy(count=116, half_ms=15.0), 120.0, KEEP),
        (busy(count=900, half_ms=30.0), 120.0, KEEP),
        (busy(count=400, half_ms=90.0), 120.0, MONITOR),
        (busy(count=60, half_ms=90.0), 120.0, KEEP),
    ],
)
def test_waits_for_a_connection_propose_a_larger_pool(
    pool: PoolUse, duration_s: float, action: Action
) -> None:
    found = evidence(measured=stretch(duration_s=duration_s, pool=pool))

    told = row(verdict(found, baseline()), "pool")

    assert told.action is action
    if action is not KEEP:
        assert sentence(told.advice[-1], WORDS) == "Set readers in [database] to 10 instead of 5."


@pytest.mark.parametrize(
    ("before", "timeouts", "action"),
    [
        (PoolUse(exhausted=960, waits=900, timeouts=0), 0, KEEP),
        (PoolUse(exhausted=96, waits=900, timeouts=0), 0, MONITOR),
        (PoolUse(exhausted=960, timeouts=0), 0, MONITOR),
        (PoolUse(exhausted=960, waits=900, timeouts=0), 1, MONITOR),
        (PoolUse(exhausted=960, waits=900, timeouts=3), 9, MONITOR),
    ],
    ids=["as often", "less often", "told by an older one", "in vain", "in vain before too"],
)
def test_a_pool_that_was_too_small_before_is_no_fault_of_the_release(
    before: PoolUse, timeouts: int, action: Action
) -> None:
    now = PoolUse(exhausted=9, waits=40, timeouts=timeouts, p95_wait_ms=120.0, readers=5)

    found = evidence(measured=stretch(duration_s=900.0, pool=now))
    told = row(verdict(found, baseline(pool=before)), "pool")

    assert told.action is action
    assert sentence(told.advice[-1], WORDS) == "Set readers in [database] to 10 instead of 5."
    assert "Of 40 waits in all, 95 % took at most 120 ms" in sentence(told.measured, WORDS)
