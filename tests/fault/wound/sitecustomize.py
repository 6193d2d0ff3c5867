"""Winds the clock of every Pantau that is started with this folder in PYTHONPATH.

The file that WOUND_CLOCK names holds by how many seconds; it may change at any time.  Nothing but
the wall clock moves, as when somebody sets the time of a machine.
"""

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pantau.core.clock import SystemClock

_FILE = Path(os.environ["WOUND_CLOCK"])
_now, _unix_s = SystemClock.now, SystemClock.unix_s


def _by_s() -> float:
    with suppress(OSError, ValueError):
        return float(_FILE.read_text())
    return 0.0


def now(self: SystemClock) -> datetime:
    """As the machine says, and so much later."""
    return _now(self) + timedelta(seconds=_by_s())


def unix_s(self: SystemClock) -> float:
    """As the machine says, and so much later."""
    return _unix_s(self) + _by_s()


SystemClock.now = now  # type: ignore[method-assign]
SystemClock.unix_s = unix_s  # type: ignore[method-assign]
