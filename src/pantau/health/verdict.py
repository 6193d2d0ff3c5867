"""What is believed of one camera: single looks in, a state that does not flap out.  Pure.

States are held, never guessed: without fresh failures nobody is offline, without a proof of life
nobody is online, and what our own side broke counts for neither (lessons M11, M14, M28).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from pantau.cameras.models import HealthState
from pantau.health import causes

UP: Final = frozenset({HealthState.ONLINE, HealthState.DEGRADED})
DOWN: Final = frozenset({HealthState.OFFLINE, HealthState.DEAD})


class Sign(StrEnum):
    """What one look says."""

    LIFE = "life"
    """Bytes grew, a picture came, a playlist moved, a camera described its stream."""
    TROUBLE = "trouble"
    """Life, and something wrong with the picture."""
    FAILURE = "failure"
    GONE = "gone"
    """A failure by which the source says that it is gone for good: an ended list, 404, 410."""


@dataclass(frozen=True, slots=True)
class Look:
    """One fresh piece of evidence.  `mono` is monotonic seconds, for distances alone."""

    sign: Sign
    at: datetime
    mono: float
    cause: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the camera gave something."""
        return self.sign in {Sign.LIFE, Sign.TROUBLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How much evidence a change of mind takes."""

    apart_s: float = 10.0
    """Failures nearer than this count as one, and so do looks of one sign in a row."""
    window: int = 5
    down_needed: int = 3
    """Failures among the last `window` looks, the newest among them, that make it offline."""
    up_needed: int = 2
    """Proofs of life in a row that bring it back."""
    trouble_needed: int = 3
    clean_needed: int = 3
    """Looks in a row without trouble that end `degraded`."""
    unsteady_falls: int = 3
    """So many falls within `unsteady_window_s` and it is unsteady: degraded instead of online …"""
    unsteady_window_s: float = 1_800.0
    unsteady_calm_s: float = 900.0
    """… until it has stood for so long; and a further fall takes …"""
    unsteady_down_s: float = 60.0
    """… so many seconds without any life, for each of those falls."""
    dead_looks: int = 6
    dead_after_s: float = 3_600.0
    """So many looks that say `gone`, over so long, and nothing else alive between: dead."""
    hold_s: float = 300.0
    """How long states are held while our own side is at fault; unknown after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed of a camera, and the memory that the next look is judged with."""

    state: HealthState = HealthState.UNKNOWN
    cause: str = causes.NOT_CHECKED
    since_at: datetime
    """When the state began."""
    checked_at: datetime | None = None
    alive_at: datetime | None = None
    """The last proof of life."""
    gone_since_at: datetime | None = None
    """When its source began to say that it is gone; only life ends this streak (lesson M28)."""
    gone_looks: int = 0
    failures: int = 0
    """In a row, for the wait until the next check."""
    looks: tuple[Look, ...] = ()
    alive_mono: float | None = None
    falls_mono: tuple[float, ...] = ()
    held_mono: float | None = None

    @property
    def is_suspect(self) -> bool:
        """Whether the next look may change something: it should come soon."""
        if self.state is HealthState.UNKNOWN:
            return True
        if self.state in UP:
            return any(not look.is_alive for look in self.looks)
        return any(look.is_alive for look in self.looks)


def step(belief: Belief, look: Look, rules: Rules) -> Belief:
    """Return what is believed after one more look."""
    belief = _noted(belief, look, rules)
    if belief.state in UP:
        return _while_up(belief, look, rules)
    if belief.state in DOWN:
        return _while_down(belief, look, rules)
    return _while_unknown(belief, look, rules)


def hold(belief: Belief, cause: str, *, at: datetime, mono: float, rules: Rules) -> Belief:
    """Return the belief while our own side is at fault: the same, then unknown, never offline."""
    if belief.held_mono is None:
        belief = replace(belief, held_mono=mono, looks=())
    assert belief.held_mono is not None
    if mono - belief.held_mono < rules.hold_s or belief.state is HealthState.DEAD:
        return belief
    return rest(belief, cause, at=at)


def rest(belief: Belief, cause: str, *, at: datetime) -> Belief:
    """Return the belief in a camera that is not looked at, because of `cause`: unknown.

    A streak of `gone` outlasts it.
    """
    if belief.state is HealthState.UNKNOWN and belief.cause == cause:
        return belief
    return _changed(belief, HealthState.UNKNOWN, cause, at)


def _noted(belief: Belief, look: Look, rules: Rules) -> Belief:
    """Put the look into the memory."""
    looks = belief.looks
    if not _is_repeated(looks, look, rules):
        looks = (*looks, look)[-rules.window :]
    if look.is_alive:
        return replace(
            belief,
            checked_at=look.at,
            alive_at=look.at,
            alive_mono=look.mono,
            gone_since_at=None,
            gone_looks=0,
            failures=0,
            looks=looks,
            held_mono=None,
        )
    is_new = bool(looks) and looks[-1] is look
    is_gone = look.sign is Sign.GONE
    return replace(
        belief,
        checked_at=look.at,
        gone_since_at=belief.gone_since_at or (look.at if is_gone else None),
        gone_looks=belief.gone_looks + (is_gone and is_new),
        failures=belief.failures + is_new,
        looks=looks,
        held_mono=None,
    )


def _is_repeated(looks: tuple[Look, ...], look: Look, rules: Rules) -> bool:
    recent = [each for each in looks if look.mono - each.mono < rules.apart_s]
    if look.is_alive:
        return bool(recent) and recent[-1].sign is look.sign
    # Failures of two kinds, or with life between, are still no two pieces of evidence.
    return any(not each.is_alive for each in recent)


def _while_unknown(belief: Belief, look: Look, rules: Rules) -> Belief:
    if look.is_alive:
        return _changed(belief, HealthState.ONLINE, "", look.at)
    if _is_dead(belief, look, rules):
        return _changed(belief, HealthState.DEAD, look.cause, look.at)
    return _fallen(belief, look) if _has_failed(belief, rules) else belief


def _while_up(belief: Belief, look: Look, rules: Rules) -> Belief:
    if look.is_alive:
        return _judged_picture(belief, look, rules)
    falls = _recent_falls(belief, look.mono, rules)
    if not _has_failed(belief, rules):
        return belief
    if len(falls) >= rules.unsteady_falls and belief.alive_mono is not None:
        needed_s = rules.unsteady_down_s * len(falls)
        if look.mono - belief.alive_mono < needed_s:
            return belief
    return _fallen(replace(belief, falls_mono=falls), look)


def _while_down(belief: Belief, look: Look, rules: Rules) -> Belief:
    if look.is_alive:
        last = belief.looks[-rules.up_needed :]
        if len(last) < rules.up_needed or not all(each.is_alive for each in last):
            return belief
        falls = _recent_falls(belief, look.mono, rules)
        up = replace(belief, falls_mono=falls)
        if len(falls) >= rules.unsteady_falls:
            return _changed(up, HealthState.DEGRADED, causes.UNSTEADY, look.at)
        return _changed(up, HealthState.ONLINE, "", look.at)
    if belief.state is not HealthState.DEAD and _is_dead(belief, look, rules):
        return _changed(belief, HealthState.DEAD, look.cause, look.at)
    return _agreed_cause(belief, look, rules)


def _judged_picture(belief: Belief, look: Look, rules: Rules) -> Belief:
    troubles = [each for each in belief.looks if each.sign is Sign.TROUBLE]
    if look.sign is Sign.TROUBLE and len(troubles) >= rules.trouble_needed:
        if belief.state is HealthState.DEGRADED and belief.cause in causes.PICTURES:
            return _agreed_cause(belief, look, rules)
        return _changed(belief, HealthState.DEGRADED, look.cause, look.at, keep=True)
    if belief.state is not HealthState.DEGRADED:
        return belief
    if belief.cause == causes.UNSTEADY:
        fell_mono = max(belief.falls_mono, default=None)
        is_calm = fell_mono is None or look.mono - fell_mono >= rules.unsteady_calm_s
    else:
        last = belief.looks[-rules.clean_needed :]
        is_calm = len(last) == rules.clean_needed and all(each.sign is Sign.LIFE for each in last)
    return _changed(belief, HealthState.ONLINE, "", look.at, keep=True) if is_calm else belief


def _has_failed(belief: Belief, rules: Rules) -> bool:
    return sum(not look.is_alive for look in belief.looks) >= rules.down_needed


def _is_dead(belief: Belief, look: Look, rules: Rules) -> bool:
    since = belief.gone_since_at
    return (
        look.sign is Sign.GONE
        and since is not None
        and belief.gone_looks >= rules.dead_looks
        and (look.at - since).total_seconds() >= rules.dead_after_s
    )


def _fallen(belief: Belief, look: Look) -> Belief:
    fallen = replace(belief, falls_mono=(*belief.falls_mono, look.mono))
    return _changed(fallen, HealthState.OFFLINE, look.cause, look.at)


def _agreed_cause(belief: Belief, look: Look, rules: Rules) -> Belief:
    """Take over another cause only when several looks in a row name it."""
    last = belief.looks[-rules.down_needed :]
    if look.cause == belief.cause or len(last) < rules.down_needed:
        return belief
    if any(each.cause != look.cause for each in last):
        return belief
    return replace(belief, cause=look.cause)


def _recent_falls(belief: Belief, mono: float, rules: Rules) -> tuple[float, ...]:
    return tuple(fell for fell in belief.falls_mono if mono - fell < rules.unsteady_window_s)


def _changed(
    belief: Belief, state: HealthState, cause: str, at: datetime, *, keep: bool = False
) -> Belief:
    # What led to one verdict must not count for the next as well.
    looks = belief.looks if keep else ()
    since_at = belief.since_at if state is belief.state else max(at, belief.since_at)
    return replace(belief, state=state, cause=cause, since_at=since_at, looks=looks)
