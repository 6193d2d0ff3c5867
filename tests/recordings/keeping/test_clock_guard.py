"""A clock that jumps deletes nothing wrongly, and one that is right is believed in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.recordings.clock_guard import (
    BELIEVED_AFTER_MS,
    IMPOSSIBLE_MS,
    SLACK_MS,
    SYNCHRONISED_AFTER_MS,
    Belief,
    Reading,
    belief_from,
    belief_text,
    first,
    following,
)
from pantau.recordings.keeping_values import Footage
from pantau.recordings.models import SegmentState
from pantau.recordings.retention import HOUR_MS, Keepers, cutoff_ms, over_age

TRUE_MS = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp() * 1000)
TICK_MS = 60_000
KEEP_H = 24
YEAR_MS = 365 * 24 * HOUR_MS


@dataclass
class Machine:
    """A machine with a clock that is wrong by `offset_ms`, and a recorder that believes it."""

    true_ms: int = TRUE_MS
    offset_ms: int = 0
    mono_ms: int = 5_000
    boot: int = 0
    is_synchronised: bool = False
    belief: Belief | None = None
    named: list[tuple[int, int]] = field(default_factory=list)
    """When footage really ended, and when it says that it did."""
    deleted: list[tuple[int, int]] = field(default_factory=list)
    """When footage really ended, and how old it really was."""

    @property
    def wall_ms(self) -> int:
        return self.true_ms + self.offset_ms

    def tick(self) -> Belief:
        reading = Reading(
            wall_ms=self.wall_ms,
            mono_ms=self.mono_ms,
            boot=str(self.boot),
            is_synchronised=self.is_synchronised,
        )
        if self.belief is None:
            newest = max((ended for _, ended in self.named), default=None)
            self.belief = first(reading, newest_ms=newest)
        self.belief = following(self.belief, reading)
        return self.belief

    def run(self, for_ms: int, *, every_ms: int = TICK_MS, records: bool = False) -> None:
        for _ in range(for_ms // every_ms):
            self.true_ms += every_ms
            self.mono_ms += every_ms
            if records:
                self.named.append((self.true_ms, self.wall_ms))
            self.tick()
            self.delete()

    def restart(self, *, down_ms: int) -> None:
        assert self.belief is not None
        self.true_ms += down_ms
        self.mono_ms = 1_000
        self.boot += 1
        self.belief = belief_from(belief_text(self.belief))

    def delete(self) -> None:
        assert self.belief is not None
        before_ms = cutoff_ms(self.belief.now_ms, KEEP_H)
        if all(ended >= before_ms for _, ended in self.named):
            return
        found = [
            Footage(n, 1, ended - TICK_MS, ended, 1, "disk", SegmentState.CLOSED, None, True)
            for n, (_, ended) in enumerate(self.named)
        ]
        done = over_age(
            found,
            before_ms=before_ms,
            archived_before_ms=0,
            keepers=Keepers(),
            misdated=self.belief.misdated,
        )
        gone = {each.footage.id for each in done}
        self.deleted += [
            (true, self.true_ms - true) for n, (true, _) in enumerate(self.named) if n in gone
        ]
        self.named = [each for n, each in enumerate(self.named) if n not in gone]


def with_history(*, hours: int = KEEP_H) -> Machine:
    """A machine that ran well for some hours and recorded all the time."""
    machine = Machine()
    machine.run(BELIEVED_AFTER_MS + 30 * TICK_MS, every_ms=30 * TICK_MS)
    machine.run(hours * HOUR_MS, every_ms=10 * TICK_MS, records=True)
    assert machine.belief is not None
    assert machine.belief.now_ms == machine.wall_ms
    return machine


@pytest.mark.parametrize("jump_ms", [HOUR_MS, 7 * HOUR_MS, YEAR_MS, 40 * YEAR_MS])
@pytest.mark.parametrize("is_boot", [False, True])
def test_a_jump_forward_deletes_nothing_while_it_lasts_or_after_it(
    jump_ms: int, is_boot: bool
) -> None:
    machine = with_history()
    before = len(machine.named)
    if is_boot:
        machine.restart(down_ms=TICK_MS)
    machine.offset_ms = jump_ms
    machine.run(5 * HOUR_MS, every_ms=10 * TICK_MS)
    machine.offset_ms = 0
    machine.run(HOUR_MS, every_ms=10 * TICK_MS)
    assert all(age_ms >= KEEP_H * HOUR_MS for _, age_ms in machine.deleted)
    assert len(machine.deleted) + len(machine.named) == before


def test_a_jump_forward_that_stays_is_believed_after_the_stated_while() -> None:
    machine = with_history(hours=1)
    machine.offset_ms = HOUR_MS
    machine.run(BELIEVED_AFTER_MS - HOUR_MS)
    belief = machine.tick()
    assert abs(belief.behind_ms - (HOUR_MS - SLACK_MS)) <= TICK_MS
    machine.run(HOUR_MS + 2 * TICK_MS)
    assert machine.tick().behind_ms == 0


def test_a_clock_that_a_time_server_keeps_is_believed_sooner() -> None:
    machine = with_history(hours=1)
    machine.restart(down_ms=72 * HOUR_MS)
    machine.run(SYNCHRONISED_AFTER_MS // 2)
    assert machine.tick().behind_ms > 71 * HOUR_MS
    machine.is_synchronised = True
    machine.run(SYNCHRONISED_AFTER_MS)
    assert machine.tick().behind_ms == 0


@pytest.mark.parametrize("back_ms", [HOUR_MS, 24 * HOUR_MS, YEAR_MS, 56 * YEAR_MS])
@pytest.mark.parametrize("is_boot", [False, True])
@pytest.mark.parametrize("wrong_h", [3, 30])
def test_footage_of_a_clock_that_was_behind_lives_as_long_as_any_other(
    back_ms: int, is_boot: bool, wrong_h: int
) -> None:
    machine = with_history()
    if is_boot:
        machine.restart(down_ms=TICK_MS)
    machine.offset_ms = -back_ms
    machine.run(wrong_h * HOUR_MS, every_ms=10 * TICK_MS, records=True)
    machine.offset_ms = 0
    machine.is_synchronised = True
    machine.run(60 * HOUR_MS, every_ms=30 * TICK_MS)
    assert machine.deleted
    assert min(age_ms for _, age_ms in machine.deleted) >= KEEP_H * HOUR_MS
    # And none of it stays for ever: the time of the oldest is over by far.
    assert machine.named == []


def test_a_machine_that_begins_in_1970_keeps_what_it_records_until_it_knows_better() -> None:
    machine = Machine(offset_ms=-TRUE_MS)
    machine.run(9 * HOUR_MS, every_ms=10 * TICK_MS, records=True)
    assert machine.wall_ms < IMPOSSIBLE_MS
    machine.offset_ms = 0
    machine.is_synchronised = True
    machine.run(2 * HOUR_MS, every_ms=10 * TICK_MS)
    assert machine.deleted == []


def test_a_catalogue_that_is_rebuilt_on_a_machine_with_a_wrong_year_loses_nothing() -> None:
    machine = Machine(named=[(TRUE_MS - n * HOUR_MS, TRUE_MS - n * HOUR_MS) for n in range(20)])
    machine.offset_ms = YEAR_MS
    machine.run(5 * HOUR_MS, every_ms=10 * TICK_MS)
    machine.offset_ms = 0
    machine.run(HOUR_MS)
    assert machine.deleted == []


def test_a_clock_that_is_corrected_by_little_all_day_is_followed() -> None:
    machine = with_history(hours=1)
    for _ in range(48):
        machine.offset_ms += 2_000
        machine.run(30 * TICK_MS)
        assert machine.tick().behind_ms == 0


def test_what_was_noted_and_cannot_be_read_is_no_belief() -> None:
    for text in ("", "[]", "{}", '{"wall_ms": 1}', "null"):
        assert belief_from(text) is None


steps = st.lists(
    st.tuples(
        st.sampled_from(["jump", "restart"]),
        st.integers(-3 * YEAR_MS, 3 * YEAR_MS) | st.integers(-3 * HOUR_MS, 3 * HOUR_MS),
        st.integers(1, 5),
        st.integers(0, 72),
    ),
    max_size=5,
)


@settings(max_examples=25, derandomize=True)
@given(steps)
def test_no_clock_that_is_wrong_for_hours_deletes_what_had_not_had_its_time(
    happened: Sequence[tuple[str, int, int, int]],
) -> None:
    machine = with_history(hours=4)
    for kind, offset_ms, hours, down_h in happened:
        if kind == "restart":
            machine.restart(down_ms=down_h * HOUR_MS)
        machine.offset_ms = offset_ms
        machine.run(hours * HOUR_MS, every_ms=30 * TICK_MS, records=True)
        machine.offset_ms = 0
        machine.run(HOUR_MS, every_ms=30 * TICK_MS, records=True)
        assert machine.belief is not None
        assert machine.belief.now_ms <= machine.wall_ms
    machine.is_synchronised = True
    machine.run(2 * HOUR_MS, every_ms=30 * TICK_MS)
    ages = [age_ms for _, age_ms in machine.deleted]
    assert min(ages, default=KEEP_H * HOUR_MS) >= KEEP_H * HOUR_MS


@given(
    st.lists(
        st.tuples(st.integers(1, 120), st.integers(-YEAR_MS, YEAR_MS), st.booleans()), max_size=60
    )
)
def test_time_never_passes_faster_than_it_does_but_for_the_slack(
    readings: Sequence[tuple[int, int, bool]],
) -> None:
    """Whatever the wall clock does, as long as it is never steady for hours."""
    mono_ms, boot = 0, 0
    belief = first(Reading(wall_ms=TRUE_MS, mono_ms=0, boot="0"), newest_ms=None)
    ran_ms, least_ms = 0, TRUE_MS
    for minutes, jump_ms, is_boot in readings:
        passed_ms = minutes * TICK_MS
        mono_ms = 0 if is_boot else mono_ms + passed_ms
        boot += is_boot
        ran_ms += 0 if is_boot else passed_ms
        far = jump_ms if abs(jump_ms) > 2 * SLACK_MS else 3 * SLACK_MS
        wall_ms = belief.seen.wall_ms + passed_ms + far
        belief = following(belief, Reading(wall_ms=wall_ms, mono_ms=mono_ms, boot=str(boot)))
        boots_ms = boot * SLACK_MS
        assert belief.now_ms <= wall_ms
        assert belief.now_ms <= least_ms + ran_ms + SLACK_MS + boots_ms
