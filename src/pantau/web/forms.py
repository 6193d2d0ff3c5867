"""Forms that work without JavaScript: read by the guard, then handed on unread."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from pantau.core.errors import Invalid
from pantau.web.exchange import HotRequest, Message, Receive

_FORM: Final = b"application/x-www-form-urlencoded"
_ARRIVES_WITHIN_S: Final = 30.0
_MOST_FIELDS: Final = 1000
_MOST_BYTES: Final = 2**20
"""Wherever it is sent: anybody may send it, and where files are taken bodies may have gigabytes."""
_MULTIPART: Final = b"multipart/form-data"
_BEGINNING_BYTES: Final = 4096
_FIRST_FIELD: Final = re.compile(
    # Browsers send one header a field; programs add the type, before it or after it.
    rb"--[^\r\n]{1,200}\r\n(?:Content-T[^\r\n]{1,200}\r\n){0,2}Content-Disposition: form-data; "
    rb'name="(?P<name>[a-z_]{1,40})"\r\n(?:Content-T[^\r\n]{1,200}\r\n){0,2}\r\n'
    rb"(?P<value>[!-~]{0,200})\r\n--",
    re.IGNORECASE,
)


class FormTooLarge(Invalid):
    """A form without a file is longer than any of ours."""

    status = 413


class FormTooSlow(Invalid):
    """The body of a form did not arrive in time."""

    status = 408


def is_form(request: HotRequest) -> bool:
    """Tell whether the body is what a plain HTML form sends."""
    return request.header(b"content-type").partition(b";")[0].strip().lower() == _FORM


def is_upload(request: HotRequest) -> bool:
    """Tell whether the body is what an HTML form with a file in it sends."""
    return request.header(b"content-type").partition(b";")[0].strip().lower() == _MULTIPART


async def read_beginning(receive: Receive) -> Sequence[Message]:
    """Return the first messages of a body, enough to hold the first field of an upload."""
    messages: list[Message] = []
    size_bytes = 0
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN_S):
            while size_bytes < _BEGINNING_BYTES:
                message = await receive()
                messages.append(message)
                size_bytes += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
    except TimeoutError as error:
        raise FormTooSlow("request.too_slow", "The form took too long to arrive.") from error
    return messages


def first_field_of(messages: Sequence[Message], name: str) -> str:
    """Return the value of the first field of an upload if it is called `name`, or nothing.

    Browsers send fields in the order of the page, so a token that stands first is known before
    the file has arrived.
    """
    body = b"".join(message.get("body", b"") for message in messages)
    found = _FIRST_FIELD.match(body[:_BEGINNING_BYTES])
    if found is None or found["name"] != name.encode():
        return ""
    return found["value"].decode("ascii")


async def read_whole(receive: Receive) -> bytes:
    """Return the whole body of a form without a file; raises where it does not come, or is long."""
    pieces: list[bytes] = []
    left_bytes = _MOST_BYTES
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Invalid("request.incomplete", "The form did not arrive as a whole.")
                pieces.append(message.get("body", b""))
                left_bytes -= len(pieces[-1])
                if left_bytes < 0:
                    raise FormTooLarge("request.too_large", "Request Entity Too Large.")
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError as error:
        raise FormTooSlow("request.too_slow", "The form took too long to arrive.") from error


def field_of(body: bytes, name: str) -> str:
    """Return the value of a field that is in the form exactly once, or nothing."""
    try:
        pairs = parse_qsl(body.decode("latin-1"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Invalid("request.form", "This form has too many fields.") from error
    values = [value for key, value in pairs if key == name]
    return values[0] if len(values) == 1 else ""


def replay(body: bytes, receive: Receive) -> Receive:
    """Return what hands `body` on once and then whatever `receive` says."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def replay_beginning(messages: Sequence[Message], receive: Receive) -> Receive:
    """Return what hands `messages` on and then whatever `receive` says."""
    waiting = list(reversed(messages))

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
