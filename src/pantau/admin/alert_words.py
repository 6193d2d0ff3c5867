"""What the pages of alerts say, and the sentences of their service, so that they are translated."""

from collections.abc import Callable, Mapping
from typing import Final

from pantau.admin.typed import Typed
from pantau.notifications.values import Form, MessageState

Say = Callable[[str], str]
FORMS: Final = tuple(Form)
HOURS: Final = ("1", "2", "4", "8", "24", "72")
"""How long maintenance can be."""


def form_words(_: Say) -> Mapping[Form, tuple[str, str]]:
    """Return what forms of targets are called, and for whom each is."""
    return {
        Form.TELEGRAM: (_("Telegram"), _("A bot writes to a chat, a group or a channel")),
        Form.EMAIL: (_("E-mail"), _("Through a mail server that knows you")),
        Form.NTFY: (_("ntfy"), _("A topic on ntfy.sh or on a server of your own")),
        Form.WEBHOOK: (_("Webhook"), _("Any web address that takes JSON")),
        Form.OTHER: (
            _("Another service"),
            _("An Apprise address: Matrix-like chats, Discord, Slack…"),
        ),
    }


def state_words(_: Say) -> Mapping[MessageState, str]:
    """Return what states of messages are called."""
    return {
        MessageState.WAITING: _("on its way"),
        MessageState.SENT: _("arrived"),
        MessageState.DEAD: _("did not arrive"),
    }


def alert_sentences(_: Say) -> tuple[str, ...]:
    """Return the sentences of the service."""
    return (
        _("The bot's token looks like 123456789:ABC… as BotFather gave it."),
        _("The chat is a number such as -1001234567890, or @name of a channel."),
        _("This is no e-mail address."),
        _("The mail server is a host, such as smtp.example."),
        _("A topic has letters, digits, - and _ only."),
        _("This must be an address that begins with https:// or http://."),
        _("This address cannot be used."),
        _("The address of this target is not understood."),
        _("There are 50 targets, which is the most."),
        _("There is no such target."),
        _("A rule sends there. Take the target out of the rule first."),
        _("There are 100 rules, which is the most."),
        _("There is no such rule."),
        _("There is no such area."),
        _("End some other maintenance first."),
        _("There is no such maintenance."),
        _("There is no such message."),
        _("This message was sent or is still being tried."),
        _("There is no target that is on. Add one first."),
        _("Choose either a target or a rule to try."),
        _("No answer within 10 seconds."),
        _("The address of this target cannot be read. Enter it again."),
    )


def whole(typed: Typed, name: str) -> int | str | None:
    """Return a number that was typed, nothing for nothing, and else the text, to be refused."""
    text = typed.text(name, most=20)
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else text


def minute_of(text: str) -> int | str | None:
    """Return `22:30` as minutes of the day; nothing for nothing, and else the text."""
    hours, colon, minutes = text.strip().partition(":")
    if not text.strip():
        return None
    if not (colon and hours.isascii() and minutes.isascii()):
        return text
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        return text
    return int(hours) * 60 + int(minutes)


def clock_of(minute: int | None) -> str:
    """Return minutes of the day as `22:30`."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
