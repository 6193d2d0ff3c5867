"""Judging the release that runs, for commands."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pantau.app.release import roll_back as go_back
from pantau.app.release_hub import baseline_file_of, meant_hub
from pantau.app.release_work import reasons
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.operations.release.evidence import Baseline
from pantau.operations.release.gathering import read_baseline
from pantau.operations.release.kept_watch import Noted, begin_watch, note_verdict, read_watch
from pantau.operations.release.verdict import Action, Verdict
from pantau.operations.release.verifying import RollBack, Verified, verify
from pantau.operations.release.watching import watch
from pantau.operations.release_steps.state import Outcome
from pantau.settings import Settings

Tell = Callable[[str], None]


async def verify_now(
    settings: Settings,
    *,
    clock: Clock,
    for_s: float | None,
    baseline_file: Path | None,
    rolls_back: bool,
    tell: Tell,
) -> Verified:
    """Judge what runs, and keep the verdict; with `rolls_back` take the release back if need be."""
    hub = meant_hub(settings)
    file = baseline_file or baseline_file_of(settings, hub.build)
    baseline: Baseline | None = None if file is None else read_baseline(file)
    verified = await verify(hub, baseline, settings.release, clock=clock, for_s=for_s, tell=tell)
    # Where nothing can be written it was judged all the same.
    with contextlib.suppress(OSError):
        note_verdict(settings.releases_folder, Noted(watch="", verdict=verified.verdict))
    if verified.verdict.action is not Action.ROLL_BACK or not rolls_back:
        return verified
    went_back = await roll_back_here(settings, clock, tell)(verified.verdict)
    return replace(verified, was_rolled_back=went_back)


async def watch_now(
    settings: Settings, *, clock: Clock, rolls_back: bool, tell: Tell
) -> Verdict | None:
    """Carry out the watch of what runs, or follow the worker; begin one where there is none."""
    folder, hub = settings.releases_folder, meant_hub(settings)
    asked = read_watch(folder)
    if asked is None or asked.is_over or asked.build != hub.build:
        begin_watch(
            folder,
            hub=hub,
            baseline_file=baseline_file_of(settings, hub.build),
            rules=settings.release,
            clock=clock,
            rolls_back=rolls_back,
        )
    back = roll_back_here(settings, clock, tell)
    return await watch(folder, settings.release, clock=clock, roll_back=back, tell=tell)


def roll_back_here(settings: Settings, clock: Clock, tell: Tell) -> RollBack:
    """Return what takes the release back from a command."""

    async def back(verdict: Verdict) -> bool:
        try:
            why = reasons(verdict)
            done = await go_back(settings, clock=clock, tell=tell, why=why, is_automatic=True)
        except Problem as problem:
            tell(problem.sentence)
            return False
        return done.outcome is Outcome.ROLLED_BACK

    return back
