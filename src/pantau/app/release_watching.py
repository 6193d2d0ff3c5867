"""The worker watches what was deployed, also after the terminal is closed."""

import asyncio
import sys
from typing import TYPE_CHECKING, Final

import structlog

from pantau.core.child_process import ChildProcess
from pantau.core.clock import Clock
from pantau.core.supervisor import Service, Supervisor
from pantau.settings import Settings

if TYPE_CHECKING:
    from pantau.operations.release.verdict import Verdict
    from pantau.operations.release.verifying import RollBack

log = structlog.get_logger()

_WATCH_FILE: Final = "watch.json"
_ROLLBACK_LOG: Final = "rollback.log"
_LOOK_EVERY_S: Final = 5.0


def start_release_watch(settings: Settings, clock: Clock, supervisor: Supervisor) -> None:
    """Have the worker carry out whichever watch is asked for."""

    async def run() -> None:
        asked_file = settings.releases_folder / _WATCH_FILE
        while not await asyncio.to_thread(asked_file.exists):
            await clock.sleep(_LOOK_EVERY_S)
        # A hub that was never deployed to should not hold in memory what watching takes.
        from pantau.operations.release.watching import serve_watches  # noqa: PLC0415

        await serve_watches(
            settings.releases_folder,
            settings.release,
            clock=clock,
            roll_back=roll_back_apart(settings),
        )

    supervisor.add(Service("operations.release_watch", run))


def roll_back_apart(settings: Settings) -> "RollBack":
    """Return what takes a release back for the worker: a process that outlives it."""

    async def back(verdict: "Verdict") -> bool:
        # As above.
        from pantau.app.release_work import reasons  # noqa: PLC0415
        from pantau.operations.release.verdict import reasons_of  # noqa: PLC0415

        log.error("release_taken_back", build=verdict.build, why=reasons_of(verdict))
        file = settings.releases_folder / _ROLLBACK_LOG
        with await asyncio.to_thread(file.open, "ab") as out:
            # In a session of its own: it replaces this very process, and outlives it.
            command = ("release", "rollback", "--json", "--automatic", "--why", reasons(verdict))
            ChildProcess.exec([sys.executable, "-m", "pantau", *command], output=out.fileno())
        return True

    return back
