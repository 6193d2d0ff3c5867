"""What the API of alerts gives, field by field; no address and no secret among them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.notifications.kinds import Kind
from pantau.notifications.outbox_service import Drilled
from pantau.notifications.rule_service import Behaviour, CoveredRule
from pantau.notifications.telegram_config import MASK, TelegramState
from pantau.notifications.values import (
    Form,
    Maintenance,
    Message,
    MessageState,
    Scope,
    Target,
)
from pantau.ui.i18n import Language


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetOutput(_Output):
    """One target; its address as far as anybody may see it."""

    id: int
    name: str
    form: Form
    shown: str
    language: Language
    enabled: bool
    last_ok_at: datetime | None
    last_fault: str
    last_fault_at: datetime | None


class QuietOutput(_Output):
    """Quiet hours in minutes of the hub's day."""

    from_min: int
    until_min: int


class RuleOutput(_Output):
    """One rule; empty lists mean any."""

    id: int
    name: str
    enabled: bool
    kinds: list[Kind]
    area_ids: list[int]
    camera_ids: list[int]
    target_ids: list[int]
    tells_recovery: bool
    quiet: QuietOutput | None
    critical_passes: bool
    down_after_s: int | None
    up_after_s: int | None
    cameras: int
    """How many cameras it is about that anybody may hear of."""


class BehaviourOutput(_Output):
    """How alerts behave where a rule says nothing else."""

    down_after_s: int
    up_after_s: int
    gather_s: int
    fleet_percent: int
    remind_hours: int
    muted_camera_ids: list[int]


class MaintenanceOutput(_Output):
    """Maintenance that is on."""

    id: int
    scope: Scope
    subject_id: int | None
    reason: str
    began_at: datetime
    until_at: datetime
    by: str


class MessageOutput(_Output):
    """One message and how far it got."""

    id: int
    target_id: int
    title: str
    text: str
    state: MessageState
    is_drill: bool
    tries: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    fault: str


class OutboxOutput(_Output):
    """The newest messages, and how many there are."""

    waiting: int
    dead: int
    sent: int
    not_yet_composed: int
    """Things that wait to be told, for others to go with them or for quiet hours to end."""
    messages: list[MessageOutput]


class DrillOutput(_Output):
    """What became of a drill at one target."""

    target_id: int
    target: str
    state: MessageState
    reason: str
    title: str
    text: str


class TelegramStatus(_Output):
    """The reference's shape; the token is told to nobody."""

    enabled: bool
    monitoringConfigured: bool  # noqa: N815 - names on the wire
    feedbackConfigured: bool  # noqa: N815
    botToken: str  # noqa: N815
    monitoringChatId: str  # noqa: N815
    feedbackChatId: str  # noqa: N815


def target_output(target: Target) -> TargetOutput:
    """Return a target."""
    return TargetOutput(
        id=target.id,
        name=target.name,
        form=target.form,
        shown=target.shown,
        language=target.language,
        enabled=target.enabled,
        last_ok_at=target.last_ok_at,
        last_fault=target.last_fault,
        last_fault_at=target.last_fault_at,
    )


def rule_output(covered: CoveredRule) -> RuleOutput:
    """Return a rule."""
    rule = covered.rule
    quiet = rule.quiet
    return RuleOutput(
        id=rule.id,
        name=rule.name,
        enabled=rule.enabled,
        kinds=sorted(rule.kinds),
        area_ids=sorted(rule.area_ids),
        camera_ids=sorted(rule.camera_ids),
        target_ids=sorted(rule.target_ids),
        tells_recovery=rule.tells_recovery,
        quiet=None
        if quiet is None
        else QuietOutput(from_min=quiet.from_min, until_min=quiet.until_min),
        critical_passes=rule.critical_passes,
        down_after_s=rule.down_after_s,
        up_after_s=rule.up_after_s,
        cameras=covered.cameras,
    )


def behaviour_output(behaviour: Behaviour) -> BehaviourOutput:
    """Return the windows."""
    windows = behaviour.windows
    return BehaviourOutput(
        down_after_s=windows.down_after_s,
        up_after_s=windows.up_after_s,
        gather_s=windows.gather_s,
        fleet_percent=windows.fleet_percent,
        remind_hours=windows.remind_hours,
        muted_camera_ids=sorted(behaviour.muted),
    )


def maintenance_output(one: Maintenance) -> MaintenanceOutput:
    """Return maintenance."""
    return MaintenanceOutput(
        id=one.id,
        scope=one.scope,
        subject_id=one.subject_id,
        reason=one.reason,
        began_at=one.began_at,
        until_at=one.until_at,
        by=one.by,
    )


def message_output(message: Message) -> MessageOutput:
    """Return a message."""
    return MessageOutput(
        id=message.id,
        target_id=message.target_id,
        title=message.title,
        text=message.text,
        state=message.state,
        is_drill=message.is_drill,
        tries=message.tries,
        created_at=message.created_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        fault=message.fault,
    )


def outbox_output(counts: Counter[str], messages: Sequence[Message]) -> OutboxOutput:
    """Return the outbox."""
    return OutboxOutput(
        waiting=counts[MessageState.WAITING],
        dead=counts[MessageState.DEAD],
        sent=counts[MessageState.SENT],
        not_yet_composed=counts["items"],
        messages=[message_output(message) for message in messages],
    )


def drill_output(drilled: Drilled) -> DrillOutput:
    """Return what became of a drill."""
    return DrillOutput(
        target_id=drilled.target.id,
        target=drilled.target.name,
        state=drilled.state,
        reason=drilled.reason,
        title=drilled.words.title,
        text=drilled.words.text,
    )


def telegram_output(state: TelegramState) -> TelegramStatus:
    """Return the reference's shape."""
    monitoring, feedback = state.chats.get("monitoring", ""), state.chats.get("feedback", "")
    return TelegramStatus(
        enabled=state.has_token,
        monitoringConfigured=bool(monitoring),
        feedbackConfigured=bool(feedback),
        botToken=MASK if state.has_token else "",
        monitoringChatId=monitoring,
        feedbackChatId=feedback,
    )
