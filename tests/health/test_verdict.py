"""A verdict needs fresh evidence, holds through our own faults, and does not flap."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.models import HealthState
from pantau.health import causes
from pantau.health.verdict import DOWN, UP, Belief, Look, Rules, Sign, hold, rest, step
from tests.support.clock import START

RULES = Rules()
LIFE, TROUBLE, FAILURE, GONE = Sign.LIFE, Sign.TROUBLE, Sign.FAILURE, Sign.GONE
UNKNOWN, ONLINE, DEGRADED = HealthState.UNKNOWN, HealthState.ONLINE, HealthState.DEGRADED
OFFLINE, DEAD = HealthState.OFFLINE, HealthState.DEAD


def look(sign: Sign, at_s: float, cause: str = "") -> Look:
    usual = {FAILURE: "timed_out", GONE: "gone", TROUBLE: "frozen", LIFE: ""}[sign]
    return Look(sign, START + timedelta(seconds=at_s), 1_000.0 + at_s, cause or usual)


def fresh() -> Belief:
    return Belief(since_at=START)


class Story:
    """Looks one after the other, some seconds apart."""

    def __init__(self, belief: Belief | None = None) -> None:
        self.belief = belief or fresh()
        self.now_s = 0.0
        self.states: list[tuple[float, HealthState]] = [(0.0, self.belief.state)]

    def see(self, *signs: Sign, apart_s: float = 30.0, cause: str = "") -> HealthState:
        for sign in signs:
            self.now_s += apart_s
            self.belief = step(self.belief, look(sign, self.now_s, cause), RULES)
            self.states.append((self.now_s, self.belief.state))
        return self.belief.state

    def hold(self, for_s: float, cause: str = causes.MEDIA_SERVER) -> HealthState:
        end_s = self.now_s + for_s
        while self.now_s < end_s:
            self.now_s += 5.0
            at = START + timedelta(seconds=self.now_s)
            self.belief = hold(self.belief, cause, at=at, mono=1_000.0 + self.now_s, rules=RULES)
            self.states.append((self.now_s, self.belief.state))
        return self.belief.state

    def since_s(self) -> float:
        return (self.belief.since_at - START).total_seconds()


def test_one_proof_of_life_is_enough_to_begin_with() -> None:
    assert Story().see(LIFE) is ONLINE


def test_lesson_m11_single_404_or_454_changes_nothing() -> None:
    story = Story()
    story.see(LIFE)
    assert story.see(FAILURE, cause="busy") is ONLINE
    assert story.see(LIFE, GONE, LIFE) is ONLINE
    assert story.belief.gone_since_at is None


def test_three_failures_make_it_offline_with_the_newest_cause() -> None:
    story = Story()
    story.see(LIFE, FAILURE, FAILURE)
    assert story.belief.state is ONLINE
    assert story.see(FAILURE, cause="refused") is OFFLINE
    assert (story.belief.cause, story.since_s()) == ("refused", 120.0)


def test_failures_of_one_moment_count_once() -> None:
    story = Story()
    story.see(LIFE)
    assert story.see(*[FAILURE] * 20, apart_s=0.4) is ONLINE


def test_two_proofs_in_a_row_bring_it_back() -> None:
    story = Story()
    story.see(LIFE, FAILURE, FAILURE, FAILURE)
    assert story.see(LIFE) is OFFLINE
    assert story.see(FAILURE, LIFE) is OFFLINE
    assert story.see(LIFE) is ONLINE
    assert story.belief.cause == ""


def test_wrong_picture_is_degraded_and_says_which() -> None:
    story = Story()
    story.see(LIFE)
    assert story.see(TROUBLE, TROUBLE) is ONLINE
    assert story.see(TROUBLE) is DEGRADED
    assert story.belief.cause == causes.FROZEN
    assert story.see(LIFE, LIFE) is DEGRADED
    assert story.see(LIFE) is ONLINE


def test_cause_changes_when_several_looks_agree() -> None:
    story = Story()
    story.see(LIFE, FAILURE, FAILURE, FAILURE)
    began_s = story.since_s()
    story.see(FAILURE, FAILURE, cause="login_refused")
    assert story.belief.cause == "timed_out"
    story.see(FAILURE, cause="login_refused")
    assert (story.belief.cause, story.since_s()) == ("login_refused", began_s)


def test_lesson_m28_streak_of_gone_keeps_its_beginning_and_ends_dead() -> None:
    story = Story()
    story.see(LIFE)
    story.see(GONE, GONE, GONE)
    began_at = story.belief.gone_since_at
    assert story.belief.state is OFFLINE
    story.see(FAILURE, apart_s=600)
    for _ in range(3):
        story.see(GONE, apart_s=900)
        assert story.belief.gone_since_at == began_at
    assert story.see(GONE, apart_s=900) is DEAD
    assert began_at == START + timedelta(seconds=60)
    assert story.see(*[FAILURE] * 9) is DEAD
    assert story.see(LIFE) is DEAD
    assert story.see(LIFE) is ONLINE
    assert story.belief.gone_since_at is None


def test_outage_of_five_minutes_is_not_death() -> None:
    story = Story()
    story.see(LIFE)
    story.see(*[GONE] * 10)
    assert story.belief.state is OFFLINE


def test_media_server_down_for_a_minute_changes_nothing() -> None:
    story = Story()
    story.see(LIFE, FAILURE, FAILURE)
    assert story.hold(60) is ONLINE
    # What was seen before our own fault does not count after it.
    assert story.see(FAILURE, FAILURE) is ONLINE
    assert story.see(LIFE) is ONLINE


def test_fault_of_ours_that_lasts_makes_everything_unknown_but_the_dead() -> None:
    story = Story()
    story.see(LIFE)
    assert story.hold(290) is ONLINE
    assert story.hold(30) is UNKNOWN
    assert story.belief.cause == causes.MEDIA_SERVER
    dead = Story(Belief(state=DEAD, cause="gone", since_at=START))
    assert dead.hold(3_000) is DEAD


def test_camera_that_rests_is_unknown_and_keeps_its_streak() -> None:
    story = Story()
    story.see(LIFE, GONE, GONE)
    began_at = story.belief.gone_since_at
    rested = rest(story.belief, causes.MAINTENANCE, at=START + timedelta(hours=1))
    assert (rested.state, rested.cause) == (UNKNOWN, causes.MAINTENANCE)
    assert rested.gone_since_at == began_at
    assert rest(rested, causes.MAINTENANCE, at=START + timedelta(hours=2)) is rested


def test_camera_that_comes_and_goes_is_unsteady_until_it_is_calm() -> None:
    story = Story()
    for _ in range(3):
        story.see(LIFE, LIFE, FAILURE, FAILURE, FAILURE)
    assert story.see(LIFE, LIFE) is DEGRADED
    assert story.belief.cause == causes.UNSTEADY
    assert story.see(FAILURE, FAILURE, FAILURE) is DEGRADED
    story.see(*[LIFE] * 24)
    assert story.belief.state is DEGRADED
    story.see(*[LIFE] * 2)
    assert story.belief.state is ONLINE


def test_wall_clock_that_is_set_back_ends_no_state_before_it_began() -> None:
    belief = step(fresh(), look(LIFE, 600.0), RULES)
    for number in range(3):
        early = Look(FAILURE, START, 2_000.0 + 30 * number, "timed_out")
        belief = step(belief, early, RULES)
    assert belief.state is OFFLINE
    assert belief.since_at == START + timedelta(seconds=600)


steps = st.lists(
    st.tuples(
        st.sampled_from([LIFE, LIFE, TROUBLE, FAILURE, FAILURE, GONE, None]),
        st.floats(min_value=0.5, max_value=400.0),
    ),
    max_size=120,
)


def tell(story: Story, given_steps: Sequence[tuple[Sign | None, float]]) -> list[Belief]:
    told = [story.belief]
    for sign, apart_s in given_steps:
        if sign is None:
            story.hold(apart_s)
        else:
            story.see(sign, apart_s=apart_s)
        told.append(story.belief)
    return told


@settings(derandomize=True, database=None, deadline=None)
@given(steps)
def test_never_offline_without_three_fresh_failures(
    given_steps: list[tuple[Sign | None, float]],
) -> None:
    story = Story()
    failed: list[float] = []
    for sign, apart_s in given_steps:
        before = story.belief.state
        if sign is None:
            story.hold(apart_s)
            failed = []
            assert story.belief.state not in DOWN or before in DOWN
            continue
        state = story.see(sign, apart_s=apart_s)
        if sign in {FAILURE, GONE}:
            failed.append(story.now_s)
        if before not in DOWN and state in DOWN:
            counted: list[float] = []
            for moment in failed:
                if not counted or moment - counted[-1] >= RULES.apart_s:
                    counted.append(moment)
            assert sign in {FAILURE, GONE}
            assert len(counted) >= RULES.down_needed or state is DEAD
        if state not in DOWN and before in DOWN:
            failed = []


@settings(derandomize=True, database=None, deadline=None)
@given(steps)
def test_never_online_without_proof_and_dead_only_with_it(
    given_steps: list[tuple[Sign | None, float]],
) -> None:
    story = Story()
    for sign, apart_s in given_steps:
        before = story.belief.state
        if sign is None:
            story.hold(apart_s)
            after = story.belief.state
            assert after is before or after is UNKNOWN
        else:
            after = story.see(sign, apart_s=apart_s)
        if after in UP and before not in UP:
            assert sign in {LIFE, TROUBLE}
        if before is DEAD and after is not DEAD:
            assert sign in {LIFE, TROUBLE}


@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([LIFE, FAILURE]), st.floats(0.5, 60.0)), max_size=400))
def test_falls_within_half_an_hour_are_few_however_wild_the_evidence(
    given_steps: list[tuple[Sign, float]],
) -> None:
    story = Story()
    for sign, apart_s in given_steps:
        story.see(sign, apart_s=apart_s)
    falls = [
        at_s
        for (_, before), (at_s, after) in pairwise(story.states)
        if before in UP and after in DOWN
    ]
    for number, at_s in enumerate(falls):
        # The first three, and then one for every three minutes without any life, growing.
        assert sum(at_s <= other < at_s + 1_800 for other in falls[number:]) <= 8


@settings(derandomize=True, database=None, deadline=None)
@given(steps)
def test_states_follow_each_other_in_time(given_steps: list[tuple[Sign | None, float]]) -> None:
    for before, after in pairwise(tell(Story(), given_steps)):
        assert after.since_at >= before.since_at
        if after.state is before.state:
            assert after.since_at == before.since_at
        if after.gone_since_at is not None and before.gone_since_at is not None:
            assert after.gone_since_at == before.gone_since_at
