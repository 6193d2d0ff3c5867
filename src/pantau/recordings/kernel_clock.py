"""Whether the kernel says that a time server disciplines the machine's clock."""

import ctypes
from typing import Final

_ROOM: Final = 1024
"""More than `struct timex` has on any machine; all zero, it asks and changes nothing."""
_NOT_SYNCHRONISED: Final = 5


def is_synchronised() -> bool:
    """Tell whether the clock is kept right; False where nobody can tell."""
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return False
    state = int(ask(ctypes.create_string_buffer(_ROOM)))
    return 0 <= state < _NOT_SYNCHRONISED
