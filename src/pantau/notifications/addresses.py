"""Addresses of targets: made from friendly forms, checked, and shown without their secrets."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from pantau.core.errors import Invalid
from pantau.notifications.services import REFUSED_OPTIONS, SERVICES, TELEGRAM
from pantau.notifications.values import Form

BOT_TOKEN: Final = re.compile(r"[0-9]{6,12}:[A-Za-z0-9_-]{30,50}", re.ASCII)
CHAT_ID: Final = re.compile(r"-?[0-9]{1,20}(?::[0-9]{1,10})?|@[A-Za-z][A-Za-z0-9_]{3,31}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s<>,;:/?#\\]{1,64}@[A-Za-z0-9.-]{1,190}")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,190}(?::[0-9]{1,5})?")
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_MOST_LETTERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Address:
    """Where messages go: `whole` is a secret, `shown` is not."""

    form: Form
    whole: str
    shown: str

    @property
    def schema(self) -> str:
        """The first part."""
        return self.whole.partition("://")[0].lower()

    def __repr__(self) -> str:
        """Never tell the secret, also not in a traceback."""
        return f"Address({self.shown!r})"


def telegram(token: str, chat: str) -> Address:
    """Return a chat that a bot writes to; raises Invalid naming the field."""
    if not BOT_TOKEN.fullmatch(token):
        raise Invalid(
            "alerts.bot_token",
            "The bot's token looks like 123456789:ABC… as BotFather gave it.",
            field="bot_token",
        )
    if not CHAT_ID.fullmatch(chat):
        raise Invalid(
            "alerts.chat",
            "The chat is a number such as -1001234567890, or @name of a channel.",
            field="chat",
        )
    return Address(Form.TELEGRAM, f"{TELEGRAM}://{token}/{chat}/", f"Telegram, chat {chat}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """How e-mail is sent."""

    to: str
    server: str
    """A host, with a port where it is not 587."""
    user: str = ""
    password: str = ""
    sender: str = ""


def email(box: Mailbox) -> Address:
    """Return a mailbox reached through a mail server with STARTTLS; raises Invalid."""
    for field, value in (("to", box.to), ("sender", box.sender or box.to)):
        if not _EMAIL.fullmatch(value):
            raise Invalid("alerts.email", "This is no e-mail address.", field=field)
    if not _HOST.fullmatch(box.server):
        raise Invalid(
            "alerts.server", "The mail server is a host, such as smtp.example.", field="server"
        )
    login = f"{quote(box.user, safe='')}:{quote(box.password, safe='')}@" if box.user else ""
    whole = (
        f"mailtos://{login}{box.server}/?from={quote(box.sender or box.to, safe='')}"
        f"&to={quote(box.to, safe='')}&mode=starttls"
    )
    host = box.server.partition(":")[0]
    if box.user:
        whole += f"&smtp={quote(host, safe='')}&user={quote(box.user, safe='')}"
    return Address(Form.EMAIL, whole, f"E-mail to {box.to}")


def ntfy(server: str, topic: str, token: str) -> Address:
    """Return a topic of an ntfy server; raises Invalid."""
    parts = _web(server or "https://ntfy.sh", "server")
    if not _TOPIC.fullmatch(topic):
        raise Invalid("alerts.topic", "A topic has letters, digits, - and _ only.", field="topic")
    schema = "ntfys" if parts.scheme == "https" else "ntfy"
    login = f"{quote(token, safe='')}@" if token else ""
    whole = f"{schema}://{login}{parts.netloc}/{topic}" + ("?auth=token" if token else "")
    return Address(Form.NTFY, whole, f"ntfy, {parts.netloc}/{_masked(topic)}")


def webhook(url: str) -> Address:
    """Return a web address that takes JSON (`title`, `message`); raises Invalid."""
    parts = _web(url, "url")
    schema = "jsons" if parts.scheme == "https" else "json"
    query = f"?{parts.query}" if parts.query else ""
    _check_options(parts.query, "url")
    whole = f"{schema}://{parts.netloc}{parts.path}{query}"
    return Address(Form.WEBHOOK, whole, f"{parts.scheme}://{parts.hostname}/…")


def other(address: str) -> Address:
    """Return an Apprise address of a service that is allowed; raises Invalid."""
    text = address.strip()
    _check_text(text, "address")
    schema = text.partition("://")[0].lower()
    service = SERVICES.get(schema)
    if "://" not in text or service is None:
        raise Invalid(
            "alerts.service",
            "Pantau does not speak to this service. Allowed are: "
            + ", ".join(sorted(SERVICES))
            + ".",
            field="address",
        )
    _check_options(text.partition("?")[2], "address")
    return Address(Form.OTHER, text, f"{service.name} ({schema}://…)")


def _web(url: str, field: str) -> "_Parts":
    _check_text(url, field)
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise _no_web(field) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise _no_web(field)
    return _Parts(parts.scheme, parts.netloc, parts.hostname, parts.path, parts.query)


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    netloc: str
    hostname: str
    path: str
    query: str


def _no_web(field: str) -> Invalid:
    return Invalid(
        "alerts.url", "This must be an address that begins with https:// or http://.", field=field
    )


def _check_text(text: str, field: str) -> None:
    if len(text) > _MOST_LETTERS or not text.isprintable() or not _is_encodable(text):
        raise Invalid("alerts.address", "This address cannot be used.", field=field)


def _is_encodable(text: str) -> bool:
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _check_options(query: str, field: str) -> None:
    for name, value in parse_qsl(query, keep_blank_values=True):
        is_refused = name.lower().lstrip("+-:") in REFUSED_OPTIONS
        if is_refused or value.lower().startswith("file:"):
            raise Invalid(
                "alerts.option",
                f"The option {name[:40]!r} reads files or other addresses and is not allowed.",
                field=field,
            )


def _masked(word: str) -> str:
    return word[:2] + "…" if len(word) > 2 else "…"
