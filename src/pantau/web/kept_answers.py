"""The memory of the response cache: bounded in entries and in bytes, the least used leave first."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pantau.web.snapshot import Encoded

_ENTRY_BYTES: Final = 4096
"""What an entry costs beside its bodies: headers, heads, tags, the table."""
_LAST_GOOD_S: Final = 3600.0
"""How long an old answer may still stand in for one that cannot be built (lesson M16)."""


@dataclass(slots=True)
class Entry:
    """An answer, whose it is, and when it is old; `was_used` since it was built."""

    path: str
    tags: frozenset[str]
    encoded: Encoded
    until_mono: float
    was_used: bool = False
    cost_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.cost_bytes = _ENTRY_BYTES + self.encoded.size_bytes


class KeptAnswers:
    """All entries of a process, by key.  Loop only."""

    def __init__(self, *, most_entries: int, most_bytes: int) -> None:
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self.held_bytes = 0
        self.sets = 0
        """Entries that were kept since the start."""
        self.deletes = 0
        """Entries that left because they were old, or to make room."""

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def use(self, key: str) -> Entry | None:
        """Return an entry, however old, and count that as use."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def entries(self) -> Iterable[Entry]:
        """Return all entries; looking is no use of them."""
        return self._entries.values()

    def put(self, key: str, entry: Entry) -> None:
        """Keep `entry`, unless it alone is larger than everything may be."""
        self._drop(key)
        if entry.cost_bytes > self._most_bytes:
            return
        self._entries[key] = entry
        self.held_bytes += entry.cost_bytes
        self.sets += 1
        while len(self._entries) > self._most_entries or self.held_bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))
            self.deletes += 1

    def drop_where(self, is_meant: Callable[[Entry], bool]) -> int:
        """Drop these entries and return how many.  O(entries)."""
        meant = [key for key, entry in self._entries.items() if is_meant(entry)]
        for key in meant:
            self._drop(key)
        return len(meant)

    def drop_old(self, now_mono: float) -> None:
        """Drop what could not even stand in for a failing build."""
        oldest_mono = now_mono - _LAST_GOOD_S
        self.deletes += self.drop_where(lambda entry: entry.until_mono <= oldest_mono)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.held_bytes -= entry.cost_bytes
