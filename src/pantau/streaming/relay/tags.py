"""The lines of a playlist taken apart and put together again (RFC 8216bis, section 4)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_ATTRIBUTE: Final = re.compile(r"\s*([A-Za-z0-9-]{1,60})\s*=\s*(\"[^\"]*\"|[^\",]*)\s*(?:,|$)")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_VARIABLE: Final = re.compile(r"\{\$([A-Za-z0-9_-]{1,100})\}")
_LENGTH: Final = re.compile(r"\s*(\d{1,6}(?:\.\d{0,9})?)")
_MOST_VARIABLE_CHARS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Attribute:
    """One `NAME=value`; `quotes`: the value is a quoted string."""

    name: str
    text: str
    quotes: bool

    @property
    def written(self) -> str:
        return f'{self.name}="{self.text}"' if self.quotes else f"{self.name}={self.text}"


def lines_of(body: bytes) -> list[str]:
    """Return the lines with something in them, without control characters and byte order mark."""
    text = body.decode("utf-8", "surrogateescape").lstrip("\ufeff")
    # Players take a bare CR for the end of a line too: nothing may hide behind one.
    lines = (_CONTROLS.sub("", line).strip() for line in re.split(r"[\r\n]", text))
    return [line for line in lines if line]


def attributes_of(value: str) -> list[Attribute]:
    """Return the attributes of a tag; what is none of them is left out."""
    found = []
    at = 0
    while at < len(value):
        match = _ATTRIBUTE.match(value, at)
        if match is None:
            at = value.find(",", at) + 1
            if not at:
                break
            continue
        at = max(match.end(), at + 1)
        quotes = match[2].startswith('"')
        text = match[2][1:-1] if quotes else match[2].strip()
        found.append(Attribute(match[1], text, quotes))
    return found


def text_of(attributes: Sequence[Attribute], name: str) -> str:
    """Return the value of the attribute `name`, or an empty text."""
    return next((each.text for each in attributes if each.name == name), "")


def length_of(value: str) -> str:
    """Return the length in the value of an EXTINF, as it is written; without its title."""
    found = _LENGTH.match(value)
    return found[1] if found else "0"


def whole_number(text: str, *, most: int = 2**53) -> int | None:
    """Return a decimal integer, or None."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{1,16}", text):
        return None
    number = int(text)
    return number if number <= most else None


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """Return `text` with the values of variables in place of their names."""
    if not variables or "{$" not in text:
        return text
    filled = _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)
    return filled if len(filled) <= _MOST_VARIABLE_CHARS else text
