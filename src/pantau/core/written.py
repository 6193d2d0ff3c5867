"""Text and links as people write them into forms and bodies; refused in words for people."""

import unicodedata
from collections.abc import Callable
from typing import Any

from pydantic_core import PydanticCustomError

from pantau.core.links import checked_link


def written_text(most: int, *, least: int = 0, lines: bool = False) -> Callable[[Any], Any]:
    """Return a reader for `BeforeValidator`: trimmed, `least` to `most` characters.

    What is no text passes, for the type to refuse it.  Raises PydanticCustomError.
    """

    def read(written: Any) -> Any:
        if not isinstance(written, str):
            return written
        text = written.replace("\r\n", "\n").replace("\r", "\n").strip()
        seen = text.replace("\n", "").replace("\t", "") if lines else text
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in seen):
            raise PydanticCustomError("letters", "Leave control characters out.")
        if len(text) > most:
            raise PydanticCustomError("too_long", "At most {most} characters.", {"most": most})
        if len(text) < least:
            raise PydanticCustomError("missing_text", "Write something here.")
        return text

    return read


def written_link(written: Any) -> Any:
    """Return a link that leads where it seems to; raises PydanticCustomError for any other."""
    if not isinstance(written, str):
        return written
    try:
        return checked_link(written)
    except ValueError as error:
        raise PydanticCustomError(
            "link", "A link begins with https:// and a whole host name, without spaces."
        ) from error
