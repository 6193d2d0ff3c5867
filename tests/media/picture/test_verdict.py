"""Frozen, black and covered pictures are found; nights, car parks and fog are left alone."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from pantau.media.picture.keys import KeySpan
from pantau.media.picture.look import Look, look_in_thread
from pantau.media.picture.verdict import Verdict
from pantau.media.stills import KeyFrame
from tests.media.picture.scenes import (
    HEIGHT,
    WIDTH,
    clock,
    fill,
    film,
    flat,
    grain,
    street,
)

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
STREET = street()
NIGHT = street(0.06)


def judged(
    *films: Iterable[tuple[KeyFrame, KeySpan]], verdict: Verdict | None = None
) -> list[str | None]:
    """Judge what was filmed, a look a minute; return the state after each."""
    verdict = verdict or Verdict()
    states: list[str | None] = []
    for minute, (keyframe, keys) in enumerate(chain.from_iterable(films)):
        at = START + timedelta(minutes=minute)
        verdict.take(look_in_thread(keyframe), keys, 60.0 * minute, at)
        states.append(verdict.state)
    return states


def test_a_street_by_day_is_as_it_should_be() -> None:
    def scene(number: int) -> bytearray:
        return clock(grain(fill(STREET[:], (number % 280, 140, 30, 15), 30), number, 6), number)

    assert set(judged(film(scene, looks=6))) == {"ok"}


@pytest.mark.parametrize("crf", [22, 34, 45])
@pytest.mark.parametrize("strength", [1, 4])
def test_a_car_park_where_nothing_happens_is_not_frozen(crf: int, strength: int) -> None:
    def scene(number: int) -> bytearray:
        return clock(grain(STREET[:], number, strength), number // 25)

    assert set(judged(film(scene, looks=6, crf=crf))) == {"ok"}


@pytest.mark.parametrize("crf", [22, 40])
def test_a_picture_that_stands_still_under_a_running_clock_is_frozen(crf: int) -> None:
    def scene(number: int) -> bytearray:
        return clock(grain(STREET[:], 7, 6), number // 25)

    verdict = Verdict()
    states = judged(film(scene, looks=7, crf=crf), verdict=verdict)
    assert states[:3] == ["ok"] * 3
    assert states[-1] == "frozen"
    assert verdict.since_at is not None
    assert verdict.since_at <= START + timedelta(minutes=1)


def test_movement_ends_it_at_once() -> None:
    still = film(lambda _: STREET[:], looks=6)
    moving = film(lambda number: grain(STREET[:], number, 6), looks=1)
    assert judged(still, moving)[-2:] == ["frozen", "ok"]


def test_a_clip_that_is_played_again_and_again_is_not_frozen() -> None:
    def scene(number: int) -> bytearray:
        return fill(STREET[:], (60 + number % 10 * 20, 60, 60, 60), 30)

    assert set(judged(film(scene, looks=8))) == {"ok"}


@pytest.mark.parametrize("with_clock", [False, True])
def test_a_picture_without_light_is_black(with_clock: bool) -> None:
    def scene(number: int) -> bytearray:
        return clock(flat(17), number // 25) if with_clock else flat(16)

    verdict = Verdict()
    states = judged(film(scene, looks=5), verdict=verdict)
    assert states == ["ok", "ok", "black", "black", "black"]
    assert verdict.since_at == START


def lamps(luma: bytearray) -> bytearray:
    return fill(fill(luma, (40, 60, 6, 6), 220), (250, 80, 5, 5), 200)


@pytest.mark.parametrize(
    "scene",
    [
        lambda number: grain(lamps(flat(17)), number, 3),
        lambda number: grain(flat(20), number, 14),
        lambda number: grain(NIGHT[:], number, 8),
        lambda number: lamps(fill(flat(16), (number % 300, 120, 12, 6), 90)),
    ],
    ids=["lamps", "grain", "moonlight", "a car with its lights on"],
)
def test_a_night_is_neither_black_nor_frozen_nor_covered(
    scene: Callable[[int], bytearray],
) -> None:
    assert set(judged(film(scene, looks=6))) == {"ok"}


def day(number: int) -> bytearray:
    return grain(STREET[:], number, 6)


def hand(number: int) -> bytearray:
    """Something dark and soft over the lens, lighter on one side."""
    luma = bytearray(40 + x * 20 // WIDTH for _ in range(HEIGHT) for x in range(WIDTH))
    return grain(luma, number, 5)


def test_a_covered_lens_is_told_from_the_minutes_before() -> None:
    verdict = Verdict()
    states = judged(film(day, looks=6), film(hand, looks=4), verdict=verdict)
    assert states == ["ok"] * 8 + ["covered"] * 2
    assert verdict.since_at == START + timedelta(minutes=6)


def test_a_lens_that_is_uncovered_is_well_at_once() -> None:
    states = judged(film(day, looks=6), film(hand, looks=4), film(day, looks=2))
    assert states[-3:] == ["covered", "ok", "ok"]


def test_paint_is_seen_without_anything_to_compare_with() -> None:
    states = judged(film(lambda number: grain(flat(120), number, 5), looks=4))
    assert states == ["ok", "ok", "covered", "covered"]


def test_fog_that_comes_slowly_is_no_cover() -> None:
    def fog(part: float) -> Callable[[int], bytearray]:
        veil = STREET.translate(bytes(int(value * (1 - part) + 150 * part) for value in range(256)))
        return lambda number: grain(veil[:], number, 4)

    films = [film(fog(0.3 + 0.07 * step), looks=1) for step in range(9)]
    assert set(judged(film(day, looks=6), *films)) == {"ok"}


def still_look(points: bytes = b"same") -> Look:
    return Look(
        points=points, mean=90, deviation=40, edges=9, grain=40, brightest=200, pixels=1,
    )  # fmt: skip


def test_single_pictures_may_stay_the_same_for_longer() -> None:
    verdict = Verdict(is_album=True)
    same = KeySpan(count=3, identical=3, key_bytes=300, smallest_bytes=100, largest_bytes=100)
    for minute in range(17):
        verdict.take(still_look(), same, 60.0 * minute, START)
        assert verdict.state == ("frozen" if minute >= 15 else "ok")


def test_after_a_pause_evidence_starts_afresh() -> None:
    verdict = Verdict()
    same = KeySpan(count=30, identical=30, key_bytes=300, smallest_bytes=10, largest_bytes=10)
    for minute in (0, 1, 2, 60, 61, 62):
        verdict.take(still_look(), same, 60.0 * minute, START)
        assert verdict.state == "ok"


def test_two_looks_at_the_same_moment_of_a_loop_are_no_evidence() -> None:
    verdict = Verdict()
    moving = KeySpan(
        count=30,
        key_bytes=300_000,
        between_bytes=900_000,
        smallest_bytes=10_000,
        largest_bytes=10_000,
    )
    for minute in range(8):
        verdict.take(still_look(), moving, 60.0 * minute, START)
    assert verdict.state == "ok"


def test_ten_bits_and_full_range_are_seen_alike() -> None:
    keyframe, _ = next(film(lambda _: flat(16), looks=1))
    look = look_in_thread(keyframe)
    assert isinstance(keyframe, KeyFrame)
    assert (look.mean, look.brightest) == (0, 0)
