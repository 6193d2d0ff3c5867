"""What somebody typed into a form of ours, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError

from pantau.core.errors import Invalid

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 1000
_Model = TypeVar("_Model", bound=BaseModel)


class Typed:
    """The fields of one form; whatever was sent, asking for a field never fails."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._pairs = tuple(pairs)

    def text(self, name: str, *, most: int = 200) -> str:
        """Return a line of text without the spaces around it."""
        return self.secret(name, most=most).strip()

    def secret(self, name: str, *, most: int = 1024) -> str:
        """Return a text exactly as it was typed: spaces belong to a password."""
        found = next((value for key, value in self._pairs if key == name), "")
        return found[:most]

    def is_checked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return any(key == name for key, _ in self._pairs)

    def every(self, name: str) -> tuple[str, ...]:
        """Return the values of all ticked boxes of that name."""
        return tuple(value for key, value in self._pairs if key == name)

    def numbers(self, name: str) -> frozenset[int]:
        """Return the same as row numbers; what is none is left out."""
        every = self.every(name)
        return frozenset(int(value) for value in every if value.isdecimal() and len(value) < 19)


async def read_typed(request: Request) -> Typed:
    """Read the form that was sent; anything else counts as an empty one."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return Typed()
    body = (await request.body()).decode("latin-1")
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Invalid("request.form", "This form has too many fields.") from error
    return Typed(pairs)


def checked(model: type[_Model], values: Mapping[str, object]) -> _Model:
    """Return `values` as the API takes them; raises Invalid with the first field that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else None
        sentence = first["msg"].removeprefix("Value error, ").rstrip(".") + "."
        raise Invalid("form.invalid", sentence, field=field) from error
