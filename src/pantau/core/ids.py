"""Typed numbers, and those that names had before their things were rows of the database."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NewType

CameraId = NewType("CameraId", int)
AreaId = NewType("AreaId", int)


def remembered_numbers(path: Path) -> Mapping[str, int]:
    """Return the numbers of names that are kept at `path`; none where there is no such file.

    Numbers of names that are gone are among them: a link to camera 3 must not lead to another
    camera one day.  Raises ValueError for a damaged file and OSError for one that cannot be read.
    """
    if not path.exists():
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(known, dict) or not all(isinstance(number, int) for number in known.values()):
        raise ValueError(f"{path.name} is damaged: it must map names to numbers")
    return known
