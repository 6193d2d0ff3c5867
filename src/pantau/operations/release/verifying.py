"""`release verify`: whether a release that was just deployed stays, within five minutes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from pantau.core.clock import Clock
from pantau.operations.release.evidence import Baseline, Evidence
from pantau.operations.release.gathering import Hub
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Action, Verdict

RollBack: TypeAlias = Callable[[Verdict], Awaitable[bool]]
"""Takes the release back; returns whether the one before runs again."""
Progress: TypeAlias = Callable[[str], None]
"""Is told in a sentence what is waited for."""
EXIT_CODES: Final = {Action.KEEP: 0, Action.ROLL_BACK: 1, Action.MONITOR: 3}
"""How the commands end; 2 is for those who asked wrongly."""


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
    raise NotImplementedError
