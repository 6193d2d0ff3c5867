"""Loads the log's library without what it would load for coloured traces, which we never write.

And without greenlets, of which it would keep apart what it never gets from us.
"""

import importlib

from pantau.core.left_out import left_out


def load_plain_log() -> None:
    """Load structlog; before anybody else does, or it changes nothing.

    Rich and what it brings are 80 modules, 60 ms and 5 MB in each process that is its own start;
    greenlets another MB.
    """
    with left_out("rich", "greenlet"):
        importlib.import_module("structlog")
