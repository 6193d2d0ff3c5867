"""What the API of alerts takes, field by field."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from pantau.core.shapes import Shape
from pantau.notifications import addresses
from pantau.notifications.addresses import Address, Mailbox
from pantau.notifications.kinds import Kind
from pantau.notifications.values import Form, QuietHours, Scope
from pantau.ui.i18n import languages

_CODE: Final = 2


def _plain(text: str) -> str:
    if not text.isprintable() or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise ValueError("must be one line of plain text")
    return text


def _told_in(language: str) -> str:
    # Two letters is what a target's row holds.
    known = [each for each in languages() if len(each) == _CODE]
    if language not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return language


Told = Annotated[str, AfterValidator(_told_in)]
"""The language of messages."""
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_plain),
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_plain)
]
Secret = Annotated[str, StringConstraints(max_length=1000), Field(repr=False)]
Number = Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]
Numbers = Annotated[list[Number], Field(max_length=1000)]
Window = Annotated[int, Field(ge=10, le=1800, strict=True)]
Minute = Annotated[int, Field(ge=0, le=1439, strict=True)]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AddressInput(_Input):
    """Where messages go: the fields of one form; the others stay empty."""

    form: Form
    bot_token: Secret = ""
    chat: Line = ""
    to: Line = ""
    server: Line = ""
    user: Line = ""
    password: Secret = ""
    sender: Line = ""
    topic: Line = ""
    token: Secret = ""
    url: Secret = ""
    address: Secret = ""

    def as_address(self) -> Address:
        """Return the address; raises Invalid naming the field that is wrong."""
        match self.form:
            case Form.TELEGRAM:
                return addresses.telegram(self.bot_token.strip(), self.chat)
            case Form.EMAIL:
                box = Mailbox(
                    to=self.to,
                    server=self.server,
                    user=self.user,
                    password=self.password,
                    sender=self.sender,
                )
                return addresses.email(box)
            case Form.NTFY:
                return addresses.ntfy(self.server, self.topic, self.token)
            case Form.WEBHOOK:
                return addresses.webhook(self.url)
            case Form.OTHER:
                return addresses.other(self.address)


class TargetInput(_Input):
    """A target to be added."""

    name: Name
    language: Told = "id"
    enabled: bool = True
    to: AddressInput


class TargetUpdate(_Input):
    """What of a target is to be another; an address that is left out stays."""

    name: Name | None = None
    language: Told | None = None
    enabled: bool | None = None
    to: AddressInput | None = None


class QuietInput(_Input):
    """Quiet hours in minutes of the hub's day; over midnight where `until_min` is smaller."""

    from_min: Minute
    until_min: Minute

    def as_hours(self) -> QuietHours:
        """Return the same as a value."""
        return QuietHours(self.from_min, self.until_min)


class RuleInput(_Input):
    """A rule; empty lists mean any."""

    name: Name
    enabled: bool = True
    kinds: Annotated[list[Kind], Field(max_length=len(Kind))] = []
    area_ids: Numbers = []
    camera_ids: Numbers = []
    target_ids: Numbers = []
    tells_recovery: bool = True
    quiet: QuietInput | None = None
    critical_passes: bool = True
    down_after_s: Window | None = None
    up_after_s: Window | None = None


class WindowsInput(_Input):
    """How alerts behave as long as a rule says nothing else."""

    down_after_s: Window = 120
    up_after_s: Window = 60
    gather_s: Annotated[int, Field(ge=0, le=600, strict=True)] = 20
    fleet_percent: Annotated[int, Field(ge=10, le=100, strict=True)] = 50
    remind_hours: Annotated[int, Field(ge=0, le=168, strict=True)] = 0
    muted_camera_ids: Numbers = []


class MaintenanceInput(_Input):
    """Maintenance that begins now."""

    scope: Scope
    subject_id: Number | None = None
    minutes: Annotated[int, Field(ge=5, le=20160, strict=True)]
    """How long from now: two weeks at most."""
    reason: Line = ""


class DrillInput(_Input):
    """Whom to try: one target, or all that a rule goes to."""

    target_id: Number | None = None
    rule_id: Number | None = None


class TelegramTestInput(Shape):
    """Which of the two chats to try."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["monitoring", "feedback"] = "monitoring"


class TelegramConfigInput(Shape):
    """The bot and its chats; a token that is empty or masked keeps the one that is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    botToken: Secret = ""  # noqa: N815 - the name on the wire
    monitoringChatId: Line | None = ""  # noqa: N815
    feedbackChatId: Line | None = ""  # noqa: N815
