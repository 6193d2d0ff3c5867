"""Numbers for things that are named in a file: given once, kept for ever, never given again."""

import fcntl
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NewType

CameraId = NewType("CameraId", int)
AreaId = NewType("AreaId", int)


def kept_numbers(path: Path, names: Iterable[str], *, fixed: Mapping[str, int]) -> dict[str, int]:
    """Return a number for each of `names`, the same at every call; `path` is the memory.

    `fixed` names carry the number their owner chose.  Numbers of names that are gone stay taken:
    a link to camera 3 must not lead to another camera one day.  Safe when several processes call it
    at once.  Raises ValueError when two fixed names want one number or the file is damaged, and
    OSError when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = _read(path)
        known = _with(before, list(names), fixed)
        if known != before:
            draft = path.with_suffix(".new")
            draft.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
            draft.replace(path)
    return {name: known[name] for name in names}


def _read(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(known, dict) or not all(isinstance(number, int) for number in known.values()):
        raise ValueError(f"{path.name} is damaged: it must map names to numbers")
    return known


def _with(before: dict[str, int], names: list[str], fixed: Mapping[str, int]) -> dict[str, int]:
    if len(set(fixed.values())) != len(fixed):
        raise ValueError("two names want the same number")
    wanted = set(fixed.values())
    # Who chose a number gets it, also from a name that had got it by chance.
    known = {name: number for name, number in before.items() if number not in wanted}
    known.update(fixed)
    highest = max([*before.values(), *known.values(), 0])
    for name in names:
        if name not in known:
            highest += 1
            known[name] = highest
    return known
