"""Putting entries at the end of the chain, inside somebody's transaction."""

from collections.abc import Sequence

from pantau.audit import repository
from pantau.audit.chain import ChainKey, Draft
from pantau.core.errors import Unavailable
from pantau.db.database import Writing


async def append(work: Writing, chain: ChainKey, drafts: Sequence[Draft]) -> None:
    """Give `drafts` their places; other writers wait from here to the commit."""
    if not drafts:
        return
    head = await repository.lock_head(work)
    if head is None:
        raise Unavailable(
            "audit.head_missing",
            "The audit trail has lost its head. Restore the database from the backup.",
        )
    entries, grown = chain.append(head, drafts)
    # The head first: the tables accept no entry that lies behind it.
    await repository.put_head(work, grown)
    await repository.add_entries(work, entries)
    work.changed("audit")
