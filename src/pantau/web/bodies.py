"""Bodies of requests as data: which kinds are taken, how they are read, and what is wrong."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from pantau.core.errors import Invalid, Unsupported
from pantau.web.exchange import Header, Receive
from pantau.web.problems import FieldError

_JSON: Final = "application/json"
_KNOWN_TYPES: Final = frozenset({_JSON, "application/x-www-form-urlencoded", "multipart/form-data"})
_SENTENCE: Final = "The request holds values that cannot be used."
_SENTENCES: Final = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field.",
    "json_invalid": "This is not valid JSON.",
    "model_attributes_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
}
"""For what Pydantic says about its own insides; its other sentences are good enough."""
_UNREADABLE: Final = FieldError("body", "This cannot be read.")
_NOT_THERE: Final = FieldError("body", _SENTENCES["missing"])
_NO_JSON: Final = FieldError("body", _SENTENCES["json_invalid"])
_Model = TypeVar("_Model", bound=BaseModel)


class WrongInputs(Invalid):
    """Inputs that cannot be used; the fact `errors` names each of them."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__("request.invalid", _SENTENCE, errors=tuple(errors))


class Unreadable(Invalid):
    """A body that nobody can take apart, or that never came as a whole."""

    def __init__(self) -> None:
        super().__init__("request.malformed", "Bad Request.", errors=(_UNREADABLE,))


class TooLarge(Invalid):
    """A body beyond what is taken at its address."""

    status = 413

    def __init__(self) -> None:
        super().__init__("request.too_large", "Request Entity Too Large.")


def check_content_type(headers: Iterable[Header]) -> None:
    """Raise Unsupported for a body of a kind that no endpoint takes, or a compressed one."""
    first = _first_of_each(headers)
    if first.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in first:
        return
    if first.get(b"content-encoding", b"identity") != b"identity":
        raise Unsupported("request.content_encoding", "Send the body without compression.")
    if _kind(first) not in _KNOWN_TYPES:
        raise Unsupported(
            "request.content_type", "Send the body as JSON, as a form or as multipart."
        )


async def read_body(receive: Receive) -> bytes:
    """Return the whole body; `receive` knows its limit."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        return whole
    pieces: list[bytes] = []
    while message["type"] == "http.request":
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
        message = await receive()
    raise Unreadable


def shaped(model: type[_Model], headers: Iterable[Header], body: bytes) -> _Model:
    """Return the JSON in `body` as a `model`; raises what says which of it is wrong.

    The same to the letter as the framework makes of it for the endpoints.
    """
    if not body:
        raise WrongInputs((_NOT_THERE,))
    # The bytes of anything else are no object, which is then what is said about them.
    written = _parsed(body) if _kind(_first_of_each(headers)) == _JSON else body
    try:
        return model.model_validate(written, from_attributes=True)
    except ValidationError as error:
        raise WrongInputs(map(wrong_input, error.errors(include_url=False))) from error


def wrong_input(found: Mapping[str, Any], *, below: int = 0) -> FieldError:
    """Return one of Pydantic's errors in our words; its place begins after `below` parts."""
    return FieldError(_field_of(found, below), _sentence_of(found))


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise WrongInputs((_NO_JSON,)) from error
    except (ValueError, RecursionError) as error:
        # Text that is not UTF-8, numbers of thousands of digits, nesting without end.
        raise Unreadable from error


def _field_of(found: Mapping[str, Any], below: int) -> str:
    parts = found["loc"][below:]
    if found["type"] == "json_invalid" or not parts:
        return "body"
    return ".".join(str(part) for part in parts)


def _sentence_of(found: Mapping[str, Any]) -> str:
    kind, said = found["type"], str(found["msg"])
    return _SENTENCES.get(kind) or f"{said.removeprefix('Value error, ').rstrip('.')}."


def _kind(first: Mapping[bytes, bytes]) -> str:
    said = first.get(b"content-type", b"").decode("latin-1")
    return said.partition(";")[0].strip().lower()


def _first_of_each(headers: Iterable[Header]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found.setdefault(name, value)
    return found
