"""`release watch`: judges a release every hour for a day, by one process at a time.

State stands in the folder of releases, so a watch outlives whoever carries it out: the terminal
of a person, or the worker.  Whoever holds the lock of the watch is its only owner.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.operations.release.counting import Counts, Tally
from pantau.operations.release.evidence import Baseline
from pantau.operations.release.gathering import Looking, read_baseline
from pantau.operations.release.judging import judge
from pantau.operations.release.kept_watch import (
    Noted,
    Watch,
    begin_watch,
    boot_id,
    end_watch,
    note_verdict,
    owning_watch,
    passed_s,
    read_history,
    read_watch,
    write_watch,
)
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Action, Verdict
from pantau.operations.release.verifying import Progress, RollBack
from pantau.operations.release_steps.state import is_deploying, read_state

__all__ = ["begin_watch", "end_watch", "serve_watches", "watch"]
log = structlog.get_logger()

_LOOK_EVERY_S: Final = 5.0
_KEEP_EVERY_S: Final = 30.0
_QUESTIONS_S: Final = 5.0
_ROUNDS: Final = 12
_SOONEST_S: Final = 300.0
"""What looks grave is judged at once, but not again and again."""
_ASKED_EVERY_S: Final = 5.0


async def watch(
    releases_dir: Path,
    rules: Rules,
    *,
    clock: Clock,
    roll_back: RollBack | None = None,
    tell: Progress = lambda _: None,
) -> Verdict | None:
    """Carry out the watch that was asked for, or follow whoever does; return its last verdict.

    None: no watch was asked for, or it ended before it came to a verdict.
    """
    asked = read_watch(releases_dir)
    if asked is None:
        return None
    told = 0
    is_following = False
    while True:
        now = read_watch(releases_dir)
        if now is None or now.id != asked.id or now.is_over:
            break
        with owning_watch(releases_dir) as is_ours:
            if is_ours:
                await _Watcher(releases_dir, rules, clock, roll_back, tell).carry_out(now)
                return _last(releases_dir, asked.id)
        if not is_following:
            is_following = True
            tell("The worker watches this release; what it finds is told here.")
        told = _tell_new(releases_dir, asked.id, told, tell)
        await clock.sleep(min(_ASKED_EVERY_S, asked.every_s))
    _tell_new(releases_dir, asked.id, told, tell)
    return _last(releases_dir, asked.id)


async def serve_watches(
    releases_dir: Path, rules: Rules, *, clock: Clock, roll_back: RollBack | None = None
) -> None:
    """Carry out whichever watch is asked for; never returns.  For the worker."""
    while True:
        asked = await asyncio.to_thread(read_watch, releases_dir)
        if asked is not None and not asked.is_over:
            with owning_watch(releases_dir) as is_ours:
                if is_ours:
                    await _Watcher(releases_dir, rules, clock, roll_back).carry_out(asked)
        await clock.sleep(_ASKED_EVERY_S)


@dataclass(slots=True)
class _Watcher:
    """Carries out one watch, whose lock it holds."""

    releases_dir: Path
    rules: Rules
    clock: Clock
    roll_back: RollBack | None
    tell: Progress = lambda _: None
    _graves: int = field(default=0)

    async def carry_out(self, asked: Watch) -> None:
        """Look and judge until the watch is over, or another one was asked for."""
        log.info("release_watched", build=asked.build, passed_s=round(asked.ran_s))
        looking = Looking(asked.hub, self.clock)
        sighting = looking.sighting
        sighting.tally, sighting.ended = asked.whole, list(asked.ended)
        sighting.restarts = dict(asked.restarts)
        lately, kept_mono = asked.lately, float("-inf")
        try:
            while True:
                await looking.look()
                lately = lately.after(sighting.meant())
                asked = self._moved(asked, looking, lately)
                if self._is_due(asked, lately):
                    asked = await self._judged(asked, looking)
                    lately = asked.lately
                    kept_mono = float("-inf")
                if asked.ran_s >= asked.for_s:
                    asked = asked.model_copy(update={"is_over": True})
                is_still_meant = await self._keep(asked, kept_mono)
                if self.clock.mono_s() - kept_mono >= _KEEP_EVERY_S:
                    kept_mono = self.clock.mono_s()
                if asked.is_over or not is_still_meant:
                    return
                await self.clock.sleep(min(_LOOK_EVERY_S, asked.every_s / 2))
        finally:
            await looking.close()

    def _moved(self, asked: Watch, looking: Looking, lately: Tally) -> Watch:
        return asked.model_copy(
            update={
                "ran_s": passed_s(asked, self.clock),
                "noted_mono": self.clock.mono_s(),
                "boot": boot_id(),
                "whole": looking.sighting.tally,
                "lately": lately,
                "ended": tuple(looking.sighting.ended),
                "restarts": dict(looking.sighting.restarts),
            }
        )

    def _is_due(self, asked: Watch, lately: Tally) -> bool:
        judged_s = asked.judged_s or 0.0
        since_s = asked.ran_s - judged_s
        if since_s >= asked.every_s or asked.ran_s >= asked.for_s:
            return True
        graves = len(asked.ended) + sum(lately.counted().critical.values())
        is_news = graves > self._graves
        if is_news and (asked.judged_s is None or since_s >= min(_SOONEST_S, asked.every_s)):
            self._graves = graves
            return True
        return False

    async def _judged(self, asked: Watch, looking: Looking) -> Watch:
        """Judge, note the verdict, and have the release taken back where that was asked for."""
        if not await asyncio.to_thread(_may_judge, self.releases_dir, asked):
            return asked
        await self._ask(looking, min(_QUESTIONS_S, asked.every_s))
        baseline = await asyncio.to_thread(_baseline_of, asked)
        window_s = max(1.0, asked.ran_s - (asked.judged_s or 0.0))
        evidence = looking.evidence(
            running_s=asked.ran_s, duration_s=window_s, counts=_counts(asked), hits_s=asked.ran_s
        )
        verdict = judge(evidence, baseline, self.rules, self.clock.now())
        if not await asyncio.to_thread(_may_judge, self.releases_dir, asked):
            # Another release came while we asked: what is not its build is no fault of anybody.
            return asked
        wants_back = verdict.action is Action.ROLL_BACK and asked.rolls_back
        noted = Noted(watch=asked.id, verdict=verdict)
        await asyncio.to_thread(note_verdict, self.releases_dir, noted)
        log.info("release_judged", build=asked.build, action=verdict.action.value)
        self.tell(_line(noted))
        looking.sighting.ended = []
        looking.prober.forget()
        self._graves = 0
        asked = asked.model_copy(
            update={"judged_s": asked.ran_s, "lately": _anew(asked.lately), "ended": ()}
        )
        if not wants_back or self.roll_back is None:
            return asked
        # Over from here on: the rollback may end this very process.
        asked = asked.model_copy(update={"is_over": True, "was_rolled_back": True})
        await asyncio.to_thread(write_watch, self.releases_dir, asked)
        went_back = await self.roll_back(verdict)
        return asked.model_copy(update={"was_rolled_back": went_back})

    async def _ask(self, looking: Looking, within_s: float) -> None:
        end_mono = self.clock.mono_s() + within_s
        for left in range(_ROUNDS, 0, -1):
            await looking.ask(is_again=left == _ROUNDS)
            if looking.prober.is_silent and self.clock.mono_s() >= end_mono:
                # Twelve rounds of waiting for nothing would leave a dead hub for minutes.
                return
            await self.clock.sleep(max(0.0, (end_mono - self.clock.mono_s()) / left))

    async def _keep(self, asked: Watch, kept_mono: float) -> bool:
        """Write down how far it is, now and then; False: another watch was asked for, or none."""
        now = await asyncio.to_thread(read_watch, self.releases_dir)
        if now is None or now.id != asked.id:
            return False
        if now.is_over and not asked.is_over:
            return False
        if asked.is_over or self.clock.mono_s() - kept_mono >= _KEEP_EVERY_S:
            await asyncio.to_thread(write_watch, self.releases_dir, asked)
        return True


def _may_judge(releases_dir: Path, asked: Watch) -> bool:
    """Tell whether what runs is meant to be what this watch is of.

    Whoever deploys judges by themselves, and who was interrupted decides how it goes on; a watch
    that another one took the place of would take back what it never was asked to look at.
    """
    now = read_watch(releases_dir)
    if now is None or now.id != asked.id or now.is_over or is_deploying(releases_dir):
        return False
    try:
        return read_state(releases_dir).interrupted is None
    except Unavailable:
        return True


def _counts(asked: Watch) -> Counts:
    """Return what was counted since the last verdict, and of the cache since the beginning."""
    whole = asked.whole.counted()
    return asked.lately.counted().model_copy(update={"cache": whole.cache, "ttls": whole.ttls})


def _anew(lately: Tally) -> Tally:
    """Return a tally that begins where this one is."""
    return Tally(first=lately.last, last=lately.last, has_web=lately.has_web, is_begun=True)


def _baseline_of(asked: Watch) -> Baseline | None:
    return None if asked.baseline_file is None else read_baseline(asked.baseline_file)


def _verdicts(releases_dir: Path, watch_id: str) -> list[Noted]:
    return [each for each in read_history(releases_dir) if each.watch == watch_id]


def _last(releases_dir: Path, watch_id: str) -> Verdict | None:
    found = _verdicts(releases_dir, watch_id)
    return found[-1].verdict if found else None


def _tell_new(releases_dir: Path, watch_id: str, told: int, tell: Progress) -> int:
    found = _verdicts(releases_dir, watch_id)
    for each in found[told:]:
        tell(_line(each))
    return len(found)


def _line(noted: Noted) -> str:
    verdict = noted.verdict
    missed = [row.metric for row in verdict.rows if row.action is not Action.KEEP]
    return (
        f"{verdict.at:%Y-%m-%d %H:%M} UTC, after {verdict.running_s / 3600:.1f} h: "
        f"{verdict.action.value}{': ' + ', '.join(missed) if missed else ''}"
    )
