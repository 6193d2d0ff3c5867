"""Judging the release that runs, for commands."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pantau.app.release import roll_back as go_back
from pantau.app.release_facts import current_release
from pantau.app.release_work import hub_at
from pantau.core.build import build_id
from pantau.core.clock import Clock
from pantau.core.errors import Problem, Unavailable
from pantau.operations.release.evidence import Baseline
from pantau.operations.release.gathering import Hub, read_baseline
from pantau.operations.release.kept_watch import Noted, begin_watch, note_verdict, read_watch
from pantau.operations.release.verdict import Action, Verdict, reasons_of
from pantau.operations.release.verifying import RollBack, Verified, verify
from pantau.operations.release.watching import watch
from pantau.operations.release_steps.state import Outcome, read_state
from pantau.settings import Settings

Tell = Callable[[str], None]


def meant_hub(settings: Settings) -> Hub:
    """Return where this hub answers, and the build that should: that of the current release.

    An installation without releases means the build that asks.
    """
    current = current_release(settings)
    hub = hub_at(settings, current.build if current else build_id())
    return replace(hub, readers=settings.database.readers)


def baseline_file_of(settings: Settings, build: str) -> Path | None:
    """Return what was recorded before the deploy of that build; None where nothing was."""
    try:
        last = read_state(settings.releases_folder).last
    except Unavailable:
        return None
    is_of_it = last is not None and last.after.build == build
    return last.baseline if last is not None and is_of_it else None


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
            done = await go_back(settings, clock=clock, tell=tell, why=reasons_of(verdict))
        except Problem as problem:
            tell(problem.sentence)
            return False
        return done.outcome is Outcome.ROLLED_BACK

    return back
