"""Remembers which paths of a media server are ours, also after their cameras are gone."""

import json
from collections.abc import Iterable
from pathlib import Path


class OwnedPaths:
    """A set of path names in a small file.  One process writes it: the worker.

    Without this memory a path whose camera was deleted while the worker was down would be pulled
    for ever, or paths of other users of the same media server be deleted on suspicion.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._names = frozenset(_read(file))

    @property
    def names(self) -> frozenset[str]:
        """Paths that we put, or were about to put."""
        return self._names

    def add(self, names: Iterable[str]) -> None:
        """Remember `names`; on disk when this returns."""
        self._keep(self._names | frozenset(names))

    def discard(self, names: Iterable[str]) -> None:
        """Forget `names`."""
        self._keep(self._names - frozenset(names))

    def _keep(self, names: frozenset[str]) -> None:
        if names == self._names:
            return
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(sorted(names)), encoding="utf-8")
        draft.replace(self._file)
        self._names = names


def _read(file: Path) -> list[str]:
    try:
        names = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError:
        # Damaged: the cameras that exist are put again and remembered anew.
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
