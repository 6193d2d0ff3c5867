"""What operators write about sponsors, field by field; what is empty is none."""

import re
from collections.abc import Callable
from datetime import date
from math import isfinite
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from pantau.cameras.stored import SponsorPackage
from pantau.core.shapes import Shape
from pantau.core.written import written_link, written_text
from pantau.site.pictures import PREFIX as PICTURES
from pantau.sponsors.rows import (
    CONTACT_LENGTH,
    LINK_LENGTH,
    NAME_LENGTH,
    NOTES_LENGTH,
    PHONE_LENGTH,
)
from pantau.sponsors.values import Package, SponsorDraft

MOST_PRICE: Final = 1_000_000_000_000
MOST_QUOTA: Final = 10_000
_MOST_ID: Final = 2**63 - 1
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
_COLUMNS: Final = {"start_date": "start_on", "end_date": "end_on"}


def _text(most: int, *, lines: bool = False) -> Callable[[Any], Any]:
    read = written_text(most, lines=lines)
    return lambda written: "" if written is None else read(written)


def _link(written: Any) -> Any:
    return "" if written is None else written_link(written)


def _logo(written: Any) -> Any:
    # The address of an upload comes back from clients that send the whole form.
    if isinstance(written, str) and written.strip().startswith(PICTURES):
        return _text(LINK_LENGTH)(written)
    return _link(written)


def _email(written: Any) -> Any:
    text = _text(CONTACT_LENGTH)(written)
    if isinstance(text, str) and text and not _EMAIL.fullmatch(text):
        raise PydanticCustomError("email", "Write a whole e-mail address.")
    return text


def _day(written: Any) -> Any:
    if written is None or (isinstance(written, str) and not written.strip()):
        return None
    try:
        if isinstance(written, str) and _DAY.fullmatch(written.strip()):
            return date.fromisoformat(written.strip())
    except ValueError:
        pass
    raise PydanticCustomError("day", "Write a day of the calendar as 2026-12-31.")


def _money(written: Any) -> Any:
    if written is None or (isinstance(written, str) and not written.strip()):
        return None
    try:
        amount = float("x" if isinstance(written, bool) else written)
    except (TypeError, ValueError, OverflowError):
        amount = -1.0
    if not isfinite(amount) or not 0 <= amount <= MOST_PRICE:
        raise PydanticCustomError("money", "Write an amount in rupiah, in digits.")
    return round(amount, 2)


def _flag(written: Any) -> Any:
    # Existing clients read 0 and 1, and send booleans.
    if isinstance(written, bool):
        return written
    if isinstance(written, int) and written in (0, 1):
        return written == 1
    raise PydanticCustomError("flag", "Send true or false.")


def _string(most: int, least: int = 0) -> WithJsonSchema:
    text: dict[str, Any] = {"type": "string", "minLength": least, "maxLength": most}
    return WithJsonSchema(text if least else {"anyOf": [text, {"type": "null"}]})


_Name = Annotated[str, BeforeValidator(written_text(NAME_LENGTH, least=1)), _string(NAME_LENGTH, 1)]
_Contact = Annotated[str, BeforeValidator(_text(CONTACT_LENGTH)), _string(CONTACT_LENGTH)]
_Phone = Annotated[str, BeforeValidator(_text(PHONE_LENGTH)), _string(PHONE_LENGTH)]
_Email = Annotated[str, BeforeValidator(_email), _string(CONTACT_LENGTH)]
_Notes = Annotated[str, BeforeValidator(_text(NOTES_LENGTH, lines=True)), _string(NOTES_LENGTH)]
Link = Annotated[str, BeforeValidator(_link), _string(LINK_LENGTH)]
_Logo = Annotated[str, BeforeValidator(_logo), _string(LINK_LENGTH)]
_Day = Annotated[
    date | None,
    BeforeValidator(_day),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
]
_Money = Annotated[
    float | None,
    BeforeValidator(_money),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": MOST_PRICE}, {"type": "null"}]}
    ),
]
Flag = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]}),
]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SponsorUpdate(_Input):
    """Body of `PUT /api/sponsors/{id}`: what is left out stays."""

    name: _Name = ""
    logo: _Logo = ""
    """https, or the address of the uploaded picture; pages show uploaded ones alone."""
    url: Link = ""
    """https only."""
    package: SponsorPackage = "bronze"
    price: _Money = None
    """A month, in rupiah."""
    active: Flag = True
    start_date: _Day = None
    """The first day on which it is shown, in the hub's zone; empty: at once."""
    end_date: _Day = None
    """The last one; empty: until it is switched off."""
    contact_name: _Contact = ""
    contact_email: _Email = ""
    contact_phone: _Phone = ""
    notes: _Notes = ""

    def given(self) -> dict[str, Any]:
        """Return what was sent, by the names that the service knows."""
        return {_COLUMNS.get(name, name): getattr(self, name) for name in self.model_fields_set}


class SponsorInput(SponsorUpdate):
    """Body of `POST /api/sponsors`; a price that is left out is that of the package."""

    name: _Name

    def as_draft(self) -> SponsorDraft:
        """Return it as the service takes it."""
        return SponsorDraft(**self.given())


class AssignInput(_Input):
    """Body of `POST /api/sponsors/camera/{camera_id}/assign`."""

    sponsor_id: Annotated[int, Field(strict=True, ge=1, le=_MOST_ID)]


class PackageInput(_Input):
    """Body of `PUT /api/sponsors/packages/{package}`."""

    price: Annotated[float, BeforeValidator(_money)]
    quota: Annotated[int, Field(strict=True, ge=0, le=MOST_QUOTA)]

    def as_package(self, package: SponsorPackage) -> Package:
        """Return it as the service takes it."""
        return Package(package=package, price=self.price, quota=self.quota)
