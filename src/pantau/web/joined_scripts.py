"""Joins modules that a page always needs together into one file: a slow network pays per request.

This is no bundler.  The modules are ours and written plainly: named imports on lines of their own,
every top-level name once.  Their texts follow each other in one scope, what they import from each
other is there already, and everything stays exported, so that the import map can give all of their
names the one address: whoever imports a part gets the same instance as everybody.
"""

import re
from collections.abc import Mapping
from typing import Final

_IMPORT: Final = re.compile(
    r'^import\s*(?:\{([^}]*)\}\s*from\s*)?"([^"]+)";?[ \t]*\n?', re.MULTILINE
)
_ANY_IMPORT: Final = re.compile(
    r"^(?:import\b(?!\s*\()|export\s*[*{]|export\s+default\b).*", re.MULTILINE
)
_TOP_LEVEL: Final = re.compile(
    r"^(?:export )?(?:async )?(?:class|function\*?|const|let|var)\s+([\w$]+)", re.MULTILINE
)


def join(parts: Mapping[str, str]) -> str:
    """Return the joined text of `parts`: what each is imported as, and its source, in their order.

    A part comes after those that it imports.  Raises ValueError for what cannot be joined: names
    that two parts use, renamed imports, a part before one that it needs.
    """
    wanted: dict[str, dict[str, None]] = {}
    owners: dict[str, str] = {}
    bodies: list[str] = []
    for name, source in parts.items():
        for names, origin in _IMPORT.findall(source):
            _check_origin(name, origin, names, parts=list(parts))
            if origin not in parts:
                wanted.setdefault(origin, {}).update(dict.fromkeys(_split(names)))
        body = _IMPORT.sub("", source)
        if odd := _ANY_IMPORT.search(body):
            raise ValueError(f"{name}: cannot be joined: {odd[0]}")
        for top in _TOP_LEVEL.findall(body):
            if top in owners:
                raise ValueError(f"{top} is a name of {owners[top]} and of {name}")
            owners[top] = name
        bodies.append(body)
    for origin, names_of in wanted.items():
        if taken := owners.keys() & names_of.keys():
            raise ValueError(f"{sorted(taken)} of {origin} are names of the joined parts as well")
    head = "".join(
        f'import {{ {", ".join(names)} }} from "{origin}";\n' if names else f'import "{origin}";\n'
        for origin, names in wanted.items()
    )
    return head + "".join(bodies)


def _check_origin(name: str, origin: str, names: str, *, parts: list[str]) -> None:
    if any(" as " in each for each in _split(names)):
        raise ValueError(f"{name} renames what it imports from {origin}")
    if origin in parts and parts.index(origin) >= parts.index(name):
        raise ValueError(f"{origin} belongs before {name}, which imports it")


def _split(names: str) -> list[str]:
    return [each for part in names.split(",") if (each := " ".join(part.split()))]
