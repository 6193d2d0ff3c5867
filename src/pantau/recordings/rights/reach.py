"""What of a camera somebody may replay: one pure decision, which denies what it does not know.

Who asks has a reach by the camera's rule, and one by a playback token; both together are theirs.
Cut out of each is what was dark for them when it was recorded (lesson X22).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from pantau.cameras.access import (
    Allowed,
    CacheClass,
    Purpose,
    Visitor,
    decide,
    delay_in,
    showing_at,
)
from pantau.cameras.decisions import Showing, Visibility
from pantau.cameras.models import Camera
from pantau.core.errors import Problem
from pantau.recordings.models import FOREVER, PlaybackMode, Reach, Span, joined, without
from pantau.recordings.rights.values import (
    Dark,
    PlaybackRule,
    PlaybackToken,
    Shadow,
    TokenScope,
)

NOTHING: Final = Reach(())
EVERYTHING: Final = Reach((FOREVER,), is_operator=True)
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for one camera, nothing left to be inherited."""

    mode: PlaybackMode
    preview_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for one camera, and when."""

    visitor: Visitor
    token: PlaybackToken | None = None
    now: datetime
    zone: ZoneInfo
    """That of the site, for schedules."""

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)


def policy_of(rule: PlaybackRule, default: Policy) -> Policy:
    """Return what `rule` means where `default` holds for the whole hub."""
    minutes = default.preview_minutes if rule.preview_minutes is None else rule.preview_minutes
    mode = default.mode if rule.mode is PlaybackMode.INHERIT else rule.mode
    return Policy(mode=mode, preview_minutes=minutes)


def reach_of(
    camera: Camera | None, policy: Policy, asking: Asking, shadows: Sequence[Shadow]
) -> Reach:
    """Return what may be replayed at `asking.now`; `shadows` are those of the camera.

    A camera that is no more has a reach for operators only.
    """
    if asking.visitor == "operator":
        return EVERYTHING
    if camera is None:
        return NOTHING
    parts = [
        part
        for part in (
            _by_rule(camera, policy, asking, shadows),
            _by_token(camera, policy, asking, shadows),
        )
        if part.spans
    ]
    if not parts:
        return NOTHING
    spans = tuple(joined(sorted(span for part in parts for span in part.spans)))
    leads = [part.lead_from_ms for part in parts if part.spans[0].from_ms == spans[0].from_ms]
    return Reach(spans, cache=_cache(camera, asking), lead_from_ms=min(leads))


def window_minutes(camera: Camera, policy: Policy, asking: Asking) -> int:
    """Return how far back somebody who is no operator may look for footage, not how far it goes."""
    minutes = 0
    if policy.mode is PlaybackMode.PREVIEW and isinstance(_verdict(camera, asking), Allowed):
        minutes = policy.preview_minutes
    token = asking.token
    if token is not None and opened_by(token, camera, policy.mode) is not None:
        minutes = max(minutes, token.window_hours * 60)
    return minutes


def opened_by(token: PlaybackToken, camera: Camera, mode: PlaybackMode) -> Dark | None:
    """Return the deepest dark that `token` sees through; None: it does not open this camera."""
    is_named = False
    match token.scope:
        case TokenScope.ALL:
            pass
        case TokenScope.AREA:
            # Asked at each use: cameras that are new in the area are in, those that left are out.
            if camera.area_id is None or camera.area_id not in token.area_ids:
                return None
        case TokenScope.SELECTED:
            if camera.id not in token.camera_ids:
                return None
            is_named = True
        case None:
            return None
        case _:
            assert_never(token.scope)
    if not _is_for_tokens(mode, is_named=is_named):
        return None
    match camera.decision.visibility:
        case Visibility.PUBLIC | Visibility.PARTNER:
            return Dark.PARTNERS if is_named else Dark.PUBLIC
        case Visibility.PRIVATE:
            return Dark.PARTNERS if is_named else None
        case _:
            assert_never(camera.decision.visibility)


def _is_for_tokens(mode: PlaybackMode, *, is_named: bool) -> bool:
    match mode:
        case PlaybackMode.PREVIEW | PlaybackMode.TOKEN:
            return True
        case PlaybackMode.OPERATORS:
            return is_named
        case PlaybackMode.NOBODY | PlaybackMode.INHERIT:
            return False
        case _:
            assert_never(mode)


@dataclass(frozen=True, slots=True)
class _Part:
    spans: tuple[Span, ...] = ()
    lead_from_ms: int = 0


_NO_PART: Final = _Part()


def _by_rule(camera: Camera, policy: Policy, asking: Asking, shadows: Sequence[Shadow]) -> _Part:
    if policy.mode is not PlaybackMode.PREVIEW or policy.preview_minutes <= 0:
        return _NO_PART
    verdict = _verdict(camera, asking)
    if not isinstance(verdict, Allowed):
        return _NO_PART
    now_ms = asking.now_ms
    far_ms, near_ms = now_ms - policy.preview_minutes * _MINUTE_MS, now_ms - verdict.delay_s * 1000
    sees_through = Dark.PUBLIC if asking.visitor == "partner" else Dark.NOBODY
    return _lit(far_ms, near_ms, shadows, sees_through)


def _verdict(camera: Camera, asking: Asking) -> Allowed | Problem:
    return decide(camera, Purpose.PLAYBACK, asking.visitor, now=asking.now, zone=asking.zone)


def _by_token(camera: Camera, policy: Policy, asking: Asking, shadows: Sequence[Shadow]) -> _Part:
    token, now = asking.token, asking.now
    if token is None or not token.is_live(now) or not camera.enabled:
        return _NO_PART
    sees_through = opened_by(token, camera, policy.mode)
    cut_off = camera.decision.cut_off
    if sees_through is None or (cut_off is not None and cut_off.is_on(now)):
        return _NO_PART
    showing = showing_at(camera.decision, now=now, zone=asking.zone)
    if showing in {Showing.HIDDEN, Showing.STILL} and not _has_open(shadows):
        # It is dark and nobody has noted yet since when.
        return _NO_PART
    now_ms = asking.now_ms
    delay_s = delay_in(camera.decision, showing)
    far_ms = now_ms - token.window_hours * _HOUR_MS
    return _lit(far_ms, now_ms - delay_s * 1000, shadows, sees_through)


def _lit(far_ms: int, near_ms: int, shadows: Iterable[Shadow], sees_through: Dark) -> _Part:
    far_ms = max(0, far_ms)
    if far_ms >= near_ms:
        return _NO_PART
    holes = sorted(shadow.span for shadow in shadows if shadow.dark > sees_through)
    spans = tuple(without(Span(far_ms, near_ms), holes))
    if not spans:
        return _NO_PART
    begins_ms = spans[0].from_ms
    lead_ms = max((hole.to_ms for hole in holes if hole.from_ms < begins_ms), default=0)
    return _Part(spans, min(lead_ms, begins_ms))


def _has_open(shadows: Iterable[Shadow]) -> bool:
    return any(shadow.dark >= Dark.ALL and shadow.span.to_ms >= FOREVER.to_ms for shadow in shadows)


def _cache(camera: Camera, asking: Asking) -> CacheClass:
    """Return who may keep it: what a crowd may see alike, and nothing that a credential opened."""
    is_plain = (
        asking.visitor == "public"
        and asking.token is None
        and camera.decision.visibility is Visibility.PUBLIC
    )
    return CacheClass.SHARED if is_plain else CacheClass.PRIVATE
