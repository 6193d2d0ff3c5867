"""Texts and facts made fit to be kept for ever: bounded, without control characters, redacted."""

import json
import re
from collections.abc import Mapping
from typing import Final

from pantau.core.redact import redact, redact_deep

_MOST_DETAILS: Final = 8_000
_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
"""PostgreSQL refuses NUL, UTF-8 has no surrogates, and the rest plays tricks on terminals."""
_LONGEST: Final = {
    "username": 100,
    "address": 64,
    "user_agent": 300,
    "endpoint": 200,
    "target": 200,
}


def written(field: str, text: str) -> str:
    """Return `text` as the column `field` keeps it."""
    # Visitors choose some of these: nobody should spend time on what is cut off anyway.
    text = text[: 4 * _LONGEST[field]]
    if field == "endpoint":
        # What follows the question mark may be a token, and says nothing of who did what.
        text = text.partition("?")[0]
    elif field in {"target", "user_agent"}:
        text = redact(text)
    return printable(text)[: _LONGEST[field]]


def printable(text: str) -> str:
    """Return `text` with a replacement for every character that cannot be stored or shown."""
    return _UNWRITABLE.sub("\ufffd", text)


def details_text(
    details: Mapping[str, object] | None = None,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> str:
    """Return canonical JSON of the facts, with secrets masked.

    When both sides are given only the fields that differ are kept, and `changed` names them: of a
    secret nothing else would show that it was changed.
    """
    told: dict[str, object] = dict(details or {})
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        told["changed"] = sorted(names)
        before = {name: before[name] for name in names if name in before}
        after = {name: after[name] for name in names if name in after}
    if before is not None:
        told["before"] = before
    if after is not None:
        told["after"] = after
    try:
        text = _canonical(redact_deep(_shortened(told)))
    except RecursionError:
        return _canonical({"shortened": "nested too deep"})
    if len(text) > _MOST_DETAILS:
        text = _canonical({"shortened": text[: _MOST_DETAILS // 2]})
    return text


def _shortened(value: object) -> object:
    match value:
        case str() if len(value) > _MOST_DETAILS:
            return value[: _MOST_DETAILS // 2] + "…"
        case Mapping():
            return {name: _shortened(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_shortened(inner) for inner in value]
        case _:
            return value


def _canonical(value: object) -> str:
    return printable(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
