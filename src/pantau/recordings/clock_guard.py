"""The time by which footage ages: never ahead of the machine's clock, and never jumping with it.

A clock that is set back is believed at once: then footage is younger.  One that is set forward is
believed after it has been steady for a while; until then time passes as the monotonic clock says.
Footage that was named by a clock which turned out to be behind ages from when it really was.
So a wrong year at boot deletes nothing, and neither does the way back from it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pantau.core.clock import Clock
from pantau.recordings.models import Span
from pantau.recordings.retention import Misdated

SLACK_MS: Final = 300_000
"""What a clock may be corrected by without a question; half of the least grace."""
BELIEVED_AFTER_MS: Final = 6 * 3_600_000
"""For how long a clock must be steady after a jump forward to be believed."""
SYNCHRONISED_AFTER_MS: Final = 600_000
"""The same where the kernel says that a time server disciplines the clock."""
IMPOSSIBLE_MS: Final = 1_767_225_600_000
"""2026: Pantau is not older, so a clock before this is wrong however steady it is."""
_MOST_MISDATED: Final = 20
_BEFORE_MS: Final = 3_600_000
"""Recorders may have begun before anybody looked at the clock."""
_BOOT_FILE: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the clocks say at one moment."""

    wall_ms: int
    mono_ms: int
    """Of this boot only."""
    boot: str
    is_synchronised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed of the clocks, as it is kept from one start to the next."""

    seen: Reading
    now_ms: int
    """The time by which footage ages, at `seen`."""
    anchor_ms: int
    """A time that was believed …"""
    anchor_mono_ms: int
    """… and when that was."""
    steady_ms: int
    """The wall clock, when it began to be steady …"""
    steady_mono_ms: int
    """… and when that was."""
    high_ms: int
    """The latest time that was ever believed, and what has passed since."""
    low_from_ms: int | None
    """Since where on the wall clock it may be behind; None: it has proved that it is not."""
    misdated: tuple[Misdated, ...] = ()

    @property
    def behind_ms(self) -> int:
        """By how much footage ages later than the wall clock says."""
        return self.seen.wall_ms - self.now_ms


def first(reading: Reading, *, newest_ms: int | None) -> Belief:
    """Return what is believed where nothing was noted: no later than the newest footage ended.

    Whoever rebuilds the catalogue on a machine with a wrong year loses nothing by it.
    """
    wall_ms = reading.wall_ms
    now_ms = wall_ms if newest_ms is None else min(wall_ms, newest_ms)
    return Belief(
        seen=reading,
        now_ms=now_ms,
        anchor_ms=now_ms,
        anchor_mono_ms=reading.mono_ms,
        steady_ms=wall_ms,
        steady_mono_ms=reading.mono_ms,
        high_ms=now_ms if newest_ms is None else newest_ms,
        low_from_ms=wall_ms - _BEFORE_MS,
    )


def following(belief: Belief, reading: Reading) -> Belief:
    """Return what is believed a while later, also after a restart of the process or machine."""
    seen = belief.seen
    is_same_boot = reading.boot == seen.boot and reading.mono_ms >= seen.mono_ms
    passed_ms = reading.mono_ms - seen.mono_ms if is_same_boot else 0
    later = replace(belief, seen=reading, high_ms=belief.high_ms + passed_ms)
    later = _stepped(later, expected_ms=seen.wall_ms + passed_ms, is_same_boot=is_same_boot)
    if not is_same_boot:
        later = replace(
            later,
            anchor_ms=belief.now_ms,
            anchor_mono_ms=reading.mono_ms,
            steady_ms=reading.wall_ms,
            steady_mono_ms=reading.mono_ms,
        )
    later = _steadied(later)
    run_ms = later.anchor_ms + (reading.mono_ms - later.anchor_mono_ms)
    if reading.wall_ms < run_ms:
        return _anchored(later)
    now_ms = min(reading.wall_ms, run_ms + SLACK_MS)
    return replace(later, now_ms=now_ms, high_ms=max(later.high_ms, now_ms))


def _stepped(belief: Belief, *, expected_ms: int, is_same_boot: bool) -> Belief:
    """Note what a step of the wall clock says of footage named before it.

    Set forward from where it had not proved itself, it was behind before.
    """
    wall_ms, low_from_ms, misdated = belief.seen.wall_ms, belief.low_from_ms, belief.misdated
    step_ms = wall_ms - expected_ms
    if step_ms > SLACK_MS and low_from_ms is not None:
        wrong = Misdated(Span(low_from_ms, expected_ms + SLACK_MS), step_ms)
        # What was set forward in several steps is behind by all of them.
        summed = (
            each._replace(by_ms=each.by_ms + step_ms) if _was_low(each, belief) else each
            for each in misdated
        )
        misdated = (*summed, wrong)[-_MOST_MISDATED:]
        low_from_ms = wall_ms - SLACK_MS
    elif step_ms < -SLACK_MS or not is_same_boot:
        before_ms = wall_ms - _BEFORE_MS
        low_from_ms = before_ms if low_from_ms is None else min(low_from_ms, before_ms)
    return replace(belief, low_from_ms=low_from_ms, misdated=misdated)


def _was_low(misdated: Misdated, belief: Belief) -> bool:
    """Tell whether a stretch ended where the one that ends here began."""
    low_from_ms = belief.low_from_ms
    return low_from_ms is not None and misdated.span.to_ms + misdated.by_ms >= low_from_ms


def _is_behind(belief: Belief) -> bool:
    return belief.seen.wall_ms < max(IMPOSSIBLE_MS, belief.high_ms - SLACK_MS)


def _steadied(belief: Belief) -> Belief:
    seen = belief.seen
    ran_ms = seen.mono_ms - belief.steady_mono_ms
    if abs((seen.wall_ms - belief.steady_ms) - ran_ms) > SLACK_MS:
        return replace(belief, steady_ms=seen.wall_ms, steady_mono_ms=seen.mono_ms)
    if ran_ms < (SYNCHRONISED_AFTER_MS if seen.is_synchronised else BELIEVED_AFTER_MS):
        return belief
    believed = _anchored(replace(belief, steady_ms=seen.wall_ms, steady_mono_ms=seen.mono_ms))
    if seen.is_synchronised:
        return replace(believed, high_ms=seen.wall_ms, low_from_ms=None)
    return believed if _is_behind(believed) else replace(believed, low_from_ms=None)


def _anchored(belief: Belief) -> Belief:
    """Return a belief that the wall clock is right."""
    seen = belief.seen
    return replace(
        belief,
        now_ms=seen.wall_ms,
        anchor_ms=seen.wall_ms,
        anchor_mono_ms=seen.mono_ms,
        high_ms=max(belief.high_ms, seen.wall_ms),
    )


def belief_text(belief: Belief) -> str:
    """Return what `belief_from` reads."""
    return json.dumps(
        {
            "wall_ms": belief.seen.wall_ms,
            "mono_ms": belief.seen.mono_ms,
            "boot": belief.seen.boot,
            "now_ms": belief.now_ms,
            "anchor": [belief.anchor_ms, belief.anchor_mono_ms],
            "steady": [belief.steady_ms, belief.steady_mono_ms],
            "high_ms": belief.high_ms,
            "low_from_ms": belief.low_from_ms,
            "misdated": [[*each.span, each.by_ms] for each in belief.misdated],
        }
    )


def belief_from(text: str) -> Belief | None:
    """Return what was believed; None: that cannot be read."""
    try:
        given: dict[str, Any] = json.loads(text)
        low_from_ms = given["low_from_ms"]
        return Belief(
            seen=Reading(
                wall_ms=int(given["wall_ms"]),
                mono_ms=int(given["mono_ms"]),
                boot=str(given["boot"]),
            ),
            now_ms=int(given["now_ms"]),
            anchor_ms=int(given["anchor"][0]),
            anchor_mono_ms=int(given["anchor"][1]),
            steady_ms=int(given["steady"][0]),
            steady_mono_ms=int(given["steady"][1]),
            high_ms=int(given["high_ms"]),
            low_from_ms=None if low_from_ms is None else int(low_from_ms),
            misdated=tuple(
                Misdated(Span(int(from_ms), int(to_ms)), int(by_ms))
                for from_ms, to_ms, by_ms in given["misdated"]
            ),
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def read_clocks(clock: Clock, *, boot: str, is_synchronised: Callable[[], bool]) -> Reading:
    """Return what the clocks say now."""
    return Reading(
        wall_ms=round(clock.unix_s() * 1000),
        mono_ms=round(clock.mono_s() * 1000),
        boot=boot,
        is_synchronised=is_synchronised(),
    )


def this_boot() -> str:
    """Return what tells this run of the machine from others; of this process, where nothing does.

    Blocks for a moment.
    """
    try:
        return _BOOT_FILE.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return uuid4().hex
