"""Libraries that cannot be loaded; asked before anything that needs one, so it needs none."""

import sys
from typing import Final

from pantau.operations.doctor.findings import Finding, wrong

INSTALL_AGAIN: Final = "Install the locked packages again: pip install --require-hashes -r run.txt."


def check_libraries(error: ImportError) -> Finding:
    """Tell what could not be loaded, and from where."""
    return wrong("libraries", f"{error} (in {sys.prefix})", INSTALL_AGAIN)
