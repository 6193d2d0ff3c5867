"""The form `/masukan` as somebody filled it in, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from pantau.core.moments import local_moment, moment_of
from pantau.feedback.inputs import FeedbackInput

FIELDS: Final = ("message", "name", "email", "phone", "category", "camera_id", "when")
TRAP: Final = "website"
"""A field that people do not see: whoever fills it in is no person."""
STAMP: Final = "opened"
_MOST_FIELDS: Final = 30
_LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they were sent."""

    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


def typed_of(text: str) -> Typed:
    """Return the fields of a form or a query; nonsense is empty."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        pairs = []
    return Typed({name: value[:_LONGEST].replace("\0", "") for name, value in pairs})


def from_link(query: str, zone: ZoneInfo) -> Typed:
    """Return the form that a link of ours fills in: a camera, a moment, a subject."""
    asked = typed_of(query)
    fields = {"camera_id": asked["kamera"], "category": asked["category"]}
    try:
        at = moment_of(asked["t"])
    except ValueError:
        return Typed(fields)
    return Typed(fields | {"when": local_text(at, zone)})


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment as a field for date and time holds it."""
    return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def checked(typed: Typed, zone: ZoneInfo) -> tuple[FeedbackInput | None, Mapping[str, str]]:
    """Return what was written, or else a code of what is wrong for each field.

    Under "" stands what concerns the whole form.
    """
    wrong: dict[str, str] = {}
    values: dict[str, object] = {
        name: typed[name] or None for name in ("name", "email", "phone", "category", "camera_id")
    }
    values["message"] = typed["message"]
    if typed["when"]:
        try:
            values["incident_at"] = local_moment(typed["when"], zone).astimezone(UTC).isoformat()
        except ValueError:
            wrong["when"] = "feedback.moment"
    try:
        body = FeedbackInput.model_validate(values)
    except ValidationError as error:
        for each in error.errors():
            field = str(each["loc"][0]) if each["loc"] else "contact"
            field = "when" if field == "incident_at" else field
            wrong.setdefault(field, each["type"])
        return None, wrong
    return (None if wrong else body), wrong
