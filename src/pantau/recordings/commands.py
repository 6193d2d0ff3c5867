"""What becomes of a command to a recorder.  Each is answered, and none stands for another (R26)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from pantau.cameras.models import Camera
from pantau.recordings.recorders import Command, CommandAction

_PATIENCE: Final = timedelta(seconds=20)
"""How long the change of a camera may take from one process to another."""
_OLDEST: Final = timedelta(minutes=10)
GONE: Final = "There is no such camera any more."
TOO_LATE: Final = "Nobody was there to do it in time. Ask again."
_NOT_WANTED: Final = "The camera is not set to be recorded."
_STILL_WANTED: Final = "The camera is set to be recorded."
_NOT_NOW: Final = "It is recorded as soon as its schedule, its source and its switch allow it."

Restart = Callable[[Camera], Awaitable[str]]
"""Begins a recorder anew; returns why it could not, empty: it did."""


async def outcome_of(
    command: Command,
    camera: Camera | None,
    *,
    is_wanted: bool,
    now: datetime,
    restart: Restart,
) -> str | None:
    """Do a command; return its outcome, empty: done as asked.  None: not known yet.

    Starting and stopping are the camera's own settings; what is looked for is that they arrived.
    """
    age = now - command.asked_at
    if command.action is CommandAction.RESTART and camera is not None:
        if age > _OLDEST:
            return TOO_LATE
        return await restart(camera) if is_wanted else _NOT_WANTED
    is_start = command.action is CommandAction.START
    if camera is not None and camera.recorded is is_start:
        return _NOT_NOW if is_start and not is_wanted else ""
    if age <= _PATIENCE:
        return None
    if camera is None:
        return GONE
    return _NOT_WANTED if is_start else _STILL_WANTED
