"""`pantau backup restore`: beside a running hub, which restores itself, or instead of one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pantau.app.folder_use import is_serving
from pantau.app.restoring import bring_up, hub_of, restore_now
from pantau.audit.actors import CONSOLE
from pantau.backups.carrying_out import told_of
from pantau.backups.people import People
from pantau.backups.protection import Unlock
from pantau.backups.restoring import Preview, prepare
from pantau.backups.staging import Result, Staging, Wanted
from pantau.core.clock import Clock, SystemClock
from pantau.core.errors import Unavailable
from pantau.settings import Settings

_LOOK_EVERY_S: Final = 0.2
_AT_MOST_S: Final = 3600.0
_LEAVE_WITHIN_S: Final = 5.0


async def restore_at_console(
    settings: Settings,
    file: Path,
    unlock: Unlock,
    *,
    people: People,
    decide: Callable[[Preview], bool],
) -> Result | None:
    """Look at `file`, have somebody decide, and carry it out; None: they did not want it.

    Raises Problem with what is wrong; nothing is changed then.
    """
    clock = SystemClock()
    staging = Staging(settings.data_dir)
    hub = hub_of(settings, clock)
    await bring_up(hub, clock)
    with staging.alone():
        preview = await prepare(hub, staging, file, unlock)
        is_done = False
        try:
            if not decide(preview):
                return None
            token = preview.prepared.token
            wanted = Wanted(token=token, people=people, actor=told_of(CONSOLE))
            await asyncio.to_thread(staging.put_wanted, wanted)
            if is_serving(settings):
                result = await result_of(staging, token, clock)
            else:
                result = await restore_now(settings, clock, within_s=_LEAVE_WITHIN_S)
            is_done = True
            return result
        finally:
            if not is_done and not staging.is_committed:
                await asyncio.to_thread(staging.drop)


async def result_of(staging: Staging, token: str, clock: Clock) -> Result:
    """Wait for what the running hub makes of it; raises Unavailable after an hour."""
    deadline_mono = clock.mono_s() + _AT_MOST_S
    while clock.mono_s() < deadline_mono:
        result = await asyncio.to_thread(staging.result)
        if result is not None and result.token == token:
            return result
        await clock.sleep(_LOOK_EVERY_S)
    raise Unavailable("backup.no_answer", "The running hub did not restore in time. See its log.")
