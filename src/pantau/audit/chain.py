"""How entries hang together: each carries a keyed hash over itself and the one before it.

Pure.  Without the key nobody can make a hash that fits, so that whatever is done to the tables from
outside breaks the chain at a place that can be named.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

NO_HASH: Final = ""
"""Stands before the very first entry."""
BROKEN: Final = "broken"
"""Stands for the signature once a head was found that we did not sign: damage stays visible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What happened, before it has its place in the chain."""

    at: datetime
    kind: str
    name: str
    actor_kind: str
    user_id: int | None = None
    username: str = ""
    address: str = ""
    user_agent: str = ""
    endpoint: str = ""
    target: str = ""
    details: str = "{}"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, in its place."""

    id: int
    draft: Draft
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain begins and ends; the anchor is the last entry that was cut off."""

    last_id: int = 0
    last_hash: str = NO_HASH
    anchor_id: int = 0
    anchor_hash: str = NO_HASH
    signature: str = ""


class ChainKey:
    """Makes hashes and signatures; `secret` never leaves it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def hash_of(self, entry_id: int, draft: Draft, *, previous: str) -> str:
        """Return the hash of an entry that follows the one with the hash `previous`."""
        return self._mac(
            "entry",
            previous,
            entry_id,
            draft.at.astimezone(UTC).isoformat(timespec="microseconds"),
            draft.kind,
            draft.name,
            draft.actor_kind,
            draft.user_id,
            draft.username,
            draft.address,
            draft.user_agent,
            draft.endpoint,
            draft.target,
            draft.details,
            draft.count,
        )

    def append(self, head: Head, drafts: Iterable[Draft]) -> tuple[list[Entry], Head]:
        """Give `drafts` their places after `head`; return them and the head that follows.

        A head that is not ours is extended and never signed again: signing it would make whatever
        was done to it look right.
        """
        is_ours = self.is_ours(head)
        entries = []
        previous = head.last_hash
        for entry_id, draft in enumerate(drafts, head.last_id + 1):
            previous = self.hash_of(entry_id, draft, previous=previous)
            entries.append(Entry(entry_id, draft, previous))
        grown = replace(head, last_id=head.last_id + len(entries), last_hash=previous)
        return entries, self.signed(grown) if is_ours else replace(grown, signature=BROKEN)

    def signed(self, head: Head) -> Head:
        """Return `head` with a signature that fits."""
        return replace(head, signature=self._signature(head))

    def is_ours(self, head: Head) -> bool:
        """Tell whether we signed `head`; one that was never written to needs no signature."""
        return head == Head() or hmac.compare_digest(
            head.signature.encode(), self._signature(head).encode()
        )

    def seal_of(self, last_id: int, last_hash: str, written_at: str) -> str:
        """Return the signature of a note, kept outside the database, that the chain got so far."""
        return self._mac("witness", last_id, last_hash, written_at)

    def _signature(self, head: Head) -> str:
        return self._mac("head", head.last_id, head.last_hash, head.anchor_id, head.anchor_hash)

    def _mac(self, *parts: str | int | None) -> str:
        # JSON, because its quotes and commas leave no doubt where one part ends.
        canonical = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
        return hmac.new(self._secret, canonical.encode(), hashlib.sha256).hexdigest()
