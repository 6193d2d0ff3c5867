"""Walks the chain from its anchor to its head and names the first place that does not fit."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pantau.audit import repository
from pantau.audit.chain import ChainKey, Entry, Head
from pantau.audit.witness import Seen, Witness, WitnessError
from pantau.db.database import Database, Reading

Problem = Literal["", "changed", "removed", "inserted", "head", "rolled_back", "witness"]

_AT_A_TIME: Final = 200
"""Entries between two turns of the loop: some milliseconds."""
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Break:
    """What is wrong, and with which entry."""

    problem: Problem
    entry_id: int | None
    message: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification found."""

    entries: int
    first_id: int | None
    last_id: int | None
    found: Break | None = None

    @property
    def ok(self) -> bool:
        """Tell whether everything fits."""
        return self.found is None


@dataclass(slots=True)
class Walk:
    """Goes along entries in their order; stops at the first that does not follow."""

    chain: ChainKey
    last_id: int
    last_hash: str
    passed: int = 0

    def along(self, entries: Iterable[Entry]) -> Break | None:
        """Return what is wrong with `entries`, which come after those it went along before."""
        for entry in entries:
            expected = self.last_id + 1
            if entry.id != expected:
                return Break("removed", expected, f"Entry {expected} was removed.")
            made = self.chain.hash_of(entry.id, entry.draft, previous=self.last_hash)
            if made != entry.hash:
                return Break(
                    "changed", entry.id, f"Entry {entry.id} was changed, or put in another place."
                )
            self.last_id, self.last_hash = entry.id, entry.hash
            self.passed += 1
        return None


class Verifier:
    """Verifies one trail; a second caller waits for the first.  Loop only."""

    def __init__(self, database: Database, *, key: bytes, witness: Witness | None = None) -> None:
        self._database = database
        self._chain = ChainKey(key)
        self._witness = witness
        self._walking = asyncio.Lock()

    async def verify(self) -> ChainReport:
        """Walk along everything; about 20 µs per entry, with turns of the loop in between."""
        async with self._walking:
            for _ in range(_TRIES):
                async with self._database.read() as work:
                    head = await repository.read_head(work)
                report = await self._walk(head)
                async with self._database.read() as work:
                    after = await repository.read_head(work)
                # Retention may have cut what was to be walked along next.
                if report.ok or _anchor(head) == _anchor(after):
                    break
            return report

    async def _walk(self, head: Head | None) -> ChainReport:
        if head is None:
            removed = Break("head", None, "The head of the trail was removed.")
            return ChainReport(0, None, None, removed)
        walk = Walk(self._chain, head.anchor_id, head.anchor_hash)
        found = await self._first_break(head, walk)
        first_id = head.anchor_id + 1 if walk.passed else None
        last_id = walk.last_id if walk.passed else None
        return ChainReport(walk.passed, first_id, last_id, found)

    async def _first_break(self, head: Head, walk: Walk) -> Break | None:
        while walk.last_id < head.last_id:
            async with self._database.read() as work:
                entries = await repository.entries_after(work, walk.last_id, limit=_AT_A_TIME)
            wanted = [entry for entry in entries if entry.id <= head.last_id]
            found = walk.along(wanted)
            if found is not None:
                return found
            if not wanted:
                missing = walk.last_id + 1
                return Break(
                    "removed", missing, f"Entry {missing} and what followed it were removed."
                )
        if not self._chain.is_ours(head) or walk.last_hash != head.last_hash:
            return Break(
                "head",
                head.last_id,
                "The head of the trail was changed, or secret.key was replaced: entries may be "
                f"missing after {head.last_id} or before {head.anchor_id + 1}.",
            )
        async with self._database.read() as work:
            return await self._strangers(work) or await self._judge_witness(work)

    async def _strangers(self, work: Reading) -> Break | None:
        """Return entries that stand where the head says that there are none."""
        head = await repository.read_head(work) or Head()
        lowest, highest = await repository.outer_ids(work)
        if lowest is not None and lowest <= head.anchor_id:
            return Break("inserted", lowest, f"Entry {lowest} was inserted before the first one.")
        if highest is not None and highest > head.last_id:
            return Break("inserted", highest, f"Entry {highest} was inserted after the last one.")
        return None

    async def _judge_witness(self, work: Reading) -> Break | None:
        if self._witness is None:
            return None
        try:
            seen = self._witness.read()
        except WitnessError as error:
            return Break("witness", None, str(error))
        head = await repository.read_head(work) or Head()
        return None if seen is None else await contradiction(work, head, seen)


async def contradiction(work: Reading, head: Head, seen: Seen) -> Break | None:
    """Return how the trail contradicts what was seen of it earlier."""
    if seen.last_id > head.last_id:
        return Break(
            "rolled_back",
            head.last_id + 1,
            f"The trail ends with entry {head.last_id}, but at {seen.at} it had {seen.last_id}: "
            "a backup was restored, or somebody took entries away.",
        )
    if seen.last_id < head.anchor_id:
        return None
    at_anchor = seen.last_id == head.anchor_id
    there = head.anchor_hash if at_anchor else await repository.hash_at(work, seen.last_id)
    if there != seen.last_hash:
        return Break(
            "rolled_back",
            seen.last_id,
            f"Entry {seen.last_id} is another than at {seen.at}: a backup was restored and has "
            "grown since, or the trail was rewritten.",
        )
    return None


def _anchor(head: Head | None) -> int | None:
    return None if head is None else head.anchor_id
