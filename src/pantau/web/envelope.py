"""The envelope of JSON answers, and the row numbers that requests name."""

import re
from http import HTTPStatus
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar

from fastapi import Path
from pydantic import BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from pantau.core.shapes import Shape
from pantau.web.described import PROBLEM

_NUMBER: Final = re.compile(r"[0-9]{1,30}", re.ASCII)
_Data = TypeVar("_Data")
_MEANINGS: Final = {
    400: "Something in the request cannot be used",
    401: "Nobody is signed in",
    403: "This role or key does not allow it",
    404: "There is no such thing",
    409: "Somebody else changed it at the same moment",
    429: "Too often; `Retry-After` says when to come back",
}


class _Envelope(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")

    success: Literal[True] = True


class Answer(_Envelope, Generic[_Data]):
    """What was asked for."""

    data: _Data


class Saved(_Envelope, Generic[_Data]):
    """What was made or changed, as it is then."""

    message: str
    data: _Data


class Done(_Envelope):
    """Something happened, and there is nothing more to say."""

    message: str


class NextPage(Shape):
    """Where a list goes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int
    next_cursor: str | None
    """To be sent as `cursor`; nothing on the last page."""


class Listed(_Envelope, Generic[_Data]):
    """A page of a list."""

    data: list[_Data]
    pagination: NextPage


def _digits(written: object) -> object:
    # Pydantic alone also takes "+1", " 1" and "1_0".
    if isinstance(written, str) and not _NUMBER.fullmatch(written):
        raise PydanticCustomError("row_number", "This is no number.")
    return written


RowNumber: TypeAlias = Annotated[int, BeforeValidator(_digits), Path(ge=0, le=2**63 - 1)]
"""The number of a row as a part of the path: digits only, else 400."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of refusals, for the `responses` of an endpoint."""
    return {
        status: {
            # By reference: as a model, the framework would build a schema for each of a thousand.
            "content": {"application/json": {"schema": PROBLEM}},
            "description": _MEANINGS.get(status, HTTPStatus(status).phrase),
        }
        for status in statuses
    }
