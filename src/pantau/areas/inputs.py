"""The fields of an area as people and programs write them."""

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from pantau.areas.models import NAME_LENGTH, PLACE_LENGTH, SLUG_LENGTH
from pantau.areas.values import AreaDraft
from pantau.core.shapes import Shape

DESCRIPTION_LENGTH: Final = 500
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}([.,]\d{1,15})?", re.ASCII)
_MOST_ID: Final = 2**63 - 1


def _line(most: int) -> Callable[[Any], Any]:
    def clean(written: Any) -> Any:
        if isinstance(written, int) and not isinstance(written, bool):
            written = str(written)
        if not isinstance(written, str):
            return written
        _check_letters(written)
        line = " ".join(written.split())
        if len(line) > most:
            raise PydanticCustomError("too_long", "At most {most} characters.", {"most": most})
        return line or None

    return clean


def _text(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    _check_letters(written.replace("\r", "").replace("\n", "").replace("\t", ""))
    text = written.replace("\r\n", "\n").strip()
    if len(text) > DESCRIPTION_LENGTH:
        raise PydanticCustomError(
            "too_long", "At most {most} characters.", {"most": DESCRIPTION_LENGTH}
        )
    return text or None


def _check_letters(written: str) -> None:
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in written):
        raise PydanticCustomError("letters", "Leave control characters out.")


def _name(written: Any) -> Any:
    line = _line(NAME_LENGTH)(written)
    if line is None:
        raise PydanticCustomError("name", "An area needs a name of 1 to 100 characters.")
    return line


def _slug(written: Any) -> Any:
    if written is None or written == "":
        return None
    if not isinstance(written, str) or len(written) > SLUG_LENGTH or not _SLUG.fullmatch(written):
        raise PydanticCustomError(
            "slug", "An address has lower-case letters and digits, with single hyphens between."
        )
    return written


def _degrees(most: float) -> Callable[[Any], Any]:
    def read(written: Any) -> Any:
        if isinstance(written, str):
            written = written.strip()
            if not written:
                return None
            if not _NUMBER.fullmatch(written):
                raise _no_degrees(most)
            written = float(written.replace(",", "."))
        if written is None:
            return None
        if isinstance(written, bool) or not isinstance(written, int | float):
            raise _no_degrees(most)
        # Whole numbers may be too large for a fraction; NaN is within nothing.
        if not -most <= written <= most:
            raise _no_degrees(most)
        return float(written)

    return read


def _no_degrees(most: float) -> PydanticCustomError:
    return PydanticCustomError(
        "degrees", "Degrees from -{most} to {most}, such as -7.15.", {"most": int(most)}
    )


def _degrees_schema(most: int) -> WithJsonSchema:
    number = {"type": "number", "minimum": -most, "maximum": most}
    return WithJsonSchema({"anyOf": [number, {"type": "string"}, {"type": "null"}]})


Name = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}),
]
Place = Annotated[
    str | None,
    BeforeValidator(_line(PLACE_LENGTH)),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": PLACE_LENGTH}, {"type": "null"}]}),
]
Description = Annotated[
    str | None,
    BeforeValidator(_text),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "maxLength": DESCRIPTION_LENGTH}, {"type": "null"}]}
    ),
]
Slug = Annotated[
    str | None,
    BeforeValidator(_slug),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": SLUG_LENGTH}, {"type": "null"}]}),
]
Latitude = Annotated[float | None, BeforeValidator(_degrees(90)), _degrees_schema(90)]
Longitude = Annotated[float | None, BeforeValidator(_degrees(180)), _degrees_schema(180)]
Number = Annotated[int, Field(strict=True, ge=1, le=_MOST_ID)]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AreaUpdate(_Input):
    """Body of `PUT` and `PATCH /api/areas/{id}`: what is left out stays, null empties."""

    name: Name = ""
    slug: Slug = None
    """Its own part of addresses: stays when the name changes; null: made from the name anew."""
    description: Description = None
    rt: Place = None
    rw: Place = None
    kelurahan: Place = None
    kecamatan: Place = None
    latitude: Latitude = None
    """A number or its text; together with `longitude`, or both null."""
    longitude: Longitude = None

    def as_draft(self) -> AreaDraft:
        """Return it as the service takes it; `model_fields_set` says what was given."""
        return AreaDraft(**self.model_dump())


class AreaInput(AreaUpdate):
    """Body of `POST /api/areas`."""

    name: Name


class MergeInput(_Input):
    """Body of `POST /api/areas/{id}/merge`."""

    into: Number


class MoveInput(_Input):
    """Body of `POST /api/areas/{id}/move-cameras`; null: into no area."""

    into: Number | None
