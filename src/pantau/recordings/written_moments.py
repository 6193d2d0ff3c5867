"""A moment in the body of a request: Unix milliseconds, or ISO 8601 with its offset."""

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from pantau.core.errors import Invalid
from pantau.recordings.playback.asked import moment_of


def _moment(written: object) -> object:
    if isinstance(written, bool) or not isinstance(written, int | str):
        raise PydanticCustomError("moment", "This is no moment.")
    try:
        return moment_of(str(written).strip(), field="")
    except Invalid as error:
        raise PydanticCustomError("moment", "{sentence}", {"sentence": error.sentence}) from error


Moment: TypeAlias = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "maxLength": 40}]}
    ),
]
"""Unix milliseconds once it is read.  One validator and no union: errors name the field alone."""
