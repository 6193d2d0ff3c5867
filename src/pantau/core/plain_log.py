"""Loads the log's library without what it would load for coloured traces, which we never write."""

import importlib

from pantau.core.left_out import left_out


def load_plain_log() -> None:
    """Load structlog; before anybody else does, or it changes nothing.

    Rich and what it brings are 80 modules, 60 ms and 5 MB in each process that is its own start.
    """
    with left_out("rich"):
        importlib.import_module("structlog")
