"""Waiting, with a deadline, for something to become true in real sockets and threads."""

import asyncio
import threading
import time
from collections.abc import Callable

_LOOK_EVERY_S = 0.01
PATIENCE_S = 45.0
"""What must become true is given this long: machines that are busy are slow, and not wrong."""


async def until(
    condition: Callable[[], object], *, timeout_s: float = PATIENCE_S, what: str = ""
) -> None:
    """Return as soon as `condition()` is true; fail the test when it is not after `timeout_s`."""
    deadline_mono = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_mono:
            raise AssertionError(_late(what, timeout_s))
        await asyncio.sleep(_LOOK_EVERY_S)


def until_in_thread(
    condition: Callable[[], object], *, timeout_s: float = PATIENCE_S, what: str = ""
) -> None:
    """Block until `condition()` is true; fail the test when it is not after `timeout_s`."""
    deadline_mono = time.monotonic() + timeout_s
    never = threading.Event()
    while not condition():
        if time.monotonic() > deadline_mono:
            raise AssertionError(_late(what, timeout_s))
        never.wait(_LOOK_EVERY_S)


def _late(what: str, timeout_s: float) -> str:
    return f"{what or 'the condition'} did not become true within {timeout_s:g} s"
