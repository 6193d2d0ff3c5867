"""Configurations in YAML: of MediaMTX (`paths`) and of Frigate (`cameras`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from pantau.cameras.importing import frigate, mediamtx
from pantau.cameras.importing.candidates import Format, RawRow
from pantau.core.errors import Invalid

_MOST_CHARACTERS: Final = 4 * 1024 * 1024
_MOST_NODES: Final = 300_000
_MOST_DEPTH: Final = 40
_MOST_COPIES: Final = 2_000_000
"""Nodes times references to them."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Configuration(_Loader):  # type: ignore[misc]  # which of the two depends on the machine
    """Loads plain values; what a program's own tags mean (`!secret`) stays a placeholder."""


_Configuration.add_multi_constructor("!", lambda *_: "{SECRET}")


def read(text: str) -> tuple[Format, Sequence[RawRow]]:
    """Return the rows; raises Invalid with the line for what is no YAML, or is a trap."""
    if len(text) > _MOST_CHARACTERS:
        raise Invalid("import.yaml", "A configuration has at most 4 MiB.", field="file")
    try:
        _refuse_traps(text)
        found = yaml.load(text, Loader=_Configuration)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        raise Invalid(
            "import.yaml", f"This is not valid YAML{_place(error)}.", field="file"
        ) from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise Invalid("import.yaml", "This is not valid YAML.", field="file") from error
    if isinstance(found, Mapping):
        if mediamtx.is_mediamtx(found):
            return Format.MEDIAMTX, mediamtx.rows(found)
        if frigate.is_frigate(found):
            return Format.FRIGATE, frigate.rows(found)
    raise Invalid(
        "import.yaml",
        "This YAML is neither a configuration of MediaMTX nor of Frigate.",
        field="file",
    )


def _refuse_traps(text: str) -> None:
    """Look at the events alone: a few lines of references within references fill any memory."""
    nodes = copies = depth = 0
    anchored = 0
    """How many of the open nodes have a name."""
    opened: list[bool] = []
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            copies += 1
            if anchored:
                raise _trap("references within references")
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            opened.append(event.anchor is not None)
            anchored += opened[-1]
            depth = max(depth, len(opened))
            nodes += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            anchored -= opened.pop()
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
        if nodes > _MOST_NODES or depth > _MOST_DEPTH or copies * nodes > _MOST_COPIES:
            raise _trap("too many or too deep values")


def _trap(what: str) -> Invalid:
    return Invalid("import.yaml", f"This YAML has {what}.", field="file")


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return "" if mark is None else f": line {mark.line + 1}, column {mark.column + 1}"
