"""Looks at every address of a preview before anything is written: few at once, polite to hosts."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from pantau.accounts.users.asker import Asker
from pantau.cameras.importing.addresses import host_of
from pantau.cameras.importing.deciding import Decided
from pantau.cameras.importing.looking import Looker
from pantau.cameras.importing.service import CameraImports, Tell, untold
from pantau.cameras.importing.values import Phase, Progress
from pantau.core.clock import Clock
from pantau.core.errors import Conflict
from pantau.core.networks import AddressPolicy

ENOUGH: Final = 0.95
"""A catalogue is ready above this share of cameras that give pictures (lesson 1.2)."""
_AT_ONCE: Final = 32
_PER_HOST: Final = 2
_MOST_RUNS: Final = 2
_KEEP_EVERY_S: Final = 1.5
_WHOLE_DEADLINE_S: Final = 1_800.0

Spawn: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], object]


@dataclass(slots=True)
class _Run:
    rows: list[Decided]
    checks: dict[int, str]
    kept_mono: float


class Verification:
    """Runs in the background of one process; what it found is in the database for all of them."""

    def __init__(
        self,
        imports: CameraImports,
        *,
        clock: Clock,
        policy: AddressPolicy,
        spawn: Spawn,
        looker: Looker | None = None,
    ) -> None:
        self._imports = imports
        self._clock = clock
        self._spawn = spawn
        self._looker = looker or Looker(clock, policy)
        self._running: set[int] = set()

    async def begin(self, import_id: int, *, by: Asker) -> None:
        """Start looking; raises Conflict while it is going on, or where others are."""
        self._check_free(import_id)
        await self._imports.rows_to_check(import_id, by=by)
        self._check_free(import_id)
        self._running.add(import_id)

        async def work() -> None:
            try:
                await self._look_at_all(import_id, by, untold)
            finally:
                self._running.discard(import_id)

        self._spawn("cameras.import.verification", work)

    async def run(self, import_id: int, *, by: Asker, tell: Tell = untold) -> None:
        """Look at everything, and return when that is done."""
        self._check_free(import_id)
        self._running.add(import_id)
        try:
            await self._look_at_all(import_id, by, tell)
        finally:
            self._running.discard(import_id)

    def _check_free(self, import_id: int) -> None:
        if import_id in self._running or len(self._running) >= _MOST_RUNS:
            raise Conflict("import.running", "Addresses are being looked at already.")

    async def _look_at_all(self, import_id: int, by: Asker, tell: Tell) -> None:
        rows = list(await self._imports.rows_to_check(import_id, by=by))
        run = _Run(rows, {}, self._clock.mono_s())
        room = asyncio.Semaphore(_AT_ONCE)
        hosts: dict[str, deque[Decided]] = defaultdict(deque)
        for row in rows:
            hosts[host_of(row.wish.address) if row.wish else ""].append(row)
        progress = Progress(Phase.VERIFYING, 0, len(rows))
        tell(progress)
        await self._imports.put_checks(import_id, {}, progress)

        async def work(waiting: deque[Decided]) -> None:
            while waiting:
                row = waiting.popleft()
                async with room:
                    run.checks[row.candidate.row] = await self._looked(row)
                await self._told(import_id, run, tell)

        workers = [work(rows) for rows in hosts.values() for _ in range(min(_PER_HOST, len(rows)))]
        try:
            async with asyncio.timeout(_WHOLE_DEADLINE_S):
                await asyncio.gather(*workers)
        except TimeoutError:
            for row in rows:
                run.checks.setdefault(row.candidate.row, "There was no time left to look at it.")
        done = Progress(Phase.IDLE, len(rows), len(rows))
        await self._imports.put_checks(import_id, run.checks, done)
        await self._imports.refresh(import_id, by=by)
        tell(done)

    async def _looked(self, row: Decided) -> str:
        if row.source is None or row.wish is None:
            return ""
        return await self._looker.look(row.source, row.wish.kind)

    async def _told(self, import_id: int, run: _Run, tell: Tell) -> None:
        progress = Progress(Phase.VERIFYING, len(run.checks), len(run.rows))
        tell(progress)
        now_mono = self._clock.mono_s()
        if now_mono - run.kept_mono >= _KEEP_EVERY_S:
            run.kept_mono = now_mono
            await self._imports.put_checks(import_id, dict(run.checks), progress)


def ready_share(ready: int, checked: int) -> float | None:
    """Return which part of what was looked at gives pictures; None: nothing was."""
    return ready / checked if checked else None
