"""Loads the log's library without what it would load for coloured traces, which we never write."""

import importlib
import sys
from typing import Final

_UNWANTED: Final = "rich"


def load_plain_log() -> None:
    """Load structlog; before anybody else does, or it changes nothing.

    Rich and what it brings are 80 modules, 60 ms and 5 MB in each process that is its own start.
    """
    if _UNWANTED in sys.modules:
        importlib.import_module("structlog")
        return
    # How Python itself notes that a module is not to be had.
    sys.modules[_UNWANTED] = None  # type: ignore[assignment]
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules[_UNWANTED]
