"""What alerts are made of: targets, rules, what was seen, what was told, messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from pantau.notifications.kinds import Edge, Kind
from pantau.ui.i18n import Language

Purpose = Literal["", "monitoring", "feedback"]
"""Which of the reference's two chats a target or a rule stands for; empty: none."""


class Form(StrEnum):
    """How a target was described by whoever added it."""

    TELEGRAM = "telegram"
    EMAIL = "email"
    NTFY = "ntfy"
    WEBHOOK = "webhook"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where messages go.  The address stands nowhere but sealed in its row."""

    id: int
    key: str
    """What the sealed address is tied to."""
    name: str
    form: Form
    schema: str
    """The first part of the address, such as `tgram`."""
    shown: str
    """The address as far as anybody may see it."""
    language: Language
    enabled: bool
    purpose: Purpose = ""
    sealed: str = field(repr=False)
    created_at: datetime
    last_ok_at: datetime | None = None
    last_fault: str = ""
    last_fault_at: datetime | None = None


class QuietHours(NamedTuple):
    """From one minute of the hub's day to another; over midnight where the second is smaller."""

    from_min: int
    until_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who hears of what.  An empty set means any: nothing is left out by a default (lesson H04)."""

    id: int
    name: str
    enabled: bool = True
    kinds: frozenset[Kind] = frozenset()
    area_ids: frozenset[int] = frozenset()
    camera_ids: frozenset[int] = frozenset()
    target_ids: frozenset[int] = frozenset()
    tells_recovery: bool = True
    quiet: QuietHours | None = None
    critical_passes: bool = True
    """Whether critical kinds are told in quiet hours as well."""
    down_after_s: int | None = None
    """How long something must last before it is told; None: as the hub says."""
    up_after_s: int | None = None
    purpose: Purpose = ""
    since_at: datetime
    """What was so before is its baseline and not told (lesson H07)."""

    @property
    def is_scoped(self) -> bool:
        """Whether it is about some cameras only; then nothing of the hub as a whole passes."""
        return bool(self.area_ids or self.camera_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How alerts behave as long as a rule says nothing else."""

    down_after_s: int = 120
    up_after_s: int = 60
    gather_s: int = 20
    """How long messages to one target wait for others to go with them."""
    fleet_percent: int = 50
    """So many of all cameras that fall together are one alarm."""
    remind_hours: int = 0
    """How often an outage that lasts is told again; 0: never."""


class Scope(StrEnum):
    """What maintenance is of."""

    HUB = "hub"
    AREA = "area"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A time in which nothing is told of what is worked on."""

    id: int
    scope: Scope
    subject_id: int | None
    """The area or the camera."""
    reason: str
    began_at: datetime
    until_at: datetime
    ended_at: datetime | None
    """When it ended, by itself or by somebody, and the worker has seen that."""
    by: str

    def is_on(self, now: datetime) -> bool:
        """Tell whether it holds at that moment."""
        return self.ended_at is None and self.began_at <= now < self.until_at


class Subject(NamedTuple):
    """What a message is about: a kind and which one of it, such as `12` or `main`."""

    kind: Kind
    name: str = ""

    @property
    def camera_id(self) -> int | None:
        """The camera, of kinds that are about one."""
        return int(self.name) if self.name.isdecimal() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the worker sees of something that lasts."""

    subject: Subject
    is_bad: bool
    since_at: datetime
    """Since when it is so, as far as anybody could know."""
    cause: str = ""
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """That a rule has said, or is about to say, that something is bad."""

    rule_id: int
    subject: Subject
    began_at: datetime
    is_silent: bool
    """It was so before the rule: nobody was told, and nobody will be told of its end."""
    cause: str
    facts: Mapping[str, str | int | float]
    decided_at: datetime
    reminded_at: datetime
    announced_at: datetime | None = None
    """When the first message about it was delivered (lesson H02)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened once."""

    kind: Kind
    key: str
    """Never used again for another happening of that kind."""
    at: datetime
    camera_id: int | None = None
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to be told to one target, as decided; part of a message later."""

    target_id: int
    rule_id: int | None
    subject: Subject
    edge: Edge
    at: datetime
    """When it began, ended or happened."""
    began_at: datetime | None = None
    """Of what ended: when it had begun."""
    cause: str = ""
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    due_at: datetime
    is_held: bool = False
    """It waits for quiet hours to end."""
    is_after_maintenance: bool = False
    id: int = 0

    @property
    def key(self) -> str:
        """The same for what must reach a target once only, whatever rules say so."""
        moment = int(self.at.timestamp() * 1000)
        return f"{self.subject.kind}:{self.subject.name}:{self.edge}:{moment}"[:200]


class MessageState(StrEnum):
    """How far a message has got."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    """Tried as often as is sensible, or refused for good; somebody may try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one target, as it is or was sent."""

    id: int
    target_id: int
    title: str
    text: str
    html: str
    edge_count: int
    """Of how many things it tells."""
    state: MessageState
    is_drill: bool
    tries: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    fault: str
