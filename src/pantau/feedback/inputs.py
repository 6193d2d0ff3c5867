"""What visitors and operators send, field by field."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from pantau.core.moments import moment_of
from pantau.core.shapes import Shape
from pantau.feedback.models import EMAIL_LENGTH, NAME_LENGTH
from pantau.feedback.values import CATEGORIES, STATUSES, Category, Draft, Status
from pantau.feedback.words import in_indonesian

SHORTEST_MESSAGE: Final = 10
LONGEST_MESSAGE: Final = 1000
LONGEST_NOTES: Final = 2000
_MOST_ID: Final = 10**18
_EMAIL: Final = re.compile(r"[^\s@,;:<>\"()\[\]\\]{1,64}@[^\s@,;:<>\"()\[\]\\.]+(\.[^\s@,;.]+)+")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ().-]{4,28}", re.ASCII)


def _wrong(code: str) -> PydanticCustomError:
    # Sentences hold no places to fill in, and braces in them would be taken for such.
    return PydanticCustomError(code, in_indonesian()[code])


def _text(written: Any, *, lines: bool = False) -> str:
    if not isinstance(written, str):
        raise _wrong("feedback.text")
    kept = written.replace("\r\n", "\n").replace("\r", "\n").strip()
    seen = kept.replace("\n", "").replace("\t", "") if lines else kept
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in seen):
        raise _wrong("feedback.letters")
    return kept


def _line(code: str, most: int, shape: re.Pattern[str] | None = None) -> Callable[[Any], Any]:
    def read(written: Any) -> str | None:
        if written is None:
            return None
        line = _text(written)
        if len(line) > most or (line and shape is not None and not shape.fullmatch(line)):
            raise _wrong(code)
        return line or None

    return read


def _message(written: Any) -> str:
    text = _text(written, lines=True)
    if not SHORTEST_MESSAGE <= len(text) <= LONGEST_MESSAGE:
        raise _wrong("feedback.message")
    return text


def _notes(written: Any) -> str:
    text = _text(written, lines=True)
    if len(text) > LONGEST_NOTES:
        raise _wrong("feedback.notes")
    return text


def _category(written: Any) -> Any:
    if written is None or written == "":
        return "other"
    if written not in CATEGORIES:
        raise _wrong("feedback.category")
    return written


def _status(written: Any) -> Any:
    if not isinstance(written, str) or written not in STATUSES:
        raise _wrong("feedback.status")
    return written


def _camera(written: Any) -> int | None:
    if written is None or written == "":
        return None
    if isinstance(written, bool) or not isinstance(written, int | str):
        raise _wrong("feedback.camera")
    text = written if isinstance(written, str) else str(written) if written < _MOST_ID else ""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise _wrong("feedback.camera")
    return int(text)


def _moment(written: Any) -> datetime | None:
    if written is None or written == "":
        return None
    try:
        return moment_of(written)
    except ValueError as error:
        raise _wrong("feedback.moment") from error


def _nullable(**schema: object) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [schema, {"type": "null"}]})


_Name = Annotated[
    str | None,
    BeforeValidator(_line("feedback.name", NAME_LENGTH)),
    _nullable(type="string", maxLength=NAME_LENGTH),
]
_Email = Annotated[
    str | None,
    BeforeValidator(_line("feedback.email", EMAIL_LENGTH, _EMAIL)),
    _nullable(type="string", maxLength=EMAIL_LENGTH),
]
_Phone = Annotated[
    str | None,
    BeforeValidator(_line("feedback.phone", 30, _PHONE)),
    _nullable(type="string", maxLength=30),
]
_Message = Annotated[
    str,
    BeforeValidator(_message),
    WithJsonSchema({"type": "string", "minLength": SHORTEST_MESSAGE, "maxLength": LONGEST_MESSAGE}),
]
_Notes = Annotated[
    str,
    BeforeValidator(_notes),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_NOTES}),
]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeedbackInput(_Input):
    """Body of `POST /api/feedback`."""

    message: _Message
    name: _Name = None
    email: _Email = None
    phone: _Phone = None
    category: Annotated[Category, BeforeValidator(_category)] = "other"
    camera_id: Annotated[
        int | None, BeforeValidator(_camera), _nullable(type="integer", minimum=1)
    ] = None
    incident_at: Annotated[
        datetime | None,
        BeforeValidator(_moment),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
    ] = None
    """ISO 8601 with a zone, or Unix milliseconds; not in the future."""
    website: Annotated[str | None, Field(max_length=500)] = None
    """Leave it empty: people do not see this field."""

    @model_validator(mode="after")
    def _can_be_asked_back(self) -> "FeedbackInput":
        if self.category == "privacy" and self.email is None and self.phone is None:
            raise _wrong("feedback.contact")
        return self

    def as_draft(self) -> Draft:
        """Return it as the service takes it."""
        return Draft(**self.model_dump(exclude={"website"}))


class StatusInput(_Input):
    """Body of `PATCH /api/feedback/{id}/status`."""

    status: Annotated[Status, BeforeValidator(_status)]


class TriageInput(_Input):
    """Body of `PATCH /api/feedback/{id}`: what is left out stays."""

    notes: _Notes = ""
    is_spam: bool = False


class VoteInput(_Input):
    """Body of `POST /api/cameras/{camera_id}/vote`."""

    vote: Literal["good", "bad", "none"]
    """`none` takes an earlier vote back."""
