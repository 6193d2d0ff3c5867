"""Loads a library without what it loads for uses that are not ours.

Where nobody else loads anything at that moment: at a start, or what only one place asks for.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def left_out(*modules: str) -> Iterator[None]:
    """Have `modules` count as not installed; those that are loaded already are left alone."""
    absent = [name for name in modules if name not in sys.modules]
    # How Python itself notes that a module is not to be had.
    known: dict[str, Any] = sys.modules
    known.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del known[name]


@contextmanager
def hollow(modules: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Have `modules` be empty but for names that are None, for who insists on importing them.

    As `left_out` otherwise; whoever imports one later gets the real one.
    """
    absent = [name for name in modules if name not in sys.modules]
    for name in absent:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(dict.fromkeys(modules[name]))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
