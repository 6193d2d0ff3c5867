"""Says how to get what browser tests need; run first, so that they never pass by skipping."""

import shutil
import sys
from pathlib import Path
from typing import Final

CHROMIUM: Final = "/usr/bin/chromium"
AXE: Final = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PLAYER: Final = Path(__file__).parents[2] / "src/pantau/ui/static/vendor/hls.light.min.mjs"


def missing() -> list[str]:
    """Return what is missing, each with its remedy."""
    found = []
    if shutil.which(CHROMIUM) is None:
        found.append(f"{CHROMIUM} is missing: apt-get install chromium")
    found += [f"{path} is missing: make vendor" for path in (AXE, PLAYER) if not path.exists()]
    return found


if __name__ == "__main__":
    for line in missing():
        print(line, file=sys.stderr)  # noqa: T201  # this is a command
    sys.exit(1 if missing() else 0)
