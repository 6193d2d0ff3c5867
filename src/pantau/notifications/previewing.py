"""What a rule would send, written without sending anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.media.errors import Cause
from pantau.notifications.channel import Words
from pantau.notifications.composing import Composer
from pantau.notifications.kinds import MANNERS, OF_CAMERAS, Edge, Kind
from pantau.notifications.values import Item, Rule, Subject, Target, Windows

_LASTED: Final = timedelta(minutes=42)
"""How long the outage of the example lasts."""


@dataclass(frozen=True, slots=True)
class SampleCamera:
    """A camera that the rule is about, for the example."""

    id: int
    name: str
    area: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one target would read."""

    target: Target
    began: Words
    """When it begins or happens."""
    ended: Words | None
    """When it is over; None where this is not told."""


def sample_kind(rule: Rule) -> Kind:
    """Return what the example is about: a camera where the rule is about any, else its first."""
    if not rule.kinds or Kind.CAMERA in rule.kinds:
        return Kind.CAMERA
    return next(kind for kind in Kind if kind in rule.kinds)


def previews(
    rule: Rule,
    targets: Sequence[Target],
    *,
    camera: SampleCamera | None,
    windows: Windows,
    composer: Composer,
    now: datetime,
    zone: ZoneInfo,
) -> Sequence[Preview]:
    """Return what each of `targets` would read, in its own language."""
    kind = sample_kind(rule)
    lasts = MANNERS[kind].lasts
    waits_s = rule.down_after_s if rule.down_after_s is not None else windows.down_after_s
    is_of_camera = kind in OF_CAMERAS and camera is not None

    def words(target: Target, edge: Edge) -> Words:
        began_at = now - (_LASTED if edge is Edge.ENDED else timedelta(seconds=waits_s))
        is_begin = edge is Edge.BEGAN
        item = Item(
            target_id=target.id,
            rule_id=rule.id,
            subject=Subject(kind, str(camera.id) if is_of_camera and camera else ""),
            edge=edge,
            at=began_at if is_begin else now,
            began_at=None if edge is Edge.HAPPENED else began_at,
            cause=Cause.UNREACHABLE if kind is Kind.CAMERA and is_begin else "",
            facts={"name": camera.name, "area": camera.area} if is_of_camera and camera else {},
            due_at=now,
        )
        return composer.compose([item], target, now=now, zone=zone)

    return [
        Preview(
            target,
            words(target, Edge.BEGAN if lasts else Edge.HAPPENED),
            words(target, Edge.ENDED) if lasts and rule.tells_recovery else None,
        )
        for target in targets
    ]
