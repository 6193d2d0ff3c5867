"""Speaks to message services through Apprise: the only module that knows it.

Apprise costs some 25 MB of memory and a fifth of a second to load, and is loaded with the first
message: only processes that send pay for it.  Of its services only the one that is needed is.
"""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote

from pantau.core.errors import Invalid
from pantau.core.redact import redact
from pantau.notifications.services import SERVICES, TELEGRAM

DELIVERY_S: Final = 10.0
"""A service that has not answered by then has failed (lesson H02)."""
FILE_S: Final = 600.0
_CONNECT_S: Final = 4.0
_READ_S: Final = 5.0
_THREADS: Final = 4
_MOST_REASON: Final = 300
_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_RETRY_AFTER: Final = re.compile(r"\bretry after (\d{1,6})\b", re.IGNORECASE)
_AGAIN: Final = frozenset({408, 425, 429})
_NO_SECRETS: Final = frozenset({"host", "smtp_host", "schema"})
TIMED_OUT: Final = "No answer within 10 seconds."
NOT_UNDERSTOOD: Final = "The address of this target is not understood."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    is_sent: bool
    reason: str = ""
    """Why not, without any secret."""
    is_final: bool = False
    """The service refused the message or the address: trying again changes nothing."""
    retry_after_s: float | None = None
    """How long the service wants to be left alone."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is sent: as a plain text, and with the marks that Telegram knows."""

    title: str
    text: str
    html: str


class Channel(Protocol):
    """Whoever can send to an address; a message arrives, or the outcome says why not."""

    async def send(self, address: str, words: Words) -> Outcome:
        """Send a message; takes `DELIVERY_S` at most and never raises for a failure."""
        ...

    async def send_file(self, address: str, path: Path, caption: str) -> Outcome:
        """Send a file; takes `FILE_S` at most."""
        ...


class AppriseChannel:
    """The real one.  Loop only: the services are spoken to in threads of their own."""

    def __init__(self, *, telegram_api_url: str = "") -> None:
        self._telegram_api_url = telegram_api_url.rstrip("/")
        self._threads: ThreadPoolExecutor | None = None

    async def send(self, address: str, words: Words) -> Outcome:
        return await self._within(
            DELIVERY_S, partial(_send_in_thread, address, words, self._telegram_api_url)
        )

    async def send_file(self, address: str, path: Path, caption: str) -> Outcome:
        return await self._within(
            FILE_S, partial(_send_file_in_thread, address, path, caption, self._telegram_api_url)
        )

    async def close(self) -> None:
        """Take nothing more; what is on its way is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _within(self, limit_s: float, work: "partial[Outcome]") -> Outcome:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="alerts")
        doing = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            async with asyncio.timeout(limit_s):
                return await doing
        except TimeoutError:
            return Outcome(is_sent=False, reason=TIMED_OUT)


def schema_of(address: str) -> str:
    """Return the first part of an address, in lower case."""
    return address.partition("://")[0].strip().lower()


def check_address(address: str) -> None:
    """Raise Invalid for what Apprise does not understand.  Loads Apprise: for a thread."""
    try:
        _opened(address, "")
    except _NotUnderstoodError as error:
        raise Invalid("alerts.address", NOT_UNDERSTOOD, field="address") from error


class _NotUnderstoodError(Exception):
    pass


def _send_in_thread(address: str, words: Words, telegram_api_url: str) -> Outcome:
    service = SERVICES.get(schema_of(address))
    if service is not None and service.is_html:
        given = {"body": words.html, "body_format": "html"}
    else:
        given = {"title": words.title, "body": words.text, "body_format": "text"}
    return _notified(address, telegram_api_url, given, limit_s=DELIVERY_S - 0.5)


def _send_file_in_thread(address: str, path: Path, caption: str, telegram_api_url: str) -> Outcome:
    given = {"body": caption, "body_format": "text", "attach": str(path)}
    return _notified(address, telegram_api_url, given, limit_s=FILE_S - 1)


def _notified(
    address: str, telegram_api_url: str, given: dict[str, Any], *, limit_s: float
) -> Outcome:
    try:
        sender, opened = _opened(
            address, telegram_api_url, read_s=_READ_S if limit_s < 60 else limit_s
        )
    except _NotUnderstoodError:
        return Outcome(is_sent=False, reason=NOT_UNDERSTOOD, is_final=True)
    with sender.notify(**given, timeout=limit_s) as result:
        if result:
            return Outcome(is_sent=True)
        said = " ".join(entry.message for entry in result.logs())
    return _failed(said, secrets=_secrets_of(opened, address))


def _failed(said: str, *, secrets: tuple[str, ...]) -> Outcome:
    for secret in secrets:
        said = said.replace(secret, "***")
    status = _STATUS.search(said)
    code = int(status[1]) if status else 0
    wait = _RETRY_AFTER.search(said)
    return Outcome(
        is_sent=False,
        reason=redact(said).strip()[:_MOST_REASON] or TIMED_OUT,
        is_final=400 <= code < 500 and code not in _AGAIN,
        retry_after_s=float(wait[1]) if wait else None,
    )


def _opened(address: str, telegram_api_url: str, *, read_s: float = _READ_S) -> tuple[Any, Any]:
    """Return Apprise with one service in it, and that service."""
    schema = schema_of(address)
    service = SERVICES.get(schema)
    if service is None:
        raise _NotUnderstoodError(schema)
    apprise = import_module("apprise")
    # What it says holds addresses; what matters of it is in the outcome.
    logging.getLogger("apprise").propagate = False
    asset = apprise.AppriseAsset(
        app_id="Pantau",
        app_desc="Pantau",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        secure_logging=True,
        http_redirects=False,
    )
    plugin = getattr(import_module(f"apprise.plugins.{service.module}"), service.class_name)
    try:
        parts = plugin.parse_url(address)
        if not parts:
            raise _NotUnderstoodError(schema)
        opened = plugin(asset=asset, **{key: parts[key] for key in parts if key != "asset"})
    except (TypeError, ValueError, AttributeError) as error:
        raise _NotUnderstoodError(schema) from error
    opened.socket_connect_timeout = _CONNECT_S
    opened.socket_read_timeout = read_s
    if schema == TELEGRAM and telegram_api_url:
        # A Bot API server of one's own: Apprise has no option for it.
        opened.notify_url = f"{telegram_api_url}/bot"
    sender = apprise.Apprise(asset=asset)
    sender.add(opened)
    return sender, opened


def _secrets_of(opened: Any, address: str) -> tuple[str, ...]:
    """Return every word of an address but its host: which of them are secrets differs."""
    written = unquote(address)
    found: set[str] = set()
    for name, value in vars(opened).items():
        words = value if isinstance(value, list) else [value]
        if name not in _NO_SECRETS:
            found.update(each for each in words if isinstance(each, str) and len(each) > 3)
    # The longest first: one may begin with another.
    return tuple(sorted((each for each in found if each in written), key=len, reverse=True))
