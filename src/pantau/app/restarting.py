"""`pantau serve` carries out a restore: it ends its processes, restores, and starts them again."""

import asyncio
import sys
from typing import Final

import structlog

from pantau.app.running import Running
from pantau.backups.staging import Result, Staging, Wanted
from pantau.core.child_process import ChildProcess
from pantau.core.environments import Environment
from pantau.core.processes import ChildFailedError, Family
from pantau.core.releases import current_python

log = structlog.get_logger()

_LOOK_EVERY_S: Final = 0.5
_ANSWER_S: Final = 3.0
"""What a process needs beyond its drain to be gone."""
_COMMAND: Final = ("-m", "pantau", "backup", "carry-out")


class Restores:
    """Looks for what somebody decided in a process of the family, or at the console."""

    def __init__(
        self, running: Running, family: Family, *, nursery_arguments: tuple[str, ...] = ()
    ) -> None:
        self._running = running
        self._family = family
        self._nursery_arguments = nursery_arguments
        self._staging = Staging(running.settings.data_dir)
        self._done = ""

    async def run(self) -> None:
        """Look until cancelled; what somebody wanted before this start is not wanted any more."""
        stale = await asyncio.to_thread(self._staging.wanted)
        self._done = "" if stale is None else stale.token
        while True:
            await self._running.clock.sleep(_LOOK_EVERY_S)
            wanted = await asyncio.to_thread(self._staging.wanted)
            if wanted is not None and wanted.token != self._done:
                await self._restore(wanted)

    async def _restore(self, wanted: Wanted) -> None:
        self._done = wanted.token
        log.info("restore_begun")
        try:
            await self._family.anew(
                lambda: self._carry_out(wanted),
                drain_s=self._running.settings.drain_s + _ANSWER_S,
                environment=lambda: self._environment(wanted),
            )
        except ChildFailedError as error:
            log.exception("not_started_after_restore", child=error.name)
            self._running.stop()

    async def _carry_out(self, wanted: Wanted) -> None:
        """Run it in a process of its own: this one keeps small."""
        code = await ChildProcess.exec([sys.executable, *_COMMAND]).wait()
        if code and not self._staging.is_committed:
            log.error("restore_not_carried_out", exit_code=code)
            await asyncio.to_thread(self._give_up_in_thread, wanted)

    def _environment(self, wanted: Wanted) -> Environment | None:
        """Return the release that is current, whose tables these are once a roll-back is done."""
        told = self._staging.result()
        is_back = told is not None and told.token == wanted.token and told.ok
        python = current_python(self._running.settings.releases_folder)
        if wanted.roll_back is None or not is_back or python is None:
            return None
        return Environment(python=str(python), nursery_arguments=self._nursery_arguments)

    def _give_up_in_thread(self, wanted: Wanted) -> None:
        told = self._staging.result()
        if told is None or told.token != wanted.token:
            self._staging.put_result(
                Result(
                    token=wanted.token,
                    ok=False,
                    sentence="Nothing was restored. The log of Pantau says why.",
                    finished_at=self._running.clock.now(),
                )
            )
        self._staging.drop()
