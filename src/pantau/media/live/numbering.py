"""Where the numbers of segments begin, so that no restart ever counts backwards."""

from typing import Final

_FROM_UNIX_S: Final = 1_700_000_000
_NUMBERS_PER_S: Final = 4
"""More than a camera that is restarted again and again can use up: a run begins with short ones."""


def first_number(unix_s: float) -> int:
    """Return the number of the first segment for a list that begins now."""
    return max(0, round((unix_s - _FROM_UNIX_S) * _NUMBERS_PER_S))
