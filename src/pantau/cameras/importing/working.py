"""Writes previews in the background, so that a page can show how far it has got."""

from dataclasses import replace
from typing import Final

import structlog

from pantau.accounts.users.asker import Asker
from pantau.cameras.importing.service import CameraImports
from pantau.cameras.importing.values import ImportView, Phase, Progress, State
from pantau.cameras.importing.verifying import Spawn
from pantau.core.errors import Conflict, Problem

log = structlog.get_logger()

_MOST_AT_ONCE: Final = 2


class ImportWork:
    """Loop only.  Whether an import is written shows in its state, also after a crash."""

    def __init__(self, imports: CameraImports, *, spawn: Spawn) -> None:
        self._imports = imports
        self._spawn = spawn
        self._begun: set[int] = set()

    async def begin(self, import_id: int, *, by: Asker) -> ImportView:
        """Start to write a preview; raises what `CameraImports.apply` raises at once."""
        view = await self._imports.view(import_id, by=by)
        if view.state is not State.PREVIEW:
            raise Conflict("import.applied", "This import was applied already.")
        if import_id in self._begun or self._imports.is_running(import_id):
            raise Conflict("import.running", "This import is being worked on.")
        if len(self._begun) >= _MOST_AT_ONCE:
            raise Conflict("import.busy", "Other imports are being written. Try again shortly.")
        self._begun.add(import_id)
        begun = Progress(Phase.DECIDING, 0, view.progress.total)
        try:
            # Whoever looks before the work has begun must not read that nothing happens.
            await self._imports.put_progress(import_id, begun)
        except Problem:
            self._begun.discard(import_id)
            raise

        async def work() -> None:
            try:
                await self._imports.apply(import_id, by=by)
            except Problem as problem:
                log.warning("camera_import_failed", number=import_id, problem=problem.code)
                await self._imports.put_progress(import_id, Progress(Phase.FAILED))
            finally:
                self._begun.discard(import_id)

        self._spawn("cameras.import", work)
        return replace(view, progress=begun)
