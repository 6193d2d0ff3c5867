"""Shadows told from looks: never less than what was dark, whatever happened between two looks."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.decisions import CutOff, PublicDecision, Showing, Visibility, Window
from pantau.cameras.models import Camera
from pantau.core.clock import always
from pantau.recordings.models import FOREVER, Span
from pantau.recordings.rights.darkness import Began, DarkBook, Turn, dark_at, to_ms
from pantau.recordings.rights.nightfall import Nightfall
from pantau.recordings.rights.values import Dark, Shadow
from tests.recordings.rights.asking import DECISIONS, EVERY_DAY, NOW, ZONE, shown

SECOND: Final = timedelta(seconds=1)
NIGHT: Final = PublicDecision(
    schedule=(Window(days=EVERY_DAY, begins=time(20, 0), ends=time(6, 0), showing=Showing.HIDDEN),)
)
EVENING: Final = datetime(2026, 3, 4, 19, 0, tzinfo=ZONE)


def gathered(turns: list[Turn], known: list[Shadow] | None = None) -> list[Shadow]:
    """Return the shadows of one camera that `turns` make, as they are written down."""
    shadows = list(known or [])
    for turn in turns:
        if isinstance(turn, Began):
            shadows.append(Shadow(Span(turn.at_ms, FOREVER.to_ms), turn.dark))
        else:
            shadows = [
                Shadow(Span(span.from_ms, turn.at_ms), how) if span.to_ms == FOREVER.to_ms
                else Shadow(span, how)
                for span, how in shadows
            ]  # fmt: skip
    return shadows


def darkest(shadows: list[Shadow], at: datetime) -> Dark:
    moment = Span(to_ms(at), to_ms(at) + 1)
    return max((each.dark for each in shadows if each.span.overlap(moment)), default=Dark.NOBODY)


def fresh(looked_at: datetime | None = None, dark: Dark = Dark.NOBODY) -> DarkBook:
    under_way = {1: dark} if dark is not Dark.NOBODY else {}
    looked_ms = None if looked_at is None else to_ms(looked_at)
    return DarkBook(always(ZONE), under_way=under_way, looked_ms=looked_ms)


@pytest.mark.parametrize(
    ("state", "how"),
    [
        ("public", Dark.NOBODY),
        ("delayed", Dark.NOBODY),
        ("maintenance", Dark.NOBODY),
        ("partner", Dark.PUBLIC),
        ("private", Dark.PARTNERS),
        ("cut off", Dark.ALL),
        ("still", Dark.ALL),
        ("hidden by schedule", Dark.ALL),
        ("disabled", Dark.ALL),
    ],
)
def test_how_dark_a_state_is(state: str, how: Dark) -> None:
    assert dark_at(shown(state), now=NOW, zone=ZONE) is how


def test_every_state_of_the_rights_is_told() -> None:
    assert {*DECISIONS, "disabled", "maintenance"} == {
        "public", "delayed", "maintenance", "partner", "private", "cut off", "still",
        "hidden by schedule", "disabled",
    }  # fmt: skip


def test_a_cut_off_between_two_looks_counts_from_the_first_of_them() -> None:
    book = fresh(NOW)
    assert book.look([shown()], NOW) == []
    turns = book.look([shown("cut off")], NOW + 5 * SECOND)
    # And two seconds more: another process may have decided it before we heard of it.
    assert turns == [Began(1, to_ms(NOW - 2 * SECOND), Dark.ALL)]
    turns = book.look([shown()], NOW + 60 * SECOND)
    assert [type(turn).__name__ for turn in turns] == ["Ended"]
    assert turns[0].at_ms == to_ms(NOW + 60 * SECOND)


def test_quiet_looks_tell_nothing() -> None:
    for state in DECISIONS:
        book = fresh(NOW)
        camera = shown(state)
        first = book.look([camera], NOW)
        assert bool(first) == (dark_at(camera, now=NOW, zone=ZONE) is not Dark.NOBODY)
        assert all(book.look([camera], NOW + step * SECOND) == [] for step in range(1, 5))


def test_what_the_public_sees_late_counts_from_what_it_had_not_seen() -> None:
    book = fresh(NOW)
    book.look([shown("delayed")], NOW)
    off = replace(DECISIONS["cut off"], delay_s=120)
    (began,) = book.look([shown(decision=off)], NOW + 5 * SECOND)
    assert began.at_ms == to_ms(NOW - 122 * SECOND)


def test_a_schedule_given_in_daylight_counts_although_nothing_was_dark_then() -> None:
    book = fresh(EVENING)
    book.look([shown()], EVENING)
    book.look([shown(decision=NIGHT)], EVENING + SECOND)
    # The machine slept: nobody looked all night.
    shadows = gathered(book.look([shown(decision=NIGHT)], EVENING + timedelta(hours=12)))
    assert darkest(shadows, EVENING + timedelta(hours=5)) is Dark.ALL


def test_another_darkness_ends_one_shadow_and_begins_the_next() -> None:
    book = fresh(NOW)
    book.look([shown("private")], NOW)
    turns = book.look([shown("cut off")], NOW + 5 * SECOND)
    assert [type(turn).__name__ for turn in turns] == ["Ended", "Began"]
    shadows = gathered(turns, [Shadow(Span(0, FOREVER.to_ms), Dark.PARTNERS)])
    assert darkest(shadows, NOW + 4 * SECOND) is Dark.ALL
    assert darkest(shadows, NOW - 4 * SECOND) is Dark.PARTNERS


@pytest.mark.parametrize(
    ("before", "after", "is_dark"),
    [
        (Dark.NOBODY, "public", False),
        (Dark.ALL, "public", True),
        (Dark.NOBODY, "cut off", True),
        (Dark.ALL, "cut off", True),
        (Dark.PARTNERS, "public", True),
    ],
)
def test_time_that_nobody_looked_at_is_as_dark_as_its_darker_end(
    before: Dark, after: str, *, is_dark: bool
) -> None:
    last_look = NOW - timedelta(hours=9)
    known = [Shadow(Span(0, FOREVER.to_ms), before)] if before else []
    book = fresh(last_look, before)
    shadows = gathered(book.look([shown(after)], NOW), known)
    for hour in (8, 5, 1):
        assert (darkest(shadows, NOW - timedelta(hours=hour)) > Dark.NOBODY) == is_dark


def test_a_schedule_darkens_also_while_nobody_looked() -> None:
    book = fresh(EVENING)
    morning = EVENING + timedelta(hours=12)
    shadows = gathered(book.look([shown(decision=NIGHT)], morning))
    assert [each.dark for each in shadows] == [Dark.ALL]
    assert shadows[0].span == Span(
        to_ms(EVENING + timedelta(hours=1)), to_ms(EVENING + timedelta(hours=11))
    )


def test_where_nobody_ever_looked_what_is_dark_now_always_was() -> None:
    assert fresh().look([shown("private")], NOW) == [Began(1, 0, Dark.PARTNERS)]
    assert fresh().look([shown()], NOW) == []


def test_a_camera_that_is_gone_has_no_shadow_under_way() -> None:
    book = fresh(NOW, Dark.ALL)
    turns = book.look([], NOW + SECOND)
    assert [(turn.camera_id, turn.at_ms) for turn in turns] == [(1, to_ms(NOW + SECOND))]
    assert book.look([], NOW + 2 * SECOND) == []


def test_a_clock_that_is_set_back_leaves_it_dark_in_both_times() -> None:
    ahead = NOW + timedelta(hours=1)
    book = fresh(ahead)
    book.look([shown()], ahead)
    shadows = gathered(book.look([shown("cut off")], ahead + 5 * SECOND))
    # An hour back: the same five minutes once more.
    shadows = gathered(book.look([shown("cut off")], NOW + 10 * SECOND), shadows)
    shadows = gathered(book.look([shown()], NOW + 20 * SECOND), shadows)
    assert darkest(shadows, ahead + 4 * SECOND) is Dark.ALL
    assert darkest(shadows, NOW + 15 * SECOND) is Dark.ALL
    assert darkest(shadows, NOW + 25 * SECOND) is Dark.NOBODY
    assert all(each.span.from_ms <= each.span.to_ms for each in shadows)


decisions = st.sampled_from(
    [*DECISIONS.values(), NIGHT, PublicDecision(visibility=Visibility.PARTNER, still_only=True)]
)


@settings(max_examples=100)
@given(
    changes=st.lists(st.tuples(st.integers(0, 4_000), decisions), max_size=12),
    looks=st.lists(st.integers(0, 4_000), min_size=1, max_size=30),
    restart=st.booleans(),
)
def test_whatever_a_look_sees_dark_is_in_a_shadow_back_to_the_look_before(
    changes: list[tuple[int, PublicDecision]], looks: list[int], *, restart: bool
) -> None:
    """Minutes after `EVENING`; a restart goes on from what was written down."""
    book = fresh(EVENING)
    shadows: list[Shadow] = []
    in_order = sorted(changes, key=lambda one: one[0])
    seen: list[tuple[datetime, Camera]] = [(EVENING, shown())]
    for minute in sorted(set(looks)):
        now = EVENING + timedelta(minutes=minute)
        decided = [decision for at, decision in in_order if at <= minute]
        camera = shown(decision=decided[-1] if decided else PublicDecision())
        shadows = gathered(book.look([camera], now), shadows)
        seen.append((now, camera))
        if restart:
            open_dark = [each.dark for each in shadows if each.span.to_ms == FOREVER.to_ms]
            assert len(open_dark) <= 1
            book = DarkBook(
                always(ZONE), under_way=dict.fromkeys([1], open_dark[0]) if open_dark else {},
                looked_ms=book.looked_ms,
            )  # fmt: skip
    for (before_at, before), (after_at, after) in pairwise(seen):
        ends = (
            dark_at(before, now=before_at, zone=ZONE),
            dark_at(after, now=after_at, zone=ZONE),
        )
        for part in range(5):
            at = before_at + (after_at - before_at) * part / 5
            by_clock = dark_at(after, now=at, zone=ZONE)
            assert darkest(shadows, at) >= max(*ends, by_clock), (before_at, at, after_at)


def test_a_web_process_sees_shadows_before_the_worker_writes_them() -> None:
    night = Nightfall(always(ZONE))
    night.look([shown("cut off")], NOW)
    assert night.of(1) == ()
    night.begin(under_way={}, looked_ms=to_ms(NOW - timedelta(minutes=1)))
    night.look([shown()], NOW)
    assert night.of(1) == ()
    night.look([shown("cut off")], NOW + SECOND)
    assert list(night.of(1)) == [Shadow(Span(to_ms(NOW - 2 * SECOND), FOREVER.to_ms), Dark.ALL)]
    night.look([shown()], NOW + 10 * SECOND)
    ended = Shadow(Span(to_ms(NOW - 2 * SECOND), to_ms(NOW + 10 * SECOND)), Dark.ALL)
    assert list(night.of(1)) == [ended]
    night.forget_before(to_ms(NOW + 5 * SECOND))
    assert [each.span.from_ms for each in night.of(1)] == [to_ms(NOW + 5 * SECOND)]
    night.forget_before(to_ms(NOW + 20 * SECOND))
    assert night.of(1) == ()


def test_a_web_process_that_begins_in_the_dark_trusts_the_worker_for_what_was_before() -> None:
    night = Nightfall(always(ZONE))
    looked_ms = to_ms(NOW - timedelta(minutes=1))
    night.begin(under_way={1: Dark.ALL}, looked_ms=looked_ms)
    night.look([shown("cut off")], NOW)
    assert [each.span.from_ms for each in night.of(1)] == [looked_ms]
    night.look([shown()], NOW + SECOND)
    assert [each.span for each in night.of(1)] == [Span(looked_ms, to_ms(NOW + SECOND))]


def test_a_cut_off_that_ends_by_itself_ends_its_shadow() -> None:
    until = NOW + timedelta(minutes=2)
    off = PublicDecision(cut_off=CutOff(at=NOW, until=until))
    book = fresh(NOW)
    shadows = gathered(book.look([shown(decision=off)], NOW + SECOND))
    shadows = gathered(book.look([shown(decision=off)], until + SECOND), shadows)
    assert darkest(shadows, until - SECOND) is Dark.ALL
    assert darkest(shadows, until + 2 * SECOND) is Dark.NOBODY
