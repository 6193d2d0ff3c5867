"""Lets old entries go, from the oldest end only, and notes outside how far the trail has got."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from pantau.audit import repository
from pantau.audit.appending import append
from pantau.audit.chain import ChainKey, Draft, Head
from pantau.audit.details import details_text
from pantau.audit.events import TrailEvent
from pantau.audit.verification import Walk, contradiction
from pantau.audit.witness import Witness, WitnessError
from pantau.core.clock import Clock
from pantau.core.jobs import timed_job
from pantau.db.database import Database, Writing

log = structlog.get_logger()

_AT_A_TIME: Final = 500
_WITNESS_EVERY_S: Final = 60.0
_WITNESSES_PER_DAY: Final = 24 * 60


class TrailKeeper:
    """One per installation: the worker runs it."""

    def __init__(
        self,
        database: Database,
        *,
        key: bytes,
        clock: Clock,
        keep_days: int,
        witness: Witness | None = None,
    ) -> None:
        self._database = database
        self._chain = ChainKey(key)
        self._clock = clock
        self._kept = timedelta(days=keep_days)
        self._witness = witness
        self.is_whole: bool | None = None
        """What the last look at the end of the trail found; None: nobody has looked."""

    async def run(self) -> None:
        """Let old entries go at the start and once a day; look at the end of the trail often."""
        while True:
            with timed_job("audit.expiry"):
                await self.expire()
            for _ in range(_WITNESSES_PER_DAY):
                with timed_job("audit.witness", every_s=_WITNESS_EVERY_S):
                    await self.bear_witness()
                await self._clock.sleep(_WITNESS_EVERY_S)

    async def expire(self) -> int:
        """Delete what is older than it may be; return how many entries went.

        The chain begins anew at a signed anchor, so that it can still be verified.  What does not
        fit is not deleted: it is evidence.
        """
        gone = 0
        last_id = 0
        while True:
            async with self._database.write() as work:
                head = await self._cut(work)
            if head is None:
                break
            gone += head[1]
            last_id = head[0]
        if gone:
            draft = Draft(
                at=self._clock.now(),
                kind="security",
                name=TrailEvent.ENTRIES_EXPIRED,
                actor_kind="system",
                details=details_text({"up_to": last_id, "entries": gone}),
            )
            async with self._database.write() as work:
                await append(work, self._chain, [draft])
            log.info("audit_entries_expired", entries=gone, up_to=last_id)
        return gone

    async def bear_witness(self) -> None:
        """Note how far the trail has got, unless it contradicts what was noted before."""
        if self._witness is None:
            return
        async with self._database.read() as work:
            head = await repository.read_head(work)
            if head is None or head == Head():
                self.is_whole = True
                return
            if not self._chain.is_ours(head):
                self.is_whole = False
                return
            try:
                seen = self._witness.read()
            except WitnessError as error:
                self.is_whole = False
                log.exception("audit_witness_unreadable", error=error, fix="Run pantau doctor.")
                return
            found = None if seen is None else await contradiction(work, head, seen)
        self.is_whole = found is None
        if found is not None:
            log.error("audit_trail_contradicted", found=found.message, fix="Run pantau doctor.")
        elif seen is None or seen.last_id < head.last_id:
            self._witness.write(head, self._clock.now())

    async def _cut(self, work: Writing) -> tuple[int, int] | None:
        """Delete one stretch; return its last id and its length, or None when nothing is left."""
        head = await repository.lock_head(work)
        if head is None or not self._chain.is_ours(head):
            log.error("audit_trail_not_ours", fix="Run pantau doctor.")
            return None
        limit = self._clock.now() - self._kept
        first_kept = await repository.first_id_since(work, limit)
        oldest = await repository.entries_after(work, head.anchor_id, limit=_AT_A_TIME)
        old = [entry for entry in oldest if first_kept is None or entry.id < first_kept]
        if not old:
            return None
        walk = Walk(self._chain, head.anchor_id, head.anchor_hash)
        found = walk.along(old)
        if found is not None:
            log.error("audit_entries_kept_as_evidence", found=found.message)
            return None
        moved = replace(head, anchor_id=walk.last_id, anchor_hash=walk.last_hash)
        await repository.put_head(work, self._chain.signed(moved))
        await repository.delete_up_to(work, walk.last_id)
        work.changed("audit")
        return walk.last_id, walk.passed
