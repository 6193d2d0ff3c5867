"""Forms that work without JavaScript: read by the guard, then handed on unread."""

import asyncio
from typing import Final
from urllib.parse import parse_qsl

from pantau.core.errors import Invalid
from pantau.web.exchange import HotRequest, Message, Receive

_FORM: Final = b"application/x-www-form-urlencoded"
_ARRIVES_WITHIN_S: Final = 30.0
_MOST_FIELDS: Final = 1000


class FormTooSlow(Invalid):
    """The body of a form did not arrive in time."""

    status = 408


def is_form(request: HotRequest) -> bool:
    """Tell whether the body is what a plain HTML form sends."""
    return request.header(b"content-type").partition(b";")[0].strip().lower() == _FORM


async def read_whole(receive: Receive) -> bytes:
    """Return the whole body, which `receive` limits; raises where it does not come."""
    pieces: list[bytes] = []
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Invalid("request.incomplete", "The form did not arrive as a whole.")
                pieces.append(message.get("body", b""))
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
