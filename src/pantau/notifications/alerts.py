"""What people manage of alerts, together."""

from dataclasses import dataclass

from pantau.notifications.outbox_service import Outbox
from pantau.notifications.rule_service import Rules
from pantau.notifications.target_service import Targets
from pantau.notifications.telegram_config import TelegramConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The services; endpoints and pages use the same."""

    targets: Targets
    rules: Rules
    outbox: Outbox
    telegram: TelegramConfig
