"""`release verify`: whether a release that was just deployed stays, within five minutes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from pantau.core.clock import Clock
from pantau.operations.release.evidence import Baseline, Evidence
from pantau.operations.release.gathering import Hub, Looking
from pantau.operations.release.judging import judge
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Action, Verdict

RollBack: TypeAlias = Callable[[Verdict], Awaitable[bool]]
"""Takes the release back; returns whether the one before runs again."""
Progress: TypeAlias = Callable[[str], None]
"""Is told in a sentence what is waited for."""
EXIT_CODES: Final = {Action.KEEP: 0, Action.ROLL_BACK: 1, Action.MONITOR: 3}
"""How the commands end; 2 is for those who asked wrongly."""
MOST_S: Final = 300.0
"""A verification never takes longer, whatever it waits for."""
_STARTS_WITHIN_S: Final = 60.0
_LOOK_EVERY_S: Final = 1.0
_ASK_EVERY_S: Final = 2.0
_LEAST_ROUNDS: Final = 12
_TOLD_EVERY_S: Final = 15.0
_UNWELL_FOR_S: Final = 15.0
"""A hub that is unwell may recover; after so long it is what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of it."""

    verdict: Verdict
    evidence: Evidence
    was_rolled_back: bool | None
    """None: nobody was asked to, or there was no reason."""


async def verify(
    hub: Hub,
    baseline: Baseline | None,
    rules: Rules,
    *,
    clock: Clock,
    for_s: float | None = None,
    roll_back: RollBack | None = None,
    tell: Progress = lambda _: None,
) -> Verified:
    """Wait for the right build, watch it for `for_s` (None: the stability gate), and judge.

    Ends early where waiting cannot help: a process that crashed, a build that never comes.  With
    `roll_back` the release is taken back when the verdict says so.
    """
    looking = Looking(hub, clock)
    try:
        if await _until_started(looking, tell):
            await _watch(looking, rules, for_s, tell)
        evidence = looking.evidence()
    finally:
        await looking.close()
    verdict = judge(evidence, baseline, rules, clock.now())
    was_rolled_back = None
    if verdict.action is Action.ROLL_BACK and roll_back is not None:
        was_rolled_back = await roll_back(verdict)
    return Verified(verdict=verdict, evidence=evidence, was_rolled_back=was_rolled_back)


async def _until_started(looking: Looking, tell: Progress) -> bool:
    """Wait for every wanted process to be ready with the right build; False when it is hopeless."""
    hub, clock = looking.hub, looking.clock
    tell(f"Waiting for {', '.join(hub.wanted)} to be ready with build {hub.build or 'unknown'}.")
    began_mono = clock.mono_s()
    while True:
        await looking.look()
        processes = looking.sighting.processes()
        ready = {
            each.name
            for each in processes
            if each.is_ready and (not hub.build or each.build == hub.build)
        }
        if ready.issuperset(hub.wanted):
            return True
        if looking.sighting.ended or clock.mono_s() - began_mono >= _STARTS_WITHIN_S:
            await looking.ask()
            return False
        await clock.sleep(_LOOK_EVERY_S)


async def _watch(looking: Looking, rules: Rules, for_s: float | None, tell: Progress) -> None:
    """Look and ask until it has run long enough, or something is wrong for good."""
    clock = looking.clock
    began_mono = told_mono = clock.mono_s()
    unwell_mono: float | None = None
    most_s = MOST_S if for_s is None else min(for_s, MOST_S)
    # A short look asks as often as a long one: fewer questions have no p50.
    ask_every_s = min(_ASK_EVERY_S, most_s / _LEAST_ROUNDS)
    rounds, asked_mono = 0, float("-inf")
    while True:
        await looking.look()
        now_mono = clock.mono_s()
        if now_mono - asked_mono >= ask_every_s:
            await looking.ask()
            rounds, asked_mono = rounds + 1, now_mono
        unwell_mono = None if looking.prober.is_serving else unwell_mono or now_mono
        is_unwell = unwell_mono is not None and now_mono - unwell_mono >= _UNWELL_FOR_S
        passed_s = now_mono - began_mono
        if looking.sighting.ended or is_unwell or passed_s >= most_s:
            break
        if for_s is None and rounds >= _LEAST_ROUNDS and has_settled(looking, rules):
            break
        if now_mono - told_mono >= _TOLD_EVERY_S:
            told_mono = now_mono
            tell(f"Watching since {passed_s:.0f} s; nothing crashed so far.")
        left_s = asked_mono + ask_every_s - clock.mono_s()
        await clock.sleep(min(_LOOK_EVERY_S, max(0.0, left_s)))
    await looking.look()


def has_settled(looking: Looking, rules: Rules) -> bool:
    """Tell whether every wanted process has passed the gate, and the hub says that it is well."""
    meant = [each for each in looking.sighting.processes() if each.name in looking.hub.wanted]
    is_old_enough = all(each.up_s is not None and each.up_s > rules.stable_s for each in meant)
    return bool(meant) and is_old_enough and looking.prober.is_serving is True
