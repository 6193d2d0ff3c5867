"""The list of packages with hashes that this Pantau was tested with."""

from pathlib import Path
from typing import Final

import pantau

_NAME: Final = Path("requirements") / "run.txt"


def locked_requirements() -> Path:
    """Return the file for `pip install --require-hashes -r`: the wheel's, or the checkout's."""
    package = Path(pantau.__file__).resolve().parent
    within = package / _NAME
    return within if within.exists() else package.parent.parent / _NAME
