"""What the worker looks up once in a while for those who watch over the hub."""

from collections.abc import Mapping
from typing import Final

from pantau.app.foundation import Foundation
from pantau.app.vitals import VitalsKeeper
from pantau.audit.retention import TrailKeeper
from pantau.backups import repository as backups
from pantau.core.errors import Unavailable
from pantau.core.jobs import timed_job
from pantau.core.supervisor import Service, Supervisor
from pantau.notifications import outbox_rows
from pantau.notifications.values import MessageState

_LOOK_EVERY_S: Final = 30.0


class Figures:
    """Looks at backups and messages in the database every half a minute.  Loop only."""

    def __init__(self, base: Foundation, keeper: TrailKeeper) -> None:
        self._base = base
        self._keeper = keeper
        self._known: dict[str, float] = {}

    def now(self) -> Mapping[str, object]:
        """Return them as fields of vitals; what is not known is left out."""
        known = dict(self._known)
        if self._keeper.is_whole is not None:
            known["audit_chain_ok"] = float(self._keeper.is_whole)
        return {"figures": known}

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            try:
                with timed_job("operations.figures", every_s=_LOOK_EVERY_S):
                    self._known = await self._look()
            except Unavailable:
                # Whoever owns the database says so; what was known is not true any more.
                self._known = {}
            await self._base.clock.sleep(_LOOK_EVERY_S)

    async def _look(self) -> dict[str, float]:
        async with self._base.database.read() as work:
            plan = await backups.stored_plan(work)
            last = await backups.last_run(work, "done")
            messages = await outbox_rows.counts(work)
        known = {
            "backups_planned": float(plan.enabled),
            "notifications_waiting": float(messages[MessageState.WAITING]),
            "notifications_dead": float(messages[MessageState.DEAD]),
        }
        if last is not None and last.finished_at is not None:
            known["last_backup_unix_s"] = last.finished_at.timestamp()
        return known


def keep_figures(
    base: Foundation, keeper: TrailKeeper, supervisor: Supervisor, vitals: VitalsKeeper
) -> None:
    """Have them looked up, and told with the vitals."""
    figures = Figures(base, keeper)
    supervisor.add(Service("operations.figures", figures.run))
    vitals.add(figures.now)
