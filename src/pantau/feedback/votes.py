"""One tap per visitor and camera: does its picture help?  Both sums are public."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import NotFound
from pantau.db.database import Database
from pantau.feedback import vote_rows
from pantau.feedback.limits import Limits
from pantau.feedback.rules import CommunityRules
from pantau.feedback.senders import Sender
from pantau.feedback.values import VoteTotals
from pantau.feedback.words import in_english

Vote = Literal["good", "bad", "none"]
_NONE = VoteTotals()


class Votes:
    """Takes votes; their sums are kept in memory, so that no page asks the database.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        limits: Limits,
        rules: CommunityRules,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._limits = limits
        self._rules = rules
        self._clock = clock
        self._totals: Mapping[int, VoteTotals] = {}
        self._changed = asyncio.Event()
        database.changes.on("feedback", self._changed.set)

    @property
    def is_open(self) -> bool:
        """Whether visitors may vote at the moment."""
        return self._rules().votes_enabled

    def of(self, camera_id: int) -> VoteTotals:
        """Return the sums of a camera, a second old at most."""
        return self._totals.get(camera_id, _NONE)

    def all(self) -> Mapping[int, VoteTotals]:
        """Return the sums of every camera that has a vote."""
        return self._totals

    async def vote(self, camera_id: int, vote: Vote, *, voter: str, sender: Sender) -> VoteTotals:
        """Have a visitor's vote be this one, or take it back; return the sums after it.

        Raises NotFound for a camera that the public does not see and where nobody can vote, and
        Throttled.
        """
        if not self.is_open:
            raise NotFound("votes.off", in_english()["votes.off"])
        if self._catalogue.public_by_id(camera_id) is None:
            raise NotFound("votes.unknown", in_english()["votes.unknown"])
        await self._limits.enter_vote(sender)
        async with self._database.read() as reading:
            before = await vote_rows.vote_of(reading, camera_id, voter)
        if before is None and vote != "none":
            await self._limits.enter_voter(sender, camera_id)
        is_good = None if vote == "none" else vote == "good"
        async with self._database.write() as writing:
            totals = await vote_rows.put_vote(
                writing, camera_id, voter, is_good=is_good, at=self._clock.now()
            )
        self._totals = {**self._totals, camera_id: totals}
        return totals

    async def refresh(self) -> None:
        """Read the sums."""
        async with self._database.read() as reading:
            self._totals = await vote_rows.all_totals(reading)

    async def follow(self) -> None:
        """Take over what other processes counted; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            self._changed.clear()
            await self.refresh()
            await self._changed.wait()
